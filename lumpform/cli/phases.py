"""Measures the phases of one command in wall time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from importlib import import_module

from lumpform.cli.show import counting, seconds, working
from lumpform.numbers.clock import clock, loading


class Phases:
    """Holds the wall seconds of the phases of one command, in order; the total counts from its making.

    What loads or compiles the kernels is a phase of its own, wherever it happens, and part of no other one.
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._loaded = loading()
        self.seconds: dict[str, float] = {}

    def load_kernels(self) -> None:
        """Import the kernels, which takes longer than small models do, so that this counts as loading."""
        with self.measured("load", "loading kernels"):
            import_module("lumpform.lumping.engine")

    @contextlib.contextmanager
    def measured(self, name: str, what: str, limit: float | None = None) -> Iterator[None]:
        """Measure a block as the phase `name`, and show on a terminal what is being done, see `working`."""
        began = clock()
        with working(what, limit):
            yield
        self.seconds[name] = clock() - began

    @contextlib.contextmanager
    def counted(self, name: str) -> Iterator[Callable[[str, int, int], None]]:
        """Measure a block as the phase `name`, and yield what shows on a terminal how much of it is done."""
        began = clock()
        with counting() as show:
            yield show
        self.seconds[name] = clock() - began

    def rounded(self) -> dict[str, float]:
        """Return the phases and the total until now, in microseconds' precision, as the JSON object has them."""
        timed = {**self.seconds, "total": time.perf_counter() - self._began}
        if "load" in timed:
            timed["load"] += loading() - self._loaded
        return {phase: round(value, 6) for phase, value in timed.items()}


def time_rows(timed: dict[str, float]) -> list[tuple[str, str]]:
    """Return the last rows of a table: the phases with their times, one below the other; the last is the total."""
    shown = [(phase, seconds(value)) for phase, value in timed.items()]
    left, right = (max(map(len, column)) for column in zip(*shown, strict=True))
    return [("" if i else "time", f"{phase:{left}}  {spent:>{right}}") for i, (phase, spent) in enumerate(shown)]
