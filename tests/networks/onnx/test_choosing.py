"""Where, Trilu, Gather and Scatter of elements and of parts, by constants; what constants are compared and computed."""

from __future__ import annotations

import numpy as np
import pytest
from small_models import check_refused, compare, constant, model, node, weights

from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

MASK = np.array([[True, False, True], [False, False, True]])
GRID = {"x": [2, 3]}
TWO = {"x": [2, 3], "z": [2, 3]}
CASES = {
    "where of two tensors": ([node("Where", "m x z")], TWO, {"m": MASK}),
    "where of a tensor and a constant": (
        [node("Where", "m x c")], {"x": ["n", 2, 3]}, {"m": MASK, "c": weights(1, 3)},
    ),
    "where of a number and a tensor": ([node("Where", "m c x")], {"x": ["n", 2, 3]}, {"m": MASK, "c": np.float32(0.5)}),
    "where by a comparison": (
        [node("Greater", "c d", "m"), node("Not", "m", "k"), node("Where", "k x z")],
        TWO, {"c": weights(2, 3), "d": np.float32(0.1)},
    ),
    "where of constants": (
        [node("LessOrEqual", "c d", "m"), node("Where", "m c d", "w"), node("Add", "x w")],
        GRID, {"c": weights(2, 3), "d": np.float32(0.1)},
    ),
    "truth values": (
        [node("And", "m k", "a"), node("Xor", "a m", "b"), node("Or", "b k", "c"), node("Equal", "c m", "e"),
         node("Where", "e x z")],
        TWO, {"m": MASK, "k": np.array([True, False, False])},
    ),
    "upper triangle": ([node("Trilu", "x")], {"x": ["n", 2, 3, 4]}, {}),
    "lower triangle below": ([node("Trilu", "x k", upper=0)], {"x": [3, 3]}, {"k": np.array(-1)}),
    "a triangle of constants": ([node("Trilu", "c k", "t"), node("MatMul", "x t")], GRID,
                                {"c": weights(3, 3), "k": np.array(1)}),
    "a far diagonal": ([node("Trilu", "x k"), ], GRID, {"k": np.array(-1000)}),
    "elements": ([node("GatherElements", "x i", axis=1)], GRID, {"i": constant([0, -1], [1, 1])}),
    "elements of constants": ([node("GatherElements", "c i", "g"), node("Add", "x g")], GRID,
                              {"c": weights(2, 3), "i": constant([0, 1, 1], [-1, 0, 0])}),
    "parts": ([node("GatherND", "x i")], {"x": [3, 2, 2]}, {"i": constant([[0, 1]], [[-1, 0]])}),
    "parts by rows": ([node("GatherND", "x i", batch_dims=1)], {"x": [2, 3, 2]}, {"i": constant([[1]], [[-1]])}),
    "scattered elements": ([node("ScatterElements", "x i z", axis=1)], {"x": [2, 4], "z": [2, 2]},
                           {"i": constant([0, -1], [2, 1])}),
    "scattered constants": ([node("ScatterElements", "x i c")], GRID, {"i": constant([1, 0, 1]), "c": weights(1, 3)}),
    "scattered parts": ([node("ScatterND", "x i z")], {"x": [4, 2], "z": [2, 2]}, {"i": constant([3], [-3])}),
    "parts into constants": ([node("ScatterND", "c i x")], {"x": [2]},
                             {"i": constant([0, 1], [1, 0]), "c": weights(2, 2)}),
    "constants into constants": ([node("ScatterND", "c i u", "s"), node("Add", "x s")], {"x": [2, 2]},
                                 {"i": constant([1]), "c": weights(2, 2), "u": weights(1, 2)}),
    "what is chosen is convolved": (
        [node("Where", "m x c", "w"), node("Conv", "w k", pads=[1] * 4)], {"x": ["n", 1, 2, 3]},
        {"m": MASK, "c": np.float32(2), "k": weights(2, 1, 3, 3)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_both_readers_read_what_onnxruntime_computes(name, tmp_path):
    nodes, inputs, constants = CASES[name]
    network = compare(tmp_path / "m.onnx", model(nodes, inputs, constants))
    assert digest(read_network(str(tmp_path / "m.onnx"))) == digest_of(network)


def test_what_exporters_expand_by(tmp_path):
    """PyTorch replaces -1 among sizes by 1 so; the length of the batch is no -1."""
    nodes = [
        node("Shape", "x", "s"),
        node("Slice", "s zero one", "n"),
        node("Concat", "n minus four", "t", axis=0),
        node("ConstantOfShape", "three", "ones", value=one_integer()),
        node("Mul", "ones minus", "k"),
        node("Equal", "t k", "e"),
        node("Where", "e ones t", "shape"),
        node("Expand", "token shape", "h"),
        node("Add", "x h"),
    ]
    sizes = {"zero": constant(0), "one": constant(1), "minus": constant(-1), "four": constant(4), "three": constant(3)}
    network = compare(tmp_path / "m.onnx", model(nodes, {"x": ["n", 3, 4]}, sizes | {"token": weights(1, 3, 4)}))
    assert digest(read_network(str(tmp_path / "m.onnx"))) == digest_of(network)


def one_integer():
    from onnx import numpy_helper

    return numpy_helper.from_array(constant(1))


def test_sizes_are_computed(tmp_path):
    nodes = [
        node("Shape", "x", "s", start=1),
        node("Add", "s two", "a"),
        node("Sub", "a three", "b"),
        node("Mul", "b two", "c"),
        node("Div", "c four", "d"),
        node("Reshape", "x d", "h"),
        node("Relu", "h"),
    ]
    sizes = {"two": constant(2), "three": constant(3), "four": constant(4)}
    with pytest.raises(FormatError, match=r"numbers|values|shape"):
        compare(tmp_path / "m.onnx", model(nodes, {"x": [1, 2, 3]}, sizes))
    sizes = {"two": constant(2), "three": constant(2), "four": constant(2)}
    network = compare(tmp_path / "m.onnx", model(nodes, {"x": [1, 2, 3]}, sizes))
    assert digest(read_network(str(tmp_path / "m.onnx"))) == digest_of(network)


REFUSED = {
    "a condition of numbers": ([node("Where", "m x z")], TWO, {"m": MASK.astype(np.float32)}),
    "a condition that is computed": ([node("Greater", "x z", "m"), node("Where", "m x z")], TWO, {}),
    "a condition for samples": ([node("Where", "m x c")], {"x": ["n", 3]}, {"m": MASK, "c": np.float32(0)}),
    "a triangle of samples": ([node("Trilu", "x")], {"x": ["n", 3]}, {}),
    "a triangle of a vector": ([node("Trilu", "x")], {"x": [3]}, {}),
    "elements of samples": ([node("GatherElements", "x i", axis=1)], {"x": ["n", 3]}, {"i": constant([0, 1])}),
    "an element beyond": ([node("GatherElements", "x i", axis=1)], GRID, {"i": constant([3], [0])}),
    "more elements than there are": ([node("GatherElements", "x i", axis=1)], GRID, {"i": constant([0], [0], [1])}),
    "a part beyond": ([node("GatherND", "x i")], GRID, {"i": constant([2])}),
    "lists that are too long": ([node("GatherND", "x i")], GRID, {"i": constant([0, 0, 0])}),
    "rows of another number": ([node("GatherND", "x i", batch_dims=1)], GRID, {"i": constant([0])}),
    "one place twice": ([node("ScatterND", "x i z")], {"x": [4, 2], "z": [2, 2]}, {"i": constant([1], [-3])}),
    "an element twice": ([node("ScatterElements", "x i z")], TWO, {"i": constant([0, 1, 1], [0, 0, 0])}),
    "a reduction": (
        [node("ScatterND", "x i z", reduction="add")], {"x": [4, 2], "z": [1, 2]}, {"i": constant([1])},
    ),
    "updates of another shape": ([node("ScatterND", "x i z")], {"x": [4, 2], "z": [1, 2]}, {"i": constant([1], [2])}),
    "the open length compared": (
        [node("Shape", "x", "s"), node("Equal", "s one", "e"), node("Where", "e s s", "t"), node("Reshape", "x t")],
        {"x": ["n", 3]}, {"one": constant(1)},
    ),
    "the open length computed": (
        [node("Shape", "x", "s"), node("Add", "s one", "t"), node("Reshape", "x t")],
        {"x": ["n", 3]}, {"one": constant(1)},
    ),
    "a division by nothing": (
        [node("Div", "a b", "t"), node("Reshape", "x t")], GRID, {"a": constant(6), "b": constant(0)},
    ),
    "a size beyond its type": (
        [node("Mul", "a a", "t"), node("Reshape", "x t")], GRID, {"a": constant(1 << 40)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_by_both_in_one_line(name, tmp_path):
    nodes, inputs, constants = REFUSED[name]
    check_refused(tmp_path / "m.onnx", model(nodes, inputs, constants))
