"""Small ONNX models in few words, and what onnxruntime computes of them beside what is read."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import lumpform as lf
from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

FLOAT = TensorProto.FLOAT


def model(nodes, inputs, constants=(), outputs=("y",), opset=17, kind=FLOAT):
    """Return a model from nodes, inputs by name and shape, and constants by name."""
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, kind, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, kind, None) for n in outputs],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in dict(constants).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def node(operator, inputs, output="y", **attributes):
    return helper.make_node(operator, inputs.split(), output.split(), name=output, **attributes)


def compare(path, made, samples=3):
    """Read a model and compare it with onnxruntime on random inputs, one sample at a time; returns the network."""
    path.write_bytes(made.SerializeToString())
    network = lf.read(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    random = np.random.default_rng(1)
    for _ in range(samples):
        feeds = {}
        for value in session.get_inputs():
            sides = [d if isinstance(d, int) else 1 for d in value.shape]
            feeds[value.name] = random.normal(size=sides).astype(np.float32)
        expected = session.run(None, feeds)
        found = network.forward(*(feeds[p.name].reshape(1, -1) for p in network.inputs))
        for got, wanted in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
            assert got.size == wanted.size
            assert np.allclose(got.reshape(-1), wanted.reshape(-1), rtol=1e-4, atol=1e-5)
    return network


def check_refused(path, made):
    """Check that both readers refuse a model in one line each."""
    path.write_bytes(made.SerializeToString())
    with pytest.raises(FormatError) as ours:
        lf.read(path)
    with pytest.raises(Unreadable) as theirs:
        read_network(str(path))
    assert "\n" not in f"{ours.value}{theirs.value}"


def weights(*shape, seed=3):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def constant(*values):
    return np.array(values, dtype=np.int64)
