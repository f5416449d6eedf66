"""Limits time and memory; long stages ask what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

STATM = Path("/proc/self/statm")
"""Where Linux says how many pages of memory this process has; elsewhere memory is not limited."""


class OutOfBudget(Exception):
    """Says that time or memory is used up, and which."""


@dataclass
class Budget:
    """Allows so many seconds from now on, and so many mebibytes more than now.

    Parameters
    ----------
    seconds : float
    memory : float, optional
        Mebibytes; None: no limit.
    """

    seconds: float
    memory: float | None = None
    began: float = field(default_factory=lambda: time.perf_counter())
    start: float = field(default_factory=lambda: resident())

    @property
    def left(self) -> float:
        """Return the seconds that are left; negative when they are used up."""
        return self.began + self.seconds - time.perf_counter()

    def part(self, seconds: float) -> Budget:
        """Return a smaller budget inside this one."""
        return Budget(min(seconds, max(self.left, 0.0)), self.memory, start=self.start)

    def share(self, share: float) -> Budget:
        """Return a share of what is left, a number from 0 to 1."""
        return self.part(share * max(self.left, 0.0))

    def check(self) -> None:
        """Do nothing while time and memory remain.

        Raises
        ------
        OutOfBudget
        """
        if self.left <= 0:
            raise OutOfBudget(f"the time limit of {self.seconds:.3g} s is used up")
        if self.memory is not None and resident() - self.start > self.memory:
            raise OutOfBudget(f"the memory limit of {self.memory:g} MiB is used up")

    def ahead(self, seconds: float, what: str) -> None:
        """Do nothing if there is so much time left for what is said.

        Raises
        ------
        OutOfBudget
        """
        if seconds > self.left:
            raise OutOfBudget(f"{what} would take longer than there is time")

    def need(self, mebibytes: float) -> None:
        """Do nothing if there is so much memory left.

        Raises
        ------
        OutOfBudget
        """
        if self.memory is not None and resident() - self.start + mebibytes > self.memory:
            limit = f"the memory limit of {self.memory:g} MiB"
            raise OutOfBudget(f"{mebibytes:.0f} MiB are needed, more than {limit} leaves")


def resident() -> float:
    """Return the mebibytes of memory of this process; 0 where the system does not say."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * 4096 / 2**20
    except (OSError, ValueError, IndexError):
        return 0.0
