"""Inputs that no output needs: whether they are maps or numbers depends on how a file is read, certificates do not."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from island_cases import write
from onnx import numpy_helper
from small_models import compare, model, node, weights

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.networks.islands.read import read_islands

pytestmark = pytest.mark.medium

CONSTANTS = {"k": weights(2, 3, 2, 2), "o": np.zeros((2, 3, 2, 2), dtype=np.float32)}
CONV, MEAN, FLAT = node("Conv", "x o", "c"), node("GlobalAveragePool", "c", "g"), node("Flatten", "g", "f")
UNREAD = {
    "a kernel of zeros": [CONV, MEAN, FLAT, node("Relu", "z", "r"), node("Add", "r f")],
    "no other input": [CONV, MEAN, node("Sigmoid", "g")],
    "maps that are an output": [CONV, node("Exp", "c")],
    "operations that no output needs": [node("Conv", "x k", "c"), node("Relu", "c", "d"), node("Relu", "z")],
    "a mean that no output needs": [node("ReduceMean", "x", "c", axes=[1, -2]), node("Relu", "z")],
}


@pytest.mark.parametrize("case", UNREAD)
@pytest.mark.parametrize("lead", ["n", 1])
def test_the_certificate_is_about_maps_and_the_written_file_about_numbers(case, lead, tmp_path):
    inputs = {"x": [lead, 3, 4, 4]} | ({"z": [lead, 2]} if any("z" in n.input for n in UNREAD[case]) else {})
    path, small, proof = (tmp_path / n for n in ("m.onnx", "small.onnx", "proof.json"))
    network = compare(path, model(UNREAD[case], inputs, CONSTANTS))
    assert network.graph.group("x").shape
    reduced = lf.reduce(network)
    lf.write(reduced.model, small)
    write_certificate(reduced.certificate(None), proof)
    assert check(str(path), str(small), str(proof)).verified
    again = compare(small, onnx.load(small))
    assert all("x" not in n.input or n.op_type != "Conv" for n in onnx.load(small).graph.node)
    assert again.inputs[0].shape == network.inputs[0].shape
    assert lf.equivalent(network, again).answer == "EQUIVALENT"


def test_an_input_that_is_an_output_stays_maps(tmp_path):
    nodes = [node("Sub", "x x", "s"), node("Conv", "s k", "c"), node("Relu", "c")]
    path, small, proof = (tmp_path / n for n in ("m.onnx", "small.onnx", "proof.json"))
    network = compare(path, model(nodes, {"x": ["n", 3, 4, 4]}, CONSTANTS, ("y", "x")))
    reduced = lf.reduce(network)
    lf.write(reduced.model, small)
    write_certificate(reduced.certificate(None), proof)
    assert network.graph.group("x").shape == lf.read(small).graph.group("x").shape == (4, 4)
    assert check(str(path), str(small), str(proof)).verified


def test_an_input_of_an_island_that_the_smaller_one_does_not_read(tmp_path):
    """An island goes back from its outputs, so what is written for it has no operation that no output needs."""
    nodes = [
        *(node("Tan", "x", "s"), node("Tan", "z", "t"), node("Conv", "s o", "c"), MEAN, FLAT),
        *(node("MatMul", "t w", "h"), node("Relu", "h", "r"), node("MatMul", "r v", "q")),
        *(node("Add", "q f", "a"), node("Tan", "a")),
    ]
    arrays = {**CONSTANTS, "w": np.float32([[1, 1], [2, 2]]), "v": np.float32([[1, 2], [3, 4]])}
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    path, small, proof = (tmp_path / n for n in ("m.onnx", "small.onnx", "proof.json"))
    made = write(path, nodes, tensors, {"x": ["n", 3, 4, 4], "z": ["n", 2]}, {"y": ["n", 2]})
    for name, sides in {"s": ["n", 3, 4, 4], "t": ["n", 2], "a": ["n", 2]}.items():
        made.graph.value_info.append(onnx.helper.make_tensor_value_info(name, 1, sides))
    path.write_bytes(made.SerializeToString())
    reduced = lf.reduce(read_islands(path))
    lf.write(reduced.model, small)
    proof.write_text(json.dumps(reduced.certificate()))
    assert all("s" not in n.input for n in onnx.load(small).graph.node)
    assert check(str(path), str(small), str(proof)).verified
