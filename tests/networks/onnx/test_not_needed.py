"""Operations that no output needs are not read: both readers leave them out, and refuse only what makes no graph."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from onnx import helper
from small_models import compare, constant, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.certificates.format import write_certificate
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

INPUTS = {"x": ["n", 3, 4, 4], "z": ["n", 2]}
KERNEL = {"k": weights(2, 3, 2, 2), "one": constant(1)}
IDLE = {
    "maps of an input that nothing else reads": [node("Conv", "x k", "c"), node("Relu", "c", "d")],
    "a mean and a border": [node("ReduceMean", "x", "c", axes=[2]), node("GlobalMaxPool", "x", "d")],
    "an unknown operator": [node("Hardmax", "x", "c")],
    "an operator of a domain of its own": [helper.make_node("Own", ["x"], ["c"], domain="own")],
    "another memory": [node("LSTM", "x k k", "c")],
    "operands that do not fit": [node("Add", "k x", "c"), node("MatMul", "one x", "d")],
    "integers at the end": [node("Shape", "x", "c")],
    "a result that nothing else reads": [node("Dropout", "y", "c d"), node("Relu", "d", "e")],
}


@pytest.mark.parametrize("idle", IDLE)
def test_they_change_nothing(idle, tmp_path):
    made = [node("Relu", "z")]
    plain = compare(tmp_path / "plain.onnx", model(made, INPUTS, KERNEL))
    path = tmp_path / "m.onnx"
    path.write_bytes(model([*IDLE[idle], *made], INPUTS, KERNEL).SerializeToString())
    network = lf.read(path)
    assert digest_of(network) == digest(read_network(str(path))) == digest_of(plain)
    assert lf.read(path, borders=True).domain == "network"  # nothing of it is a border
    reduced = lf.reduce(network, stable=True, box=(-2, 2))
    small, proof = tmp_path / "small.onnx", tmp_path / "proof.json"
    lf.write(reduced.model, small)
    write_certificate(reduced.certificate(None), proof)
    assert check(str(path), str(small), str(proof)).verified


def test_a_second_result_that_only_they_read(tmp_path):
    nodes = [node("MaxPool", "x", "y i", kernel_shape=[2, 2]), node("Cast", "i", "f", to=1)]
    network = compare(tmp_path / "m.onnx", model(nodes, {"x": ["n", 3, 4, 4]}))
    assert digest_of(network) == digest(read_network(str(tmp_path / "m.onnx")))


MALFORMED = {
    "a circle": [node("Add", "c x", "d"), node("Relu", "d", "c")],
    "an operand that is missing": [node("Relu", "nothing", "c")],
    "a name twice": [node("Relu", "x", "c"), node("Tanh", "x", "c")],
    "the name of an input": [node("Relu", "x", "z")],
    "no name": [helper.make_node("Relu", ["x"], [""])],
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_makes_no_graph_is_refused_by_both_readers(case, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(model([*MALFORMED[case], node("Relu", "z")], INPUTS, KERNEL).SerializeToString())
    for read, error in ((lf.read, FormatError), (lambda p: read_network(str(p)), Unreadable)):
        with pytest.raises(error, match=r"m\.onnx: node \d"):
            read(path)


def test_a_recurrent_layer_says_the_layout_also_if_no_output_needs_it(tmp_path):
    constants = {"w": weights(1, 2, 3), "r": weights(1, 2, 2)}
    nodes = [node("Relu", "x"), node("RNN", "x w r", "s", hidden_size=2)]
    path = tmp_path / "m.onnx"
    path.write_bytes(model(nodes, {"x": ["t", "n", 3]}, constants).SerializeToString())
    network = lf.read(path)
    assert network.inputs[0].layout == "tn."
    assert digest_of(network) == digest(read_network(str(path)))


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
