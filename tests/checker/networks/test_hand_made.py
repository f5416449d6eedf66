"""Certificates of convolutional networks, made by hand: verified, and not with one thing changed; the box in words."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hand_made import judged, lump
from onnx_files import model, node, tensor, value

IMAGE, UNITS, OUT = value("x", "N", 1, 2, 3), value("x", "N", 2), value("y", "N", "m")


def single(number: float) -> float:
    """Return a float32 as a double."""
    return float(np.float32(number))


def convolution(kernel: list[float], weights: list[float], biases: list[float] | None = None):
    """Return a convolution, ReLU and a dense layer; channels may have a bias at every position."""
    c = len(kernel) // 2
    nodes = [node("Conv", "x k", "h"), node("Relu", "h" if biases is None else "s", "r")]
    nodes += [] if biases is None else [node("Add", "h b", "s")]
    nodes = sorted(nodes, key=lambda n: dict(n)[4] == "Relu")
    nodes += [node("Flatten", "r", "f"), node("MatMul", "f w", "y")]
    constants = [tensor("k", [c, 1, 1, 2], *kernel), tensor("w", [4 * c, 1], *weights)]
    constants += [] if biases is None else [tensor("b", [1, c, 2, 2], *biases)]
    return model(nodes, constants, [IMAGE], [OUT])


CHANNELS = convolution([1, 2, 2, 4], [1, 2, 3, 4, 0.5, 0.5, 0.5, 0.5])
ONE_CHANNEL = convolution([1, 2], [2, 3, 4, 5])


def test_channels_are_merged(tmp_path):
    """Nodes: unit, image, two channels, output. The second channel is twice the first."""
    verdict = judged(tmp_path, CHANNELS, ONE_CHANNEL, [lump(0, 1, 2, 2, 3, _3="2")])
    assert verdict.line == (
        "VERIFIED exact reduction of a network with 2 hidden neurons to 1 (1 lump), equal on all inputs; its file "
        "holds exactly these weights"
    )
    good = [lump(0, 1, 2, 2, 3, _3="2")]
    for number, wanted in ((5.5, "5"), (-5.0, "5")):
        verdict = judged(tmp_path, CHANNELS, convolution([1, 2], [2, 3, 4, number]), good)
        place = "the weight from group 2 to 3 by pixel 1 1, node 0 to 0,"
        assert verdict.line == f"REJECTED N13: {place} is {Fraction(number)}, expected {wanted}"
    verdict = judged(tmp_path, CHANNELS, convolution([1, 2.5], [2, 3, 4, 5]), good)
    assert verdict.line.startswith(
        "REJECTED N13: the weight from group 1 to 2 by shift 0 1 1 1 2 2, node 0 to 0, is 5/2"
    )
    verdict = judged(tmp_path, CHANNELS, CHANNELS, good)
    assert verdict.line == (
        "REJECTED N13: group 2 of the reduced model is 2 nodes with relu and maps of 2 2, expected 1 node with relu "
        "and maps of 2 2"
    )


@pytest.mark.parametrize(
    ("kernel", "biases", "words"),
    [
        ([1, 2, 2, 4], [1, 2, 3, 4, 2, 4, 6, 8], None),
        ([1, 2, 2, 5], [1, 2, 3, 4, 2, 4, 6, 8], "over class 1 are 2 and 5"),
        ([1, 2, 2, 4], [1, 2, 3, 4, 2, 4, 6, 7], "over the unit node are 4 and 7"),
        ([1, 2, 2, 4], [1, 2, 3, 0, 2, 4, 6, 7], "over the unit node are 0 and 7"),
    ],
)
def test_sums_are_compared_for_each_operator(kernel, biases, words, tmp_path):
    """Biases at single positions are sums over the unit node by `put`."""
    bad = convolution(kernel, [1, 2, 3, 4, 0.5, 0.5, 0.5, 0.5], biases)
    if words is None:
        small = convolution([1, 2], [2, 3, 4, 5], biases[:4])
        assert judged(tmp_path, bad, small, [lump(0, 1, 2, 2, 3, _3="2")]).verified
        return
    step = lump(0, 1, 2, 2, 3, _3="2")
    verdict = judged(tmp_path, bad, bad, [], {"steps": [step]})
    assert verdict.line == (
        f"REJECTED N6: nodes 2 and 3 are in one class with scale 2, but their weighted sums {words}"
    )


def test_a_dead_map_with_biases_at_positions(tmp_path):
    """Channel 1 is zero at every position; channel 0 is not."""
    dead = convolution([1, 2, 0, 0], [1, 2, 3, 4, 0.5, 0.5, 0.5, 0.5], [1, 2, 1, 1, -1, -2, 0, -4])
    alive = convolution([1, 2], [1, 2, 3, 4], [1, 2, 1, 1])
    assert judged(tmp_path, dead, alive, [lump(0, 1, 2, 0, 3, _3="0")]).verified
    biased = convolution([1, 2, 0, 0], [1, 2, 3, 4, 0.5, 0.5, 0.5, 0.5], [1, 2, 1, 1, -1, -2, 0, 4])
    verdict = judged(tmp_path, biased, alive, [], {"steps": [lump(0, 1, 2, 0, 3, _3="0")]})
    assert verdict.line == "REJECTED N7: the constant node 3 has no known value, its scale is 0"
    constant = convolution([1, 2, 0, 0], [1, 2, 3, 4, 0.5, 0.5, 0.5, 0.5], [1, 2, 1, 1, 3, 3, 3, 3])
    verdict = judged(tmp_path, constant, alive, [], {"steps": [lump(0, 1, 2, 0, 3, _3="3")]})
    assert verdict.line == "REJECTED N7: the constant node 3 is changed on its way by pixel"


# The box in the verdict, and bounds that go through maps.


def positive(bias: float):
    """Return sums of an image and a number for each: a ReLU after a convolution and a mean."""
    nodes = [
        node("Conv", "x k", "h", pads=[0, 1, 0, 0]),
        node("GlobalAveragePool", "h", "g"),
        node("Flatten", "g", "f"),
        node("MatMul", "f w", "m"),
        node("Add", "m b", "s"),
        node("Relu", "s", "r"),
        node("MatMul", "r v", "y"),
    ]
    constants = [tensor("k", [2, 1, 1, 2], 1.0, 2.0, 3.0, -1.0), tensor("w", [2, 2], 1.0, 0.0, 0.0, 1.0)]
    constants += [tensor("b", [2], 0.5, bias), tensor("v", [2, 1], 1.0, 1.0)]
    return model(nodes, constants, [IMAGE], [OUT])


@pytest.mark.parametrize(("bias", "rule"), [(1.0, None), (0.999, "N11")])
def test_bounds_go_through_maps(bias, rule, tmp_path):
    """The second mean is at least -1 on the box: 3 of the image, less 1, and padding."""
    step = {"step": "substitute", "group": 3, "nodes": [{"node": 1, "reason": "active", "inside": []}]}
    box = [["0", "1"]]
    found = judged(tmp_path, positive(bias), positive(bias), [], {"steps": [step]}, box=box)
    assert found.rule == ("N12" if rule is None else rule)
    if rule is not None:
        assert found.reason == "node 1 of group 3 is not active: its input is from " + (
            f"{Fraction(single(bias)) - 1} to {Fraction(single(bias)) + 3} on the box"
        )


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ([["0", "1"], ["0", "1"]], "on the box of inputs [0, 1]^2;"),
        ([["0", "1"], ["-1/2", "1"]], "on the box of inputs [0, 1] x [-1/2, 1];"),
    ],
)
def test_the_box_is_named_with_its_numbers(box, words, tmp_path):
    narrow = model([node("Relu", "x", "y")], [], [UNITS], [OUT])
    verdict = judged(tmp_path, narrow, narrow, [], box=box)
    assert verdict.verified
    assert words in verdict.reason


def test_a_box_of_many_intervals_is_cut(tmp_path):
    wide = model([node("Relu", "x", "y")], [], [value("x", "N", 12)], [OUT])
    box = [[str(i), str(i + 1)] for i in range(12)]
    reason = judged(tmp_path, wide, wide, [], box=box).reason
    assert "on the box of inputs [0, 1] x [1, 2] x [2, 3]" in reason
    assert "x [7, 8] x 4 more in the certificate;" in reason
