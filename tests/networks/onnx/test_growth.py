"""A file that is larger than the one that was read says so in one line with both sizes: to callers, on a terminal."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx_trials import Trial
from small_models import model, node

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check
from lumpform.cli import main
from lumpform.networks.onnx.growth import why_larger

from .test_full_shapes import RIGHT


def written(*sizes):
    """Return a model with constants of so many numbers."""
    constants = [numpy_helper.from_array(np.zeros(n, dtype=np.float32), f"w{n}") for n in sizes]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])] for name in "xy"]
    return helper.make_model(helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", *ends, constants))


def network(size, **more):
    """Return some network that was read from a file of so many bytes."""
    some = lf.Network.from_layers([([[1]], [0])])
    return lf.Network(some.graph, some.inputs, some.outputs, {"bytes": size, **more})


def test_the_largest_constants_are_named():
    small, large = written(5), written(5, 1000, 20, 300)
    line = why_larger(network(small.ByteSize(), file=small.SerializeToString()), large)
    more = large.ByteSize() - small.ByteSize()
    assert line.startswith(f"{more:,} bytes more than were read ({large.ByteSize():,}, before {small.ByteSize():,}): ")
    assert "before 30 bytes in 1 constant, 1 operation" in line
    assert "w1000 [1000] with 4,0" in line
    assert line.index("w1000") < line.index("w300") < line.index("w20")
    assert "w5" not in line
    assert "\n" not in line


def test_a_file_that_did_not_grow_gets_no_line():
    small, large = written(5), written(5, 9)
    assert why_larger(network(large.ByteSize()), small) == ""
    assert why_larger(network(small.ByteSize()), small) == ""
    assert why_larger(lf.Network.from_layers([([[1]], [0])]), large) == ""


SLOPES = np.float32([0.5, 0, 0.25, 2, 3]).reshape(1, 1, 5)
SLOPED = model([node("PRelu", "x s")], {"x": [1, 5, 5]}, {"s": SLOPES})
"""Twenty-five slopes of which five are nothing: what is left is no slope for every column."""


@pytest.mark.medium
def test_callers_and_the_command_say_it(tmp_path, capsys):
    before, after, proof = (tmp_path / name for name in ("m.onnx", "w.onnx", "c.json"))
    before.write_bytes(onnx.shape_inference.infer_shapes(SLOPED).SerializeToString())
    reduction = lf.reduce(lf.read(before))
    assert reduction.model.neurons == reduction.original.neurons - 5
    rounding = lf.write(reduction.model, after)
    sizes = [path.stat().st_size for path in (after, before)]
    line = f"{sizes[0] - sizes[1]:,} bytes more than were read ({sizes[0]:,}, before {sizes[1]:,}): "
    assert rounding.larger.startswith(line)
    assert str(rounding).endswith(rounding.larger)
    arguments = [str(a) for a in ("reduce", before, "-o", after, "--certificate", proof, "--check")]
    assert main([*arguments, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert after.read_bytes() == before.read_bytes()
    assert "larger" not in result["written"]
    assert result["written"]["left"].startswith("merges in 1 of 1 layer are left: they take ")
    assert result["check"].startswith("VERIFIED")
    assert main([*arguments, "--smallest", "network", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"]["larger"] == rounding.larger
    assert main([*arguments, "--smallest", "network"]) == 0
    assert line in " ".join(capsys.readouterr().out.split())


def test_numbers_beside_the_file_count(tmp_path):
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    weights = np.random.default_rng(1).normal(size=(40, 40)).astype(np.float32)
    weights[:, 1] = weights[:, 0]
    nodes = [node("MatMul", "x w", "h"), node("Relu", "h", "a"), node("MatMul", "a v")]
    made = model(nodes, {"x": ["n", 40]}, {"w": weights, "v": -weights.T})
    made = onnx.shape_inference.infer_shapes(made)
    onnx.save(made, before, save_as_external_data=True, size_threshold=0, location="w.bin")
    assert lf.write(lf.reduce(lf.read(before)).model, after).larger == ""
    assert before.stat().st_size < after.stat().st_size


def grown(trial):
    """Write what is left of a random model; tell whether it merges, and whether the file grew, which is then said."""
    small, proof = trial.folder / "small.onnx", trial.folder / "c.json"
    reduction = lf.reduce(trial.network)
    if reduction.model.neurons >= trial.network.neurons or not trial.fits(reduction.model, small):
        return False, False
    rounding = lf.write(reduction.model, small)
    sizes = [path.stat().st_size for path in (small, trial.path)]
    assert rounding.larger.count(f"({sizes[0]:,}, before {sizes[1]:,})") == (sizes[0] > sizes[1])
    assert bool(rounding.larger) == (sizes[0] > sizes[1])
    write_certificate(reduction.certificate(None if rounding.exact else trial.dtype), proof)
    assert check(str(trial.path), str(small), str(proof)).verified
    return True, sizes[0] > sizes[1]


@pytest.mark.medium
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_random_models_that_merge(dtype, tmp_path):
    """Of hardly any weights, so that one operation more takes more bytes than a neuron."""
    trials = (Trial(seed, tmp_path, dtype) for seed in range(60))
    found = [grown(trial) for trial in trials if trial.network is not None]
    merged, larger = (sum(each) for each in zip(*found, strict=True))
    assert merged > 3
    assert 2 * larger < merged


def test_a_network_without_samples_gets_none(tmp_path):
    """Rows of numbers that are no samples are multiplied as they are, and not made a sample before."""
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    before.write_bytes(RIGHT["matrix and no batch"].SerializeToString())
    lf.write(lf.read(before), after)
    assert all(n.op_type != "Reshape" for n in onnx.load(after).graph.node)
