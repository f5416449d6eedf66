"""Attributes and results of operations that are known, by version, and others that are refused by name."""

from __future__ import annotations

import pytest
from onnx_files import BOOL, Message, attribute, model, node, tensor, value
from onnx_lines import IMAGE, OUT, UNITS, line, one

WINDOW, VALID = {"kernel_shape": [2, 2]}, {"auto_pad": b"VALID"}


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([attribute("alpha", 0.5)], "3 groups"),
        ([attribute("beta", 0.5)], "the attribute beta = 0.5"),
        ([attribute("beta", 3)], "the attribute beta = 3"),
        ([attribute("beta", b"so")], "the attribute beta = b'so'"),
        ([attribute("beta", [1, 2])], "the attribute beta = [1, 2]"),
        ([[(1, "beta"), (7, 0.5), (20, 6)]], "the attribute beta = [0.5]"),
        ([[(1, "body"), (6, []), (20, 5)]], "the attribute body = a value of type graph"),
        ([attribute("alpha", 3)], "the attribute alpha of type int instead of float"),
        ([attribute("alpha", 0.5), attribute("alpha", 0.5)], "the attribute alpha twice"),
        ([[*attribute("alpha", 0.5), (21, "outer")]], "the attribute alpha of a function"),
        ([attribute("alpha", float("inf"))], "the attribute alpha is inf"),
        ([[(1, "alpha"), (2, 0.5)]], "the attribute alpha of type type 0 instead of float"),
    ],
)
def test_attributes_are_known_or_refused_by_name_with_their_value(parts, found, tmp_path):
    leaky = [*node("LeakyRelu", "x", "y"), *((5, part) for part in parts)]
    said = line(one(leaky), tmp_path)
    assert said == (found if found == "3 groups" else f"node 0 (LeakyRelu 'the y'): {found}")


@pytest.mark.parametrize(
    ("kind", "version", "attributes", "found"),
    [
        ("Dropout", 7, {"ratio": 0.5}, None),
        ("Dropout", 12, {"ratio": 0.5}, "the attribute ratio = 0.5"),
        ("Softmax", 13, {"axis": 0}, "a softmax over the batch"),
        ("Gelu", 19, {}, "the operator 'Gelu' in version 19 of the operator set"),
        ("Gelu", 20, {"approximate": b"fast"}, "the attribute approximate = 'fast'"),
        ("Flatten", 9, {"axis": -1}, "the axis -1 of a tensor with 4"),
        ("Flatten", 11, {"axis": -3}, None),
        ("Flatten", 11, {"axis": 2}, "the axis 2, which does not keep the batch"),
        ("Squeeze", 11, {"axes": [2]}, "the axes [2] of the shape [1, 2, 3, 4]"),
        ("Squeeze", 11, {}, "no axes"),
        ("Unsqueeze", 11, {"axes": [0]}, "a dimension before the batch"),
        ("Unsqueeze", 11, {"axes": [1, 1]}, "the axes [1, 1], one of them twice"),
        ("Unsqueeze", 10, {"axes": [-1]}, "the axis -1 of a tensor with 5"),
        ("Transpose", 13, {"perm": [1, 0, 2, 3]}, "the attribute perm = [1, 0, 2, 3] for 4 dimensions"),
        ("Transpose", 13, {"perm": [0, 1, 1, 3]}, "the attribute perm = [0, 1, 1, 3] for 4 dimensions"),
        ("Cast", 13, {"to": 10}, None),
        ("Cast", 13, {"to": 7}, "the attribute to = 7"),
        ("Slice", 9, {"starts": [0], "ends": [1], "axes": [0]}, "a part of the batch"),
        ("Slice", 9, {"starts": [0], "ends": [1 << 40], "axes": [0]}, None),
        ("Split", 11, {"split": [1, 2]}, "a part of the batch"),
        ("Split", 11, {"axis": 2, "split": [1, 2]}, "the parts [1, 2] of 3 for 1 results"),
        ("Pad", 10, {"pads": [0] * 8, "mode": b"edge"}, None),
        ("Pad", 18, {"pads": [0] * 8, "mode": b"wrap"}, "the attribute pads = [0, 0, 0, 0, 0, 0, 0, 0]"),
        ("Pad", 10, {"pads": [0] * 8, "mode": b"wrap"}, "the attribute mode = 'wrap'"),
        ("Pad", 10, {"pads": [0] * 8, "value": 1.0}, None),
        (
            "Pad",
            10,
            {"pads": [0, 0, 3, 0, 0, 0, 0, 0], "mode": b"reflect"},
            "the pads [3, 0] for 3 numbers by the mode 'reflect'",
        ),
        ("Pad", 10, {"pads": [1] + [0] * 7}, "numbers along the batch"),
        ("MaxPool", 8, {"kernel_shape": [2, 2], "ceil_mode": 1}, "the attribute ceil_mode = 1"),
        ("MaxPool", 10, {"kernel_shape": [2, 2], "dilations": [2, 1]}, None),
        ("MaxPool", 10, {"kernel_shape": [2, 1], "dilations": [1, 2]}, None),
        ("MaxPool", 10, WINDOW | VALID | {"pads": [1, 0, 0, 0]}, "both pads and auto_pad = 'VALID'"),
        ("MaxPool", 10, WINDOW | VALID | {"ceil_mode": 1}, None),
        ("MaxPool", 10, {"kernel_shape": [2]}, "a window of 1 sides, strides 2 and pads 4 on maps of 2"),
        ("MaxPool", 10, {"kernel_shape": [4, 1]}, "a window of [4, 1] on maps of [3, 4]"),
        ("AveragePool", 18, {"kernel_shape": [2, 2], "dilations": [1, 1]}, "the attribute dilations = [1, 1]"),
        (
            "AveragePool",
            19,
            {"kernel_shape": [2, 2], "ceil_mode": 1, "count_include_pad": 1, "strides": [2, 2]},
            None,
        ),
        ("Concat", 13, {}, "no attribute axis"),
    ],
)  # fmt: skip
def test_attributes_by_version(kind, version, attributes, found, tmp_path):
    said = line(one(node(kind, "x", "y", **attributes), given=IMAGE), tmp_path, version)
    if found is None:
        assert said.endswith(" groups")
    else:
        assert said == f"node 0 ({kind} 'the y'): {found}"


