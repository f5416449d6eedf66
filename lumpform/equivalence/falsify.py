"""Looks for an input on which two networks differ: corners, random and climbed points; replayed exactly.

Floats suggest points. A point is a witness once both networks were evaluated there in rationals, or within proved
enclosures that lie apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.evaluate import Evaluator
from lumpform.equivalence.probe import Probe
from lumpform.equivalence.verdict import Question, Witness

POINTS = 512
STEPS = 20
HILLS, TRIES = 30, 16
"""Rounds of climbing, and moves of one point in a round."""

REPLAYS = 6
FEW = 12
"""Points of the first look."""

NUMBERS = 4_000_000
"""All points together have at most so many coordinates."""

BITS = (64, 128, 256, 512, 1024, 2048, 4096)
"""Precisions of enclosures, one after the other, until they lie apart or time is used up."""


class Falsifier:
    """Searches for an input on which two networks differ.

    Parameters
    ----------
    first, second : Network
    question : Question
    """

    def __init__(self, first: Any, second: Any, question: Question) -> None:
        self.question = question
        self.evaluators = Evaluator(first), Evaluator(second)
        self.probe = Probe(first, second, question)

    @property
    def rational(self) -> bool:
        """Tell whether both networks have exact values."""
        return all(e.rational for e in self.evaluators)

    def look(self, budget: Budget, seed: int = 0) -> Witness | None:
        """Look at few points, and replay the one at which floats differ most, if they clearly do."""
        x = self._best_of_few(budget, seed)
        if not self.probe.clearly_apart(x):
            return None
        return self.replay(x, budget, BITS[:2])

    def _best_of_few(self, budget: Budget, seed: int) -> list[Fraction]:
        with np.errstate(all="ignore"):
            points = np.nan_to_num(_start(self.probe, np.random.default_rng(seed), FEW))
        return self.probe.on_box(points[int(np.argmax(self.probe.gaps(points, budget)))])

    def search(self, budget: Budget, seed: int = 0) -> Witness | None:
        """Return an input that answers the question with no, or None.

        One of few points is replayed first: networks that differ mostly differ there. Then points are climbed to.

        Raises
        ------
        OutOfBudget
            If time is used up during an exact replay.
        ModelError
            If a function has neither exact values nor enclosures.
        """
        found = self.replay(self._best_of_few(budget, seed), budget, BITS[:3])
        if found is not None:
            return found
        kept: list[list[Fraction]] = []
        for x in candidates(self.probe, seed, budget.share(0.5)):
            budget.check()
            found = self.replay(x, budget, BITS[:1])
            if found is not None:
                return found
            kept.append(x)
        for bits in () if self.rational else BITS[1:]:
            for x in kept:
                found = self.replay(x, budget, (bits,))
                if found is not None:
                    return found
        return None

    def over_box(self, budget: Budget) -> list[list[Any]]:
        """Return enclosures of the outputs of both networks on the box of the question."""
        pairs = [p for p, k in zip(self.question.box or (), self.probe.repeat, strict=True) for _ in range(k)]
        return [e.over(pairs, BITS[0], budget.check) for e in self.evaluators]

    def largest(self, witness: Witness, budget: Budget, seed: int = 1) -> Witness:
        """Return a witness with a larger difference, if one is found in time."""
        try:
            for x in candidates(self.probe, seed, budget.share(0.6)):
                found = self.replay(x, budget, BITS[:2])
                if found is not None and found.difference > witness.difference:
                    witness = found
        except OutOfBudget:
            pass
        return witness

    def replay(
        self, x: Sequence[Fraction], budget: Budget | None = None, precisions: Sequence[int] = BITS
    ) -> Witness | None:
        """Evaluate both networks at an exact input; a witness if they are proved to answer with no there."""
        tick = (lambda: None) if budget is None else budget.check
        for bits in precisions:
            outputs = [tuple(e.at(x, bits, tick)) for e in self.evaluators]
            if self.question.violated(*outputs):
                return Witness(tuple(x), *outputs)
            if self.rational:
                break
        return None


def candidates(probe: Probe, seed: int, budget: Budget) -> Iterator[list[Fraction]]:
    """Yield points at which the outputs differ most in floats, as exact points of the box.

    Where floats see no difference the first points are a random one, the middle and two corners.
    """
    for point in _best(probe, seed, budget):
        yield probe.on_box(point)


def starts(probe: Probe, seed: int, budget: Budget) -> NDArray[Any]:
    """Return points to begin with, one a row: as many as time suffices for, a random one first."""
    with np.errstate(all="ignore"):
        return np.nan_to_num(_start(probe, np.random.default_rng(seed), _affordable(probe, budget)))


def _best(probe: Probe, seed: int, budget: Budget) -> NDArray[Any]:
    rng = np.random.default_rng(seed)
    with np.errstate(all="ignore"):  # points beyond the floats are cut or left out
        points = _start(probe, rng, _affordable(probe, budget.share(0.4)))
        gaps = probe.gaps(points, budget.share(0.4))
        points, gaps = _climbed(probe, points, gaps, rng, budget)
        return np.nan_to_num(points[np.argsort(-gaps, kind="stable")[:REPLAYS]])


def _affordable(probe: Probe, budget: Budget) -> int:
    """Return for how many points there is time; at least two, at most `POINTS`."""
    began = time.perf_counter()
    probe.gaps(np.stack([probe.low, probe.high]))
    each = (time.perf_counter() - began) / 2
    return int(min(POINTS, max(2.0, budget.left / max(each, 1e-6))))


def _start(probe: Probe, rng: Any, count: int) -> NDArray[Any]:
    """Return points to begin with: a random one, the middle, the ends, random corners and more random points."""
    low, high = probe.low, probe.high
    count = max(2, min(count, NUMBERS // max(len(low), 1)))
    points = _between(low, high, rng.uniform(size=(count, len(low))))
    corners = np.where(rng.integers(0, 2, (count // 4, len(low))), low, high)
    middle = _between(low, high, np.full((1, len(low)), 0.5))
    points = np.concatenate([points[:1], middle, low[None], high[None], corners, points[1:]])
    if probe.question.box is None:  # all inputs: points of several sizes
        points = np.concatenate([points, points / 100, points * 100])
    return points


def _between(low: NDArray[Any], high: NDArray[Any], at: NDArray[Any]) -> NDArray[Any]:
    """Return points between two ends; the difference of the ends may be beyond the floats."""
    return low * (1 - at) + high * at


def _climbed(
    probe: Probe, points: NDArray[Any], gaps: NDArray[Any], rng: Any, budget: Budget
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the points and the best of them moved at random while that helps and there is time."""
    chosen = np.argsort(-gaps, kind="stable")[:64]
    best, reached = points[chosen].copy(), gaps[chosen].copy()
    width = probe.high / 4 - probe.low / 4
    for _ in range(STEPS):
        if budget.left <= 0:
            break
        moved = np.nan_to_num(best + rng.normal(size=best.shape) * width)
        if probe.question.box is not None:
            moved = np.clip(moved, probe.low, probe.high)
        there = probe.gaps(moved, budget)
        better = there > reached
        best[better], reached[better] = moved[better], there[better]
        width = width * 0.8
    steered = _steered(probe, best[np.argsort(-reached, kind="stable")[:8]], budget)
    steered.append(_uphill(probe, best[np.argsort(-reached, kind="stable")[:8]], rng, budget))
    more = [probe.gaps(s, budget) for s in steered]
    return np.concatenate([points, best, *steered]), np.concatenate([gaps, reached, *more])


