"""The clock of phases stands still while kernels are loaded or compiled."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from lumpform.cli.phases import Phases, time_rows
from lumpform.numbers.clock import clock, loading


class Loading:
    """Stands for what kernels measure, in a test that compiles none."""

    spent = 0.0

    def seconds(self) -> float:
        return self.spent


def test_what_loads_kernels_is_a_phase_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Loading()
    monkeypatch.setitem(sys.modules, "lumpform.numbers.kernel", SimpleNamespace(LOADING=found))  # type: ignore[arg-type]
    before = clock()
    found.spent = 1000.0
    assert loading() == 1000.0
    assert clock() < before - 900
    phases = Phases()
    with phases.measured("load", "loading"):
        found.spent = 2000.0
    with phases.measured("refine", "refining"):
        found.spent = 4000.0
    timed = phases.rounded()
    assert list(timed) == ["load", "refine", "total"]
    assert timed["load"] + timed["refine"] == pytest.approx(
        0, abs=1
    )  # no thousand seconds have passed, and none count twice


def test_without_kernels_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "lumpform.numbers.kernel", raising=False)
    assert loading() == 0.0


@pytest.mark.medium
def test_compiling_is_loading() -> None:
    from lumpform.numbers import kernel

    twice = kernel.njit(lambda x: 2 * x)
    before = loading()
    assert twice(21) == 42
    assert loading() > before
    after = loading()
    assert twice(21) == 42
    assert loading() == after


def test_times_stand_below_each_other() -> None:
    rows = time_rows({"load": 1.5, "refine": 0.0123, "total": 1.6})
    assert [name for name, _ in rows] == ["time", "", ""]
    assert [text.split()[0] for _, text in rows] == ["load", "refine", "total"]
    assert len({len(text) for _, text in rows}) == 1
