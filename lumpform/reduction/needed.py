"""Finds the nodes that outputs need, and leaves out the others: no path of non-zero weights leads from them to one.

The dual of constants: a constant node has nothing worth knowing behind it, an unneeded one nothing before it.
Removing it changes no output, whatever the node functions are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights


def needed(graph: WeightedGraph) -> NDArray[np.bool_]:
    """Return from which nodes a pinned node can be reached, pinned nodes included. O(edges), arrows going forward."""
    mask = np.zeros(graph.nodes, dtype=bool)
    for group in reversed(graph.groups):
        start = graph.offset(group.name)
        span = slice(start, start + group.size)
        if group.pinned:
            mask[span] = True
        if group.function.couples and mask[span].any():
            mask[span] = True
        for arrow in graph.arrows:
            if arrow.target == group.name:
                begin = graph.offset(arrow.source)
                mask[begin : begin + arrow.weights.shape[0]] |= _reaching(arrow.weights, mask[span])
    return mask


def _reaching(weights: Weights, targets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rows with a non-zero entry in one of the chosen columns."""
    if isinstance(weights, SparseWeights):
        out = np.zeros(weights.shape[0], dtype=bool)
        out[weights.row_of_entries()[targets[weights.indices]]] = True
        return out
    nonzero = weights.values.nonzero().reshape(weights.shape)
    return np.asarray((nonzero & targets[None, :]).any(axis=1))


def restricted(graph: WeightedGraph, keep: NDArray[np.bool_]) -> WeightedGraph:
    """Return the graph on the kept nodes; hidden groups and arrows that have become empty are left out."""
    kept = {g.name: np.flatnonzero(keep[graph.offset(g.name) : graph.offset(g.name) + g.size]) for g in graph.groups}
    groups = tuple(replace(g, size=len(kept[g.name])) for g in graph.groups if g.pinned or len(kept[g.name]))
    names = {g.name for g in groups}
    arrows = []
    for arrow in graph.arrows:
        if arrow.source in names and arrow.target in names:
            weights = submatrix(arrow.weights, kept[arrow.source], kept[arrow.target])
            arrows.append(replace(arrow, weights=weights))
    return WeightedGraph(groups, tuple(arrows))


def submatrix(weights: Weights, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Weights:
    """Return some rows and columns of a matrix, in the given order, in the same representation."""
    if isinstance(weights, DenseWeights):
        index = rows[:, None] * weights.shape[1] + columns[None, :]
        return DenseWeights((len(rows), len(columns)), weights.values.take(index.reshape(-1)))
    row_place, column_place = np.full(weights.shape[0], -1), np.full(weights.shape[1], -1)
    row_place[rows], column_place[columns] = np.arange(len(rows)), np.arange(len(columns))
    r, c = row_place[weights.row_of_entries()], column_place[weights.indices]
    chosen = np.flatnonzero((r >= 0) & (c >= 0))
    return SparseWeights.from_coo(r[chosen], c[chosen], weights.values.take(chosen), (len(rows), len(columns)))
