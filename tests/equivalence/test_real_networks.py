"""Trained networks from files: against their reductions, and against each other around digits."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from nudged import nudged, outputs

import lumpform as lf
from lumpform.equivalence import Question, budget
from lumpform.equivalence.falsify import candidates
from lumpform.equivalence.pipeline import equivalent
from lumpform.equivalence.probe import Probe

REAL = [("tll_m8_0.onnx", None), ("tll_m8_0.onnx", (-1, 1)), ("pendulum_less_robust.onnx", (-1, 1))]


@pytest.mark.medium
@pytest.mark.parametrize(("name", "box"), REAL)
def test_real_networks_and_their_reductions(name, box, shared):
    network = lf.read(shared / "data" / "nets" / name)
    small = lf.reduce(network, opposite=True, linear=True, stable=box is not None, box=box).model
    assert equivalent(network, small, box=box).answer == "EQUIVALENT"
    assert equivalent(network, nudged(small, Fraction(1, 2**12)), box=box).answer == "DIFFERENT"


@pytest.mark.medium
@pytest.mark.parametrize("name", ["mnist8x8_10p_retrain", "mnist8x8_50p_retrain", "mnist8x8_student_30_10"])
def test_trained_networks_around_digits(name, shared):
    """The proved bound is close to the largest difference found by search, and the class is often decided."""
    first, second = (lf.read(shared / "data" / "nets" / f"{n}.npz") for n in ("mnist8x8_lin", name))
    decided = 0
    for x in embedded_digits()[::450]:
        centre = [Fraction(int(v), 16) for v in x]
        box = tuple((max(v - Fraction(1, 50), Fraction(0)), min(v + Fraction(1, 50), Fraction(1))) for v in centre)
        verdict = equivalent(first, second, box=box, stages=("forms", "bounds"))
        question = Question(box)
        points = list(candidates(Probe(first, second, question), 0, budget.Budget(60)))
        found = max(abs(a - b) for p in points for a, b in zip(outputs(first, p), outputs(second, p), strict=True))
        assert found <= verdict.bound <= 2 * found
        found = equivalent(first, second, box=box, argmax=True, stages=("falsify", "joint", "forms", "bounds"))
        decided += found.answer != "UNKNOWN"
    assert decided >= 2


def embedded_digits():
    from importlib.resources import as_file, files

    with as_file(files("lumpform") / "data" / "digits.npz") as path, np.load(path, allow_pickle=False) as data:
        assert (data["x"].shape, int(data["x"].max()), data["y"].shape) == ((1797, 64), 16, (1797,))
        return data["x"]
