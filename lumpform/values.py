"""Columns of exact numbers: how the weights of a million edges are kept without a million objects.

Three representations of one thing, a fixed-length column of exact numbers:

=================  =================================================================  =====================
class              kept as                                                            when
=================  =================================================================  =====================
`CodedValues`      a small integer code per entry, a table of distinct rationals      few distinct values
`IntegerValues`    64-bit numerators over one common denominator                      computed sums
`DyadicValues`     float32 or float64, each the dyadic rational that it is            trained weights
=================  =================================================================  =====================

A fourth one, with a table of rational functions of parameters, is `lumpform.symbolic.SymbolicValues`.

All are frozen; their arrays are read-only. `scaled` is the door to the kernels: numerators over the common
denominator, modulo something.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.domain import RATIONAL, Domain
from lumpform.exact import WORD, as_rational, bounded_denominator, lcm_of_denominators

Index = NDArray[np.int64] | NDArray[np.int32] | NDArray[np.intp]


class Values(ABC):
    """A column of exact numbers. Equality of columns is equality of the numbers, not of the representation."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def value(self, index: int) -> Any:
        """Return the exact number at `index`: a `Fraction` (an `Expression` in columns with parameters)."""

    @abstractmethod
    def take(self, indices: Any) -> Values:
        """The column of the entries at `indices` (an integer array or a boolean mask)."""

    @property
    @abstractmethod
    def denominator(self) -> int:
        """A common denominator D > 0 of all entries."""

    @property
    @abstractmethod
    def bound(self) -> int:
        """An upper bound of ``abs(value * denominator)`` over all entries, as a Python integer."""

    @abstractmethod
    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        """Numerators over `denominator` (default: the common one), modulo `modulus` (`WORD` wraps).

        Returns
        -------
        (data, table)
            With a table: entry i is ``table[data[i]]`` and `data` are codes. Without (None): `data` are the uint64
            residues themselves.
        """

    @abstractmethod
    def coded(self) -> CodedValues:
        """The same column with a sorted table of the values that occur; O(k log k) for k distinct values."""

    @property
    def domain(self) -> Domain:
        """Return the field that the entries come from."""
        return RATIONAL

    def coefficients(self) -> Iterable[Values]:
        """Return columns of rationals whose sums are equal if and only if this one's are: itself, unless symbolic."""
        return (self,)

    def nonzero(self) -> NDArray[np.bool_]:
        """Which entries are not zero."""
        coded = self.coded()
        return np.array([v != 0 for v in coded.table] or [False], dtype=bool)[coded.codes]

    def fractions(self) -> list[Any]:
        """All entries as a list of exact numbers."""
        return [self.value(i) for i in range(len(self))]

    def floats(self) -> NDArray[np.float64]:
        """All entries as float64, each rounded to nearest: the named door out of exact arithmetic."""
        return np.array([float(v) for v in self.fractions()], dtype=np.float64)

    def numerators(self, denominator: int | None = None) -> NDArray[np.int64] | None:
        """Signed 64-bit numerators over `denominator` (default: the common one), or None if they do not fit."""
        factor = 1 if denominator is None else denominator // self.denominator
        if self.bound * factor >= 1 << 63:
            return None
        data, table = self.scaled(WORD, denominator)
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


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
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
    """Codes into a table of rationals.

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
        object.__setattr__(self, "codes", _frozen(codes.astype(wanted, copy=False)))
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

    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64]]:
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


@dataclass(frozen=True, eq=False)
class IntegerValues(Values):
    """64-bit numerators over one denominator: entry i is ``numerators_[i] / denominator_``."""

    numerators_: NDArray[np.int64]
    denominator_: int = 1

    def __post_init__(self) -> None:
        if self.denominator_ <= 0:
            raise ValueError("the denominator must be positive")
        object.__setattr__(self, "numerators_", _frozen(np.asarray(self.numerators_, dtype=np.int64)))

    def __len__(self) -> int:
        return len(self.numerators_)

    def value(self, index: int) -> Fraction:
        return Fraction(int(self.numerators_[index]), self.denominator_)

    def nonzero(self) -> NDArray[np.bool_]:
        return self.numerators_ != 0

    def take(self, indices: Any) -> IntegerValues:
        return IntegerValues(self.numerators_[indices], self.denominator_)

    @property
    def denominator(self) -> int:
        return self.denominator_

    @cached_property
    def bound(self) -> int:
        if not len(self.numerators_):
            return 0
        return max(abs(int(self.numerators_.min())), abs(int(self.numerators_.max())))

    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        factor = 1 if denominator is None else denominator // self.denominator_
        if modulus == WORD:
            return self.numerators_.view(np.uint64) * np.uint64(factor % WORD), None
        if factor == 1:
            return (self.numerators_ % np.int64(modulus)).view(np.uint64), None
        coded = self.coded()
        return coded.scaled(modulus, denominator)

    def coded(self) -> CodedValues:
        distinct, codes = np.unique(self.numerators_, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(Fraction(n, self.denominator_) for n in distinct.tolist()))

    def floats(self) -> NDArray[np.float64]:
        if self.denominator_ == 1 and self.bound < 1 << 53:
            return self.numerators_.astype(np.float64)
        return self.coded().floats()


@dataclass(frozen=True, eq=False)
class DyadicValues(Values):
    """float32 or float64 numbers, each standing for the dyadic rational that it is. Must be finite."""

    array: NDArray[Any]

    def __post_init__(self) -> None:
        array = np.asarray(self.array)
        if array.dtype not in (np.float32, np.float64) or array.ndim != 1:
            raise ValueError("dyadic values are a one-dimensional float32 or float64 array")
        if not np.isfinite(array).all():
            raise ValueError(f"entry {int(np.flatnonzero(~np.isfinite(array))[0])} is not finite")
        object.__setattr__(self, "array", _frozen(array))

    def __len__(self) -> int:
        return len(self.array)

    def value(self, index: int) -> Fraction:
        return Fraction(float(self.array[index]))

    def nonzero(self) -> NDArray[np.bool_]:
        return self.array != 0

    def take(self, indices: Any) -> DyadicValues:
        return DyadicValues(self.array[indices])

    def floats(self) -> NDArray[np.float64]:
        return self.array.astype(np.float64)

    @cached_property
    def _shift(self) -> int:
        """The least k >= 0 for which every entry times 2^k is an integer."""
        from lumpform.dyadic import lowest_exponent

        return max(0, -int(lowest_exponent(self.array)))

    @property
    def denominator(self) -> int:
        return 1 << self._shift

    @cached_property
    def bound(self) -> int:
        if not len(self.array):
            return 0
        return int(Fraction(float(np.abs(self.array).max())) * self.denominator)

    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        factor, rest = divmod(self.denominator if denominator is None else denominator, self.denominator)
        if rest or factor.bit_count() != 1:
            return self.coded().scaled(modulus, denominator)
        shift = self._shift + factor.bit_length() - 1
        if self.bound * factor < 1 << 53:  # then floats hold the numerators exactly
            whole = np.ldexp(self.array.astype(np.float64), shift).astype(np.int64)
            return (whole.view(np.uint64) if modulus == WORD else (whole % np.int64(modulus)).view(np.uint64)), None
        if modulus == WORD:
            return self.coded().scaled(modulus, denominator)
        from lumpform.dyadic import residues

        powers = np.array([pow(2, e, modulus) for e in range(shift + 1100)], dtype=np.uint64)
        out = np.empty(len(self.array), dtype=np.uint64)
        residues(self.array, shift, powers, np.uint64((1 << 61) - modulus), out)
        return out, None

    def coded(self) -> CodedValues:
        distinct, codes = np.unique(self.array, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(Fraction(float(v)) for v in distinct.tolist()))


def exact_values(data: Any) -> Values:
    """A column from any sequence of numbers, in the smallest exact representation.

    Integer arrays become `IntegerValues`, float arrays `DyadicValues` (each float is the dyadic rational that it
    is), everything else (`Fraction`, decimal strings, `Decimal`, gmpy2, mixed) `CodedValues`.

    Raises
    ------
    ValueError
        If an entry is not a finite number.
    """
    if isinstance(data, Values):
        return data
    if isinstance(data, np.ndarray):
        if data.dtype.kind in "iub":
            if data.dtype == np.uint64 and data.size and int(data.max()) >= 1 << 63:
                return from_fractions(Fraction(int(v)) for v in data.ravel().tolist())
            return IntegerValues(data.ravel().astype(np.int64))
        if data.dtype in (np.float32, np.float64):
            return DyadicValues(data.ravel())
        if data.dtype == np.float16:
            return DyadicValues(data.ravel().astype(np.float32))
        return from_fractions(data.ravel().tolist())
    return from_fractions(data)


def from_fractions(data: Iterable[Any] | Sequence[Any]) -> CodedValues:
    """A coded column from numbers of any exact kind; equal numbers share one table entry. O(n) expected."""
    codes: dict[Any, int] = {}
    column = [codes.setdefault(v, len(codes)) for v in data]
    return recoded(np.array(column, dtype=np.int64), list(codes))


SYMBOLIC: list[Any] = []
"""How a column with symbolic entries is made, once there is a symbolic number (`lumpform.symbolic`)."""


def register_symbolic(make: Any) -> None:
    """Called by `lumpform.symbolic`, which lies above this module, when it is loaded."""
    SYMBOLIC[:] = [make]


def column_of_table(codes: NDArray[Any], table: Sequence[Any]) -> CodedValues:
    """A coded column whose table holds exact numbers, rational or symbolic."""
    if SYMBOLIC and any(getattr(v, "parametric", False) for v in table):
        return SYMBOLIC[0](codes, table)
    return CodedValues(codes, tuple(table))


def recoded(codes: NDArray[Any], raw_table: Sequence[Any]) -> CodedValues:
    """A coded column whose table was read in any number format; entries that denote one number are merged."""
    if SYMBOLIC and any(getattr(v, "parametric", False) for v in raw_table):
        return SYMBOLIC[0](codes, raw_table)
    exact: dict[Fraction, int] = {}
    renumber = [exact.setdefault(as_rational(v), len(exact)) for v in raw_table]
    if len(exact) < len(raw_table):
        codes = np.array(renumber, dtype=np.int64)[codes]
    return CodedValues(codes, tuple(exact))
