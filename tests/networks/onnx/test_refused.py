"""Attributes, axes, shapes and versions that are not understood are refused by name, by both readers."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import helper
from small_models import FLOAT, constant, model, node, weights

import lumpform as lf
from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.onnx"


REFUSED = {
    "an attribute that is not known": (
        model([node("Relu", "x", alpha=2.0)], {"x": ["n", 2]}),
        r"attribute 'alpha' .*f: 2",
    ),
    "a mode": (
        model([node("Pad", "x p", mode="wrap")], {"x": ["n", 2]}, {"p": constant(0, 1, 0, 1)}),
        "mode is 'wrap'",
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
    "tensors that are multiplied": (
        model([node("Relu", "x", "h"), node("Mul", "x h")], {"x": ["n", 2]}),
        "a constant factor",
    ),
    "an axis that is none": (model([node("Flatten", "x", axis=4)], {"x": ["n", 2]}), "axis 4"),
    "a mode of GELU": (
        model([node("Gelu", "x", approximate="fast")], {"x": ["n", 2]}, opset=20),
        "approximate is 'fast'",
    ),
    "dilated pooling that pads by itself": (
        model(
            [node("MaxPool", "x", kernel_shape=[2, 2], dilations=[2, 1], auto_pad="SAME_UPPER")], {"x": ["n", 1, 3, 3]}
        ),
        "dilations",
    ),
    "two matrices": (model([node("MatMul", "x w")], {"x": [1, 2, 3]}, {"w": weights(2, 3, 2)}), "a matrix that fits"),
    "padding before a sigmoid": (
        model([node("Pad", "x p", "q"), node("Sigmoid", "q")], {"x": ["n", 2]}, {"p": constant(0, 1, 0, 1)}),
        "not 0 at 0",
    ),
    "integers joined with a tensor": (
        model([node("Concat", "x c", axis=1)], {"x": [1, 2]}, {"c": constant(1, 2).reshape(1, 2)}),
        "integers that are joined with a tensor",
    ),
    "floats joined with integers": (
        model(
            [node("Concat", "c p", "d", axis=0), node("Add", "x d")],
            {"x": [1, 4]},
            {"c": weights(2), "p": constant(1, 2)},
        ),
        "floats and integers that are joined",
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
        r"padding by \[\[0, 0\], \[-1, -2\]\] of the shape \[1, 3\]",
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
    "a constant padded by several numbers": (
        model(
            [node("Pad", "c p v", "d"), node("Add", "x d")],
            {"x": ["n", 3]},
            {"c": weights(2), "p": constant(1, 0), "v": np.ones(2, np.float32)},
        ),
        "padding by 2 numbers",
    ),
    "integers padded by a half": (
        model(
            [node("Pad", "c p v", "d"), node("Reshape", "x d")],
            {"x": [1, 4]},
            {"c": constant(2), "p": constant(1, 0), "v": np.float32([1.5])},
        ),
        "integers padded by 1.5",
    ),
    "more padding than there is to reflect": (
        model([node("Pad", "x p", mode="reflect")], {"x": ["n", 2]}, {"p": constant(0, 2, 0, 0)}),
        "of 2 numbers, expected from 0 to 1",
    ),
    "an operator that is gone": (
        model([node("Upsample", "x s")], {"x": ["n", 1, 2, 2]}, {"s": np.float32([1, 1, 2, 2])}, opset=13),
        "version 10 of this operator",
    ),
    "a bound for every number": (
        model([node("Clip", "x c")], {"x": ["n", 2]}, {"c": weights(2)}),
        "a bound of the shape",
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
    "slopes for another shape": (
        model([node("PRelu", "x s")], {"x": ["n", 2]}, {"s": weights(3)}),
        "a summand of shape",
    ),
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


@pytest.mark.parametrize("operator", ["Relu", "RNN"])
@pytest.mark.parametrize("where", ["y", "late", "x"])
def test_names_that_are_no_text(operator, where, path):
    inputs = "x w r b late more" if operator == "RNN" else "x"
    made = model([node(operator, inputs, "y late")], {"x": ["n", 2]}).SerializeToString()
    assert where.encode() in made
    path.write_bytes(made.replace(where.encode(), b"\xff" * len(where)))
    for read, error in ((lf.read, FormatError), (lambda p: read_network(str(p)), Unreadable)):
        with pytest.raises(error) as found:
            read(path)
        assert "\n" not in str(found.value)
