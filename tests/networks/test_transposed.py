"""Transposed convolutions: the operator that they put on arrows, in both readers, and what is written of it."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks import arrows
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError
from lumpform.networks.canonical import canonical
from lumpform.networks.operators import OUTSIDE, operate, scatter, shift, sides_after
from lumpform.networks.signature import signature
from lumpform.networks.sizes import measure
from lumpform.networks.transposed_side import TransposedSide


@st.composite
def scatters(draw):
    """Return sides, offsets and strides of maps that are scattered, and the sides of the result."""
    k = draw(st.integers(1, 3))
    several = [st.integers(1, 4), st.integers(-6, 6), st.integers(1, 3), st.integers(1, 6)]
    return tuple(tuple(draw(st.lists(numbers, min_size=k, max_size=k))) for numbers in several)


def by_definition(x, offset, strides, shape):
    out = np.full((1, 1, *shape), Fraction(0), dtype=object)
    for y in product(*map(range, x.shape[2:])):
        p = tuple(s * i + d for s, i, d in zip(strides, y, offset, strict=True))
        if all(0 <= i < n for i, n in zip(p, shape, strict=True)):
            out[(0, 0, *p)] = x[(0, 0, *y)]
    return out.reshape(-1)


@given(case=scatters())
def test_the_operator_is_its_definition_and_the_transpose_of_a_shift(case):
    sides, offset, strides, shape = case
    x = np.array([Fraction(i + 1) for i in range(prod(sides))], dtype=object).reshape(1, 1, *sides)
    wanted = by_definition(x, offset, strides, shape)
    found = scatter(sides, offset, strides, shape)
    assert (found == OUTSIDE) == (not any(wanted)) == arrows.misses(offset, strides, shape, sides)
    if found == OUTSIDE:
        return
    given_x = x.reshape(1, 1) if prod(sides) == 1 else x
    assert (operate(found, given_x).reshape(-1) == wanted).all()
    assert prod(sides_after(found, given_x.shape[2:])) == prod(shape)
    back = np.array([Fraction(3 * i + 2) for i in range(prod(shape))], dtype=object).reshape(1, 1, *shape)
    taken = shift(shape, offset, strides, sides)
    arrived = operate(taken, back.reshape(1, 1) if prod(shape) == 1 else back).reshape(-1)
    assert wanted @ back.reshape(-1) == arrived @ x.reshape(-1)


@given(case=scatters())
def test_both_sides_have_one_form(case):
    sides, offset, strides, shape = case
    found = scatter(sides, offset, strides, shape)
    if found != OUTSIDE:
        assert arrows.scatter(offset, strides, shape, sides) == found
        assert arrows.in_one_form(found, () if prod(sides) == 1 else sides) == found
        if found is not None and found[0] == "scatter":
            assert scatter(sides, *found[1:]) == found


@given(
    side=st.integers(2, 6),
    offsets=st.sets(st.integers(-6, 9), min_size=1, max_size=4),
    stride=st.integers(1, 3),
    count=st.integers(1, 14),
    alike=st.booleans(),
)
def test_a_window_is_found_that_fits(side, offsets, stride, count, alike):
    found = TransposedSide(side, sorted(offsets), stride, count, alike=alike)
    assert 0 <= found.more < max(stride, found.step)
    assert (side - 1) * stride + (found.size - 1) * found.step + 1 - found.before - found.after + found.more == count
    assert min(found.before, found.after) >= 0
    assert found.before == found.after or not alike
    for d in offsets:
        assert 0 <= found.place(d) < found.size
        assert found.place(d) * found.step - found.before == d


def model_of(shape, kernel, bias=None, after=(), **attributes):
    """Return a model with one transposed convolution."""
    constants = [numpy_helper.from_array(kernel, "w")] + ([] if bias is None else [numpy_helper.from_array(bias, "b")])
    node = helper.make_node("ConvTranspose", ["x", *(c.name for c in constants)], ["y"], **attributes)
    ends = [helper.make_tensor_value_info(n, 1, s) for n, s in (("x", shape), ("y", None))]
    graph = helper.make_graph([node, *after], "g", ends[:1], ends[1:], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@st.composite
def transposed(draw):
    """Return a model with a transposed convolution of one to three sides."""
    k, groups = draw(st.integers(1, 3)), draw(st.integers(1, 2))

    def many(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=k, max_size=k))

    sides, window, strides, dilations = many(2, 4), many(1, 3), many(1, 3), many(1, 2)
    least = [min((n - 1) * s, (w - 1) * d) // 2 for n, s, w, d in zip(sides, strides, window, dilations, strict=True)]
    pads = [draw(st.integers(0, n)) for n in least * 2]  # something is left
    more = [draw(st.integers(0, s - 1)) for s in strides]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    kernel = (rng.integers(-4, 5, size=(2 * groups, draw(st.integers(1, 2)), *window)) / 4).astype(np.float32)
    bias = (rng.integers(-4, 5, size=kernel.shape[1] * groups) / 4).astype(np.float32)
    how = {"strides": strides, "dilations": dilations, "pads": pads, "output_padding": more, "group": groups}
    return model_of(["N", 2 * groups, *sides], kernel, bias, **how), (2 * groups, *sides)


@pytest.mark.medium
@given(case=transposed())
def test_it_is_what_a_runtime_computes_and_is_written_so(case, tmp_path_factory):
    """The reference of ONNX itself has other values where groups or positions at the end are several."""
    model, shape = case
    path = tmp_path_factory.mktemp("m") / "m.onnx"
    path.write_bytes(model.SerializeToString())
    network = lf.read(path)
    assert digest(read_network(str(path))) == digest_of(network)
    x = np.random.default_rng(0).integers(-8, 9, size=(1, *shape)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (wanted,) = session.run(None, {"x": x})
    found = network.forward(x)
    np.testing.assert_allclose(found.reshape(-1), wanted.reshape(-1), atol=1e-5)
    lf.write(network, path.with_name("w.onnx"))
    assert signature(canonical(lf.read(path.with_name("w.onnx")))) == signature(canonical(network))


@pytest.mark.parametrize("auto_pad", ["NOTSET", "VALID"])
@pytest.mark.parametrize("more", [-1, 0, 1, 2])
def test_an_output_that_is_larger_by_less_than_a_stride(more, auto_pad, tmp_path):
    """As ONNX's own test of `output_shape` has it: what is missing is zero behind."""
    made = model_of([1, 1, 3], np.float32([[[1, 2]]]), output_shape=[8 + more], strides=[3], auto_pad=auto_pad)
    path = tmp_path / "m.onnx"
    path.write_bytes(made.SerializeToString())
    network, x = lf.read(path), np.float32([[[1, 2, 3]]])
    assert digest(read_network(str(path))) == digest_of(network)
    (wanted,) = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": x})
    np.testing.assert_array_equal(network.forward(x.reshape(1, -1)).reshape(-1), wanted.reshape(-1))


