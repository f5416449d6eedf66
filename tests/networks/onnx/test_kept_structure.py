"""What is written keeps its structure: no file is larger than the one that was read, where nothing merges."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("onnxruntime", reason="the extra test is not installed")
import onnxruntime
from onnx_blocks import KINDS, mobile, shuffle

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.networks.canonical import canonical
from lumpform.networks.signature import signature


def operators(path):
    """Count the operations of a file."""
    return Counter(node.op_type for node in onnx.load(path).graph.node)


def values(path, inputs):
    return onnxruntime.InferenceSession(str(path)).run(None, {"x": inputs})[0]


@pytest.mark.medium
@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=3)
@given(seed=st.integers(0, 10**6), width=st.sampled_from([8, 12, 16]))
def test_nothing_grows(kind: str, seed: int, width: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    before, after, proof = folder / "m.onnx", folder / "w.onnx", folder / "c.json"
    before.write_bytes(KINDS[kind](seed, width).SerializeToString())
    network = lf.read(before)
    reduction = lf.reduce(network)
    assert reduction.model.neurons == network.neurons
    assert lf.write(reduction.model, after).exact
    assert after.stat().st_size <= before.stat().st_size
    write_certificate(reduction.certificate(), proof)
    assert check(str(before), str(after), str(proof)).verified
    there = lf.read(after)
    assert digest(read_network(str(after))) == digest_of(there)
    assert signature(canonical(there)) == signature(canonical(network))
    x = np.random.default_rng(seed).normal(size=(2, 4, 8, 8)).astype(np.float32)
    assert np.allclose(values(before, x), values(after, x), rtol=1e-4, atol=1e-2)
    # The same operations, and no more of them.
    assert sum(operators(after).values()) <= sum(operators(before).values())


def groups_of(path):
    """Return the groups and kernel shapes of all convolutions of a file."""
    graph = onnx.load(path).graph
    shapes = {t.name: tuple(t.dims) for t in graph.initializer}
    found = []
    for node in graph.node:
        if node.op_type == "Conv":
            found.append((next((a.i for a in node.attribute if a.name == "group"), 1), shapes[node.input[1]]))
    return found


@pytest.mark.parametrize("make", [mobile, shuffle])
def test_groups_of_convolutions_stay(make, tmp_path):
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    before.write_bytes(make(3).SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    assert groups_of(after) == groups_of(before)


def test_a_constant_that_is_used_twice_is_written_once(tmp_path):
    from onnx import TensorProto, helper, numpy_helper

    matrix = numpy_helper.from_array((np.arange(400).reshape(20, 20) % 7 - 3).astype(np.float32), "w")
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Tanh", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "w"], ["y"]),
    ]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 20])] for name in "xy"]
    model = helper.make_model(helper.make_graph(nodes, "g", *ends, [matrix]), ir_version=8)
    model.opset_import[0].version = 13
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    before.write_bytes(model.SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    assert len(onnx.load(after).graph.initializer) == 1
    assert after.stat().st_size < 2 * matrix.ByteSize()
