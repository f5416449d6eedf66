"""All node tests of ONNX: the checker's reader is right, or refuses in one line.

Weights are inputs of these models. So each model with several inputs is read a second time, all of them but the first
made constants.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from checker_values import outputs_of
from checker_values_in_time import outputs_in_time
from onnx import ModelProto, numpy_helper

from lumpform.checker import Unreadable
from lumpform.checker.networks.graph import Network
from lumpform.checker.networks.judge import read_network
from lumpform.checker.networks.onnx.operations import OPERATIONS

CASES = 1884
RIGHT = {"as it is": 194, "with constants": 230}
"""How many are right; more only with more operators."""

QUANTISED = {"DequantizeLinear", "QLinearConv", "QLinearMatMul", "QuantizeLinear"}
OF_CONSTANTS = {"And", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor"}
NEVER_RIGHT = {"ConstantOfShape", "Size", "Trilu", *OF_CONSTANTS, *QUANTISED}
"""Read, but not in these cases: constants are all that comes out, or integers go in or come out."""

PRECISION = {onnx.TensorProto.FLOAT16: 2.0**-11, onnx.TensorProto.BFLOAT16: 2.0**-8}
"""Floats that the model itself rounds to: values of the network are exact."""


@pytest.fixture(scope="module")
def cases() -> list[Any]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ONNX makes its data with overflows and divisions by zero
        return collect_testcases(None)


def array(value: Any) -> np.ndarray:
    """Return the numbers of an input or output, which some cases have as tensors."""
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def variants(case: Any) -> Iterator[tuple[str, ModelProto, list[np.ndarray], list[np.ndarray]]]:
    """Return models with their inputs and outputs."""
    inputs, outputs = case.data_sets[0]
    if not all(isinstance(v, np.ndarray | np.generic | onnx.TensorProto) for v in (*inputs, *outputs)):
        yield "as it is", case.model, [], []
        return
    given, wanted = [array(v) for v in inputs], [array(v) for v in outputs]
    yield "as it is", case.model, given, wanted
    names = [value.name for value in case.model.graph.input]
    if len(names) == len(given) > 1:
        made = ModelProto()
        made.CopyFrom(case.model)
        made.graph.initializer.extend(numpy_helper.from_array(v, n) for n, v in zip(names[1:], given[1:], strict=True))
        yield "with constants", made, given[:1], wanted


def judged(path: Path, model: ModelProto, inputs: list[np.ndarray], wanted: list[np.ndarray], case: Any) -> str:
    """Return what becomes of one model."""
    path.write_bytes(model.SerializeToString())
    try:
        network = read_network(str(path))
    except Unreadable as error:
        return "refused" if "\n" not in str(error) else f"refused in several lines: {error}"
    if network.recurrent:
        return in_time(network, inputs, wanted)
    found = outputs_of(network, [x.astype(float) for x in inputs])
    for ours, theirs, info in zip(found, wanted, model.graph.output, strict=True):
        rtol = max(case.rtol, PRECISION.get(info.type.tensor_type.elem_type, 0))
        np.testing.assert_allclose(ours, theirs.astype(float).reshape(-1), rtol=rtol, atol=max(case.atol, 1e-6))
    return "right"


def in_time(network: Network, inputs: list[np.ndarray], wanted: list[np.ndarray]) -> str:
    """Compare what a recurrent network computes, sample by sample; inputs are (steps, samples, features)."""
    for sample in range(inputs[0].shape[1]):
        found = outputs_in_time(network, [x[:, sample].astype(float) for x in inputs])
        for ours, theirs, port in zip(found, (w for w in wanted if w.size), network.outputs, strict=True):
            own = np.take(theirs, sample, axis=port.layout.index("n"))
            np.testing.assert_allclose(ours.reshape(-1), own.reshape(-1), rtol=1e-4, atol=1e-6)
    return "right"


@pytest.mark.slow
def test_right_or_refused(cases: list[Any], tmp_path: Path) -> None:
    assert len(cases) == CASES
    counts: Counter[tuple[str, str]] = Counter()
    kinds: set[str] = set()
    for case in cases:
        for how, model, inputs, wanted in variants(case):
            result = judged(tmp_path / "m.onnx", model, inputs, wanted, case)
            counts[how, result] += 1
            if result == "right":
                kinds |= {node.op_type for node in model.graph.node}
    assert {how: counts[how, "right"] for how in RIGHT} == RIGHT
    assert counts["as it is", "right"] + counts["as it is", "refused"] == CASES
    assert set(OPERATIONS) - kinds == NEVER_RIGHT
