"""What nothing was merged in is written as the file that was read, where anything else would be larger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnx_trials import Trial
from small_models import model, node

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.networks.onnx.read import FILE

from .test_full_shapes import RIGHT
from .test_sizes import LARGER


def read(made, folder: Path):
    """Write a model to a file; return the network that is read from it, and the file."""
    path = folder / "m.onnx"
    made = onnx.shape_inference.infer_shapes(made)
    path.write_bytes(made.SerializeToString())
    return lf.read(path), path


@pytest.mark.parametrize("name", sorted(LARGER))
def test_operations_that_are_written_at_greater_length(name, tmp_path):
    network, path = read(RIGHT[name], tmp_path)
    out, proof = tmp_path / "w.onnx", tmp_path / "c.json"
    reduction = lf.reduce(network)
    rounding = lf.write(reduction.model, out)
    assert out.stat().st_size <= path.stat().st_size
    kept = out.read_bytes() == path.read_bytes()
    assert rounding.exact or not kept
    assert kept or reduction.model.neurons < network.neurons or out.stat().st_size < path.stat().st_size
    write_certificate(reduction.certificate(None if rounding.exact else "float32"), proof)
    assert check(str(path), str(out), str(proof)).verified


BACK = model(
    [node("Gather", "x i", "g", axis=1), node("Sub", "g b")],
    {"x": ["n", 4]},
    {"i": np.array([3, 2, 1, 0]), "b": np.float32([1, 2, 3, 4])},
)


def test_the_file_is_written_only_for_the_network_that_it_holds(tmp_path):
    network, path = read(BACK, tmp_path)
    out = tmp_path / "w.onnx"
    lf.write(network, out)
    assert out.read_bytes() == path.read_bytes()
    other = onnx.ModelProto.FromString(path.read_bytes())
    bias = next(t for t in other.graph.initializer if t.name == "b")
    bias.CopyFrom(numpy_helper.from_array(np.float32([1, 2, 3, 5]), "b"))
    changed = replace(network, metadata=network.metadata | {FILE: other.SerializeToString()})
    lf.write(changed, out)
    assert lf.read(out).forward(np.zeros((1, 4))).tolist() == [[-1, -2, -3, -4]]


def test_what_is_shorter_is_written_anew(tmp_path):
    made = model([node("Gemm", "x w")], {"x": ["n", 30]}, {"w": np.ones((30, 2), dtype=np.float32)})
    made.doc_string = "a long text " * 40
    network, path = read(made, tmp_path)
    out = tmp_path / "w.onnx"
    lf.write(network, out)
    assert out.stat().st_size < path.stat().st_size
    assert onnx.load(out).producer_name == "lumpform"


def test_numbers_beside_a_file_are_not_kept(tmp_path):
    path = tmp_path / "m.onnx"
    weights = np.random.default_rng(1).normal(size=(40, 40)).astype(np.float32)
    made = model([node("MatMul", "x w")], {"x": ["n", 40]}, {"w": weights})
    onnx.save(
        onnx.shape_inference.infer_shapes(made), path, save_as_external_data=True, size_threshold=0, location="w.bin"
    )
    network = lf.read(path)
    assert FILE not in network.metadata
    assert network.metadata["bytes"] > weights.nbytes


@pytest.mark.medium
def test_random_models_do_not_grow(tmp_path):
    """Models in which nothing is merged; others have other operations than their files, or fewer."""
    kept = 0
    for seed in range(60):
        trial = Trial(seed, tmp_path)
        if trial.network is not None and trial.fits(trial.network, out := tmp_path / "w.onnx"):
            assert out.stat().st_size <= trial.path.stat().st_size, seed
            kept += out.read_bytes() == trial.path.read_bytes()
    assert kept > 5


def activated(activation: str, wide: int, copies: int):
    """Return a model of two layers; some hidden neurons are copies of the last."""
    random = np.random.default_rng(wide)
    first, bias = random.normal(size=(2, wide)).astype(np.float32), random.normal(size=wide).astype(np.float32)
    first[:, :copies], bias[:copies] = first[:, -1:], bias[-1]
    second = random.normal(size=(wide, 2)).astype(np.float32)
    held = {"w": first, "b": bias, "v": second, "s": np.full(wide, 0.25, np.float32), "l": LOW, "u": HIGH}
    operands = {"PRelu": "h s", "Clip": "h l u"}.get(activation, "h")
    nodes = [node("Gemm", "x w b", "h"), node(activation, operands, "a"), node("Gemm", "a v")]
    used = {name for n in nodes for name in n.input}
    return model(nodes, {"x": ["n", 2]}, {n: a for n, a in held.items() if n in used})


LOW, HIGH = np.float32(0), np.float32(6)


@pytest.mark.medium
@pytest.mark.parametrize("activation", ["Clip", "HardSigmoid", "LeakyRelu", "PRelu", "Relu", "Sigmoid", "Softplus"])
@pytest.mark.parametrize(("wide", "copies"), [(3, 1), (3, 2), (4, 2), (8, 1)])
def test_one_neuron_less_is_written_in_fewer_bytes(activation, wide, copies, tmp_path):
    """Of so few weights that one operation more takes more bytes than a neuron."""
    network, path = read(activated(activation, wide, copies), tmp_path)
    reduction = lf.reduce(network)
    assert reduction.model.neurons < network.neurons
    lf.write(reduction.model, tmp_path / "w.onnx")
    assert (tmp_path / "w.onnx").stat().st_size < path.stat().st_size
