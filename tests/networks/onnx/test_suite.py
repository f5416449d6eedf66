"""The node tests of ONNX itself: every case is read right, or refused in one line; none is read wrong.

In a case everything is an input, weights too. So each is tried twice: as it is, and with all inputs but the first as
constants.
"""

from __future__ import annotations

import warnings
from collections import Counter
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import lumpform as lf
from lumpform.errors import LumpFormError

RIGHT = {"as it is": 186, "with constants": 222}
"""How many are read (and right), at least."""

DIFFERENT = 376
"""How many cases are right in one way or both, at least."""


@cache
def cases() -> list[Any]:
    """Return all cases, which ONNX computes anew; some of them divide by zero on purpose."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(collect_testcases(None))


def arrays(values: Any) -> list[Any] | None:
    """Return the inputs or outputs of a case as arrays, or None if they are sequences or optional."""
    found = [numpy_helper.to_array(v) if isinstance(v, onnx.TensorProto) else v for v in values]
    return [np.asarray(v) for v in found] if all(isinstance(v, np.ndarray | np.generic) for v in found) else None


def with_constants(model: onnx.ModelProto, inputs: list[Any]) -> onnx.ModelProto:
    """Return the model in which all inputs but the first are constants."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    for value, array in list(zip(model.graph.input, inputs, strict=False))[1:]:
        changed.graph.initializer.append(numpy_helper.from_array(array, value.name))
    return changed


def outcome(path: Any, model: onnx.ModelProto, inputs: list[Any], outputs: list[Any] | None) -> str:
    """Return ``right``, ``refused``, or what is wrong."""
    path.write_bytes(model.SerializeToString())
    try:
        network = lf.read(path)
    except LumpFormError as error:
        return "refused" if "\n" not in str(error) else "several lines"
    if outputs is None:
        return "read although its values are no arrays"
    given = [np.asarray(x, dtype=np.float64) for x in inputs]
    if not all(np.isfinite(x).all() for x in given):
        return "not compared: a network is about finite numbers"
    samples = [x if p.layout else x.reshape(-1, *p.sample_shape) for x, p in zip(given, network.inputs, strict=False)]
    found = network.forward(*samples)
    for got, expected in zip(found if isinstance(found, tuple) else (found,), outputs, strict=False):
        wanted = np.asarray(expected, dtype=np.float64)
        loose = 2e-2 if expected.dtype.itemsize == 2 else 1e-3
        if got.size != wanted.size or not np.allclose(got.reshape(-1), wanted.reshape(-1), rtol=loose, atol=1e-5):
            return f"wrong: {got} instead of {wanted}"
    return "right"


@pytest.mark.slow
def test_every_case_is_right_or_refused(tmp_path):
    outcomes, bad, right = {how: Counter() for how in RIGHT}, {}, set()
    for case, how in product(cases(), RIGHT):
        for given, wanted in case.data_sets:
            inputs, outputs = arrays(given), arrays(wanted)
            model = case.model
            if how == "with constants":
                if inputs is None or len(model.graph.input) < 2:
                    continue
                model, inputs = with_constants(model, inputs), inputs[:1]
            result = outcome(tmp_path / "case.onnx", model, inputs or [], outputs)
            outcomes[how][result] += 1
            if result == "right":
                right.add(case.name)
            elif result != "refused" and "not compared" not in result:
                bad[case.name] = result
    assert not bad
    assert all(outcomes[how]["right"] >= least for how, least in RIGHT.items())
    assert len(right) >= DIFFERENT
    assert outcomes["as it is"].total() >= 1_884
