"""Keeps columns of exact numbers: the weights of a million edges without a million objects.

Three representations of one thing, a fixed-length column of exact numbers:

=================  =================================================================  =====================
class              kept as                                                            when
=================  =================================================================  =====================
`CodedValues`      a small integer code per entry, a table of distinct rationals      few distinct values
`IntegerValues`    64-bit numerators over one common denominator                      computed sums
`DyadicValues`     float32 or float64, each the dyadic rational that it is            trained weights
=================  =================================================================  =====================

The last two live in `lumpform.numbers.integer` and `lumpform.numbers.dyadic`; a fourth one, with a table of rational
functions of parameters, is `lumpform.numbers.symbolic.SymbolicValues`.

All are frozen; their arrays are read-only. `residues` is the door to the kernels: numerators over the common
denominator, modulo something.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.field import RATIONAL, Field
from lumpform.numbers.rational import bounded_denominator, lcm_of_denominators
from lumpform.numbers.residues import WORD

Index = NDArray[np.int64] | NDArray[np.int32] | NDArray[np.intp]


class Values(ABC):
    """Holds a column of exact numbers. Columns are equal if their numbers are, whatever the representation."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def value(self, index: int) -> Any:
        """Return the exact number at `index`: a `Fraction` (an `Expression` in columns with parameters)."""

    @abstractmethod
    def take(self, indices: Any) -> Values:
        """Return the column of the entries at `indices` (an integer array or a boolean mask)."""

    @property
    @abstractmethod
    def denominator(self) -> int:
        """Return a common denominator D > 0 of all entries."""

    @property
    @abstractmethod
    def bound(self) -> int:
        """Return an upper bound of ``abs(value * denominator)`` over all entries, as a Python integer."""

    @abstractmethod
    def residues(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        """Return numerators over `denominator` (default: the common one), modulo `modulus` (`WORD` wraps).

        Returns
        -------
        (data, table)
            With a table: entry i is ``table[data[i]]`` and `data` are codes. Without (None): `data` are the uint64
            residues themselves.
        """

    @abstractmethod
    def coded(self) -> CodedValues:
        """Return the same column with a sorted table of the values that occur; O(k log k) for k distinct values."""

    @property
    def field(self) -> Field:
        """Return the field that the entries come from."""
        return RATIONAL

    def coefficients(self) -> Iterable[Values]:
        """Return columns of rationals whose sums are equal if and only if this one's are: itself, unless symbolic."""
        return (self,)

    def nonzero(self) -> NDArray[np.bool_]:
        """Return which entries are not zero."""
        coded = self.coded()
        return np.array([v != 0 for v in coded.table] or [False], dtype=bool)[coded.codes]

    def fractions(self) -> list[Any]:
        """Return all entries as a list of exact numbers."""
        return [self.value(i) for i in range(len(self))]

    def floats(self) -> NDArray[np.float64]:
        """Return all entries as float64, each rounded to nearest: the named door out of exact arithmetic."""
        return np.array([float(v) for v in self.fractions()], dtype=np.float64)

    def numerators(self, denominator: int | None = None) -> NDArray[np.int64] | None:
        """Return signed 64-bit numerators over `denominator` (default: the common one), or None if they do not fit."""
        factor = 1 if denominator is None else denominator // self.denominator
        if self.bound * factor >= 1 << 63:
            return None
        data, table = self.residues(WORD, denominator)
        residues = data if table is None else table[data]
        return residues.astype(np.uint64, copy=False).view(np.int64)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Values):
            return NotImplemented
        if len(self) != len(other):
            return False
        a, b = self.coded(), other.coded()
        return a.table == b.table and bool(np.array_equal(a.codes, b.codes))

    __hash__ = None  # type: ignore[assignment]  # columns are compared, never keys

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle and copy keep: the fields, through the constructor, which makes arrays read-only again."""
        return type(self), tuple(getattr(self, f.name) for f in fields(self))  # type: ignore[arg-type]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _code_dtype(count: int) -> Any:
    return np.uint8 if count <= 1 << 8 else np.uint16 if count <= 1 << 16 else np.uint32


def ascending(numbers: Iterable[Fraction]) -> list[Fraction]:
    """Return the numbers sorted. Rounding keeps the order, so that exact comparisons are left for equal floats only."""
    listed = list(numbers)
    try:
        near = [float(v) for v in listed]
    except OverflowError:
        return sorted(listed)
    order = sorted(range(len(listed)), key=near.__getitem__)
    result: list[Fraction] = []
    for _, group in groupby(order, key=near.__getitem__):
        members = [listed[i] for i in group]
        result.extend(sorted(members) if len(members) > 1 else members)
    return result


def _residue_over(d: int, value: Fraction, remainder: int, modulus: int) -> int:
    """Return ``value * d`` modulo `modulus`, without a long division where the denominator has an inverse."""
    try:
        return value.numerator * pow(value.denominator, -1, modulus) * remainder % modulus
    except ValueError:
        return value.numerator * (d // value.denominator) % modulus


MODERATE_BITS = 4096
"""Numerators over a common denominator with more bits than this do not fit 64 bits, but for odd exceptions."""


@dataclass(frozen=True, eq=False)
class CodedValues(Values):
    """Holds codes into a table of rationals.

    Parameters
    ----------
    codes : (n,) array of unsigned integers
    table : tuple of Fraction
        Entry i of the column is ``table[codes[i]]``. The table may hold values that do not occur.
    """

    codes: NDArray[Any]
    table: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        codes = np.asarray(self.codes)
        if codes.dtype.kind not in "ui" or codes.ndim != 1:
            raise ValueError("codes must be a one-dimensional array of integers")
        if codes.size and (int(codes.min()) < 0 or int(codes.max()) >= len(self.table)):
            raise ValueError("a code lies outside the table")
        wanted = _code_dtype(len(self.table))
        object.__setattr__(self, "codes", read_only(codes.astype(wanted, copy=False)))
        object.__setattr__(self, "table", tuple(self.table))

    def __len__(self) -> int:
        return len(self.codes)

    def value(self, index: int) -> Fraction:
        return self.table[self.codes[index]]

    def take(self, indices: Any) -> CodedValues:
        return CodedValues(self.codes[indices], self.table)

    def fractions(self) -> list[Fraction]:
        table = self.table
        return [table[c] for c in self.codes.tolist()]

    def floats(self) -> NDArray[np.float64]:
        return np.array([float(v) for v in self.table] or [0.0], dtype=np.float64)[self.codes]

    def numerators(self, denominator: int | None = None) -> NDArray[np.int64] | None:
        return super().numerators(denominator) if self._is_moderate else None

    @cached_property
    def _is_moderate(self) -> bool:
        """Tell whether the common denominator is short enough for numerators over it to be worth a thought."""
        return bounded_denominator(self.table, MODERATE_BITS) is not None

    @cached_property
    def denominator(self) -> int:
        return lcm_of_denominators(self.table)

    @cached_property
    def bound(self) -> int:
        d = self.denominator
        if self._is_moderate:
            return max((abs(v.numerator) * (d // v.denominator) for v in self.table), default=0)
        # Long quotients take the square of their length; their lengths are within a bit of the difference of lengths.
        lengths = (v.numerator.bit_length() - v.denominator.bit_length() for v in self.table if v)
        return 1 << (d.bit_length() + max(lengths, default=0) + 1)

    def residues(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64]]:
        d = self.denominator if denominator is None else denominator
        if self._is_moderate:
            residues = [v.numerator * (d // v.denominator) % modulus for v in self.table]
        else:
            remainder = d % modulus
            residues = [_residue_over(d, v, remainder, modulus) for v in self.table]
        return self.codes, np.array(residues or [0], dtype=np.uint64)

    def nonzero(self) -> NDArray[np.bool_]:
        return np.array([v != 0 for v in self.table] or [False], dtype=bool)[self.codes]

    def coded(self) -> CodedValues:
        used = np.zeros(len(self.table) + 1, dtype=bool)
        used[self.codes] = True
        present = [i for i in range(len(self.table)) if used[i]]
        table = ascending({self.table[i] for i in present})
        position = {v: i for i, v in enumerate(table)}
        renumber = np.zeros(max(len(self.table), 1), dtype=_code_dtype(len(table)))
        for i in present:
            renumber[i] = position[self.table[i]]
        return CodedValues(renumber[self.codes], tuple(table))
