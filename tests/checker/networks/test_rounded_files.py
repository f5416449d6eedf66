"""Files of reduced networks (N13) whose weights, slopes and factors were rounded, or that stand in another order."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hand_made import judged
from onnx_files import DOUBLE, model, node, tensor, value

IMAGE, UNITS, OUT = value("x", "N", 1, 2, 3), value("x", "N", 2), value("y", "N", "m")


def single(number: float) -> float:
    """Return a float32 as a double."""
    return float(np.float32(number))


W1, W2 = [single(1 / 3), 1.0, -2.0, 2.0**-30], [1.0, 2.0**-30, 0.5, 3.0]


def two_sums():
    """Return two products that are added; their weights are no float32 when they are."""
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
    assert verdict.reason.endswith("its file has 3 of 4 weights rounded to float32, by at most 2.99e-08")
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
    assert verdict.reason.endswith("its file has 1 of 9 weights rounded to float32, by at most 1.5e-09")
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
    """Return two heads over what two inputs give; the nodes of the heads in this order."""
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
    """Write a file whose graph has other parts in a field."""
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
