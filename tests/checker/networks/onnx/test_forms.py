"""Forms of an ONNX file that are known, and others that are refused by name: versions, inputs, outputs, nodes."""

from __future__ import annotations

import pytest
from onnx_files import DOUBLE, HALF, INT32, model, node, tensor, unshaped, value
from onnx_lines import OUT, UNITS, line, one, written

from lumpform.checker.networks.judge import read_network

RELU = one(node("Relu", "x", "y"))


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ([(1, 8)], "0 versions of the operator set"),
        ([(1, 8), (8, [(1, ""), (2, 6)])], "version 6 of the operator set"),
        ([(1, 8), (8, [(1, ""), (2, 29)])], "version 29 of the operator set"),
        ([(1, 8), (8, [(1, ""), (2, 13)]), (8, [(1, "ai.onnx"), (2, 13)])], "2 versions of the operator set"),
        ([(1, 8), (8, [(1, "other"), (2, 13)])], "0 versions of the operator set"),
        ([(1, 8), (8, [(1, "other"), (2, 1)]), (8, [(1, "ai.onnx"), (2, 13)])], "3 groups"),
        ([(1, 2), (8, [(1, ""), (2, 13)])], "version 2 of the format"),
        ([(1, 15), (8, [(1, ""), (2, 13)])], "version 15 of the format"),
        ([(1, 14), (8, [(1, ""), (2, 28)])], "3 groups"),
        ([(1, 3), (8, [(1, ""), (2, 7)])], "3 groups"),
        ([(1, 8), (8, [(1, ""), (2, 13)]), (20, [])], "the field training_info"),
        ([(1, 8), (8, [(1, ""), (2, 13)]), (25, [])], "the field functions"),
    ],
)
def test_versions_and_fields_of_a_model(fields, found, tmp_path):
    assert line(RELU, tmp_path, model=fields) == found


def test_fields_of_a_graph(tmp_path):
    assert line(RELU, tmp_path, graph=[(15, [])]) == "sparse initializers"
    twice = [(5, tensor("c", [1], 1.0)), (5, tensor("c", [1], 1.0))]
    assert line(RELU, tmp_path, graph=twice) == "initializer 'c': the name twice"
    assert line(RELU, tmp_path, graph=[(13, value("q", 5)), (14, [])]) == "3 groups"  # shapes inside, quantisation


def test_an_input_with_an_initializer_is_that_constant(tmp_path):
    add = model([node("Add", "x c", "y")], [tensor("c", [4], 1, 2, 3, 4)], [UNITS, value("c", 4)], [OUT])
    network = read_network(written(add, tmp_path))
    assert len(network.inputs) == 1
    assert network.arrows[0, None, 2].count() == 4
    no_input = model([node("Relu", "c", "y")], [tensor("c", [4], 1, 2, 3, 4)], [value("c", 4)], [OUT])
    assert line(no_input, tmp_path) == "a graph without inputs or outputs"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (value("x", "N", 4, kind=HALF), "3 groups"),
        (value("x", "N", 4, kind=DOUBLE), "3 groups"),
        (value("x", "N", 4, kind=16), "3 groups"),
        (value("x", "N", 4, kind=INT32), "input 'x': element type 6"),
        (value("x", "N", "M"), "input 'x': the shape ['?', '?']"),
        (value("x", 2, "M"), "input 'x': the shape [2, '?']"),
        (value("x", 2, 0), "input 'x': the shape [2, 0]"),
        (value("x", 2, -1), "input 'x': the shape [2, -1]"),
        (value("x"), "3 groups"),
        (value("x", "N"), "3 groups"),
        (value("x", *[1] * 65), "input 'x': a tensor of 65 dimensions"),
        (unshaped("x"), "input 'x': no shape"),
        (value("x", 1 << 20, 1 << 20), "input 'x': a group of 1099511627776 nodes with maps of the sides []"),
    ],
)
def test_inputs(given, found, tmp_path):
    assert line(model([node("Relu", "x", "y")], [], [given], [OUT]), tmp_path) == found


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        (value("y", "N", 4), "3 groups"),
        (value("y", 1, "k"), "3 groups"),
        (value("y", "N", 3), "output 'y': the shape ['?', 3]"),
        (value("y", 2, 4), "output 'y': the shape [2, 4]"),
        (value("y", "N", 2, 2), "output 'y': the shape ['?', 2, 2]"),
        (value("y", "N", 4, kind=7), "output 'y': element type 7"),
        (value("z", "N", 4), "output 'z': a tensor that no node makes"),
        (value("c", 4), "output 'c': a constant"),
    ],
)
def test_outputs(declared, found, tmp_path):
    nodes, constants = [node("Relu", "x", "y")], [tensor("c", [4], 1, 2, 3, 4)]
    assert line(model(nodes, constants, [UNITS], [declared]), tmp_path) == found


def test_an_output_that_is_an_input_and_one_that_is_given_twice(tmp_path):
    network = read_network(written(model([], [], [value("x", "N", 4)], [value("x", "N", 4)]), tmp_path))
    assert [g.pinned for g in network.groups] == [True, True, True]
    twice = model([node("Relu", "x", "y")], [], [UNITS], [OUT, OUT, UNITS])
    network = read_network(written(twice, tmp_path))
    assert [p.group for p in network.outputs] == [4, 5, 3]  # the copy of the input has the least depth


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        ([node("Relu", "z", "y")], "node 0 (Relu 'the y'): the operand 'z', which no earlier node makes"),
        ([node("Relu", "h", "y"), node("Tanh", "x", "h")], "4 groups"),
        ([node("Dropout", "x z", "y")], "node 0 (Dropout 'the y'): the operand 'z', which no earlier node makes"),
        ([node("Relu", "x", "x")], "node 0 (Relu 'the x'): an output name that is taken or missing"),
        ([[*node("Relu", "x", "y"), (7, "other")]], "node 0 (Relu 'the y'): the operator 'Relu' of 'other'"),
        ([[*node("Relu", "x", "y"), (7, "ai.onnx")]], "3 groups"),
        ([[*node("Relu", "x", "y"), (8, "over")]], "node 0 (Relu 'the y'): the operator 'Relu'"),
        ([node("Tan", "x", "y")], "node 0 (Tan 'the y'): the operator 'Tan'"),
        ([node("Hardmax", "x", "y")], "node 0 (Hardmax 'the y'): the operator 'Hardmax'"),
    ],
)
def test_nodes(nodes, found, tmp_path):
    assert line(one(*nodes), tmp_path) == found
