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
from lumpform.equivalence.best import Best
from lumpform.equivalence.branch import Search
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.splitting import Splitting
from lumpform.equivalence.differential.stage import NotPaired, splitting_of
from lumpform.equivalence.falsify import Falsifier
from lumpform.equivalence.forms import Atoms, applies, forms_of
from lumpform.equivalence.goals import goals, largest_bound
from lumpform.equivalence.shown import at_least, at_most, near
from lumpform.equivalence.verdict import Question, Witness
from lumpform.errors import OptionError
from lumpform.networks.box import input_box
from lumpform.networks.recurrent import require_feed_forward

SEARCHING = 0.2
"""The share of the time for a first search by floats."""

FORMS = 0.3
"""The share of the time left in which the forms for a search by phases must be made, once there is a bound."""

WARM = 100
"""So many parts are bounded before a search by differences may be called stalled."""

STALLED = 0.9
"""It is when twice as many parts leave more than this share of the bound."""

FINISHING = 0.1
"""Where at least this share of the parts needs no splitting, the bound may fall at once when the last is done."""

TRYING, AT_LEAST = 0.05, 0.01
"""The time for forms is then the first share of what the search by differences took; else, as much as it took, and at
least the second share of all."""


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
    best = Best(Falsifier(first, second, question), budget)
    best.begin(SEARCHING)
    by_differences = _splitting(first, second, question, best)
    enough = _enough(best, ratio, by_differences)
    by_phases = None
    with suppress(OutOfBudget):
        if by_differences is not None and isfinite(by_differences.bound):
            by_phases = _closed_in(
                by_differences, enough, lambda limit: _by_phases(first, second, question, best, limit)
            )
        else:
            by_phases = _by_phases(first, second, question, best, None)
        if by_phases is not None:
            by_phases.run(enough)
        elif by_differences is not None:
            by_differences.run(enough)
    return _found(best, by_differences, by_phases)


def _splitting(first: Any, second: Any, question: Question, best: Best) -> Splitting | None:
    """Return a search by differential bounds, with one for the box; None for networks of other shapes."""
    untimed = Budget(inf, best.budget.memory, start=best.budget.start)  # one cheap bound, however little time is left
    try:
        search = splitting_of(first, second, question, best.visit, untimed)
        search.run(lambda _: search.parts > 0)
    except (NotPaired, OutOfBudget):
        return None
    search.budget = best.budget
    return search


def _by_phases(first: Any, second: Any, question: Question, best: Best, limit: Budget | None) -> Search | None:
    """Return a search by phases; None if its forms are not made in time."""
    inputs = len(question.box or ())
    try:
        atoms = Atoms.start(inputs, question.box, (lambda: None) if limit is None else limit.check)
        forms = forms_of(first, atoms), forms_of(second, atoms)
        search = Search(
            atoms, goals(question, *forms), inputs, lambda point: best.visit(np.array([point])), best.budget
        )
        search.begin()
    except OutOfBudget:
        return None
    atoms.tick = lambda: None
    return search


def _closed_in(
    search: Splitting, enough: Callable[[Any], bool], phases: Callable[[Budget], Search | None]
) -> Search | None:
    """Run a search by differences, and when it stalls try to begin one by phases; None if the bound is enough.

    Raises
    ------
    OutOfBudget
    """
    budget, stalled = search.budget, _Stalled(search)
    began = budget.left
    while True:
        search.run(lambda excess: stalled.now(excess) or enough(excess))
        if enough(search.bound):
            return None
        found = phases(budget.part(min(stalled.trying(began - budget.left), FORMS * budget.left)))
        if found is not None:
            return found


@dataclass(eq=False)
class _Stalled:
    """Tells whether twice as many parts hardly gain anything, and how long something else should be tried then."""

    search: Splitting
    parts: int = 1
    finished: int = 0
    excess: float = inf
    ending: bool = False

    def now(self, excess: float) -> bool:
        """Look at the excess: each time that there are twice as many parts."""
        search = self.search
        if search.parts < 2 * self.parts:
            return False
        self.ending = search.finished - self.finished >= FINISHING * (search.parts - self.parts)
        stalled = search.parts > WARM and excess > STALLED * self.excess
        self.parts, self.finished, self.excess = search.parts, search.finished, excess
        return stalled

    def trying(self, spent: float) -> float:
        """Return for how many seconds forms should be tried after a search of so many seconds."""
        return TRYING * spent if self.ending else max(spent, AT_LEAST * self.search.budget.seconds)


def _found(best: Best, by_differences: Splitting | None, by_phases: Search | None) -> Deviation:
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


def _enough(best: Best, ratio: float, by_differences: Splitting | None) -> Callable[[Any], bool]:
    def enough(excess: Any) -> bool:
        if excess == inf:
            return False
        best.replay_waiting(Fraction(excess), ratio)
        limit = Fraction(ratio) * best.difference
        if by_differences is not None:
            by_differences.floor = near(limit)  # parts below it need no splitting
        return excess <= limit

    return enough
