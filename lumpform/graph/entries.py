"""Calculates with the entries of matrices, as columns of exact numbers and keys that say where they stand.

The key of entry (r, c) is ``r * columns + c``. Nothing is rounded, and no matrix is known here: the two representations
(`lumpform.graph.sparse`, `lumpform.graph.dense`) share these.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import column_of_table, from_fractions, recoded
from lumpform.numbers.rational_function import total

Index = NDArray[np.int64]


def ones(count: int) -> CodedValues:
    """Return a column of ones."""
    return CodedValues(np.zeros(count, dtype=np.uint8), (Fraction(1),))


def rows_increase(indptr: NDArray[np.int64], indices: NDArray[np.int32]) -> bool:
    """Tell whether the columns of a compressed-row matrix increase strictly inside every row."""
    if len(indices) < 2:
        return True
    falls = np.flatnonzero(indices[1:] <= indices[:-1]) + 1
    is_start = np.zeros(len(indices) + 1, dtype=bool)
    is_start[indptr] = True
    return bool(is_start[falls].all())


def entries_of_rows(indptr: Index, rows: Index) -> tuple[Index, Index]:
    """Return the places of the entries of some rows of a compressed-row matrix, and their pointers. O(entries)."""
    lengths = indptr[rows + 1] - indptr[rows]
    pointers = np.concatenate(([0], np.cumsum(lengths)))
    return np.arange(pointers[-1]) + np.repeat(indptr[rows] - pointers[:-1], lengths), pointers


def add_parallel(key: Index, column: Values) -> tuple[Index, Values]:
    """Add entries with equal keys, which stand side by side, and return what is left of both arrays."""
    starts = np.flatnonzero(np.concatenate(([True], np.diff(key) != 0)))
    pointers = np.concatenate((starts, [len(key)]))
    numerators = column.numerators()
    if numerators is not None and column.bound * int(np.diff(pointers).max()) < 1 << 63:
        return key[starts], IntegerValues(np.add.reduceat(numerators, starts), column.denominator).coded()
    if isinstance(column, CodedValues) and numerators is None:
        return key[starts], sums_by_code(column, pointers)
    return key[starts], sums_of_runs(column, pointers)


def sums_by_code(values: CodedValues, pointers: Index) -> Values:
    """Add consecutive runs of numbers that are costly to add: once for each collection of codes that is a run."""
    known: dict[Any, int] = {}
    runs, sums = [], []
    codes = values.codes.tolist()
    for a, b in zip(pointers[:-1].tolist(), pointers[1:].tolist(), strict=True):
        run = tuple(sorted(codes[a:b]))
        code = known.setdefault(run, len(known))
        if code == len(sums):
            sums.append(total(values.table[c] for c in run))
        runs.append(code)
    return recoded(np.array(runs, dtype=np.int64), sums)


def sums_of_runs(values: Values, pointers: Index) -> Values:
    """Add consecutive runs of numbers one by one."""
    numbers = values.fractions()
    return from_fractions(
        sum(numbers[a:b], Fraction(0)) for a, b in zip(pointers[:-1].tolist(), pointers[1:].tolist(), strict=True)
    )


def drop_zeros(key: Index, column: Values) -> tuple[Index, Values]:
    """Leave out the entries that are zero."""
    keep = column.nonzero()
    return (key, column) if keep.all() else (key[keep], column.take(keep))


def taken_or_zero(values: Values, index: Index) -> Values:
    """Return the entries at some places of a column, and 0 where the place is -1."""
    if not (index < 0).any():
        return values.take(index)
    if isinstance(values, DyadicValues):
        padded = np.concatenate((values.array, np.zeros(1, dtype=values.array.dtype)))
        return DyadicValues(padded[index])
    if isinstance(values, IntegerValues):
        numerators = np.concatenate((values.numerators_, np.zeros(1, dtype=np.int64)))
        return IntegerValues(numerators[index], values.denominator)
    coded = values.coded()
    codes = np.concatenate((coded.codes.astype(np.int64), [len(coded.table)]))
    return column_of_table(codes[index], (*coded.table, Fraction(0)))


def times(values: Values, index: NDArray[Any], factors: Sequence[Any] | Values) -> Values:
    """Multiply entry i of a column by ``factors[index[i]]``, once for every distinct pair."""
    coded = values.coded()
    if isinstance(factors, Values):
        listed = factors.coded()
        distinct, factor = listed.table, listed.codes.astype(np.int64)[index]
    else:
        objects = {id(f): f for f in factors}  # long lists hold few objects, and to hash a rational is costly
        distinct = list(dict.fromkeys(objects.values()))
        code_of = {f: i for i, f in enumerate(distinct)}
        code_of_object = {key: code_of[f] for key, f in objects.items()}
        factor = np.array([code_of_object[id(f)] for f in factors], dtype=np.int64)[index]
    pairs, codes = np.unique(coded.codes.astype(np.int64) * len(distinct) + factor, return_inverse=True)
    table = [coded.table[p // len(distinct)] * distinct[p % len(distinct)] for p in pairs.tolist()]
    return recoded(codes.reshape(-1), table)


def added(first: Values, second: Values) -> CodedValues:
    """Add two columns entry by entry, once for every distinct pair."""
    a, b, codes, pairs = distinct_pairs(first, second)
    return recoded(codes, [a[p // len(b)] + b[p % len(b)] for p in pairs])


def distinct_pairs(
    first: Values, second: Values
) -> tuple[tuple[Any, ...], tuple[Any, ...], NDArray[np.int64], list[int]]:
    """Return both tables, for every position its pair, and the pairs as ``i * len(second table) + j``."""
    a, b = first.coded(), second.coded()
    pairs, codes = np.unique(a.codes.astype(np.int64) * max(len(b.table), 1) + b.codes, return_inverse=True)
    return a.table, b.table, codes.reshape(-1), pairs.tolist()
