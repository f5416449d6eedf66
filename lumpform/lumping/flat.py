"""Lays the edges that nodes are seen by out as one compressed-row matrix of residues: what the kernels read.

Several arrows need no copies of nodes: every arrow (on every side) has a random factor of its own, so that one random
linear functional of all its class sums is ``sum over arrows a and classes C of f_a r_C S(a, C)``, which vanishes at
random only with probability 2 / p if some sum does not.

Without truth values, row s is what node s sees. With them, a node has several rows, and what it sees is the *set* of
their values: one row of all numbers, and one for each edge of an arrow of truth values, with a tag for the arrow. The
choices of a decision process are not nodes here at all: nobody but their state sees them, so what the state has of a
choice is the choice's own row, with a tag for what the choice is told apart by. They get their classes in the end.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.entries import ones
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.edges import looked_at
from lumpform.numbers.kernel import unwritable
from lumpform.numbers.residues import PRIME

Index = NDArray[np.int64]


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

    def row(self, node: int) -> list[tuple[int, Any]]:
        """Return the edges that a node of the graph sees, as pairs (node at the other end, exact weight)."""
        row = node - self.near
        if not 0 <= row < self.weights.shape[0]:
            return []
        return [(self.far + t, weight) for t, weight in self.weights.row(row)]


@dataclass(frozen=True)
class Flat:
    """Holds rows of residues.

    Attributes
    ----------
    indptr : (rows + 1,) int64 array
    indices : (entries,) int32 array
    data, table : arrays
        Entry e has the residue ``table[data[e]]``, or ``data[e]`` if `table` is None.
    start : Partition of the nodes
    first_row : (nodes + 1,) int64 array or None
        Node s has the rows ``first_row[s]:first_row[s + 1]``; None: every node has its own.
    tags : (rows,) uint32 array or None
        What rows are told apart by besides their values; below 2^31.
    hidden : Partition or None
        The start of the choices that are no nodes here; the rows are theirs, in order.
    """

    indptr: Index
    indices: NDArray[np.int32]
    data: NDArray[Any]
    table: NDArray[np.uint64] | None
    start: Partition
    first_row: Index | None = None
    tags: NDArray[np.uint32] | None = None
    hidden: Partition | None = None

    def __post_init__(self) -> None:
        for name in ("indptr", "indices", "data", "table", "first_row"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, unwritable(array))

    @property
    def longest(self) -> int:
        """Return the largest number of rows of a node."""
        return 1 if self.first_row is None else int(np.diff(self.first_row).max(initial=1))

    def records(self) -> NDArray[Any]:
        """Return a record `rounds.ROW` for every row of nodes that have several."""
        from lumpform.lumping.pool import ONLY
        from lumpform.lumping.rounds import ROW

        rows = np.empty(len(self.indptr) - 1, dtype=ROW)
        if self.first_row is not None:
            lengths = np.diff(self.first_row)
            rows["owner"] = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
            rows["tag"] = 0 if self.tags is None else self.tags
            rows["tag"][self.first_row[:-1][lengths == 1]] |= ONLY
        return rows


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
    if len(arrows) == 1 and arrows[0].weights.shape == (n, n) and not arrows[0].boolean:
        (arrow,) = arrows
        data, table = arrow.weights.values.residues(PRIME)
        return Flat(arrow.weights.indptr, arrow.weights.indices, data, table, start)
    if not any(a.boolean for a in arrows):
        return _together([_piece(a, a.near + np.arange(a.weights.shape[0])) for a in arrows], n, start)
    choices = _choices(arrows, n)
    if choices is None:
        return _with_sets(arrows, start)
    return _without_choices([a for a in arrows if not a.boolean], choices, start)


def _choices(arrows: Sequence[Seen], nodes: int) -> Seen | None:
    """Return the arrow to choices, if there are states and choices only, and each choice is seen by one state."""
    sets, numbers = [a for a in arrows if a.boolean], [a for a in arrows if not a.boolean]
    states, m = sets[0].weights.shape
    split = (sets[0].near, sets[0].far, states + m) == (0, states, nodes)
    seen = all((a.near, a.far) == (states, 0) and a.weights.shape == (m, states) for a in numbers)
    alone = len(sets) == 1 and split and seen and np.array_equal(sets[0].weights.indices, np.arange(m))
    return sets[0] if alone else None


def _without_choices(numbers: Sequence[Seen], choices: Seen, start: Partition) -> Flat:
    """Return rows in which states have those of their choices."""
    states, m = choices.weights.shape
    rows = _together([_piece(a, np.arange(m)) for a in numbers], m, Partition(start.class_of[:states]))
    hidden = Partition(start.class_of[states:])
    return replace(rows, first_row=choices.weights.indptr, tags=hidden.class_of.view(np.uint32), hidden=hidden)


def _with_sets(arrows: Sequence[Seen], start: Partition) -> Flat:
    """Return rows in which a node has one of all numbers, and one for each truth value."""
    n = len(start)
    count = np.ones(n, dtype=np.int64)
    for a in arrows:
        if a.boolean:
            count[a.near : a.near + a.weights.shape[0]] += np.diff(a.weights.indptr)
    first_row = np.concatenate(([0], np.cumsum(count)))
    taken, tags, pieces = np.ones(n, dtype=np.int64), np.zeros(first_row[-1], dtype=np.uint32), []
    for number, a in enumerate(arrows, start=1):
        here = np.arange(a.near, a.near + a.weights.shape[0])
        if not a.boolean:
            pieces.append(_piece(a, first_row[here]))
            continue
        lengths = np.diff(a.weights.indptr)
        at = np.arange(a.weights.nnz) + np.repeat(first_row[here] + taken[here] - a.weights.indptr[:-1], lengths)
        shape, edges = (a.weights.nnz, a.weights.shape[1]), np.arange(a.weights.nnz + 1)
        single = SparseWeights(shape, edges, a.weights.indices, ones(a.weights.nnz))
        pieces.append(_Piece(single, at, a.far, 1))
        tags[at] = number
        taken[here] += lengths
    return replace(_together(pieces, int(first_row[-1]), start), first_row=first_row, tags=tags)


@dataclass(frozen=True)
class _Piece:
    """Holds a matrix whose row r belongs into row ``at[r]``, whose first column is node `far`, with its factor."""

    weights: SparseWeights
    at: Index
    far: int
    factor: int


def _piece(arrow: Seen, at: Index) -> _Piece:
    return _Piece(arrow.weights, at, arrow.far, secrets.randbelow(PRIME - 1) + 1)


def _together(pieces: Sequence[_Piece], rows: int, start: Partition) -> Flat:
    lengths = np.zeros(rows + 1, dtype=np.int64)
    for p in pieces:
        lengths[p.at + 1] += np.diff(p.weights.indptr)
    indptr = np.cumsum(lengths)
    data, table = _residues(pieces)
    if len(pieces) == 1 and len(pieces[0].at) == rows:
        return Flat(indptr, pieces[0].weights.indices + np.int32(pieces[0].far), data, table, start)
    indices, merged = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=data.dtype)
    filled, taken = indptr[:-1].copy(), 0
    for p in pieces:
        own = np.diff(p.weights.indptr)
        at = np.arange(p.weights.nnz) + np.repeat(filled[p.at] - p.weights.indptr[:-1], own)
        indices[at] = p.weights.indices + np.int32(p.far)
        merged[at] = data[taken : taken + p.weights.nnz]
        filled[p.at] += own
        taken += p.weights.nnz
    return Flat(indptr, indices, merged, table, start)


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
