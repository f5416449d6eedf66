"""Follows the difference of two distributions step by step, until it shows or cannot show any more.

The difference is a vector that every step multiplies by one matrix. If it has not shown before the vectors no longer
span anything new (Krylov), it never will: what is observed is linear. For a CTMC a step is a derivative at time zero,
and distributions that agree in all derivatives agree at all times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.observed import Observation, Observer
from lumpform.equivalence.side_by_side import SideBySide, Vector
from lumpform.numbers.rational import lcm_of_denominators
from lumpform.numbers.residues import PRIME

LARGEST = 2_000
"""Up to so many classes the span is decided; with more only steps are followed, as long as there is time."""

SOLVING = 1e-8
"""Seconds per number to solve a square system of rationals, with room to spare (measured at 100 to 400 classes)."""


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
class Span:
    """Holds vectors that are independent modulo a prime, hence independent; a dependence is confirmed exactly."""

    vectors: list[Vector] = field(default_factory=list)
    rows: dict[int, dict[int, int]] = field(default_factory=dict)

    def adds(self, vector: Vector, budget: Budget) -> bool:
        """Tell whether a vector is outside the span modulo the prime; it joins then."""
        common = lcm_of_denominators(vector.values())  # a multiple spans the same, and needs no inverse
        row = {c: v.numerator * (common // v.denominator) % PRIME for c, v in vector.items()}
        row = {c: v for c, v in row.items() if v}
        while row:
            budget.check()
            pivot = min(row)
            known = self.rows.get(pivot)
            if known is None:
                inverse = pow(row[pivot], -1, PRIME)
                self.rows[pivot] = {c: v * inverse % PRIME for c, v in row.items()}
                self.vectors.append(vector)
                return True
            factor = row[pivot]
            for c, v in known.items():
                value = (row.get(c, 0) - factor * v) % PRIME
                if value:
                    row[c] = value
                else:
                    row.pop(c, None)
        return False

    def contains(self, vector: Vector, budget: Budget) -> bool:
        """Tell whether a vector is a rational combination of those that joined: solved at the pivots, then checked.

        The square system there is invertible modulo the prime, so over the rationals too; it is solved by p-adic
        lifting (J. D. Dixon, Numerische Mathematik 40, 1982).

        Raises
        ------
        OutOfBudget
            If time is used up, or would be.
        """
        if not self.vectors:
            return not vector
        pivots = sorted(self.rows)
        everything = sorted({c for v in (*self.vectors, vector) for c in v})
        square = _matrix(self.vectors, pivots, budget).transpose()
        right = _matrix([vector], pivots, budget).transpose()
        words = max((v.numerator.bit_length() for v in vector.values()), default=0) / 64
        if len(pivots) ** 3 * max(1.0, words) * SOLVING > budget.left:
            raise OutOfBudget(f"to prove that {len(pivots)} steps span all others would take longer than there is time")
        combination = square.solve(right, algorithm="dixon").transpose()
        return combination * _matrix(self.vectors, everything, budget) == _matrix([vector], everything, budget)


def _matrix(vectors: list[Vector], columns: list[int], budget: Budget) -> Any:
    """Return vectors, cut to some classes, as the rows of a FLINT matrix."""
    from flint import fmpq, fmpq_mat

    place = {c: i for i, c in enumerate(columns)}
    result = fmpq_mat(len(vectors), len(columns))
    for i, row in enumerate(vectors):
        budget.check()
        for c, v in row.items():
            if c in place:
                result[i, place[c]] = fmpq(v.numerator, v.denominator)
    return result


def follow(sides: SideBySide, observer: Observer, budget: Budget) -> Followed:
    """Follow the difference of two chains.

    O(steps * transitions of the classes it reaches) exact operations, and O(dimension^2 * classes) modulo a prime.
    """
    masses, span, classes = sides.masses, Span(), sides.partition.count
    step = 0
    try:
        while step <= classes:
            budget.check()
            shown = observer.shown(sides.of_states(masses), budget)
            if shown:
                first = min(shown, key=lambda o: o.text)
                return Followed(False, step, "", first, shown[first])
            if not masses:
                return Followed(True, step, f"the difference is zero from step {step} on")
            if classes <= LARGEST and not span.adds(masses, budget):
                if span.contains(masses, budget):
                    why = f"the first {len(span.vectors)} vectors of the difference span all, and none shows it"
                    return Followed(True, step, why)
                span = Span()  # independent after all: go on, up to as many steps as there are classes
            masses = sides.step(masses, budget)
            step += 1
    except OutOfBudget as error:
        return Followed(None, step, str(error))
    return Followed(True, step, "as many steps as there are classes show no difference")
