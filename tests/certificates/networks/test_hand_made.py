"""Certificates of convolutional and branching networks, made by hand: verified, and not with one thing changed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hand_made import judged, lump
from onnx_files import DOUBLE, model, node, tensor, value

IMAGE, UNITS, OUT = value("x", "N", 1, 2, 3), value("x", "N", 2), value("y", "N", "m")


def single(number: float) -> float:
    """A float32 as a double."""
    return float(np.float32(number))


def convolution(kernel: list[float], weights: list[float], biases: list[float] | None = None):
    """Convolution, ReLU and a dense layer; channels may have a bias at every position."""
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
        "REJECTED N13: group 2 of the reduced model is 2 nodes with relu and maps of 2 2, expected 1 nodes with relu "
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


# Files whose weights were rounded.

W1, W2 = [single(1 / 3), 1.0, -2.0, 2.0**-30], [1.0, 2.0**-30, 0.5, 3.0]


def two_sums():
    """Two products that are added; their weights are no float32 when they are."""
    nodes = [node("Gemm", "x v", "a"), node("Gemm", "x w", "b"), node("Add", "a b", "s"), node("Relu", "s", "y")]
    return model(nodes, [tensor("v", [2, 2], *W1), tensor("w", [2, 2], *W2)], [UNITS], [OUT])


def one_product(*weights: float, **how):
    nodes = [node("MatMul", "x w", "h"), node("Relu", "h", "y")]
    return model(nodes, [tensor("w", [2, 2], *weights, **how)], [UNITS], [OUT])


def test_weights_are_rounded_after_they_are_added(tmp_path):
    """Not one by one: the nearest float32 of the exact sum is in the file."""
    sums = [a + b for a, b in zip(W1, W2, strict=True)]
    small = one_product(*map(single, sums))
    verdict = judged(tmp_path, two_sums(), small, [], rounding="float32")
    assert verdict.verified, verdict.line
    assert verdict.reason.endswith("its file has 3 of 4 weights rounded to float32, by at most 2.98e-08")
    assert judged(tmp_path, two_sums(), small, []).rule == "N13"
    exact = one_product(*sums, how="raw double")
    assert judged(tmp_path, two_sums(), exact, []).verified
    verdict = judged(tmp_path, two_sums(), exact, [], rounding="float32")
    assert verdict.rule == "N13"
    assert verdict.reason.endswith(", the nearest float32")


def normalised(**attributes):
    nodes = [
        node("MatMul", "x w", "h"),
        node("BatchNormalization", "h s b m v", "n", **attributes),
        node("Relu", "n", "y"),
    ]
    constants = [tensor("w", [2, 2], 1.0, 2.0, 3.0, 4.0), *(tensor(n, [2], 0.5, 3.0) for n in "sbm")]
    return model(nodes, [*constants, tensor("v", [2], 3.75, 7.75)], [UNITS], [OUT])


def test_factors_that_reading_rounds_are_counted_in_the_verdict(tmp_path):
    """1/sqrt(4) is a double, 3/sqrt(8) is none. The factor is not folded into the weights before they are rounded."""
    factor = 3 / Fraction(8) ** Fraction(1, 2)
    assert factor == 1.0606601717798212
    verdict = judged(tmp_path, normalised(epsilon=0.25), normalised(epsilon=0.25), [])
    assert verdict.verified
    assert verdict.reason.endswith(
        "holds exactly these weights; 1 batch normalisation factor of the original rounded to double when read"
    )
    even = normalised(epsilon=0.0)
    assert "2 batch normalisation factors of" in judged(tmp_path, even, even, []).reason


def leaky(slope: float, kind: int = 1):
    constants = [
        tensor("w", [2, 2], 1.0, 2.0, 3.0, 4.0),
        tensor("a", [1], slope, how="raw double" if kind == DOUBLE else "raw"),
    ]
    nodes = [node("MatMul", "x w", "h"), node("PRelu", "h a", "r"), node("MatMul", "r w", "y")]
    return model(nodes, constants, [UNITS], [OUT])


def test_slopes_are_rounded_like_weights_and_counted(tmp_path):
    small = leaky(0.1)
    verdict = judged(tmp_path, leaky(0.1, DOUBLE), small, [], rounding="float32")
    assert verdict.reason.endswith("its file has 1 of 9 weights rounded to float32, by at most 1.49e-09")
    verdict = judged(tmp_path, leaky(0.1, DOUBLE), small, [])
    assert verdict.rule == "N13"
    assert verdict.reason.startswith(
        "group 2 of the reduced model is 2 nodes with leaky_relu 13421773/134217728, expected"
    )
    verdict = judged(tmp_path, leaky(0.1, DOUBLE), leaky(0.25), [], rounding="float32")
    assert (verdict.rule, "leaky_relu 1/4, expected" in verdict.reason) == ("N13", True)
    beyond = judged(tmp_path, leaky(1e300, DOUBLE), leaky(1.0), [], rounding="float32")
    assert beyond.reason.endswith("beyond the range of float32")
    assert beyond.reason.startswith("the exact slope of group 2 is a fraction of") or "the exact slope" in beyond.reason


def test_a_slope_that_is_rounded_to_one_is_the_identity(tmp_path):
    """Then the canonical form is another: two products that are one after the other stay two."""
    near = 1 + 2.0**-40
    straight = model(
        [node("MatMul", "x w", "h"), node("MatMul", "h w", "y")],
        [tensor("w", [2, 2], 1.0, 2.0, 3.0, 4.0)],
        [UNITS],
        [OUT],
    )
    assert judged(tmp_path, leaky(near, DOUBLE), straight, [], rounding="float32").verified
    assert judged(tmp_path, leaky(near, DOUBLE), straight, []).rule == "N13"


# Several inputs and outputs, and other orders.


def heads(order: str = "ab", signs: tuple[float, float] = (1.0, -1.0)):
    """Two heads over what two inputs give; the nodes of the heads in this order."""
    inputs = [value("x", "N", 2), value("z", "N", 2)]
    parts = {
        "a": [node("Tanh", "s", "t"), node("MatMul", "t v", "y")],
        "b": [node("Sigmoid", "s", "g"), node("MatMul", "g w", "o")],
    }
    nodes = [node("MatMul", "x w", "h"), node("Add", "h z", "s"), *(n for part in order for n in parts[part])]
    constants = [tensor("w", [2, 2], 1.0, 2.0, 3.0, 4.0), tensor("v", [2, 2], 1.0, 2.0, 3.0, signs[1] * 4.0)]
    return model(nodes, constants, inputs, [value("y", "N", 2), value("o", "N", 2)])


def test_the_order_of_groups_does_not_matter(tmp_path):
    verdict = judged(tmp_path, heads("ab"), heads("ba"), [])
    assert verdict.verified, verdict.line
    other = judged(tmp_path, heads("ab"), heads("ba", (1.0, 1.0)), [])
    assert other.line == "REJECTED N13: the weight from group 5 to 6, node 1 to 1, is 4, expected -4"


def with_parts(message, number, parts):
    """A file whose graph has other parts in a field."""
    graph = next(content for field, content in message if field == 7)
    changed = [*(part for part in graph if part[0] != number), *((number, part) for part in parts)]
    return [*((field, content) for field, content in message if field != 7), (7, changed)]


def test_inputs_and_outputs_are_in_order(tmp_path):
    x, z, y, o = (value(name, "N", 2) for name in "xzyo")
    good = heads()
    for number, parts, words in (
        (11, [z, x], "the weight from group 2 to 3, node 0 to 1, is 2, expected 0"),
        (12, [o, y], "group 5 of the reduced model is 2 nodes with sigmoid, expected 2 nodes with tanh"),
        (12, [y], "the reduced model has 1 outputs, the result has 2"),
        (11, [x, z, value("u", "N", 2)], "the reduced model has 3 inputs, the result has 2"),
    ):
        verdict = judged(tmp_path, good, with_parts(good, number, parts), [])
        assert verdict.line == f"REJECTED N13: {words}"
    one, other = (model([node("Relu", name, "y")], [], [x, z], [y]) for name in "xz")
    verdict = judged(tmp_path, one, other, [])
    assert verdict.line == "REJECTED N13: group 2 of the reduced model is read, expected input 0"


def test_numbers_of_a_tensor_in_another_order(tmp_path):
    def turned(order, *more):
        nodes = [node("Conv", "x k", "h"), node("Tanh", "h", "t"), node("Transpose", "t", "y", perm=order), *more]
        return model(nodes, [tensor("k", [2, 1, 1, 1], 1.0, 2.0)], [IMAGE], [value("y", "N", "a", "b", "c")])

    assert judged(tmp_path, turned([0, 2, 3, 1]), turned([0, 2, 3, 1]), []).verified
    verdict = judged(tmp_path, turned([0, 2, 3, 1]), turned([0, 1, 3, 2]), [])
    assert (
        verdict.line
        == "REJECTED N13: the numbers of output 0 of the reduced model are in another order than in the result"
    )


PINNED, IS = "2 nodes with identity (pinned)", "of the reduced model is 2 nodes with"


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (
            "MatMul:x w:h Relu:h:r MatMul:r w:a Add:a x:y",
            f"group 3 of the reduced model has an arrow from {PINNED} with the weight 1 from node 0 to 0",
        ),
        ("MatMul:x w:h Relu:h:y", f"group 2 {IS} relu (pinned), expected {PINNED}"),
        ("MatMul:x w:h Tanh:h:r MatMul:r w:y", f"group 2 {IS} tanh, expected 2 nodes with relu"),
    ],
)
def test_another_structure_is_named(nodes, words, tmp_path):
    def network(text):
        kinds = [part.split(":") for part in text.replace(" w:", "+w:").replace(" x:", "+x:").split()]
        messages = [node(kind, operands.replace("+", " "), out) for kind, operands, out in kinds]
        return model(messages, [tensor("w", [2, 2], 1.0, 2.0, 3.0, 4.0)], [UNITS], [OUT])

    original = network("MatMul:x w:h Relu:h:r MatMul:r w:y")
    verdict = judged(tmp_path, original, network(nodes), [])
    assert verdict.rule == "N13"
    assert verdict.reason == words


# The box in the verdict, and bounds that go through maps.


def positive(bias: float):
    """Sums of an image and a number for each: a ReLU after a convolution and a mean."""
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
    verdict = judged(tmp_path, one_product(1, 2, 3, 4), one_product(1, 2, 3, 4), [], box=box)
    assert verdict.verified
    assert words in verdict.reason


def test_a_box_of_many_intervals_is_cut(tmp_path):
    wide = model([node("Relu", "x", "y")], [], [value("x", "N", 12)], [OUT])
    box = [[str(i), str(i + 1)] for i in range(12)]
    reason = judged(tmp_path, wide, wide, [], box=box).reason
    assert "on the box of inputs [0, 1] x [1, 2] x [2, 3]" in reason
    assert "x [7, 8] x 4 more in the certificate;" in reason
