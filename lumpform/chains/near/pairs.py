"""Finds which classes of a chain may have a row in common: pairs of rows that are within two epsilons, were they one.

What leads into either of two classes that become one counts as the same. In what is left the larger part counts, what
one row has more or what it has less: both rows have the same sum, so the class itself makes up for the rest. So rows
are seen without their own class, those of generators and others alike.

A pair that is near shares a column in which one of them has more than two epsilons, or neither has much outside of both
classes. So every row looks up the shortest column in which it has so much; no table of all pairs is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lumpform.chains.near.centres import CLOSE
from lumpform.chains.near.grouped import Index
from lumpform.graph.entries import entries_of_rows

MOST = 2_000_000
"""So many pairs are measured, those of the rows that share their column with the fewest first."""

PAIRS = 20_000
"""So many pairs are looked at in one pass, the nearest first."""

AT_ONCE = 100_000
"""So many pairs are measured at once."""


def near_pairs(rows: Any, start: Index, epsilon: float) -> list[tuple[int, int]]:
    """Return pairs of classes whose rows are within two epsilons, were they merged; the nearest first.

    Parameters
    ----------
    rows : (k, k) csr_array of floats
        A row of every class.
    start : (k,) int
        What must be equal.
    epsilon : float
    """
    one, other = candidates(rows, start, 2 * epsilon * (1 + CLOSE))
    distances = [merged_apart(rows, one[k : k + AT_ONCE], other[k : k + AT_ONCE]) for k in range(0, len(one), AT_ONCE)]
    apart = np.concatenate([np.zeros(0), *distances])
    near = np.flatnonzero(apart <= 2 * epsilon * (1 + CLOSE))
    even = np.round(apart[near] / (epsilon * CLOSE))  # of pairs that are equally near the first comes first
    near = near[np.argsort(even, kind="stable")[:PAIRS]]
    return list(zip(one[near].tolist(), other[near].tolist(), strict=True))


def candidates(rows: Any, start: Index, reach: float) -> tuple[Index, Index]:
    """Return pairs of one start that may be within reach, the smaller number first: all of them, but for `MOST`."""
    k = len(start)
    owner = np.repeat(np.arange(k), np.diff(rows.indptr))
    outside = owner != rows.indices
    leaving = np.bincount(owner[outside], rows.data[outside], k)
    columns = rows.T.tocsr()
    lengths = np.diff(columns.indptr)
    much = np.flatnonzero(outside & (rows.data > reach))
    much = much[np.lexsort((lengths[rows.indices[much]], owner[much]))]
    looking, first = np.unique(owner[much], return_index=True)
    column = rows.indices[much[first]].astype(np.int64)
    order = np.argsort(lengths[column], kind="stable")
    looking, column = looking[order], column[order]
    looking = looking[: np.searchsorted(np.cumsum(lengths[column]), MOST)]
    column = column[: len(looking)]
    places, pointers = entries_of_rows(columns.indptr, column)
    shared = np.repeat(looking, np.diff(pointers)), columns.indices[places].astype(np.int64)
    edges = owner[outside], rows.indices[outside].astype(np.int64)
    # those that have little outside of both: nothing much at all, or only in the other, which is an edge
    light = np.flatnonzero(leaving <= reach)
    light = light if len(light) ** 2 <= MOST else light[:0]
    both = np.nonzero(np.triu(np.equal.outer(start[light], start[light]), 1))
    diffuse = np.setdiff1d(np.flatnonzero(leaving > reach), owner[much])
    if len(diffuse) * k > MOST:
        diffuse = diffuse[:0]
    wide = np.repeat(diffuse, k), np.tile(np.arange(k), len(diffuse))
    one = np.concatenate((shared[0], edges[0], light[both[0]], wide[0]))
    other = np.concatenate((shared[1], edges[1], light[both[1]], wide[1]))
    one, other = np.minimum(one, other), np.maximum(one, other)
    kept = (one != other) & (start[one] == start[other])
    key = np.unique(one[kept] * k + other[kept])
    return key // max(k, 1), key % max(k, 1)


def merged_apart(rows: Any, one: Index, other: Index) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the total variation distances of pairs of rows, were their classes one. O(entries of the pairs)."""
    difference = (rows[one] - rows[other]).tocsr()
    pair = np.repeat(np.arange(len(one)), np.diff(difference.indptr))
    out = (difference.indices != one[pair]) & (difference.indices != other[pair])
    values, pair = difference.data[out], pair[out]
    more = np.bincount(pair, np.maximum(values, 0), len(one))
    return np.maximum(more, np.bincount(pair, np.maximum(-values, 0), len(one)))
