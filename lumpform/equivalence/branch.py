"""Searches the phases of ReLUs by branch and bound: where can a form be large, and how large at most?

The open parts of the box, each with fixed phases and a proved bound, wait in a queue with the largest bound first.
The first is split at one undecided ReLU; both halves get new bounds. So the largest bound of the queue falls, while
points that the relaxation suggests raise the largest value found. Complete up to rounding: with all phases fixed the
relaxation is the function itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.forms import Atoms, needed
from lumpform.equivalence.goals import Goal, all_forms
from lumpform.equivalence.relaxation import Relaxation


@dataclass
class Search:
    """Holds the state of a branch and bound.

    Attributes
    ----------
    excess : Fraction or None
        A proved bound of how far any goal can be above what matters for it; None if nothing is open.
    splits : int
        How often a part was split.
    stuck : bool
        A part with all phases fixed is above by rounding only, or exactly: it was set aside.
    """

    atoms: Atoms
    goals: Sequence[Goal]
    inputs: int
    visit: Callable[[Any], bool]
    budget: Budget
    parts: list[Any] = field(default_factory=list)
    splits: int = 0
    stuck: Fraction | None = None
    begun: bool = False

    def __post_init__(self) -> None:
        self.order = count()

    def run(self, enough: Callable[[Fraction], bool]) -> bool:
        """Run until no part is open, `enough` says that the excess is small enough, or `visit` ends it.

        Returns
        -------
        bool
            Whether `visit` ended it: it is called with every suggested point, and answers whether to stop.

        Raises
        ------
        OutOfBudget
            When time or memory is used up; `excess` is then what is proved so far.
        """
        if not self.begun:
            self.begin()
        used = needed(self.atoms, all_forms(self.goals))
        self.relaxation = Relaxation(self.atoms, used, self.inputs, self.budget)
        while self.parts:
            excess = -self.parts[0][0]
            if excess <= 0 or enough(excess):
                return False
            self.budget.check()
            part = heapq.heappop(self.parts)
            try:
                if self._refine(*part[2:]):
                    return True
            except OutOfBudget:
                heapq.heappush(self.parts, part)  # not both halves were bounded: the whole stays open
                raise
        return False

    def begin(self) -> None:
        """Bound every goal cheaply, so that `excess` is sound from here on."""
        for i, goal in enumerate(self.goals):
            bounds = self.atoms.bounds(goal.form)
            if bounds is None:
                raise ValueError("branch and bound needs a box")
            if bounds[1] > goal.above:
                self._open(bounds[1] - goal.above, i, {}, None)
        self.begun = True

    @property
    def excess(self) -> Fraction | None:
        """Return the largest excess of the open parts and of those set aside."""
        found = [-self.parts[0][0]] if self.parts else []
        if self.stuck is not None:
            found.append(self.stuck)
        return max((e for e in found if e > 0), default=None)

    def _open(self, excess: Fraction, goal: int, phases: dict[int, bool], split: int | None) -> None:
        heapq.heappush(self.parts, (-excess, next(self.order), goal, phases, split, excess))

    def _refine(self, goal: int, phases: dict[int, bool], split: int | None, excess: Fraction) -> bool:
        """Split a part (the first time: only bound it) and queue what is left."""
        if split is None and phases:
            self.stuck = max(excess, self.stuck or excess)
            return False
        self.splits += split is not None
        for chosen in ({**phases, split: True}, {**phases, split: False}) if split is not None else (phases,):
            if self._bound(goal, chosen, excess):
                # the other half was not looked at: the whole stays open
                self._open(excess, goal, phases, split)
                return True
        return False

    def _bound(self, i: int, phases: dict[int, bool], before: Fraction) -> bool:
        goal = self.goals[i]
        found = self.relaxation.bound(goal.form, phases, goal.conditions)
        excess = min(before, found.bound - goal.above)
        if excess > 0:
            if found.split is None:
                self.stuck = max(excess, self.stuck or excess)
            else:
                self._open(excess, i, phases, found.split)
            return self.visit(found.point)
        return False
