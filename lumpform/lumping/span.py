"""Finds out which vectors a span contains: modulo a prime first, then proved over the rationals.

Vectors that are independent modulo a prime are independent. Dependent there is a guess, which one linear system proves
for many vectors at once, with their coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

from lumpform.numbers.rational import lcm_of_denominators
from lumpform.numbers.residues import PRIME

Vector = dict[int, Any]
"""Entries by place, zeros left out."""

SOLVING = 1e-8
"""Seconds per number to solve a square system of rationals, with room to spare (measured at 100 to 400 vectors)."""


class Clock(Protocol):
    """Says what a search asks about its time; each method may raise."""

    def check(self) -> None:
        """Do nothing while time remains."""
        ...

    def ahead(self, seconds: float, what: str) -> None:
        """Do nothing if so many seconds remain for what is said."""
        ...


class Endless:
    """Takes all the time that there is."""

    def check(self) -> None:
        """Do nothing."""

    def ahead(self, seconds: float, what: str) -> None:
        """Do nothing."""


ENDLESS = Endless()


class Span:
    """Holds vectors that are independent modulo a prime, hence independent; what depends on them is proved exactly.

    Parameters
    ----------
    prime : int
    clock : Clock
    """

    def __init__(self, prime: int = PRIME, clock: Clock = ENDLESS) -> None:
        self.prime, self.clock = prime, clock
        self.vectors: list[Vector] = []
        self.rows: dict[int, dict[int, int]] = {}

    def adds(self, vector: Vector) -> bool:
        """Tell whether a vector is outside the span modulo the prime; it joins then. O(dimension * length)."""
        prime = self.prime
        common = lcm_of_denominators(vector.values())  # a multiple spans the same, and needs no inverse
        row = {c: v.numerator * (common // v.denominator) % prime for c, v in vector.items()}
        row = {c: v for c, v in row.items() if v}
        while row:
            self.clock.check()
            pivot = min(row)
            known = self.rows.get(pivot)
            if known is None:
                inverse = pow(row[pivot], -1, prime)
                self.rows[pivot] = {c: v * inverse % prime for c, v in row.items()}
                self.vectors.append(vector)
                return True
            factor = row[pivot]
            for c, v in known.items():
                value = (row.get(c, 0) - factor * v) % prime
                if value:
                    row[c] = value
                else:
                    row.pop(c, None)
        return False

    def coordinates(self, vectors: Sequence[Vector]) -> list[Vector] | None:
        """Return by which combinations of those that joined some vectors are made; None if one of them is outside.

        The square system at the pivots is invertible modulo the prime, so over the rationals too; it is solved by
        p-adic lifting (J. D. Dixon, Numerische Mathematik 40, 1982), and the solution is checked at all places.
        """
        if not any(vectors):
            return [{} for _ in vectors]
        if not self.vectors:
            return None
        pivots = sorted(self.rows)
        everything = sorted({c for v in (*self.vectors, *vectors) for c in v})
        words = max((v.numerator.bit_length() for vector in vectors for v in vector.values()), default=0) / 64
        size = len(pivots)
        seconds = size * size * max(size, len(vectors)) * max(1.0, words) * SOLVING
        self.clock.ahead(seconds, f"to prove that {size} vectors span all others")
        square = self._matrix(self.vectors, pivots).transpose()
        right = self._matrix(vectors, pivots).transpose()
        combination = square.solve(right, algorithm="dixon").transpose()
        if combination * self._matrix(self.vectors, everything) != self._matrix(vectors, everything):
            return None
        numbers = ([Fraction(int(v.p), int(v.q)) for v in row] for row in combination.tolist())
        return [{j: v for j, v in enumerate(row) if v} for row in numbers]

    def _matrix(self, vectors: Sequence[Vector], columns: list[int]) -> Any:
        """Return vectors, cut to some places, as the rows of a FLINT matrix."""
        from flint import fmpq, fmpq_mat

        place = {c: i for i, c in enumerate(columns)}
        result = fmpq_mat(len(vectors), len(columns))
        for i, row in enumerate(vectors):
            self.clock.check()
            for c, v in row.items():
                if c in place:
                    result[i, place[c]] = fmpq(v.numerator, v.denominator)
        return result
