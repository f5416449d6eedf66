"""Measures the phases of one command in wall time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from lumpform.cli.show import counting, seconds, working


class Phases:
    """Holds the wall seconds of the phases of one command, in order; the total counts from its making."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def measured(self, name: str, what: str) -> Iterator[None]:
        """Measure a block as the phase `name`, and show on a terminal what is being done."""
        began = time.perf_counter()
        with working(what):
            yield
        self.seconds[name] = time.perf_counter() - began

    @contextlib.contextmanager
    def counted(self, name: str) -> Iterator[Callable[[str, int, int], None]]:
        """Measure a block as the phase `name`, and yield what shows on a terminal how much of it is done."""
        began = time.perf_counter()
        with counting() as show:
            yield show
        self.seconds[name] = time.perf_counter() - began

    def rounded(self) -> dict[str, float]:
        """Return the phases and the total until now, in microseconds' precision, as the JSON object has them."""
        timed = {**self.seconds, "total": time.perf_counter() - self._began}
        return {phase: round(value, 6) for phase, value in timed.items()}


def time_rows(timed: dict[str, float]) -> list[tuple[str, str]]:
    """Return the last rows of a table: the phases with their times."""
    return [("" if i else "time", f"{phase} {seconds(value)}") for i, (phase, value) in enumerate(timed.items())]
