"""Quantised networks are written with integers: exactly, in no more bytes, certified; other weights are rejected."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from integer_codes import CODES, MAPS, SIGNED, dequantise, integers, pair
from quantised_blocks import quantised
from small_models import model, node

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.checker.__main__ import main
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.networks.canonical import canonical
from lumpform.networks.onnx.write_integers import Inexact, as_integers, float_parts, in_bytes
from lumpform.networks.signature import signature


def test_certified_smaller_and_tampered_weights_are_rejected(tmp_path):
    kernel = integers(48, 2, 3, 3, seed=4)
    kernel[1:6] = kernel[0]
    kernel[6:30] = 0
    made = model(
        [
            *pair("x", "d"),
            dequantise("w", "k", "a", "o"),
            node("Conv", "d k", "c"),
            *pair("c", "e", "t", "u"),
            dequantise("v", "l", "a", "o"),
            node("Conv", "e l"),
        ],
        MAPS,
        CODES | {"w": kernel, "v": integers(5, 48, 3, 3, seed=8) // 8, "o": SIGNED(0)},
        opset=13,
    )
    path, small, proof = (tmp_path / name for name in ("m.onnx", "s.onnx", "c.json"))
    path.write_bytes(made.SerializeToString())
    reduction = lf.reduce(lf.read(path))
    assert lf.write(reduction.model, small).exact
    proof.write_text(json.dumps(reduction.certificate()))
    assert small.stat().st_size < path.stat().st_size
    assert main([str(path), str(small), str(proof)]) == 0
    changed = onnx.load(small)
    weights = next(t for t in changed.graph.initializer if t.data_type == onnx.TensorProto.INT8 and len(t.dims) == 4)
    array = onnx.numpy_helper.to_array(weights).copy()
    array[0, 0, 0, 0] ^= np.int8(1)
    weights.CopyFrom(onnx.numpy_helper.from_array(array, weights.name))
    onnx.save(changed, small)
    assert main([str(path), str(small), str(proof)]) == 1


def test_weights_that_fit_no_scale_leave_the_others_integers(tmp_path):
    kernel, other = integers(12, 2, 3, 3, seed=4), np.zeros((12, 2, 3, 3), dtype=np.float32)
    kernel[1:4], other[5, 1, 2, 2] = kernel[0], 2.0**-30
    nodes = [dequantise("w", "k", "a", "o"), node("Add", "k e", "m"), *pair("x", "d"), node("Conv", "d m", "c")]
    nodes += [*pair("c", "f", "t", "u"), dequantise("v", "l", "a", "o"), node("Conv", "f l")]
    held = {"w": kernel, "e": other, "v": integers(5, 12, 3, 3, seed=8) // 8, "o": SIGNED(0)}
    path, small, proof = (tmp_path / name for name in ("m.onnx", "s.onnx", "c.json"))
    path.write_bytes(model(nodes, MAPS, CODES | held, opset=13).SerializeToString())
    reduction = lf.reduce(lf.read(path))
    assert lf.write(reduction.model, small).exact
    proof.write_text(json.dumps(reduction.certificate()))
    assert main([str(path), str(small), str(proof)]) == 0
    assert constants(small)[onnx.TensorProto.INT8] == 5 * 9 * 9
    assert constants(small)[onnx.TensorProto.FLOAT] >= 2 * 9 * 2 * 9
    x = np.random.default_rng(3).normal(size=(4, 2, 6, 6)).astype(np.float32)
    assert np.allclose(run(path, x), run(small, x), atol=0.01)


KINDS = [(0, np.int8), (7, np.int8), (128, np.uint8)]
"""Zero points and types of weights."""


def constants(path):
    """Count the bytes of the constants of a file by their type."""
    found = {}
    for tensor in onnx.load(path).graph.initializer:
        found[tensor.data_type] = found.get(tensor.data_type, 0) + int(np.prod(tensor.dims))
    return found


def run(path, x):
    """Run a file operation by operation, as it stands."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


