"""Splits a box of inputs until differential bounds are small enough on every part; what is proved holds at any moment.

The open parts wait in queues, the worst first. Some are taken at a time, each is halved across the input that the
undecided ReLUs owe most to, and the halves are bounded together. Where few neurons of a part are undecided, the pair is
restricted to it (`restrict`), and what is split off that part waits in a queue of its own: bounds cost far less there.
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
from lumpform.equivalence.differential.restrict import restricted
from lumpform.equivalence.verdict import Box, Question

Floats = NDArray[np.float64]

BATCH, MANY = 50, 400
"""Parts that are bounded together, by the whole networks and by a restricted pair."""

VISITED, POINTS = 4, 24
"""Points are suggested in so many parts of a batch, and so many random ones in each besides its middle and a corner."""

MEMORY = 1 << 25
"""Numbers that the rows of all parts of a batch may have together."""

FEWER, SMALL = 4, 100
"""The pair is restricted to a part where so many times fewer neurons are undecided than it has; a small one is not."""


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
    """Return how far every output may be below and above, (2, outputs), in doubles that are rounded down."""
    pairs = [question.allowed(k) for k in range(outputs)]
    each = [[inf if limit is None else max(_down(limit), 0.0) for limit in pair] for pair in pairs]
    return np.array(each, dtype=np.float64).reshape(-1, 2).T


@dataclass(frozen=True, order=True, eq=True)
class _Part:
    """Is an open part: minus its excess first, so that the worst comes first."""

    key: float
    number: int
    size: float = field(compare=False)
    low: Any = field(compare=False)
    high: Any = field(compare=False)
    split: int = field(compare=False)


@dataclass(eq=False)
class _Queue:
    """Holds open parts that are bounded by the same pair of networks."""

    layers: Sequence[PairedLayer]
    batch: int
    parts: list[_Part] = field(default_factory=list)

    @classmethod
    def of(cls, layers: Sequence[PairedLayer], most: int) -> _Queue:
        """Return an empty queue; parts are bounded so many at a time at most."""
        numbers = max(2 * len(p.bias) * max(len(p.bias), p.first.shape[1]) for p in layers)
        return cls(layers, max(2, min(most, MEMORY // numbers)))

    @property
    def neurons(self) -> int:
        return sum(len(p.bias) for p in self.layers[:-1])

    def take(self, floor: float) -> list[_Part]:
        """Remove the worst parts: one, and those whose excess is above a floor."""
        taken = [heapq.heappop(self.parts)]
        while self.parts and len(taken) < self.batch // 2 and -self.parts[0].key > floor:
            taken.append(heapq.heappop(self.parts))
        return taken


class Splitting:
    """Holds the state of a search.

    Parameters
    ----------
    layers : sequence of PairedLayer
    low, high : (inputs,) array
        The box.
    allowed : (2, outputs) array
        A part is closed where no output is below or above by more.
    visit : function
        Called with points (an array, one a row) where the difference may be large; answers whether to stop.
    budget : Budget

    Attributes
    ----------
    parts : int
        How many parts were bounded.
    finished : int
        How many of them need no splitting.
    floor : float
        Whoever calls may raise it: parts with a smaller excess are not split.
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
        self.allowed, self.visit, self.budget = allowed, visit, budget
        self.closed, self.floor = 0.0, 0.0
        self.finished = self.parts = 0
        self.order, self.rng = count(1), np.random.default_rng(0)
        self.queues = [_Queue.of(layers, BATCH)]
        self.queues[0].parts.append(_Part(-inf, 0, inf, low, high, -1))

    @property
    def open(self) -> list[_Part]:
        """Return the parts whose bound is above what is allowed."""
        return [part for queue in self.queues for part in queue.parts]

    @property
    def excess(self) -> float:
        """Return a proved bound of how much any output differs beyond what is allowed; 0 if no part is open."""
        return max((-queue.parts[0].key for queue in self.queues), default=0.0)

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
        while self.queues and not enough(self.excess):
            self.budget.check()
            queue = min(self.queues, key=lambda q: q.parts[0])
            taken = queue.take(self.floor)
            try:
                with np.errstate(all="ignore"):  # beyond the largest float bounds are infinite, which is true
                    if self._refine(queue, taken):
                        return True
            except BaseException:
                for part in taken:  # not all halves were bounded: the whole stays open
                    heapq.heappush(queue.parts, part)
                raise
            finally:
                self.queues = [q for q in self.queues if q.parts]
        return False

    def _refine(self, queue: _Queue, taken: list[_Part]) -> bool:
        """Bound the halves of some parts (of the whole box: itself), and keep those that are open."""
        halves = [half for part in taken for half in _halves(part)]
        low, high = (np.array([half[k] for half in halves]) for k in (0, 1))
        found = bounds_on(queue.layers, low, high, self.budget.check)
        sizes = np.maximum(np.abs(found.low), np.abs(found.high))
        sides = np.stack([-found.low, found.high], axis=1)
        beyond = np.where(self.allowed < inf, np.nextafter(sides - self.allowed, inf), -inf)
        excesses = np.max(beyond, axis=(1, 2), initial=-inf)
        closed = np.all(sides <= self.allowed, axis=(1, 2))
        few = (found.undecided * FEWER < queue.neurons) & (queue.neurons > SMALL)
        for i, (_, _, before) in enumerate(halves):
            size = min(float(np.max(sizes[i], initial=0.0)), before.size)
            if closed[i]:
                self.closed = max(self.closed, size)
                self.finished += 1
                continue
            excess = min(max(float(excesses[i]), 0.0), -before.key)
            self.finished += excess <= self.floor
            split = int(np.argmax(found.scores[i])) if found.scores[i].any() else int(np.argmax(high[i] - low[i]))
            part = _Part(-excess, next(self.order), size, low[i], high[i], split)
            if few[i] and excess > self.floor:
                self.queues.append(_Queue.of(restricted(found, i), MANY))
                self.queues[-1].parts.append(part)
            else:
                heapq.heappush(queue.parts, part)
        self.parts += len(halves)
        return self._look(found.corners, low, high, excesses, ~closed)

    def _look(self, corners: Floats, low: Floats, high: Floats, excesses: Floats, still: NDArray[np.bool_]) -> bool:
        """Suggest points in the open parts with the largest bounds: a large difference may hide in a thin sliver."""
        worst = np.flatnonzero(still)[np.argsort(-excesses[still], kind="stable")[:VISITED]]
        if not len(worst):
            return False
        at = self.rng.random((len(worst), POINTS, low.shape[1]))
        inside = low[worst][:, None] * (1 - at) + high[worst][:, None] * at
        middle = (low[worst] + high[worst]) / 2
        return self.visit(np.concatenate([corners[worst], middle, inside.reshape(-1, low.shape[1])]))


def _halves(part: _Part) -> list[tuple[Floats, Floats, _Part]]:
    if part.split < 0:
        return [(part.low, part.high, part)]
    middle = part.low[part.split] / 2 + part.high[part.split] / 2
    left, right = part.high.copy(), part.low.copy()
    left[part.split] = right[part.split] = min(max(middle, part.low[part.split]), part.high[part.split])
    return [(part.low, left, part), (right, part.high, part)]
