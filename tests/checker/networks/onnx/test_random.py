"""Random ONNX models: the checker's reader agrees with onnxruntime, or refuses. It is never wrong."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from checker_values import outputs_with_magnitude
from random_onnx import random_inputs, random_model
from sizes import medium_but

pytest.importorskip("onnxruntime", reason="the extra test is not installed")
from onnx_judge import samples_of

from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network

TOLERANCE = 1e-5
"""Of float32, relative to the magnitude of what is added up."""

MODELS = int(os.environ.get("LUMPFORM_MODELS", "6000"))
"""How many the slow test goes through; `LUMPFORM_MODELS=20000` takes a quarter of an hour more for each reader."""


def outcome(seed: int, path: Path) -> str:
    """Return what becomes of one model; wrong values are an assertion."""
    model = random_model(seed)
    path.write_bytes(model.SerializeToString())
    try:
        network = read_network(str(path))
    except Unreadable as error:
        return "refused" if "\n" not in str(error) else "refused in several lines"
    samples = samples_of(model, seed)
    if samples is None:
        return "read, but onnxruntime does not run it"
    for inputs, wanted in samples:
        found = outputs_with_magnitude(network, inputs)
        for (values, magnitude), theirs in zip(found, wanted, strict=True):
            assert values.shape == theirs.shape, seed
            assert (np.abs(values - theirs) <= TOLERANCE * (1 + magnitude)).all(), seed
    return "right"


def outcomes(seeds: range, folder: Path) -> None:
    """Check that nearly all of these models are read and right."""
    counts = Counter(outcome(seed, folder / "m.onnx") for seed in seeds)
    assert counts["refused in several lines"] == 0
    assert counts["right"] >= 0.85 * len(seeds), counts
    assert counts["read, but onnxruntime does not run it"] <= 0.05 * len(seeds), counts


@pytest.mark.parametrize("first", medium_but([0], range(0, 240, 40)))
def test_some_random_models(first: int, tmp_path: Path) -> None:
    outcomes(range(first, first + 40), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1000 + MODELS, 1000))
def test_many_random_models(first: int, tmp_path: Path) -> None:
    outcomes(range(first, first + 1000), tmp_path)


def test_models_and_inputs_depend_on_the_seed_alone() -> None:
    for seed in range(20):
        first, again = random_model(seed), random_model(seed)
        assert first.SerializeToString() == again.SerializeToString()
        inputs = random_inputs(first, seed)
        assert all((x == y).all() for x, y in zip(inputs.values(), random_inputs(again, seed).values(), strict=True))


@pytest.mark.medium
def test_random_models_are_valid_and_of_all_kinds() -> None:
    """The checker of ONNX takes them; every operator, rank, kind of batch and version of the operator set occurs."""
    kinds: set[str] = set()
    seen: Counter[str] = Counter()
    for seed in range(500):
        model = random_model(seed)
        onnx.checker.check_model(model)
        graph = model.graph
        kinds |= {node.op_type for node in graph.node}
        uses = Counter(name for node in graph.node for name in node.input)
        constants = {t.name for t in graph.initializer} | {n.output[0] for n in graph.node if n.op_type == "Constant"}
        inputs = [v for v in graph.input if v.name not in constants]
        shapes = [v.type.tensor_type.shape.dim for v in inputs]
        seen[f"version {model.opset_import[0].version}"] += 1
        seen["several inputs"] += len(inputs) > 1
        seen["several outputs"] += len(graph.output) > 1
        seen["reuse"] += any(count > 1 for name, count in uses.items() if name not in constants)
        seen["batch"] += any(s and s[0].dim_param for s in shapes)
        seen["no batch"] += not any(s and s[0].dim_param for s in shapes)
        seen.update(f"rank {len(s)}" for s in shapes)
    from lumpform.checker.networks.onnx.choosing import COMPARISONS
    from lumpform.checker.networks.onnx.operations import OPERATIONS

    quantised = {"QuantizeLinear", "DequantizeLinear", "QLinearConv", "QLinearMatMul"}  # see test_quantised.py
    functions = {"Asinh", "Atan", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "Pow", "Round", "Sign", "Sin", "Sinh"}
    choosing = {"GatherElements", "GatherND", "ScatterElements", "ScatterND", "Trilu", "Where", *COMPARISONS}
    elsewhere = functions | choosing  # see test_gates.py, test_activations.py and test_choosing.py
    assert kinds == set(OPERATIONS) - quantised - elsewhere - {"RNN"}  # whose models are `recurrent_model`
    assert {f"version {v}" for v in range(7, 29)} | {f"rank {r}" for r in range(6)} <= set(seen)
    assert min(seen[what] for what in ("several inputs", "several outputs", "reuse", "batch", "no batch")) > 30
