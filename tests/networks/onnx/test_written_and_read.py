"""What is written and read again has the same canonical form, but for a rounding that is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sizes import medium_but
from small_models import model, node

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.networks.canonical import canonical
from lumpform.networks.rounded import rounded_network
from lumpform.networks.signature import signature

from .test_full_shapes import RIGHT

DTYPES = ("float16", "float32", "float64")


def as_dtype(network, dtype):
    """Return the network with ports of another element type."""
    ports = [tuple(replace(p, dtype=dtype) for p in ports) for ports in (network.inputs, network.outputs)]
    return replace(network, inputs=ports[0], outputs=ports[1])


def check_round_trip(network, dtype, path):
    """Write and read a network: equal to the rounded one, and equal however often it is done."""
    network = as_dtype(network, dtype)
    rounding = write(network, path)
    there = lf.read(path)
    expected = canonical(rounded_network(canonical(network), dtype))
    assert signature(canonical(there)) == signature(expected)
    assert rounding.exact == (signature(canonical(network)) == signature(expected))
    assert ports_of(there) == ports_of(network)
    again = path.with_name("again.onnx")
    assert write(there, again).exact
    assert signature(canonical(lf.read(again))) == signature(expected)


def ports_of(network):
    """Return names, shapes and types of inputs and outputs."""
    return [[(p.name, p.shape, p.dtype) for p in ports] for ports in (network.inputs, network.outputs)]


def write(network, path):
    return lf.write(canonical(network), path)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", medium_but(list(RIGHT)[::12], RIGHT))
def test_files_of_all_operations(name, dtype, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(RIGHT[name].SerializeToString())
    network = lf.read(path)
    check_round_trip(network, dtype, tmp_path / "n.onnx")
    check_round_trip(lf.reduce(network).model, dtype, tmp_path / "n.onnx")


@given(network=ls.networks(), dtype=st.sampled_from(DTYPES))
def test_random_networks(network, dtype, tmp_path_factory):
    check_round_trip(network, dtype, tmp_path_factory.mktemp("n") / "n.onnx")


@given(found=ls.lumpable_networks(), dtype=st.sampled_from(DTYPES))
def test_random_reductions(found, dtype, tmp_path_factory):
    reduction = lf.reduce(found.network)
    check_round_trip(reduction.model, dtype, tmp_path_factory.mktemp("n") / "n.onnx")


@given(network=ls.networks())
def test_the_canonical_form_computes_the_same_and_is_canonical(network):
    form = canonical(network)
    assert canonical(form) is form
    size = sum(
        int(np.prod((network.graph.group(p.group).size, *network.graph.group(p.group).shape))) for p in network.inputs
    )
    x = np.arange(3 * size, dtype=object).reshape(3, size) % 7 - 3
    rational = all(g.function.name in ("identity", "relu", "leaky_relu", "max_pool") for g in network.graph.groups)
    first, second = (n.forward(x if rational else x.astype(float), exact=rational) for n in (network, form))
    assert (first == second).all() if rational else np.allclose(first, second)


@pytest.mark.medium
def test_copies_of_one_node_with_one_bias_are_written_and_certified(tmp_path):
    """A pool that is spread out along a side and moved by a constant: numbers of an output that are the same twice."""
    nodes = [node("GlobalMaxPool", "x", "g"), node("Sub", "g c")]
    made = model(nodes, {"x": [2, 4, 3, 1]}, {"c": np.float32([6, 12, 3, 3])}, ("y", "g"), opset=7)
    path, small, proof = (tmp_path / n for n in ("m.onnx", "small.onnx", "proof.json"))
    path.write_bytes(made.SerializeToString())
    reduced = lf.reduce(lf.read(path), opposite=True, linear=True)
    assert lf.write(reduced.model, small).exact
    write_certificate(reduced.certificate(None), proof)
    assert check(str(path), str(small), str(proof)).verified
    x = np.random.default_rng(4).normal(size=(2, 4, 3, 1)).astype(np.float32)
    before, after = (onnxruntime.InferenceSession(p).run(None, {"x": x}) for p in (path, small))
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(before, after, strict=True))
