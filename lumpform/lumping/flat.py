"""Lays the edges that nodes are seen by out as one compressed-row matrix of residues over all nodes: what kernels read.

Several arrows need no copies of nodes: every arrow (on every side) has a random factor of its own, so that one random
linear functional of all its class sums is ``sum over arrows a and classes C of f_a r_C S(a, C)``, which vanishes at
random only with probability 2 / p if some sum does not.

A row of truth values is a *set*: its functional is the sum of r_C over the classes that it has. Rows are sets in one
range of nodes. Where a node sees truth values and something else, a helper stands for the set: an edge of weight 1
leads to it, and two helpers are in one class exactly if their sets are equal.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.edges import looked_at
from lumpform.numbers.residues import PRIME

Range = tuple[int, int]


@dataclass(frozen=True)
class Seen:
    """Holds an arrow as the nodes at one end see it.

    Attributes
    ----------
    weights : SparseWeights
        Row u is what the node ``near + u`` sees; column v is the node ``far + v``.
    near, far : int
    boolean : bool
    """

    weights: SparseWeights
    near: int
    far: int
    boolean: bool


@dataclass(frozen=True)
class Flat:
    """Holds rows of residues, the first of them for the nodes of a graph, the others for helpers.

    Attributes
    ----------
    indptr : (rows + 1,) int64 array
    indices : (entries,) int32 array
    data, table : arrays
        Entry e has the residue ``table[data[e]]``, or ``data[e]`` if `table` is None.
    sets : (low, high)
        The rows that are sets.
    start : Partition of the rows
    """

    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    data: NDArray[Any]
    table: NDArray[np.uint64] | None
    sets: Range
    start: Partition

    @property
    def longest_set(self) -> int:
        """Return the largest number of entries of a row that is a set."""
        low, high = self.sets
        return int(np.diff(self.indptr[low : high + 1]).max(initial=0))


def seen_arrows(graph: WeightedGraph, view: View) -> list[Seen]:
    """Return the arrows as nodes see them under a view. O(edges log) where a side needs a transposed matrix."""
    result = []
    for _, side, arrow in looked_at(graph, view):
        near, far = graph.offset(arrow.source), graph.offset(arrow.target)
        weights = arrow.weights.to_sparse()
        if side == "in":
            weights, near, far = weights.transpose(), far, near
        result.append(Seen(weights, near, far, arrow.boolean))
    return result


def flat(arrows: Sequence[Seen], start: Partition) -> Flat:
    """Return the rows of all nodes of a graph. O(edges)."""
    n = len(start)
    if len(arrows) == 1 and arrows[0].weights.shape == (n, n):
        (arrow,) = arrows
        data, table = arrow.weights.values.residues(PRIME)
        return Flat(arrow.weights.indptr, arrow.weights.indices, data, table, (0, n if arrow.boolean else 0), start)
    sets = [a for a in arrows if a.boolean]
    alone = len(sets) == 1 and all(a is sets[0] or not _overlap(a, sets[0]) for a in arrows)
    pieces, helpers = [], n
    for arrow in arrows:
        if not arrow.boolean:
            pieces.append(_Piece(arrow.weights, arrow.near, arrow.far, secrets.randbelow(PRIME - 1) + 1))
        elif alone:
            pieces.append(_Piece(arrow.weights, arrow.near, arrow.far, 1))
        else:
            rows = arrow.weights.shape[0]
            pieces.append(_Piece(SparseWeights.identity(rows), arrow.near, helpers, secrets.randbelow(PRIME - 1) + 1))
            pieces.append(_Piece(arrow.weights, helpers, arrow.far, 1))
            helpers += rows
    span = (sets[0].near, sets[0].near + sets[0].weights.shape[0]) if alone else (n, helpers)
    return _together(pieces, helpers, span, _with_helpers(start, sets, helpers))


def _overlap(first: Seen, second: Seen) -> bool:
    """Tell whether some node sees both arrows."""
    a, b = (first.near, first.near + first.weights.shape[0]), (second.near, second.near + second.weights.shape[0])
    return max(a[0], b[0]) < min(a[1], b[1])


def _with_helpers(start: Partition, sets: Sequence[Seen], rows: int) -> Partition:
    """Return the start with the helpers of every arrow in a class of their own."""
    if rows == len(start):
        return start
    classes = [np.full(a.weights.shape[0], start.count + i) for i, a in enumerate(sets)]
    return Partition(np.concatenate([start.class_of.astype(np.int64), *classes]))


@dataclass(frozen=True)
class _Piece:
    """Holds a matrix whose first row is row `near`, whose first column is node `far`, with its factor."""

    weights: SparseWeights
    near: int
    far: int
    factor: int


def _together(pieces: Sequence[_Piece], rows: int, sets: Range, start: Partition) -> Flat:
    lengths = np.zeros(rows + 1, dtype=np.int64)
    for p in pieces:
        lengths[p.near + 1 : p.near + 1 + p.weights.shape[0]] += np.diff(p.weights.indptr)
    indptr = np.cumsum(lengths)
    data, table = _residues(pieces)
    indices, merged = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=data.dtype)
    filled, taken = indptr[:-1].copy(), 0
    for p in pieces:
        height, own = p.weights.shape[0], np.diff(p.weights.indptr)
        here = slice(p.near, p.near + height)
        at = np.arange(p.weights.nnz) + np.repeat(filled[here] - p.weights.indptr[:-1], own)
        indices[at] = p.weights.indices + np.int32(p.far)
        merged[at] = data[taken : taken + p.weights.nnz]
        filled[here] += own
        taken += p.weights.nnz
    return Flat(indptr, indices, merged, table, sets, start)


def _residues(pieces: Sequence[_Piece]) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
    """Return all residues times their factors, piece after piece: as codes and a table, if all pieces are coded."""
    parts = [p.weights.values.residues(PRIME) for p in pieces]
    if all(table is not None for _, table in parts):
        codes, table, size = [], [], 0
        for p, (data, residues) in zip(pieces, parts, strict=True):
            listed = [] if residues is None else residues.tolist()
            codes.append(data.astype(np.int64) + size)
            table += [r * p.factor % PRIME for r in listed]
            size += len(listed)
        kind = np.min_scalar_type(max(size - 1, 0))
        merged = np.concatenate(codes) if codes else np.zeros(0, dtype=np.int64)
        return merged.astype(kind), np.array(table or [0], dtype=np.uint64)
    from lumpform.lumping.rounds import times_factor

    whole = [data if table is None else table[data] for data, table in parts]
    columns = [times_factor(c, np.uint64(p.factor)) for p, c in zip(pieces, whole, strict=True)]
    return np.concatenate(columns), None
