"""Holds the largest difference of two networks that was found: seen in floats right away, replayed when it counts."""

from __future__ import annotations

import time
from contextlib import suppress
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.cells import Cells
from lumpform.equivalence.falsify import Falsifier, candidates, climbed_from, starts
from lumpform.equivalence.shown import near
from lumpform.equivalence.verdict import Witness

CLIMBS = 6
"""Climbs from the best of the points of the first search."""

ROUNDS, ROUND, FEW = 8, 1024, 12
"""So many times so many random points are looked at before the first climbs, for boxes of so many inputs at most."""

EXPLORING = 0.2
"""The share of the first search's time for these."""

CLIMBING = 0.05
"""The share of the time left for climbing from one point."""

PROMISING = 0.5
"""From a point with so large a share of the largest difference it may be worth while to climb."""

SPENDING = 0.2
"""Climbs take at most this share of the time since the beginning: bounds need the rest."""

CLEARLY = 1.05
"""A point that is better by this factor is replayed right away."""


class Best:
    """Holds what was found on a box.

    Parameters
    ----------
    falsifier : Falsifier
        Its question has a box.
    budget : Budget

    Attributes
    ----------
    witness : Witness or None
        The input with the largest difference that was replayed exactly.
    """

    def __init__(self, falsifier: Falsifier, budget: Budget) -> None:
        self.falsifier, self.budget = falsifier, budget
        self.witness: Witness | None = None
        self.waiting: tuple[float, list[Fraction]] | None = None
        self.rng = np.random.default_rng(1)
        self.began, self.climbing = time.perf_counter(), 0.0
        probe = falsifier.probe
        self.cells = Cells.of(probe.first, probe.second, probe.low, probe.high)

    @property
    def difference(self) -> Fraction:
        """Return the largest difference that was replayed."""
        return Fraction(0) if self.witness is None else self.witness.difference

    @property
    def size(self) -> float:
        """Return the largest difference that was seen, in floats."""
        return max(near(self.difference), self.waiting[0] if self.waiting else 0.0)

    def begin(self, share: float) -> None:
        """Search for a first time, in a share of the time left."""
        budget, probe = self.budget.share(share), self.falsifier.probe
        with suppress(OutOfBudget):
            if self.cells is None:
                for x in candidates(probe, 0, budget):
                    self.replay(x)
                return
            for point in self._highest(self.cells, budget):
                self._see(self.cells.climb(point, budget))
            self._replay_seen()

    def _highest(self, cells: Cells, budget: Budget) -> NDArray[Any]:
        """Return the best of many random points of the box: more of them with few inputs, for a share of the time."""
        points = starts(self.falsifier.probe, 0, budget)
        gaps, limit = cells.gaps(points), budget.share(EXPLORING)
        rng = np.random.default_rng(2)
        for _ in range(ROUNDS if len(cells.low) <= FEW else 0):
            if limit.left <= 0:
                break
            at = rng.random((ROUND, len(cells.low)))
            more = cells.low * (1 - at) + cells.high * at
            points, gaps = np.concatenate([points, more]), np.concatenate([gaps, cells.gaps(more)])
            best = np.argsort(-gaps, kind="stable")[:CLIMBS]
            points, gaps = points[best], gaps[best]
        return points[np.argsort(-gaps, kind="stable")[:CLIMBS]]

    def visit(self, points: NDArray[Any]) -> bool:
        """Climb from the best of some points, one a row, if it is good; answers that the search goes on."""
        probe = self.falsifier.probe
        if self.cells is None:
            gaps = probe.gaps(points)
            point = points[int(gaps.argmax())]
            if gaps.max() > self.size:
                self._see(climbed_from(probe, point, self.rng, self.budget.share(CLIMBING)))
            return False
        before = time.perf_counter()
        if self.climbing > SPENDING * (before - self.began):
            return False
        gaps = self.cells.gaps(points)
        if gaps.max() > PROMISING * self.size:
            self._see(self.cells.climb(points[int(gaps.argmax())], self.budget.share(CLIMBING)))
        self.climbing += time.perf_counter() - before
        return False

    def _see(self, point: NDArray[Any]) -> None:
        """Keep a point if floats say that it is the best."""
        probe = self.falsifier.probe
        x = probe.on_box(point)
        if (size := probe.gap(x)) > self.size:
            self.waiting = (size, x)

    def replay_waiting(self, excess: Fraction, ratio: float) -> None:
        """Replay the point that waits, if it may be the one that ends the search or is clearly better."""
        if self.waiting is None:
            return
        size = self.waiting[0]
        if near(excess) <= ratio * size or size > CLEARLY * near(self.difference):
            self._replay_seen()

    def _replay_seen(self) -> None:
        if self.waiting is not None:
            self.replay(self.waiting[1])
            self.waiting = None

    def replay(self, x: list[Fraction]) -> None:
        """Evaluate both networks exactly, and keep the point if it is the best.

        Raises
        ------
        OutOfBudget
        """
        found = self.falsifier.replay(x, self.budget)
        if found is not None and found.difference > self.difference:
            self.witness = found
