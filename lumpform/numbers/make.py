"""Makes columns from sequences of numbers, in the smallest exact representation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.rational import as_rational


def exact_values(data: Any) -> Values:
    """Make a column from any sequence of numbers, in the smallest exact representation.

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
    """Make a coded column from numbers of any exact kind; equal numbers share one table entry. O(n) expected."""
    codes: dict[Any, int] = {}
    column = [codes.setdefault(v, len(codes)) for v in data]
    return recoded(np.array(column, dtype=np.int64), list(codes))


SYMBOLIC: list[Any] = []
"""How a column with symbolic entries is made, once there is a symbolic number (`lumpform.numbers.symbolic`)."""


def register_symbolic(make: Any) -> None:
    """Note how symbolic columns are made: `lumpform.numbers.symbolic`, above this module, says it when loaded."""
    SYMBOLIC[:] = [make]


def column_of_table(codes: NDArray[Any], table: Sequence[Any]) -> CodedValues:
    """Make a coded column whose table holds exact numbers, rational or symbolic."""
    if SYMBOLIC and any(getattr(v, "parametric", False) for v in table):
        return SYMBOLIC[0](codes, table)
    return CodedValues(codes, tuple(table))


def recoded(codes: NDArray[Any], raw_table: Sequence[Any]) -> CodedValues:
    """Make a coded column from a table in any number format; entries that denote one number are merged."""
    if SYMBOLIC and any(getattr(v, "parametric", False) for v in raw_table):
        return SYMBOLIC[0](codes, raw_table)
    exact: dict[Fraction, int] = {}
    renumber = [exact.setdefault(as_rational(v), len(exact)) for v in raw_table]
    if len(exact) < len(raw_table):
        codes = np.array(renumber, dtype=np.int64)[codes]
    return CodedValues(codes, tuple(exact))
