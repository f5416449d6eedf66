"""Bounds the largest difference of two networks on a box: proved from above, shown from below."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from math import inf, isfinite
from typing import Any

import numpy as np

from lumpform.display.result import Shown
from lumpform.equivalence.branch import Search
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.splitting import Splitting
from lumpform.equivalence.differential.stage import NotPaired, splitting_of
from lumpform.equivalence.falsify import Falsifier, candidates, climbed_from
from lumpform.equivalence.forms import Atoms, applies, forms_of
from lumpform.equivalence.goals import goals, largest_bound
from lumpform.equivalence.shown import at_least, at_most, near
from lumpform.equivalence.verdict import Question, Witness
from lumpform.errors import OptionError
from lumpform.networks.box import input_box
from lumpform.networks.recurrent import require_feed_forward

SEARCHING = 0.2
"""The share of the time for a first search by floats."""

CLIMBING = 0.05
"""The share of the time left for climbing from one point that is better than all before."""

FORMS = 0.3
"""The share of the time left in which the forms for a search by phases must be made, once there is a bound."""

WARM = 100
"""So many parts are bounded before a search by differences may be called stalled."""

STALLED = 0.9
"""It is when twice as many parts leave more than this share of the bound."""


@dataclass(frozen=True, repr=False)
class Deviation(Shown):
    """Says how far the outputs of two networks are apart on a box, in the maximum norm.

    Attributes
    ----------
    bound : Fraction
        No input of the box has a larger difference: proved (in rationals, or in floats that are rounded outward).
    witness : Witness or None
        The input with the largest difference found, replayed exactly; None if none was found.
    splits : int
        How often a part of the box was split, across an input or at a ReLU.
    """

    bound: Fraction
    witness: Witness | None
    splits: int

    def headline(self) -> str:
        """Return the bound, and what was found."""
        return f"at most {at_most(self.bound)}, found {at_least(self.found)}"

    @property
    def found(self) -> Fraction:
        """Return the difference at the witness; 0 without one."""
        return Fraction(0) if self.witness is None else self.witness.difference

    @property
    def ratio(self) -> float:
        """Return the bound divided by what was found: 1 is exact."""
        if not self.bound:
            return 1.0
        return near(self.bound / self.found) if self.found else float("inf")


def largest_difference(
    first: Any, second: Any, box: Any, *, ratio: float = 1.01, timeout: float = 60.0, memory: float | None = 8192
) -> Deviation:
    """Bound the largest difference of an output from both sides.

    Parameters
    ----------
    first, second : Network
        With ReLU, leaky ReLU and identity, without feature maps.
    box : (low, high) or one pair per input
    ratio : float
        Stop when the bound is at most so many times what was found. With 1 the search goes on as long as rounding of
        the linear programs allows; the bound and what was found are right at any moment.
    timeout : float
        Seconds. The cheap bounds are computed even if it is shorter.
    memory : float, optional
        Mebibytes.

    Raises
    ------
    OptionError
        If a network has other functions, or the box is not usable.
    """
    _check_applies(first, second)
    question = Question(input_box(first, box))
    budget = Budget(timeout, memory)
    best = _Best(Falsifier(first, second, question), budget)
    with suppress(OutOfBudget):
        for x in candidates(best.falsifier.probe, 0, budget.share(SEARCHING)):
            best.replay(x)
    by_differences = _splitting(first, second, question, best)
    enough = _enough(best, ratio, by_differences)
    if by_differences is not None:
        _run(by_differences, _or_stalled(by_differences, enough))
        with suppress(OutOfBudget):  # of an exact replay
            if enough(by_differences.bound):
                return _found(best, by_differences, None)
    bounded = by_differences is not None and isfinite(by_differences.bound)
    by_phases = _by_phases(first, second, question, best, budget.share(FORMS) if bounded else None)
    if by_phases is not None:
        _run(by_phases, enough)
    elif by_differences is not None:
        _run(by_differences, enough)
    return _found(best, by_differences, by_phases)


def _splitting(first: Any, second: Any, question: Question, best: _Best) -> Splitting | None:
    """Return a search by differential bounds, with one for the box; None for networks of other shapes."""

    def visit(points: Any) -> bool:
        return best.visit(points[int(best.falsifier.probe.gaps(points).argmax())])

    untimed = Budget(inf, best.budget.memory, start=best.budget.start)  # one cheap bound, however little time is left
    try:
        search = splitting_of(first, second, question, visit, untimed)
        search.run(lambda _: search.parts > 0)
    except (NotPaired, OutOfBudget):
        return None
    search.budget = best.budget
    return search


def _by_phases(first: Any, second: Any, question: Question, best: _Best, limit: Budget | None) -> Search | None:
    """Return a search by phases; None if its forms are not made in time."""
    inputs = len(question.box or ())
    try:
        atoms = Atoms.start(inputs, question.box, (lambda: None) if limit is None else limit.check)
        forms = forms_of(first, atoms), forms_of(second, atoms)
        search = Search(atoms, goals(question, *forms), inputs, best.visit, best.budget)
        search.begin()
    except OutOfBudget:
        return None
    atoms.tick = lambda: None
    return search


def _run(search: Search | Splitting, enough: Callable[[Any], bool]) -> None:
    """Run a search until its bound is good enough, or time is used up."""
    with suppress(OutOfBudget):
        search.run(enough)


def _or_stalled(search: Splitting, enough: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return a function that is true as well when twice as many parts hardly gain anything."""
    looked: list[Any] = [1, inf]

    def stop(excess: float) -> bool:
        if search.parts >= 2 * looked[0]:
            before, looked[:] = looked[1], [search.parts, excess]
            if search.parts > WARM and excess > STALLED * before:
                return True
        return enough(excess)

    return stop


