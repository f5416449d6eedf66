"""Calculates with matrices of weights exactly: rows and columns chosen, scaled, added; nothing is rounded.

A matrix stays dense or sparse as it is, and floats stay floats where no arithmetic happens to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import column_of_table, exact_values, recoded

Index = NDArray[np.int64]


def ones(count: int) -> CodedValues:
    """Return a column of ones."""
    return CodedValues(np.zeros(count, dtype=np.uint8), (Fraction(1),))


def selection(rows: Any, columns: Any, shape: tuple[int, int]) -> SparseWeights:
    """Return the matrix with ones at the given places, each named once, and zeros elsewhere."""
    return SparseWeights.from_coo(rows, columns, ones(len(rows)), shape)


def identity(size: int) -> SparseWeights:
    """Return the identity matrix."""
    return SparseWeights((size, size), np.arange(size + 1), np.arange(size, dtype=np.int32), ones(size))


def entries(weights: Weights) -> Iterator[tuple[int, int, Any]]:
    """Yield the entries that are not zero as (row, column, exact value), row by row."""
    sparse = sparse_of(weights)
    places = sparse.row_of_entries().tolist(), sparse.indices.tolist()
    yield from zip(*places, sparse.values.fractions(), strict=True)


def sparse_of(weights: Weights) -> SparseWeights:
    """Return a matrix without its zeros. O(entries)."""
    if isinstance(weights, SparseWeights):
        return weights
    height, width = weights.shape
    chosen = np.flatnonzero(weights.values.nonzero())
    indptr = np.searchsorted(chosen, np.arange(height + 1) * width)
    return SparseWeights(weights.shape, indptr, (chosen % max(width, 1)).astype(np.int32), weights.values.take(chosen))


def selected(weights: Weights, rows: Index | None, columns: Index | None) -> Weights:
    """Return the matrix of the given rows and columns of another one; -1 stands for zeros, None for all in order.

    A row or column may be named several times in a dense matrix, at most once in a sparse one. O(entries).
    """
    if rows is None and columns is None:
        return weights
    if isinstance(weights, DenseWeights):
        height, width = weights.shape
        r = np.arange(height) if rows is None else rows
        c = np.arange(width) if columns is None else columns
        index = np.where((r[:, None] < 0) | (c[None, :] < 0), -1, r[:, None] * width + c[None, :])
        return DenseWeights((len(r), len(c)), taken_or_zero(weights.values, index.reshape(-1)))
    r, height = _moved(weights.row_of_entries(), weights.shape[0], rows)
    c, width = _moved(weights.indices, weights.shape[1], columns)
    keep = (r >= 0) & (c >= 0)
    return SparseWeights.from_coo(r[keep], c[keep], weights.values.take(keep), (height, width))


def _moved(index: NDArray[Any], count: int, chosen: Index | None) -> tuple[Index, int]:
    """Return where the rows (or columns) of entries go when some are chosen: -1 for those that are not."""
    if chosen is None:
        return index.astype(np.int64), count
    where = np.full(count + 1, -1, dtype=np.int64)
    where[chosen] = np.arange(len(chosen))
    where[-1] = -1
    return where[index], len(chosen)


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


def scaled(weights: Weights, rows: Sequence[Any] | None = None, columns: Sequence[Any] | None = None) -> Weights:
    """Return a matrix whose rows and columns are multiplied by exact numbers. O(distinct products), plus O(entries)."""
    kept = weights if isinstance(weights, SparseWeights) else None
    where = np.arange(len(weights.values))
    width = max(weights.shape[1], 1)
    r = where // width if kept is None else kept.row_of_entries().astype(np.int64)
    c = where % width if kept is None else kept.indices.astype(np.int64)
    values = weights.values
    for index, factors in ((r, rows), (c, columns)):
        if factors is not None and any(f != 1 for f in factors):
            values = times(values, index, factors)
    if values is weights.values:
        return weights
    if kept is None:
        return DenseWeights(weights.shape, values)
    return SparseWeights.from_coo(r, c, values, weights.shape)


def times(values: Values, index: Index, factors: Sequence[Any]) -> Values:
    """Multiply entry i of a column by ``factors[index[i]]``, once for every distinct pair."""
    coded = values.coded()
    distinct = list(dict.fromkeys(factors))
    code_of = {f: i for i, f in enumerate(distinct)}
    factor = np.array([code_of[f] for f in factors], dtype=np.int64)[index]
    pairs, codes = np.unique(coded.codes.astype(np.int64) * len(distinct) + factor, return_inverse=True)
    table = [coded.table[p // len(distinct)] * distinct[p % len(distinct)] for p in pairs.tolist()]
    return recoded(codes.reshape(-1), table)


def plus(first: Weights, second: Weights) -> Weights:
    """Return the exact sum of two matrices; dense if one of them is. O(entries) exact additions."""
    if isinstance(first, SparseWeights) and isinstance(second, SparseWeights):
        rows = np.concatenate([m.row_of_entries() for m in (first, second)])
        columns = np.concatenate([m.indices for m in (first, second)])
        values = exact_values([*first.values.fractions(), *second.values.fractions()])
        return SparseWeights.from_coo(rows, columns, values, first.shape)
    parts = [m.values if isinstance(m, DenseWeights) else full(m).values for m in (first, second)]
    a, b = (p.coded() for p in parts)
    pairs, codes = np.unique(a.codes.astype(np.int64) * max(len(b.table), 1) + b.codes, return_inverse=True)
    table = [a.table[p // len(b.table)] + b.table[p % len(b.table)] for p in pairs.tolist()]
    return DenseWeights(first.shape, recoded(codes.reshape(-1), table))


def full(weights: Weights) -> DenseWeights:
    """Return a matrix with its zeros. O(rows * columns)."""
    if isinstance(weights, DenseWeights):
        return weights
    index = np.full(weights.shape, -1, dtype=np.int64)
    index[weights.row_of_entries(), weights.indices] = np.arange(weights.nnz)
    return DenseWeights(weights.shape, taken_or_zero(weights.values, index.reshape(-1)))


def is_identity(weights: Weights) -> bool:
    """Say whether a matrix is the identity."""
    if weights.shape[0] != weights.shape[1] or weights.nnz != weights.shape[0]:
        return False
    sparse = sparse_of(weights)
    places = np.arange(weights.shape[0])
    return bool((sparse.indices == places).all() and (sparse.indptr[:-1] == places).all()) and all_ones(sparse)


def all_ones(weights: Weights) -> bool:
    """Say whether all entries that are not zero are 1."""
    return all(v == 1 for v in sparse_of(weights).values.coded().table)