@pytest.mark.parametrize("kind", ["Dropout", "MaxPool", "BatchNormalization", "Relu"])
def test_results_that_are_not_read_are_refused_if_they_are_named(kind, tmp_path):
    constants = tuple(tensor(name, [2], 1.0, 2.0) for name in "shmv")
    operands = "x s h m v" if kind == "BatchNormalization" else "x"
    attributes = {"kernel_shape": [1, 1]} if kind == "MaxPool" else {}
    made = node(kind, operands, "y", **attributes)
    for names, found in ((["z"], "['y', 'z']"), (["", "z"], "['y', '', 'z']"), ([""], None)):
        several = [
            part for field in made for part in ([field, *((2, name) for name in names)] if field[0] == 2 else [field])
        ]
        said = line(one(several, constants=constants, given=IMAGE), tmp_path, 13)
        if kind == "Relu" or (len(names) == 2 and kind != "BatchNormalization"):
            assert said == f"node 0 ({kind} 'the y'): {len(names) + 1} results"
        elif found is None or kind in ("Dropout", "MaxPool"):  # nothing reads the second one
            assert said.endswith(" groups")
        else:
            assert said == f"node 0 ({kind} 'the y'): the results {found} where only the first is read"


def test_dropout_that_trains_is_refused(tmp_path):
    for flag, found in ((0, "3 groups"), (1, "node 0 (Dropout 'the y'): another training_mode than false")):
        mode: Message = [(2, BOOL), (8, "t"), (9, bytes([flag]))]
        assert line(one(node("Dropout", "x - t", "y"), constants=(mode,)), tmp_path) == found
    as_tensor = model([node("Dropout", "x - t", "y")], [], [UNITS, value("t")], [OUT])
    assert line(as_tensor, tmp_path) == "node 0 (Dropout 'the y'): operand 2 is no constant"
