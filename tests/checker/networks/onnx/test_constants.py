"""Constants of an ONNX file: every form in which their numbers are written, and exact arithmetic on them."""

from __future__ import annotations

import pytest
from onnx_files import BOOL, DOUBLE, HALF, INT32, Message, attribute, node, tensor, value
from onnx_lines import line, one, written

from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network


@pytest.mark.parametrize(
    ("version", "parts", "found"),
    [
        (9, [attribute("value", tensor("", [4], 1, 2, 3, 4))], None),
        (12, [attribute("value_float", 1.5)], None),
        (12, [[(1, "value_floats"), *((7, v) for v in (1.0, 2.0, 3.0, 4.0)), (20, 6)]], None),
        (11, [attribute("value_float", 1.5)], "the attribute value_float = 1.5"),
        (12, [attribute("value_int", 3)], "node 1 (Add 'the y'): a constant of integers"),
        (12, [attribute("value_ints", [1, 2, 3, 4])], "node 1 (Add 'the y'): a constant of integers"),
        (12, [attribute("value_string", b"so")], "the attribute value_string"),
        (11, [[(1, "sparse_value"), (22, []), (20, 11)]], "the attribute sparse_value"),
        (12, [], "0 attributes instead of one"),
        (12, [attribute("value_float", 1.5), attribute("value_int", 1)], "2 attributes instead of one"),
        (12, [attribute("value_float", float("nan"))], "the attribute value_float is nan"),
    ],
)
def test_constants_in_every_form(version, parts, found, tmp_path):
    constant = [*node("Constant", "", "c"), *((5, part) for part in parts)]
    said = line(one(constant, node("Add", "x c", "y")), tmp_path, version)
    if found is None:
        assert said == "3 groups"
    else:
        assert said == (found if found.startswith("node") else f"node 0 (Constant 'the c'): {found}")


def test_bits_of_halves_and_bfloats_are_read_exactly(tmp_path):
    """1.5 and -2^-24 as halves, 1.5 and 3 2^-130 as bfloat16; raw and one by one."""
    for kind, bits, numbers in (
        (HALF, (0x3E00, 0x8001), (1.5, -(2.0**-24))),
        (16, (0x3FC0, 0x0018), (1.5, 3 * 2.0**-130)),
    ):
        raw = b"".join(v.to_bytes(2, "little") for v in bits)
        for part in ([(9, raw)], [(5, v) for v in bits]):
            odd: Message = [(1, 2), (2, kind), (8, "c"), *part]
            double = tensor("c", [2], *numbers, how="raw double")
            found, wanted = (
                digest(
                    read_network(written(one(node("Mul", "x c", "y"), constants=(c,), given=value("x", 2)), tmp_path))
                )
                for c in (odd, double)
            )
            assert found == wanted
    large: Message = [(1, 1), (2, HALF), (8, "c"), (5, 1 << 16)]
    assert line(one(node("Mul", "x c", "y"), constants=(large,)), tmp_path) == "a number of 16 bits that has more"


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([(9, b"\0\0\x80\x3f"), (4, 1.0)], "numbers of a tensor in two places"),
        ([(4, 1.0), (3, [])], "a segment of the tensor 'c'"),
        ([(4, 1.0), (14, 1)], "numbers of the tensor 'c' in the file and outside"),
        ([(14, 1)], "data of the tensor 'c' in '', which is no file beside the model"),
        ([(14, 1), (13, [(1, "location"), (2, "gone")])], "data of the tensor 'c' in 'gone': no such file"),
        ([(4, 1.0), (13, [])], "data of the tensor 'c' in another file"),
        ([(4, float("inf"))], "a number that is not finite"),
        ([], "0 numbers for the shape [1] of the tensor 'c'"),
        ([(9, b"\0\0\x80")], "a part of a number"),
    ],
)
def test_tensors_that_are_not_plain(parts, found, tmp_path):
    constant: Message = [(1, 1), (2, 1), (8, "c"), *parts]
    assert line(one(node("Mul", "x c", "y"), constants=(constant,)), tmp_path) == found


