"""Computes entrywise on columns: once for each pair of distinct values."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any

from .arrays import CODE
from .models import Column, Matrix
from .polynomial import Number, total
from .rational import ZERO

Coded = tuple["array[int]", list[Number]]
"""Codes, and the table of values that they stand for, in any order."""


def combined(left: Column, right: Column, operation: Callable[[Any, Any], Number]) -> Coded:
    """Return ``operation(left[i], right[i])`` for every position."""
    known: dict[tuple[int, int], int] = {}
    table: list[Number] = []
    codes = array(CODE)
    for key in zip(left.codes, right.codes, strict=True):
        code = known.get(key)
        if code is None:
            code = known[key] = len(table)
            table.append(operation(left.table[key[0]], right.table[key[1]]))
        codes.append(code)
    return codes, table


def combine(left: Column, right: Column, operation: Callable[[Any, Any], Number]) -> Column:
    """Return the column of ``operation(left[i], right[i])``."""
    return Column(*combined(left, right, operation))


def add(left: Column, right: Column) -> Column:
    """Return the entrywise sum."""
    if right.table in ([], [ZERO]):
        return left
    return combine(left, right, lambda a, b: total((a, b)))


def coded(values: Sequence[Number]) -> Coded:
    """Return a value for every position as codes and a table."""
    known: dict[Number, int] = {}
    codes = array(CODE, [known.setdefault(v, len(known)) for v in values])
    return codes, list(known)


def column_of(values: Sequence[Number]) -> Column:
    """Return a column from a value for every position."""
    return Column(*coded(values))


def row_sums(matrix: Matrix) -> Column:
    """Return the exact sum of every row; equal rows of codes are added once."""
    known: dict[bytes, Number] = {}
    sums: list[Number] = []
    pointers, codes = matrix.indptr, matrix.weights.codes
    for row in range(matrix.size):
        key = codes[pointers[row] : pointers[row + 1]].tobytes()
        value = known.get(key)
        if value is None:
            value = matrix.row_sum(row)
            if len(known) < 1 << 16:
                known[key] = value
        sums.append(value)
    return column_of(sums)
