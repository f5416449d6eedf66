"""Follows the difference of two distributions step by step, until it shows or cannot show any more.

The difference is a vector that every step multiplies by one matrix. If it has not shown before the vectors no longer
span anything new (Krylov), it never will: what is observed is linear. For a CTMC a step is a derivative at time zero,
and distributions that agree in all derivatives agree at all times. This is the equality of weighted automata (T21) for
an alphabet of one letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.observed import Observation, Observer
from lumpform.equivalence.side_by_side import SideBySide, Vector
from lumpform.lumping.linear import Growth, primes

LARGEST = 2_000
"""Up to so many classes the span is decided; with more only steps are followed, as long as there is time."""


@dataclass(frozen=True)
class Followed:
    """Says what following the difference found.

    Attributes
    ----------
    equal : bool or None
        Whether it never shows; None if time was used up first.
    steps : int
        In so many steps (0 to ``steps - 1``) nothing showed.
    why : str
        The reason of an equality, or what stopped the search.
    observation, difference
        What showed at step `steps`, if something did.
    """

    equal: bool | None
    steps: int
    why: str = ""
    observation: Observation | None = None
    difference: Any = None


@dataclass
class _Watch:
    """Looks at the difference at every step, and counts the steps at which nothing showed."""

    sides: SideBySide
    observer: Observer
    budget: Budget
    steps: int = 0

    def look(self, differences: Iterable[Vector]) -> Followed | None:
        """Return what shows first, or that the difference is zero from some step on; None if neither."""
        for step, masses in enumerate(differences):
            shown = self.observer.shown(self.sides.of_states(masses), self.budget)
            if shown:
                first = min(shown, key=lambda o: o.text)
                return Followed(False, step, "", first, shown[first])
            if not masses:
                return Followed(True, step, f"the difference is zero from step {step} on")
            self.steps = max(self.steps, step + 1)
        return None

    def one_by_one(self) -> Iterator[Vector]:
        """Yield the differences, step by step."""
        masses = self.sides.masses
        while True:
            self.budget.check()
            yield masses
            masses = self.sides.step(masses, self.budget)


def follow(sides: SideBySide, observer: Observer, budget: Budget) -> Followed:
    """Follow the difference of two chains.

    O(steps * transitions of the classes it reaches) exact operations, and O(dimension^2 * classes) modulo a prime.
    """
    watch, classes = _Watch(sides, observer, budget), sides.partition.count
    try:
        if classes <= LARGEST:
            return next(found for prime in primes() if (found := _spanned(watch, prime)) is not None)
        found = watch.look(islice(watch.one_by_one(), classes + 1))
    except OutOfBudget as error:
        return Followed(None, watch.steps, str(error))
    return found or Followed(True, classes, "as many steps as there are classes show no difference")


def _spanned(watch: _Watch, prime: int) -> Followed | None:
    """Follow the difference until it shows, or its vectors span all that are to come; None if the prime misleads."""
    sides, budget = watch.sides, watch.budget
    growth = Growth([sides.masses], [lambda masses: sides.step(masses, budget)], prime, budget)
    found = watch.look(vector for vector, _ in growth)
    if found is not None:
        return found
    space = growth.proved()
    if space is None:
        return None
    why = f"the first {space.dimension} vectors of the difference span all, and none shows it"
    return Followed(True, space.dimension, why)