def test_what_does_not_fit_is_refused(tmp_path):
    kernel = np.ones((2, 1, 2, 2), dtype=np.float32)
    for message, attributes in (
        ("auto_pad", {"auto_pad": "SAME_UPPER", "strides": [3, 3]}),
        ("one of them", {"auto_pad": "SAME_UPPER", "pads": [1, 0, 0, 0]}),
        ("at least one position", {"pads": [3, 3, 3, 3]}),
        ("another dimension", {"output_padding": [1]}),
        ("beyond any map", {"strides": [0, 1]}),
        ("2 channels for a kernel", {"group": 3}),
        ("kernel_shape", {"kernel_shape": [3, 3]}),
        ("an output of at most \\[4, 4\\]", {"output_shape": [5, 4]}),
        ("an output of at most \\[7, 7\\]", {"output_shape": [8, 6], "strides": [2, 2]}),
        ("an output of at most \\[6, 6\\]", {"output_shape": [7, 6], "strides": [2, 2], "auto_pad": "SAME_LOWER"}),
    ):
        path = tmp_path / "m.onnx"
        path.write_bytes(model_of(["N", 2, 3, 3], kernel, **attributes).SerializeToString())
        with pytest.raises(FormatError, match=message) as error:
            lf.read(path)
        assert "\n" not in str(error.value)
        with pytest.raises(Exception, match="ConvTranspose") as refusal:
            read_network(str(path))
        assert type(refusal.value).__name__ == "Unreadable"


def test_multiplications_are_counted_at_the_positions_that_are_read(tmp_path):
    path = tmp_path / "m.onnx"
    kernel = np.ones((2, 3, 2, 2), dtype=np.float32)
    path.write_bytes(model_of(["N", 2, 4, 4], kernel, strides=[2, 2]).SerializeToString())
    assert measure(lf.read(path)).total("macs") == 2 * 3 * 4 * 16
