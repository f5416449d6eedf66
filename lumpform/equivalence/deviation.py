"""Bounds the largest difference of two networks on a box: proved from above, shown from below."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.equivalence.branch import Search
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.falsify import Falsifier, candidates
from lumpform.equivalence.forms import Atoms, applies, forms_of
from lumpform.equivalence.goals import goals, largest_bound
from lumpform.equivalence.shown import near
from lumpform.equivalence.verdict import Question, Witness
from lumpform.errors import OptionError
from lumpform.networks.box import input_box
from lumpform.networks.recurrent import require_feed_forward

SEARCHING = 0.2
"""The share of the time for a first search by floats."""


@dataclass(frozen=True)
class Deviation:
    """Says how far the outputs of two networks are apart on a box, in the maximum norm.

    Attributes
    ----------
    bound : Fraction
        No input of the box has a larger difference: proved in rationals.
    witness : Witness or None
        The input with the largest difference found, replayed exactly; None if none was found.
    splits : int
        How often branch and bound split a part of the box.
    """

    bound: Fraction
    witness: Witness | None
    splits: int

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
    inputs = sum(first.graph.group(p.group).size for p in first.inputs)
    budget = Budget(timeout, memory)
    best = _Best(Falsifier(first, second, question), budget)
    with suppress(OutOfBudget):
        for x in candidates(best.falsifier.probe, 0, budget.share(SEARCHING)):
            best.replay(x)
    bound, splits = _by_differences(first, second, question, best, ratio)
    if bound is None or bound > Fraction(ratio) * best.difference:
        with suppress(OutOfBudget):
            known = bound is not None
            budget_of_forms = budget.check if known else lambda: None
            atoms = Atoms.start(inputs, question.box, budget_of_forms)
            forms = forms_of(first, atoms), forms_of(second, atoms)
            search = Search(atoms, goals(question, *forms), inputs, best.visit, budget)
            with suppress(OutOfBudget):
                search.run(_enough(best, ratio))
            found = search.excess or Fraction(0)
            bound = found if bound is None else min(bound, found)
            splits += search.splits
    return Deviation(max(bound or Fraction(0), best.difference), best.witness, splits)


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


def _enough(best: _Best, ratio: float) -> Callable[[Fraction], bool]:
    def enough(excess: Fraction) -> bool:
        best.replay_waiting(excess, ratio)
        return excess <= Fraction(ratio) * best.difference

    return enough


class _Best:
    """Holds the largest difference seen: in floats right away, in rationals when it counts."""

    def __init__(self, falsifier: Falsifier, budget: Budget) -> None:
        self.falsifier, self.budget = falsifier, budget
        self.witness: Witness | None = None
        self.waiting: tuple[float, list[Fraction]] | None = None

    @property
    def difference(self) -> Fraction:
        """Return the largest difference that was replayed."""
        return Fraction(0) if self.witness is None else self.witness.difference

    def visit(self, point: Any) -> bool:
        """Keep a point if floats say that it is the best."""
        x = self.falsifier.probe.on_box(point)
        size = self.falsifier.probe.gap(x)
        if size > max(near(self.difference), self.waiting[0] if self.waiting else 0.0):
            self.waiting = (size, x)
        return False

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
