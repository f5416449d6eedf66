"""Multiply matrices of which one has few entries, exactly: what folding a group does to the arrows around it."""

from __future__ import annotations

import numpy as np

from lumpform.graph.entries import taken_or_zero
from lumpform.graph.weights import Weights


def is_monomial(weights: Weights) -> bool:
    """Tell whether a matrix has at most one entry in every row and every column."""
    if weights.nnz > min(weights.shape):
        return False
    rows, columns, _ = weights.triples()
    return all(int(np.bincount(places).max(initial=0)) <= 1 for places in (rows, columns))


def handed_on(copied: Weights, weights: Weights) -> list[Weights]:
    """Return the product of a matrix of ones, at most one in a column, and another, as parts that are to be added."""
    sparse = copied.to_sparse()
    parts = []
    for turn in range(sparse.max_row_length):  # the first copy of every source, then the second, ...
        rows = np.full(sparse.shape[0], -1, dtype=np.int64)
        several = np.flatnonzero(np.diff(sparse.indptr) > turn)
        rows[several] = sparse.indices[sparse.indptr[several] + turn]
        parts.append(weights if np.array_equal(rows, np.arange(weights.shape[0])) else weights.select(rows, None))
    return parts


def onward(arriving: Weights, weights: Weights) -> Weights:
    """Return the product of a matrix and one with at most one entry in every row and column."""
    if weights.is_identity():
        return arriving
    rows, columns, values = weights.triples()
    source, entry = np.full((2, weights.shape[1]), -1, dtype=np.int64)
    source[columns], entry[columns] = rows, np.arange(len(rows))
    chosen = None if np.array_equal(source, np.arange(arriving.shape[1])) else source
    return arriving.select(None, chosen).scaled_by(columns=taken_or_zero(values, entry))