def climbed_from(probe: Probe, point: NDArray[Any], rng: Any, budget: Budget) -> NDArray[Any]:
    """Return a point at which the outputs differ at least as much as at another one, in floats."""
    start = np.nan_to_num(np.asarray(point, dtype=np.float64))[None]
    with np.errstate(all="ignore"):
        return _uphill(probe, start, rng, budget, 2 * HILLS, 2 * TRIES)[0]


def _uphill(
    probe: Probe, starts: NDArray[Any], rng: Any, budget: Budget, rounds: int = HILLS, tries: int = TRIES
) -> NDArray[Any]:
    """Return points moved many times near and far, each kept where the gap grows: it has many small hills."""
    best, reached = starts.copy(), probe.gaps(starts, budget)
    width = probe.high / 2 - probe.low / 2
    for _ in range(rounds):
        if budget.left <= 0:
            break
        reach = 2.0 ** -rng.uniform(0, 12, size=(len(best), tries, 1))
        some = rng.random((len(best), tries, best.shape[1])) < rng.uniform(0.2, 1.0, (len(best), tries, 1))
        moved = np.nan_to_num(best[:, None] + rng.normal(size=some.shape) * some * reach * width)
        if probe.question.box is not None:
            moved = np.clip(moved, probe.low, probe.high)
        there = probe.gaps(moved.reshape(-1, best.shape[1]), budget).reshape(len(best), tries)
        chosen = there.argmax(axis=1)
        rows = np.arange(len(best))
        better = there[rows, chosen] > reached
        best[better], reached[better] = moved[rows, chosen][better], there[rows, chosen][better]
    return best


def _steered(probe: Probe, starts: NDArray[Any], budget: Budget) -> list[NDArray[Any]]:
    """Go from the best points to the corners of the box in which the gap grows, by differences, while that helps."""
    low, high = probe.low, probe.high
    if probe.question.box is None or len(low) > 1024:
        return []
    found = []
    step = np.maximum(high / 1000 - low / 1000, 1e-15)
    for x in starts:
        for _ in range(4):
            if budget.left <= 0:
                return found
            there = probe.gaps(np.clip(x + np.diag(step), low, high), budget)
            here = probe.gaps(np.clip(x - np.diag(step), low, high), budget)
            corner = np.where(there > here, high, low)
            if probe.gaps(corner[None])[0] <= probe.gaps(x[None])[0]:
                break
            x = corner
        found.append(x[None])
    return found
