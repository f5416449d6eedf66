"""No network file that is written is larger than one of the same format that was read, if it holds no more weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.networks.canonical import canonical

KEPT = {
    "acasxu_1_1.onnx",
    "digits_s0.npz",
    "digits_s1.npz",
    "digits_s2.npz",
    "fashion_s0.npz",
    "fashion_s1.npz",
    "fashion_s2.npz",
    "marabou_fc_2-2-3.onnx",
    "mnist8x8_10p_retrain.npz",
    "mnist8x8_50p_retrain.npz",
    "mnist8x8_lin.npz",
    "mnist8x8_student_30_10.npz",
    "pendulum_less_robust.nnet",
    "pendulum_less_robust.onnx",
    "tll_m8_0.onnx",
}
"""Files of networks that people have; `tll_m16_0.onnx` takes minutes."""


@pytest.mark.medium
def test_networks_that_people_have(shared, tmp_path):
    found = {p.name for p in (shared / "data" / "nets").iterdir()}
    assert found >= KEPT
    for path in (shared / "data" / "nets" / name for name in sorted(KEPT)):
        network, out = lf.read(path), tmp_path / path.name
        for model in (canonical(network), lf.reduce(network).model):
            lf.write(model, out)
            assert out.stat().st_size <= path.stat().st_size, path.name


def archive(path, seed, copies):
    """Write layers of float32 with some equal neurons as NumPy does it."""
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(5, 12)), rng.normal(size=(12, 3))
    first[:, :copies] = first[:, :1]
    arrays = {"W1": first, "b1": np.zeros(12), "W2": second, "b2": rng.normal(size=3)}
    np.savez_compressed(path, **{name: array.astype(np.float32) for name, array in arrays.items()})


@settings(max_examples=examples(12))
@given(seed=st.integers(0, 10**6), copies=st.integers(1, 12))
def test_archives_are_never_larger(seed, copies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("npz")
    before, after = folder / "m.npz", folder / "w.npz"
    archive(before, seed, copies)
    network = lf.read(before)
    reduction = lf.reduce(network)
    assert (reduction.model.neurons < network.neurons) == (copies > 1)
    lf.write(reduction.model, after)
    assert after.stat().st_size < before.stat().st_size


@settings(max_examples=examples(12))
@given(seed=st.integers(0, 10**6), copies=st.integers(1, 12))
def test_texts_are_never_larger(seed, copies, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nnet")
    first, before, after = (folder / name for name in ("m.npz", "m.nnet", "w.nnet"))
    archive(first, seed, copies)
    lf.write(lf.read(first), before)
    lf.write(lf.reduce(lf.read(before)).model, after)
    assert after.stat().st_size <= before.stat().st_size
