"""Splits a box of inputs until differential bounds are small enough on every part; what is proved holds at any moment.

The open parts wait in a queue, the worst first. Some are taken at a time, each is halved across the input that the
undecided ReLUs owe most to, and the halves are bounded together.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf, nextafter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.pair import PairedLayer
from lumpform.equivalence.verdict import Box, Question

Floats = NDArray[np.float64]

BATCH = 50
"""Parts that are bounded together."""

MEMORY = 1 << 25
"""Numbers that the rows of all parts of a batch may have together."""


def float_box(box: Box) -> tuple[Floats, Floats]:
    """Return the ends of a box in doubles, rounded outward; infinite where there is none."""
    ends = [(_down(low), -_down(-high)) for low, high in box]
    both = np.array(ends, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def _down(value: Any) -> float:
    """Return the largest double that is not above a rational, or one below that."""
    try:
        found = float(value)
    except OverflowError:
        return inf if value > 0 else -inf
    return found if found <= value else nextafter(found, -inf)


def allowances(question: Question, outputs: int) -> Floats:
    """Return how much every output may differ, in doubles that are rounded down."""
    return np.array([max(_down(question.allowed(k)), 0.0) for k in range(outputs)])


@dataclass(frozen=True, order=True, eq=True)
class _Part:
    """Is an open part: minus its excess first, so that the worst comes first."""

    key: float
    number: int
    size: float = field(compare=False)
    low: Any = field(compare=False)
    high: Any = field(compare=False)
    split: int = field(compare=False)


class Splitting:
    """Holds the state of a search.

    Parameters
    ----------
    layers : sequence of PairedLayer
    low, high : (inputs,) array
        The box.
    allowed : (outputs,) array
        A part is closed where no output differs by more.
    visit : function
        Called with points (an array, one a row) where the difference may be large; answers whether to stop.
    budget : Budget

    Attributes
    ----------
    parts : int
        How many parts were bounded.
    """

    def __init__(
        self,
        layers: Sequence[PairedLayer],
        low: Floats,
        high: Floats,
        allowed: Floats,
        visit: Callable[[Floats], bool],
        budget: Budget,
    ) -> None:
        self.layers, self.allowed, self.visit, self.budget = layers, allowed, visit, budget
        self.open: list[_Part] = [_Part(-inf, 0, inf, low, high, -1)]
        self.closed = 0.0
        self.parts, self.order = 0, count(1)
        widest = max(max(p.first.shape) for p in layers)
        self.batch = max(2, min(BATCH, MEMORY // (2 * widest * widest)))

    @property
    def excess(self) -> float:
        """Return a proved bound of how much any output differs beyond what is allowed; 0 if no part is open."""
        return -self.open[0].key if self.open else 0.0

    @property
    def bound(self) -> float:
        """Return a proved bound of the difference of the outputs on the box."""
        return max([self.closed, *(p.size for p in self.open)])

    def run(self, enough: Callable[[float], bool] = lambda excess: False) -> bool:
        """Run until no part is open, `enough` says that the excess is small, or `visit` ends it.

        Returns
        -------
        bool
            Whether `visit` ended it.

        Raises
        ------
        OutOfBudget
            `excess` and `bound` are then what is proved so far.
        """
        while self.open and not enough(self.excess):
            self.budget.check()
            taken = [heapq.heappop(self.open) for _ in range(min(self.batch // 2, len(self.open)))]
            try:
                if self._refine(taken):
                    return True
            except BaseException:
                for part in taken:  # not all halves were bounded: the whole stays open
                    heapq.heappush(self.open, part)
                raise
        return False

    def _refine(self, taken: list[_Part]) -> bool:
        """Bound the halves of some parts (of the whole box: itself), and keep those that are open."""
        halves = [half for part in taken for half in _halves(part)]
        low, high = (np.array([half[k] for half in halves]) for k in (0, 1))
        found = bounds_on(self.layers, low, high, self.budget.check)
        sizes = np.maximum(np.abs(found.low), np.abs(found.high))
        excesses = np.max(np.nextafter(sizes - self.allowed, inf), axis=1, initial=-inf)
        closed = np.all(sizes <= self.allowed, axis=1)
        for i, (_, _, before) in enumerate(halves):
            size = min(float(np.max(sizes[i], initial=0.0)), before.size)
            if closed[i]:
                self.closed = max(self.closed, size)
                continue
            excess = min(max(float(excesses[i]), 0.0), -before.key)
            split = int(np.argmax(found.scores[i])) if found.scores[i].any() else int(np.argmax(high[i] - low[i]))
            heapq.heappush(self.open, _Part(-excess, next(self.order), size, low[i], high[i], split))
        self.parts += len(halves)
        still = ~closed
        return bool(still.any()) and self.visit(np.concatenate([found.corners[still], (low[still] + high[still]) / 2]))


def _halves(part: _Part) -> list[tuple[Floats, Floats, _Part]]:
    if part.split < 0:
        return [(part.low, part.high, part)]
    middle = part.low[part.split] / 2 + part.high[part.split] / 2
    left, right = part.high.copy(), part.low.copy()
    left[part.split] = right[part.split] = min(max(middle, part.low[part.split]), part.high[part.split])
    return [(part.low, left, part), (right, part.high, part)]
