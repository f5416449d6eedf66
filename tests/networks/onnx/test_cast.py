"""Casts in ONNX files: constants stay what they are or are refused, in both readers; tensors keep their numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.networks.float_error import float_error

from .test_full_shapes import model, node

FLOAT, DOUBLE, HALF, BFLOAT = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16


def both(made, path):
    """Return the network that both readers find, or None if both refuse."""
    path.write_bytes(made.SerializeToString())
    try:
        seen = read_network(str(path))
    except Unreadable:
        with pytest.raises(lf.FormatError) as caught:
            lf.read(path)
        assert "\n" not in str(caught.value)
        return None
    network = lf.read(path)
    assert digest(seen) == digest_of(network)
    return network


@pytest.mark.parametrize("target", [FLOAT, DOUBLE, HALF, BFLOAT])
@pytest.mark.parametrize(
    ("value", "kind", "held"),
    [
        (0.5, FLOAT, {FLOAT, DOUBLE, HALF, BFLOAT}),
        (0.1, DOUBLE, {DOUBLE}),
        (0.1, FLOAT, {FLOAT, DOUBLE}),
        (0.1, HALF, {FLOAT, DOUBLE, HALF}),
        (0.1, BFLOAT, {FLOAT, DOUBLE, HALF, BFLOAT}),
        (70000, TensorProto.INT64, {FLOAT, DOUBLE}),
        (2**53 + 1, TensorProto.INT64, set()),
        (1e300, DOUBLE, {DOUBLE}),
    ],
)
def test_a_constant_is_what_it_was_or_refused(value, kind, held, target, tmp_path):
    made = model([node("Cast", "c", "d", to=target), node("Mul", "x d")], {"x": [1]})
    made.graph.initializer.append(helper.make_tensor("c", kind, [1], [value]))
    network = both(made, tmp_path / "m.onnx")
    assert (network is not None) == (target in held)
    if network is not None:
        bits = {HALF: "float16", FLOAT: "float32"}.get(kind)
        stored = (
            np.array(value).astype(bits).item() if bits else 205 / 2048 if kind == BFLOAT and value == 0.1 else value
        )
        assert network.forward([[1]], exact=True) == [[Fraction(stored)]]


@pytest.mark.parametrize("value", [2.0, 2.5, 1e20])
def test_a_float_becomes_an_integer_only_if_it_is_one(value, tmp_path):
    made = model(
        [node("Cast", "c", "s", to=TensorProto.INT64), node("Expand", "x s")], {"x": [1]}, {"c": np.float32([value])}
    )
    assert (both(made, tmp_path / "m.onnx") is not None) == (value == 2.0)


def changed(made, kinds):
    """Return the model with other element types of its inputs and outputs."""
    for value, kind in zip((*made.graph.input, *made.graph.output), kinds, strict=True):
        value.type.tensor_type.elem_type = kind
    return made


@pytest.mark.parametrize("kinds", [(BFLOAT, FLOAT), (FLOAT, BFLOAT), (HALF, DOUBLE)])
def test_types_of_inputs_and_outputs(kinds, tmp_path):
    made = changed(model([node("Relu", "x", "r"), node("Cast", "r", to=kinds[1])], {"x": [2]}), kinds)
    network = both(made, tmp_path / "m.onnx")
    copy = tmp_path / "copy.onnx"
    lf.write(network, copy)
    again = lf.read(copy)
    assert [p.dtype for p in again.inputs + again.outputs] == [p.dtype for p in network.inputs + network.outputs]
    onnx.checker.check_model(onnx.load(copy), full_check=True)


@pytest.mark.parametrize(
    ("made", "narrow"),
    [
        (model([node("Cast", "x", "h", to=HALF), node("Cast", "h", to=FLOAT)], {"x": [2]}), True),
        (changed(model([node("Cast", "x", to=FLOAT)], {"x": [2]}), (BFLOAT, FLOAT)), True),
        (model([node("Cast", "x", "h", to=DOUBLE), node("Cast", "h", to=FLOAT)], {"x": [2]}), False),
    ],
)
def test_no_bound_of_float_errors_where_a_file_rounds_on_its_way(made, narrow, tmp_path):
    network = both(made, tmp_path / "m.onnx")
    box = [(Fraction(-1), Fraction(1))] * 2
    if not narrow:
        assert max(float_error(network, box)) < 1e-6
        return
    with pytest.raises(lf.OptionError, match=r"rounds to b?float16 on its way"):
        float_error(network, box)