@pytest.mark.parametrize(
    ("number", "kind", "found"),
    [
        (1.5, HALF, None),
        (0.1, DOUBLE, None),
        (0.1, HALF, "a cast that rounds constants to type 10"),
        (2.0**-20, 16, None),
        (1.0 + 2.0**-10, 16, "a cast that rounds constants to type 16"),
        (1e10, HALF, "a cast that rounds constants to type 10"),
        (3.0, INT32, "node 1 (Add 'the y'): a constant of integers"),
        (3.5, INT32, "a cast that rounds constants to type 6"),
        (3e9, INT32, "a cast that rounds constants to type 6"),
        (1.0, BOOL, "a cast of constants from type 1 to type 9"),
    ],
)
def test_casts_of_constants_keep_their_numbers_or_are_refused(number, kind, found, tmp_path):
    nodes = (node("Cast", "c", "d", to=kind), node("Add", "x d", "y"))
    said = line(one(*nodes, constants=(tensor("c", [1], number),)), tmp_path, 13)
    if found is None:
        assert said == "3 groups"
    else:
        assert said == (found if found.startswith("node") else f"node 0 (Cast 'the d'): {found}")


def test_constants_are_computed_exactly(tmp_path):
    """(2/3 - 1) * -3 is 1, through shapes and slices; in floats it would not be."""
    nodes = (
        node("Div", "two three", "a"),
        node("Sub", "a one", "b"),
        node("Neg", "three", "n"),
        node("Mul", "b n", "c"),
        node("Concat", "c c", "d", axis=0),
        node("Unsqueeze", "d zero", "e"),
        node("Tile", "e twice", "f"),
        node("Add", "x f", "y"),
    )
    constants = (
        tensor("two", [1], 2.0),
        tensor("three", [1], 3.0),
        tensor("one", [1], 1.0),
        tensor("zero", [1], 0, how="int64_data"),
        tensor("twice", [2], 1, 2, how="int64_data"),
    )
    network = read_network(written(one(*nodes, constants=constants), tmp_path))
    assert set(network.arrows[0, None, 2].entries()) == {(0, v, (1, 1)) for v in range(4)}


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        (
            [node("Concat", "x i", "y", axis=1)],
            "a constant of integers",
        ),
        ([node("Relu", "c", "h"), node("Add", "x h", "y")], "operand 0 is a constant"),
        ([node("Relu", "x", "h"), node("Mul", "x h", "y")], "a product of two tensors"),
        ([node("Div", "c x", "y")], "operand 1 is no constant"),
        ([node("Div", "x z", "y")], "a division by 0"),
        ([node("MatMul", "x x", "y")], "a product of two tensors or of two constants"),
        ([node("MatMul", "x s", "y")], "a matrix of the shape [2, 4, 1] for the shape [1, 4]"),
        ([node("PRelu", "x w", "y")], "slopes of the shape [2, 4] for the shape [1, 4]"),
        ([node("Max", "x i", "y")], "integers"),
        ([node("Clip", "x c", "y")], "a bound of the shape [1, 4]"),
        ([node("Shape", "x", "s0"), node("Add", "x s0", "y")], "a constant of integers"),
        ([node("Sum", "x r", "y")], "operands of different shapes before version 8"),
    ],
)
def test_operands_that_no_reader_takes(nodes, found, tmp_path):
    constants = (
        tensor("c", [1, 4], 1, 2, 3, 4),
        tensor("z", [4], 1, 2, 0, 4),
        tensor("s", [2, 4, 1], *range(8)),
        tensor("r", [4], 1, 2, 3, 4),
        tensor("i", [1, 4], 1, 2, 3, 4, how="int64_data"),
        tensor("w", [2, 4], *range(8)),
    )
    version = 7 if nodes[0][-1] == (4, "Sum") else 13
    assert line(one(*nodes, constants=constants), tmp_path, version).partition(": ")[2] == found


def test_a_function_that_is_not_zero_at_zero_does_not_take_padding(tmp_path):
    pads = tensor("p", [4], 0, 1, 0, 0, how="int64_data")
    for kind in ("Relu", "Tanh", "Sigmoid"):
        said = line(one(node("Pad", "x p", "h"), node(kind, "h", "y"), constants=(pads,)), tmp_path)
        assert (said == "4 groups") == (kind != "Sigmoid")
    assert said == "node 1 (Sigmoid 'the y'): the function sigmoid of padding, where it is not 0"
