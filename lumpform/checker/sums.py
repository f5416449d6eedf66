"""Adds up the rows of a matrix over classes, as exact integers over a common denominator.

A sum of weights with parameters is a polynomial, and polynomials are equal if all their coefficients are. So sums are
kept by coefficient: number ``c * width + i`` stands for the coefficient of monomial i in the sum over class c, where
width is the number of monomials that occur. Without parameters the only monomial is 1, and the width is 1.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from .arrays import CODE, OFFSET, STATE
from .effort import FREE_BITS, FREE_TERMS, TERM_WORK, spend, words
from .models import Column, Matrix
from .polynomial import Monomial, Number, number_of, terms_of
from .rational import Pair, bounded_denominator, reduced, scaled, small_denominator

Coefficients = dict[int, int]
"""Numerators by number, as above; zeros are absent."""


class Monomials:
    """Numbers the monomials of some columns as they are met; 1 is number 0."""

    def __init__(self, columns: Iterable[Column]) -> None:
        self.places: dict[Monomial, int] = {(): 0}
        for column in columns:
            if column.parametric:
                for value in column.table:
                    for monomial, _ in terms_of(value):
                        self.places.setdefault(monomial, len(self.places))
        self.width = len(self.places)

    def split(self, value: Number) -> list[tuple[int, Pair]]:
        """Return the terms of a value: the number of the monomial and the coefficient."""
        return [(self.places[monomial], coefficient) for monomial, coefficient in terms_of(value)]

    def number(self, sums: Coefficients, c: int, denominator: int) -> Number:
        """Return the sum over class c as a number or polynomial."""
        found = {m: sums.get(c * self.width + i, 0) for m, i in self.places.items()}
        return number_of({m: reduced(v, denominator) for m, v in found.items() if v})


class Sums:
    """Adds up the rows of a matrix over the classes of its columns.

    Parameters
    ----------
    matrix : Matrix
    class_of : (n,) integers
        The class of every row and column.
    monomials : Monomials
    own : bool
        Whether the sum over the row's own class counts.
    exits : Column or None
        What is subtracted from the sum over the own class.
    first : int
        The number of the first row, if there are not all rows.
    """

    def __init__(
        self,
        matrix: Matrix,
        class_of: Sequence[int],
        monomials: Monomials,
        *,
        own: bool = True,
        exits: Column | None = None,
        first: int = 0,
    ) -> None:
        self.class_of, self.monomials, self.own, self.first = class_of, monomials, own, first
        self.exit_codes = None if exits is None else exits.codes
        self.exits = [] if exits is None else [monomials.split(value) for value in exits.table]
        self.numbers: list[int] | None = None
        if monomials.width == 1:
            self.pointers = matrix.indptr
            self.keys = array(STATE, map(class_of.__getitem__, matrix.indices))
            self.codes, self.table = matrix.weights.codes, matrix.weights.table
        else:
            self._split(matrix)
        self.signed = monomials.width > 1 or any(n < 0 for n, _ in self.table)

    def _split(self, matrix: Matrix) -> None:
        """Make an entry of every term of every weight."""
        known: dict[Pair, int] = {}
        parts = []
        for value in matrix.weights.table:
            terms = self.monomials.split(value)
            parts.append([(place, known.setdefault(v, len(known))) for place, v in terms])
        self.pointers, self.keys, self.codes = array(OFFSET, [0]), array(OFFSET), array(CODE)
        width, codes = self.monomials.width, matrix.weights.codes
        for row in range(matrix.size):
            for e in range(matrix.indptr[row], matrix.indptr[row + 1]):
                base, terms = self.class_of[matrix.indices[e]] * width, parts[codes[e]]
                if len(terms) > FREE_TERMS:
                    spend(TERM_WORK * len(terms))
                for place, code in terms:
                    self.keys.append(base + place)
                    self.codes.append(code)
            self.pointers.append(len(self.keys))
        self.table = list(known)

    def prepare(self, common: int | None) -> None:
        """Bring all weights to one denominator once; with None every row is brought to its own each time."""
        if common is not None:
            self.numbers = list(map(scaled(self.table, common).__getitem__, self.codes))

    def denominators(self, row: int) -> set[int]:
        """Return the denominators of the weights in a row."""
        codes, table = self.codes, self.table
        found = {table[codes[e]][1] for e in range(self.pointers[row], self.pointers[row + 1])}
        if self.exit_codes is not None:
            found.update(d for _, (_, d) in self.exits[self.exit_codes[row]])
        return found

    def of(self, row: int, denominator: int) -> Coefficients:
        """Return the sums of a row over all classes, as numerators over a denominator."""
        start, end = self.pointers[row], self.pointers[row + 1]
        keys = self.keys[start:end]
        if self.numbers is not None:
            numbers = self.numbers[start:end]
        else:
            table = self.table
            numbers = scaled([table[c] for c in self.codes[start:end]], denominator)
        sums = dict(zip(keys, numbers, strict=True))
        if len(sums) < len(numbers):  # several targets in one class
            sums = {}
            for key, number in zip(keys, numbers, strict=True):
                sums[key] = sums.get(key, 0) + number
        width = self.monomials.width
        of_own = not self.own or self.exit_codes is not None  # otherwise rows need no class, being of anything
        base = self.class_of[self.first + row] * width if of_own else 0
        if self.signed:  # numbers of either sign may cancel
            left_out = range(0) if self.own else range(base, base + width)
            sums = {key: number for key, number in sums.items() if number and key not in left_out}
        if not self.own:
            sums.pop(base, None)
        elif self.exit_codes is not None:
            for place, (n, d) in self.exits[self.exit_codes[row]]:
                key = base + place
                sums[key] = sums.get(key, 0) - n * (denominator // d)
                if not sums[key]:
                    del sums[key]
        return sums


def shared_denominator(*sides: Sums) -> int | None:
    """Return one denominator for all weights of some sums, or None if it would be too long; `prepare` them for it."""
    found = {d for side in sides for _, d in side.table}
    found.update(d for side in sides for terms in side.exits for _, (_, d) in terms)
    common = small_denominator(found)
    for side in sides:
        side.prepare(common)
    return common


def row_denominator(common: int | None, *rows: tuple[Sums, int]) -> int:
    """Return the denominator over which some rows are compared: `common`, or else the least common one of the rows."""
    if common is not None:
        return common
    return bounded_denominator(set[int]().union(*(side.denominators(row) for side, row in rows)))


def unlike(
    sums: Sums, members: Sequence[int], common: int | None
) -> tuple[tuple[int, int], int, tuple[Number, Number]] | None:
    """Compare the sums of members of one class with those of the first.

    Returns the first two that differ, the first class over which they do, and both sums over that class; or None.
    """
    first = members[0]
    for member in members:
        denominator = row_denominator(common, (sums, first), (sums, member))
        one, other = sums.of(first, denominator), sums.of(member, denominator)
        if one != other:
            c = first_difference(one, other) // sums.monomials.width
            number = sums.monomials.number
            return (first, member), c, (number(one, c, denominator), number(other, c, denominator))
    return None


def multiplied(sums: Coefficients, factor: int) -> Coefficients:
    """Return all numerators times a factor that is not zero."""
    if factor == 1:
        return sums
    if factor.bit_length() > FREE_BITS:
        spend(words(factor) * sum(map(words, sums.values())))
    return {key: number * factor for key, number in sums.items()}


def first_difference(one: Mapping[int, int | Fraction], other: Mapping[int, int | Fraction]) -> int:
    """Return the first number under which two sums have other coefficients."""
    return min(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