@pytest.mark.medium
@settings(max_examples=8)
@given(data=st.data(), seed=st.integers(0, 10**6), integers=st.booleans(), per_channel=st.booleans())
def test_integers_stay_and_values_are_the_same(data, seed, integers, per_channel, tmp_path_factory):
    zero, kind = data.draw(st.sampled_from(KINDS))
    copies, biased = data.draw(st.sampled_from([0, 1, 3])), data.draw(st.booleans())
    how = {"integers": integers, "per_channel": per_channel, "zero": zero, "kind": kind}
    folder = tmp_path_factory.mktemp("q")
    before, after, proof = folder / "m.onnx", folder / "w.onnx", folder / "c.json"
    before.write_bytes(quantised(seed, biased=biased, copies=copies, **how).SerializeToString())
    reduction = lf.reduce(lf.read(before))
    assert lf.write(reduction.model, after).exact
    there = lf.read(after)
    assert signature(canonical(there)) == signature(canonical(reduction.model))
    assert digest(read_network(str(after))) == digest_of(there)
    write_certificate(reduction.certificate(), proof)
    assert check(str(before), str(after), str(proof)).verified
    x = np.random.default_rng(seed).normal(size=(3, 3, 8, 8)).astype(np.float32)
    one, other = run(before, x), run(after, x)
    assert np.allclose(one, other, atol=0.12)  # two steps of the largest scale: quotients near a tie
    found = constants(after)
    assert found[onnx.TensorProto.INT8] > 1000  # no weight is a float
    assert found.get(onnx.TensorProto.FLOAT, 0) < 100
    merged = reduction.model.neurons < reduction.original.neurons
    assert merged == bool(copies)
    assert after.stat().st_size <= before.stat().st_size


def test_operators_of_integers_stay(tmp_path):
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    made = quantised(2, integers=True)
    before.write_bytes(made.SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    assert [n.op_type for n in onnx.load(after).graph.node] == [n.op_type for n in made.graph.node]
    x = np.random.default_rng(3).normal(size=(4, 3, 8, 8)).astype(np.float32)
    assert np.array_equal(run(before, x), run(after, x))


@given(data=st.data(), axis=st.integers(-1, 1), zero=st.integers(-128, 127))
def test_any_integers_with_float_scales_are_found(data, axis, zero):
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 3)))
    size = int(np.prod(shape))
    integers = np.array(data.draw(st.lists(st.integers(-128, 127), min_size=size, max_size=size))).reshape(shape)
    count = 1 if axis < 0 else shape[axis]
    scales = np.array(data.draw(st.lists(st.floats(2**-20, 8, width=32), min_size=count, max_size=count)))
    along = scales.reshape([-1 if a == axis else 1 for a in range(3)])
    weights = (integers - zero) * along
    code = as_integers(weights)
    assert code is not None
    zeros = np.zeros(code.scales.shape) if code.zeros is None else code.zeros
    of = [-1 if a == code.axis and code.scales.ndim else 1 for a in range(3)]
    meant = (code.integers.astype(float) - zeros.reshape(of)) * code.scales.astype(float).reshape(of)
    assert np.array_equal(meant, weights)
    assert axis >= 0 or code.scales.ndim == 0


@given(data=st.data(), scale=st.floats(2**-20, 8, width=32))
def test_sums_of_integers_are_taken_apart(data, scale):
    """Equal channels were merged: the weights of those that read them are sums."""
    sums = np.array(data.draw(st.lists(st.integers(-380, 380), min_size=600, max_size=600))).reshape(6, 100)
    found = in_bytes(sums * scale)
    if found is not None:
        kernel, chosen = found
        again = np.zeros(sums.shape)
        np.add.at(again, (slice(None), chosen), kernel)
        assert np.array_equal(again, sums * scale)
        assert as_integers(kernel) is not None


@pytest.mark.parametrize("axis", [0, 1])
def test_sums_of_integers_with_several_scales_are_taken_apart(axis):
    """Scales for every result are not tried last: one for all, as a multiple of which sums are huge, may be there."""
    rng = np.random.default_rng(axis)
    integers = rng.integers(-128, 128, size=(6, 6, 100))
    integers[:, ::3] += rng.integers(-128, 128, size=(6, 2, 100))
    scales = rng.uniform(0.01, 0.05, size=(6, 1) if axis == 0 else 6).astype(np.float32).astype(float)
    weights = integers * scales[..., None]
    found = in_bytes(weights)
    assert found is not None
    kernel, chosen = found
    assert len(chosen) == 8
    again = np.zeros(weights.shape)
    np.add.at(again, (slice(None), chosen), kernel)
    assert np.array_equal(again, weights)


@pytest.mark.parametrize(("seed", "biased"), [(15, False), (21, True)])
def test_one_channel_less_takes_no_more_bytes(seed, biased, tmp_path):
    """Two weights have no sum among the integers: what says which channels are read twice must be short."""
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    before.write_bytes(
        quantised(seed, biased=biased, copies=1, integers=True, zero=128, kind=np.uint8).SerializeToString()
    )
    reduction = lf.reduce(lf.read(before))
    assert reduction.model.neurons < reduction.original.neurons
    lf.write(reduction.model, after)
    assert after.stat().st_size <= before.stat().st_size


def test_what_is_no_multiple_of_a_scale_has_no_integers():
    assert as_integers(np.array([[1.0, 2**-60], [2**-60, 1.0]])) is None
    assert as_integers(np.array([[1.0, np.pi], [0.1, 3.0]]), "int32") is None
    assert as_integers(np.zeros((2, 2))) is not None
    with pytest.raises(Inexact):
        float_parts([Fraction(1, 3)])
