"""Limits of memory hold, and memory in use is seen."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from equivalence_cases import hidden_surplus

import lumpform as lf
from lumpform.equivalence import budget
from lumpform.equivalence.pipeline import equivalent


def test_memory_limits_hold(monkeypatch):
    """Memory that other tests have freed would be taken first; here every look finds a quarter of a mebibyte more."""
    grown = count()
    monkeypatch.setattr(budget, "resident", lambda: next(grown) / 4)
    first, second = hidden_surplus(64)
    verdict = equivalent(first, second, box=(-1, 1), memory=1, stages=("forms", "z3"))
    assert verdict.answer == "UNKNOWN"
    assert "the memory limit of 1 MiB is used up" in verdict.reason


def test_exact_values_are_not_begun_without_memory_for_them():
    first, second = (lf.Network.from_layers([(np.full((200, 200), v, dtype=np.float32), None)]) for v in (1, 2))
    verdict = equivalent(first, second, stages=("look", "falsify"), memory=2)
    assert verdict.answer == "UNKNOWN"
    assert "8 MiB are needed, more than the memory limit of 2 MiB leaves" in verdict.reason


@pytest.mark.skipif(not budget.STATM.exists(), reason="the memory of a process is not shown here")
def test_memory_in_use_is_seen():
    before = budget.resident()
    block = np.ones(8 << 20)
    assert 60 < budget.resident() - before < 80
    del block
