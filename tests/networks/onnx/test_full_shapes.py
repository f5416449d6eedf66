"""ONNX values have their full shape: axes, ranks, broadcasting and versions are what onnxruntime takes them for."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from sizes import medium_but

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

FLOAT = TensorProto.FLOAT


def model(nodes, inputs, constants=(), outputs=("y",), opset=17, kind=FLOAT):
    """Return a model from nodes, inputs by name and shape, and constants by name."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, kind, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, kind, None) for n in outputs],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in dict(constants).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def node(operator, inputs, output="y", **attributes):
    return helper.make_node(operator, inputs.split(), output.split(), name=output, **attributes)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.onnx"


def compare(path, made, samples=3):
    """Read a model and compare it with onnxruntime on random inputs, one sample at a time; returns the network."""
    path.write_bytes(made.SerializeToString())
    network = lf.read(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(1)
    for _ in range(samples):
        feeds = {}
        for value in session.get_inputs():
            sides = [d if isinstance(d, int) else 1 for d in value.shape]
            feeds[value.name] = random.normal(size=sides).astype(np.float32)
        expected = session.run(None, feeds)
        found = network.forward(*(feeds[p.name].reshape(1, -1) for p in network.inputs))
        for got, wanted in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
            assert got.size == wanted.size
            assert np.allclose(got.reshape(-1), wanted.reshape(-1), rtol=1e-4, atol=1e-5)
    return network


def weights(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def constant(*values):
    return np.array(values, dtype=np.int64)


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


REFUSED = {
    "an attribute that is not known": (
        model([node("Relu", "x", alpha=2.0)], {"x": ["n", 2]}),
        r"attribute 'alpha' .*f: 2",
    ),
    "a mode": (
        model([node("Pad", "x p", mode="edge")], {"x": ["n", 2]}, {"p": constant(0, 1, 0, 1)}),
        "mode is 'edge'",
    ),
    "training": (
        model(
            [node("BatchNormalization", "x s b m v", "y mm vv", training_mode=1)],
            {"x": ["n", 1]},
            {k: np.ones(1, np.float32) for k in "sbmv"},
        ),
        "the further result .mm.",
    ),
    "a drop that drops": (
        model([node("Dropout", "x r t")], {"x": ["n", 2]}, {"r": np.float32(0.5), "t": np.array(True)}),
        "training_mode",
    ),
    "softmax over the batch": (model([node("Softmax", "x", axis=0)], {"x": ["n", 2]}), "over the batch"),
    "concat along the batch": (model([node("Concat", "x x", axis=0)], {"x": ["n", 2]}), "along the batch"),
    "values along the batch": (
        model([node("Add", "x c")], {"x": ["n", 2]}, {"c": weights(3, 2)}),
        "3 values along the batch",
    ),
    "a batch that moves": (model([node("Transpose", "x")], {"x": ["n", 2]}), "the batch as the first dimension"),
    "a batch inside": (
        model([node("Add", "x z")], {"x": ["n", 2], "z": [2, 1, 2]}),
        "another dimension than the first",
    ),
    "a shape that mixes samples": (
        model([node("Reshape", "x s")], {"x": ["n", 4]}, {"s": constant(-1, 2)}),
        "the batch as the first dimension",
    ),
    "tensors that are multiplied": (model([node("Mul", "x x")], {"x": ["n", 2]}), "a constant factor"),
    "an axis that is none": (model([node("Flatten", "x", axis=4)], {"x": ["n", 2]}), "axis 4"),
    "a mode of GELU": (
        model([node("Gelu", "x", approximate="tanh")], {"x": ["n", 2]}, opset=20),
        "approximate is 'tanh'",
    ),
    "dilated pooling": (
        model([node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 1])], {"x": ["n", 1, 3, 3]}),
        "dilations",
    ),
    "two matrices": (model([node("MatMul", "x w")], {"x": [1, 2, 3]}, {"w": weights(2, 3, 2)}), "a matrix that fits"),
    "padding before a sigmoid": (
        model([node("Pad", "x p", "q"), node("Sigmoid", "q")], {"x": ["n", 2]}, {"p": constant(0, 1, 0, 1)}),
        "not 0 at 0",
    ),
    "a constant joined with a tensor": (
        model([node("Concat", "x c", axis=1)], {"x": [1, 2]}, {"c": weights(1, 2)}),
        "joined with a tensor",
    ),
    "a version of tomorrow": (model([node("Relu", "x")], {"x": ["n", 2]}, opset=99), "version 99 of the operator set"),
    "a version of long ago": (model([node("Relu", "x")], {"x": ["n", 2]}, opset=6), "version 6 of the operator set"),
    "an output of another shape": (
        helper.make_model(
            helper.make_graph(
                [node("Relu", "x")],
                "g",
                [helper.make_tensor_value_info("x", FLOAT, [1, 2])],
                [helper.make_tensor_value_info("y", FLOAT, [2, 1])],
            ),
            opset_imports=[helper.make_opsetid("", 17)],
        ),
        r"the shape \[2, 1\], expected \[1, 2\]",
    ),
    "a slice of nothing": (
        model([node("Slice", "x a b c")], {"x": ["n", 4]}, {"a": constant(2), "b": constant(2), "c": constant(1)}),
        r"without numbers, of the shape \[1, 0\]",
    ),
    "nothing times": (model([node("Tile", "x r")], {"x": ["n", 4]}, {"r": constant(1, 0)}), "without numbers"),
    "a part of nothing": (
        model([node("Split", "x s", "y q", axis=1)], {"x": ["n", 4]}, {"s": constant(4, 0)}),
        "without numbers",
    ),
    "no places": (model([node("Gather", "x i", axis=1)], {"x": ["n", 4]}, {"i": constant()}), "without numbers"),
    "broadcast to nothing": (model([node("Expand", "x s")], {"x": ["n", 1]}, {"s": constant(1, 0)}), "without numbers"),
    "a sum with nothing in it": (model([node("Add", "x c")], {"x": ["n", 1]}, {"c": weights(1, 0)}), "without numbers"),
    "padding that leaves nothing": (
        model([node("Pad", "x p")], {"x": ["n", 3]}, {"p": constant(0, -1, 0, -2)}),
        "without numbers",
    ),
    "more cut off than there is": (
        model([node("Pad", "x p")], {"x": ["n", 10]}, {"p": constant(0, 5, 0, -12)}),
        r"padding by \[\[0, 0\], \[5, -12\]\] of the shape \[1, 10\]",
    ),
    "more cut off in front": (
        model([node("Pad", "x p")], {"x": ["n", 3]}, {"p": constant(0, -4, 0, 4)}),
        r"padding by \[\[0, 0\], \[-4, 4\]\]",
    ),
    "padding by two numbers": (
        model([node("Pad", "x p v")], {"x": ["n", 3]}, {"p": constant(0, 1, 0, 0), "v": weights(2) * 0}),
        "padding by 2 numbers",
    ),
    "a constant padded by ones": (
        model(
            [node("Pad", "c p v", "d"), node("Add", "x d")],
            {"x": ["n", 3]},
            {"c": weights(2), "p": constant(1, 0), "v": np.ones(1, np.float32)},
        ),
        "padding by 1.0",
    ),
    "an axis squeezed twice": (
        model([node("Squeeze", "x a")], {"x": ["n", 1, 2]}, {"a": constant(1, -2)}),
        r"axes \[1, 1\] .* different axes",
    ),
    "an axis cut twice": (
        model(
            [node("Slice", "x a b c")],
            {"x": ["n", 4]},
            {"a": constant(0, 1), "b": constant(2, 4), "c": constant(1, -1)},
        ),
        r"axes \[1, -1\], one of them twice",
    ),
    "negative integers": (
        model([node("Neg", "i", "j"), node("Gather", "x j", axis=1)], {"x": ["n", 4]}, {"i": constant(1, 2)}),
        "of type int64, expected floats",
    ),
    "no truth": (
        model([node("Neg", "b", "d"), node("Add", "x d")], {"x": ["n", 1]}, {"b": np.array([True])}),
        "of type bool, expected floats",
    ),
    "different slopes": (model([node("PRelu", "x s")], {"x": ["n", 2]}, {"s": weights(2)}), "2 different slopes"),
    "an operator of another domain": (
        model([helper.make_node("Relu", ["x"], ["y"], domain="com.example")], {"x": ["n", 2]}),
        "com.example.Relu",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_name(name, path):
    made, message = REFUSED[name]
    path.write_bytes(made.SerializeToString())
    with pytest.raises(FormatError, match=message) as caught:
        lf.read(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(Unreadable):
        read_network(str(path))