def _found(best: _Best, by_differences: Splitting | None, by_phases: Search | None) -> Deviation:
    bounds = []
    if by_phases is not None:
        bounds.append(by_phases.excess or Fraction(0))
    if by_differences is not None and isfinite(by_differences.bound):
        bounds.append(Fraction(by_differences.bound))
    splits = (by_phases.splits if by_phases else 0) + (by_differences.parts // 2 if by_differences else 0)
    return Deviation(max(min(bounds), best.difference), best.witness, splits)


def difference_bound(first: Any, second: Any, box: Any) -> Fraction:
    """Return a proved bound of the difference of two networks' outputs on a box, without search or splitting.

    Parameters
    ----------
    first, second : Network
        As for `largest_difference`, which goes on from here.
    box : (low, high) or one pair per input

    Raises
    ------
    OptionError
        If a network has other functions, or the box is not usable.
    """
    _check_applies(first, second)
    pairs = input_box(first, box)
    atoms = Atoms.start(len(pairs), pairs)
    forms = forms_of(first, atoms), forms_of(second, atoms)
    return largest_bound(atoms, *forms) or Fraction(0)


def _check_applies(first: Any, second: Any) -> None:
    for network in (first, second):
        require_feed_forward("the largest difference", network)
    if not (applies(first) and applies(second)):
        raise OptionError(
            "a network has feature maps or functions that are not piecewise linear, expected ReLU networks"
        )


def _enough(best: _Best, ratio: float, by_differences: Splitting | None) -> Callable[[Any], bool]:
    def enough(excess: Any) -> bool:
        if excess == inf:
            return False
        best.replay_waiting(Fraction(excess), ratio)
        limit = Fraction(ratio) * best.difference
        if by_differences is not None:
            by_differences.floor = near(limit)  # parts below it need no splitting
        return excess <= limit

    return enough


class _Best:
    """Holds the largest difference seen: in floats right away, in rationals when it counts."""

    def __init__(self, falsifier: Falsifier, budget: Budget) -> None:
        self.falsifier, self.budget = falsifier, budget
        self.witness: Witness | None = None
        self.waiting: tuple[float, list[Fraction]] | None = None
        self.rng = np.random.default_rng(1)

    @property
    def difference(self) -> Fraction:
        """Return the largest difference that was replayed."""
        return Fraction(0) if self.witness is None else self.witness.difference

    def visit(self, point: Any) -> bool:
        """Keep a point if floats say that it is the best."""
        probe = self.falsifier.probe
        if probe.gap(probe.on_box(point)) <= self.size:
            return False
        x = probe.on_box(climbed_from(probe, point, self.rng, self.budget.share(CLIMBING)))
        if (size := probe.gap(x)) > self.size:
            self.waiting = (size, x)
        return False

    @property
    def size(self) -> float:
        """Return the largest difference that was seen, in floats."""
        return max(near(self.difference), self.waiting[0] if self.waiting else 0.0)

    def replay_waiting(self, excess: Fraction, ratio: float) -> None:
        """Replay the point that waits, if it may be the one that ends the search or is clearly better."""
        if self.waiting is None:
            return
        size = self.waiting[0]
        if near(excess) <= ratio * size or size > 1.05 * near(self.difference):
            self.replay(self.waiting[1])
            self.waiting = None

    def replay(self, x: list[Fraction]) -> None:
        """Evaluate both networks exactly, and keep the point if it is the best."""
        found = self.falsifier.replay(x, self.budget)
        if found is not None and found.difference > self.difference:
            self.witness = found
