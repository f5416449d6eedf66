"""Limits of time and memory that long stages ask about."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

STATM = Path("/proc/self/statm")
"""Where Linux says how many pages of memory this process has; elsewhere memory is not limited."""


class OutOfBudget(Exception):
    """Time or memory is used up; the text says which."""


@dataclass
class Budget:
    """So many seconds from now on, and so many mebibytes more than now.

    Parameters
    ----------
    seconds : float
    memory : float, optional
        Mebibytes; None: no limit.
    """

    seconds: float
    memory: float | None = None
    began: float = field(default_factory=time.perf_counter)
    start: float = field(default_factory=lambda: resident())

    @property
    def left(self) -> float:
        """Seconds."""
        return self.began + self.seconds - time.perf_counter()

    def part(self, seconds: float) -> Budget:
        """A smaller one inside this one."""
        return Budget(min(seconds, max(self.left, 0.0)), self.memory, start=self.start)

    def check(self) -> None:
        """Nothing, as long as something is left.

        Raises
        ------
        OutOfBudget
        """
        if self.left <= 0:
            raise OutOfBudget(f"the time limit of {self.seconds:g} s is used up")
        if self.memory is not None and resident() - self.start > self.memory:
            raise OutOfBudget(f"the memory limit of {self.memory:g} MiB is used up")


def resident() -> float:
    """Mebibytes of memory of this process; 0 where the system does not say."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * 4096 / 2**20
    except (OSError, ValueError, IndexError):
        return 0.0
