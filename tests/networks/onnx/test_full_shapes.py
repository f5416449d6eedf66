"""ONNX values have their full shape: axes, ranks, broadcasting and versions are what onnxruntime takes them for."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from sizes import medium_but
from small_models import compare, constant, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.onnx"


RIGHT = {
    "concat of rows": model([node("Concat", "x x", axis=-1)], {"x": [1, 2, 3]}),
    "concat of columns": model([node("Concat", "x x", axis=1)], {"x": ["n", 2, 3]}),
    "concat of maps": model([node("Concat", "x z", axis=2)], {"x": [1, 2, 3, 2], "z": [1, 2, 1, 2]}),
    "softmax of rows": model([node("Softmax", "x", axis=-1)], {"x": [1, 2, 2]}),
    "softmax of columns": model([node("Softmax", "x", axis=1)], {"x": [1, 2, 3]}),
    "softmax that flattens": model([node("Softmax", "x")], {"x": [1, 2, 2]}, opset=11),
    "softmax from axis 2": model([node("Softmax", "x", axis=2)], {"x": [1, 2, 2, 3]}, opset=11),
    "softmax of channels": model([node("Softmax", "x", axis=1)], {"x": ["n", 3, 2, 2]}),
    "matrix along rows": model([node("MatMul", "x w")], {"x": ["n", 4, 3]}, {"w": weights(3, 2)}),
    "matrix from the left": model([node("MatMul", "w x")], {"x": [1, 3, 4]}, {"w": weights(2, 3)}),
    "matrix and no batch": model([node("MatMul", "x w")], {"x": [3]}, {"w": weights(3, 2)}),
    "samples in a fixed batch": model([node("Gemm", "x w b")], {"x": [4, 3]}, {"w": weights(3, 2), "b": weights(2)}),
    "biases per row": model([node("Gemm", "x w b")], {"x": [2, 3]}, {"w": weights(3, 2), "b": weights(2, 1)}),
    "gemm with factors": model(
        [node("Gemm", "x w b", alpha=0.5, beta=3.0, transB=1)],
        {"x": ["n", 3]},
        {"w": weights(2, 3), "b": weights(1, 2)},
    ),
    "broadcast of a tensor": model([node("Add", "x z")], {"x": [1, 3, 4], "z": [1, 3, 1]}),
    "broadcast to another rank": model([node("Add", "x z")], {"x": [2, 3, 4], "z": [4]}),
    "difference with broadcast": model([node("Sub", "z x")], {"x": [1, 3, 4], "z": [1, 1, 4]}),
    "constant per position": model([node("Add", "x c")], {"x": [1, 2, 2, 3]}, {"c": weights(2, 2, 3)}),
    "constant per row": model([node("Mul", "x c")], {"x": [1, 2, 2, 3]}, {"c": weights(2, 1)}),
    "constant less a tensor": model([node("Sub", "c x")], {"x": ["n", 3]}, {"c": weights(3)}),
    "quotient by constants": model([node("Div", "x c")], {"x": ["n", 3]}, {"c": np.float32([3, 7, -0.5])}),
    "transposed maps": model(
        [node("Transpose", "x", "t", perm=[0, 3, 1, 2]), node("Conv", "t w", pads=[1, 1, 1, 1])],
        {"x": ["n", 4, 5, 2]},
        {"w": weights(3, 2, 3, 3)},
    ),
    "flattened the other way": model(
        [
            node("Conv", "x w", "c"),
            node("Transpose", "c", "t", perm=[0, 2, 3, 1]),
            node("Flatten", "t", "f"),
            node("MatMul", "f v"),
        ],
        {"x": ["n", 1, 4, 3]},
        {"w": weights(2, 1, 2, 2), "v": weights(12, 2)},
    ),
    "padded before a window": model(
        [node("Pad", "x p", "q"), node("Conv", "q w", strides=[2, 2])],
        {"x": ["n", 1, 4, 5]},
        {"p": constant(0, 0, 1, 0, 0, 0, 1, 2), "w": weights(2, 1, 3, 2)},
    ),
    "cut out of maps and padded": model(
        [
            node("Conv", "x w", "c"),
            node("Slice", "c a b d", "s"),
            node("Conv", "s w", pads=[1, 1, 1, 1]),
        ],
        {"x": ["n", 1, 5, 4]},
        {"w": weights(1, 1, 2, 2), "a": constant(1, 1), "b": constant(3, 2), "d": constant(2, 3)},
    ),
    "cut at one end and padded there": model(
        [node("Conv", "x w", "c"), node("Pad", "c p", "s"), node("Conv", "s v", pads=[0, 2])],
        {"x": ["n", 1, 6]},
        {"w": weights(2, 1, 2), "v": weights(1, 2, 3), "p": constant(0, 0, 0, 0, 0, -2)},
    ),
    "cut at one end and padded at the other": model(
        [node("Conv", "x w", "c"), node("Split", "c k", "l r", axis=2), node("Conv", "r v", pads=[0, 1])],
        {"x": ["n", 1, 6]},
        {"w": weights(2, 1, 2), "v": weights(1, 2, 3), "k": constant(2, 3)},
    ),
    "an input as an output": model([node("Relu", "x")], {"z": [2], "x": ["n", 2]}, outputs=("y", "x", "z")),
    "an output that nothing reaches, without the batch of the others": model(
        [node("Relu", "x"), node("Sub", "z z", "d")], {"x": ["n", 2], "z": [1, 4]}, outputs=("y", "d")
    ),
    "an output that nothing reaches, with a batch": model(
        [node("Relu", "z"), node("Sub", "x x", "d"), node("Add", "d c", "e")],
        {"z": [1, 4], "x": ["n", 2]},
        {"c": weights(2)},
        outputs=("y", "e"),
    ),
    "maxima of numbers": model(
        [node("GlobalAveragePool", "x", "g"), node("MaxPool", "g", kernel_shape=[1, 1])], {"x": ["n", 2, 3, 2]}
    ),
    "maxima with padding of numbers": model(
        [
            node("MatMul", "x w", "h"),
            node("Reshape", "h s", "r"),
            node("MaxPool", "r", kernel_shape=[2, 3], pads=[1, 1, 1, 2]),
        ],
        {"x": ["n", 3]},
        {"w": weights(3, 2), "s": constant(0, 2, 1, 1)},
    ),
    "maxima of channels that are opposite": model(
        [node("Conv", "x w", "c"), node("MaxPool", "c", kernel_shape=[2])],
        {"x": ["n", 1, 4]},
        {"w": np.float32([[[1, 2]], [[-1, -2]], [[2, 4]]])},
    ),
    "maxima of channels that are opposite, with strides": model(
        [
            node("Conv", "x w", "c", strides=[2, 1]),
            node("MaxPool", "c", kernel_shape=[1, 2]),
            node("Flatten", "y", "f"),
            node("Sigmoid", "f", "z"),
        ],
        {"x": ["n", 2, 4, 3]},
        {"w": np.float32([[[[1]], [[3]]], [[[-2]], [[-6]]]])},
        outputs=("y", "z"),
    ),
    "maxima of a constant": model(
        [node("Conv", "x w b", "c"), node("MaxPool", "c", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
        {"x": ["n", 1, 4, 4]},
        {"w": 0 * weights(1, 1, 1, 1), "b": weights(1)},
    ),
    "maxima of one position everywhere": model(
        [
            node("Conv", "x w", "c"),
            node("Slice", "c b e k", "l"),
            node("Tile", "l i", "a"),
            node("Concat", "c a", "m", axis=1),
            node("MatMul", "v m", "p"),
            node("MaxPool", "p", kernel_shape=[2]),
        ],
        {"x": ["n", 2, 4]},
        {"w": weights(3, 2, 2), "v": np.float32([[0, 0, 0, 1, 0, 0]])}
        | {"b": constant(1), "e": constant(2), "k": constant(2), "i": constant(1, 1, 3)},
    ),
    "means of numbers with padding that counts": model(
        [
            node("MatMul", "x w", "h"),
            node("Reshape", "h s", "r"),
            node("AveragePool", "r", kernel_shape=[2], pads=[1, 1], count_include_pad=1),
        ],
        {"x": ["n", 3]},
        {"w": weights(3, 2), "s": constant(0, 2, 1)},
    ),
    "maps of four sides": model([node("MatMul", "x w")], {"x": [2, 1, 3, 2, 4]}, {"w": weights(4, 2)}),
    "maps of four sides that are moved": model(
        [node("MatMul", "x w", "h"), node("Transpose", "h", "t", perm=[0, 4, 2, 1, 3]), node("MatMul", "t v")],
        {"x": [2, 1, 3, 2, 4]},
        {"w": weights(4, 2), "v": weights(2, 3)},
    ),
    "maps in another order than their numbers": model(
        [node("Conv", "x w", "c"), node("MatMul", "c v")], {"x": ["n", 2, 4]}, {"w": weights(3, 2, 2), "v": weights(3)}
    ),
    "numbers at every position of maps": model(
        [
            node("Conv", "x w", "c"),
            node("Expand", "z e", "a"),
            node("Concat", "c a", "m", axis=1),
            node("Transpose", "m", "t", perm=[0, 2, 1]),
            node("MatMul", "t v"),
        ],
        {"x": ["n", 2, 4], "z": ["n", 2, 1]},
        {"w": weights(3, 2, 2), "e": constant(1, 2, 3), "v": weights(5, 2)},
    ),
    "one position at every position of maps": model(
        [
            node("Conv", "x w", "c"),
            node("Slice", "c b e k", "l"),
            node("Tile", "l i", "a"),
            node("Concat", "c a", "m", axis=1),
            node("MatMul", "v m"),
        ],
        {"x": ["n", 2, 4]},
        {
            "w": weights(3, 2, 2),
            "v": weights(2, 6),
            "b": constant(1),
            "e": constant(2),
            "k": constant(2),
            "i": constant(1, 1, 3),
        },
    ),
    "biases at all positions that are equal in the end": model(
        [node("Conv", "x w", "c"), node("Add", "c a", "d"), node("Add", "d b")],
        {"x": ["n", 1, 4]},
        {"w": weights(2, 1, 2), "a": np.float32([[1, 2, 0]]), "b": np.float32([[1, 0, 2]])},
    ),
    "cut by negative pads": model([node("Pad", "x p")], {"x": ["n", 3, 4]}, {"p": constant(0, -1, 1, 0, 0, -2)}),
    "slices with steps": model(
        [node("Slice", "x a b c d")],
        {"x": [1, 4, 5]},
        {"a": constant(-1, 1), "b": constant(-9, 4), "c": constant(2, 1), "d": constant(-2, 1)},
    ),
    "a part of the channels": model(
        [
            node("Split", "x s", "l r", axis=1),
            node("Conv", "r w", "c"),
            node("Relu", "l", "m"),
            node("Concat", "m c", axis=1),
        ],
        {"x": ["n", 3, 2, 2]},
        {"s": constant(1, 2), "w": weights(1, 2, 1, 1)},
    ),
    "gathered backwards": model([node("Gather", "x i", axis=-1)], {"x": [1, 2, 3]}, {"i": np.array([[-1, 0], [1, 1]])}),
    "one side": model(
        [node("Conv", "x w b", dilations=[2])], {"x": ["n", 2, 6]}, {"w": weights(3, 2, 2), "b": weights(3)}
    ),
    "three sides": model(
        [node("Conv", "x w", "c", group=2), node("MaxPool", "c", kernel_shape=[1, 2, 2])],
        {"x": ["n", 2, 2, 3, 4]},
        {"w": weights(4, 1, 2, 1, 2)},
    ),
    "a batch of maps": model([node("Conv", "x w")], {"x": [3, 1, 3, 3]}, {"w": weights(2, 1, 2, 2)}),
    "pooling of a fixed batch": model([node("AveragePool", "x", kernel_shape=[2, 2])], {"x": [2, 2, 3, 3]}),
    "a window on numbers": model(
        [node("GlobalAveragePool", "x", "g"), node("Conv", "g w", "c"), node("Relu", "c")],
        {"x": ["n", 3, 2, 2]},
        {"w": weights(2, 3, 1, 1)},
    ),
    "numbers as maps": model(
        [node("MatMul", "x w", "h"), node("Reshape", "h s", "m"), node("Conv", "m v", pads=[1, 0, 0, 1])],
        {"x": ["n", 3]},
        {"w": weights(3, 8), "s": constant(0, 2, 2, 2), "v": weights(1, 2, 2, 2)},
    ),
    "an output that is an input": model(
        [node("Relu", "x"), node("Identity", "x", "z")], {"x": ["n", 2]}, outputs=("y", "z")
    ),
    "repeated maps": model([node("Tile", "x t", "a"), node("Relu", "a")], {"x": [1, 2, 2]}, {"t": constant(1, 2, 3)}),
    "expanded numbers": model(
        [node("Expand", "x e", "a"), node("MatMul", "a w")],
        {"x": [1, 1, 3]},
        {"e": constant(1, 4, 3), "w": weights(3, 2)},
    ),
    "squeezed": model(
        [node("Squeeze", "x a", "s"), node("MatMul", "s w")],
        {"x": [1, 1, 3]},
        {"a": constant(0, 1), "w": weights(3, 2)},
    ),
    "a window that is rounded up": model(
        [node("MaxPool", "x", kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)], {"x": ["n", 1, 3, 5]}
    ),
    "means that are rounded up": model(
        [node("AveragePool", "x", kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1)], {"x": ["n", 1, 4, 5]}
    ),
    "a vector": model([node("MatMul", "x w")], {"x": ["n", 2, 3]}, {"w": weights(3)}),
    "a vector from the left": model([node("MatMul", "w x")], {"x": [2, 2, 3]}, {"w": weights(2)}),
    "a matrix of more dimensions": model([node("MatMul", "x w")], {"x": [2, 3]}, {"w": weights(1, 1, 3, 2)}),
    "the other operand of gemm": model([node("Gemm", "w x", transA=1, transB=1)], {"x": [4, 3]}, {"w": weights(3, 2)}),
    "gemm turned": model([node("Gemm", "x w", transA=1)], {"x": [3, 4]}, {"w": weights(3, 2)}),
    "normalised rows": model(
        [node("BatchNormalization", "x s b m v")],
        {"x": ["n", 3]},
        {"s": weights(3), "b": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 1},
    ),
    "twice the same": model([node("Relu", "x", "r"), node("Add", "r r", "d"), node("Sub", "d x")], {"x": ["n", 3]}),
    "sums of three": model([node("Sum", "x z x", "s"), node("Mean", "s z")], {"x": [1, 2, 3], "z": [1, 2, 1]}),
}


@pytest.mark.parametrize("name", medium_but(list(RIGHT)[::3], RIGHT))
def test_it_is_read_as_onnxruntime_reads_it_and_can_be_written(name, path, tmp_path):
    network = compare(path, RIGHT[name])
    copy = tmp_path / "copy.onnx"
    lf.write(network, copy)
    compare(copy, onnx.load(copy))


def test_an_input_is_read_as_maps_only_where_an_operation_wants_them(path):
    flat = compare(
        path, model([node("Flatten", "x", "f"), node("MatMul", "f w")], {"x": ["n", 1, 3, 3]}, {"w": weights(9, 2)})
    )
    assert (flat.graph.group("x").size, flat.graph.group("x").shape) == (9, ())
    maps = compare(path, RIGHT["transposed maps"])
    assert (maps.graph.group("x").size, maps.graph.group("x").shape) == (2, (4, 5))
    assert maps.inputs[0].order is not None


def test_constants_that_are_one_are_no_copies_of_the_unit_node(path):
    """What is added to padding is a group of constants; it stays one, in both readers, also where they are 1."""
    made = model(
        [node("Pad", "x p", "q"), node("Add", "q c", "s"), node("MatMul", "s w")],
        {"x": ["n", 2]},
        {"p": constant(0, 0, 0, 1), "c": np.array([[0, 0, 1]], np.float32), "w": weights(3, 2)},
    )
    network = compare(path, made)
    assert [g.size for g in network.graph.groups] == [1, 2, 1, 2]
    assert digest(read_network(str(path))) == digest_of(network)
