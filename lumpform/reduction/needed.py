"""Finds the nodes that outputs need, and leaves out the others: no path of non-zero weights leads from them to one.

The dual of constants: a constant node has nothing worth knowing behind it, an unneeded one nothing before it.
Removing it changes no output, whatever the node functions are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import Weights
from lumpform.networks.recurrent import is_delay


def needed(graph: WeightedGraph) -> NDArray[np.bool_]:
    """Return from which nodes a pinned node can be reached, pinned nodes included.

    O(edges) where arrows go forward; with delays, which may go back, times the longest way at most.
    """
    mask = np.zeros(graph.nodes, dtype=bool)
    found, again = -1, True
    while again:
        found, before = _once(graph, mask), found
        again = found != before and any(is_delay(a.operator) for a in graph.arrows)
    return mask


def _once(graph: WeightedGraph, mask: NDArray[np.bool_]) -> int:
    """Go through all groups, the last one first, and mark what is needed for what is marked; returns how many are."""
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
    return int(mask.sum())


def _reaching(weights: Weights, targets: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which rows have a non-zero entry in one of the chosen columns."""
    out = np.zeros(weights.shape[0], dtype=bool)
    rows, columns, _ = weights.triples()
    out[rows[targets[columns]]] = True
    return out


def restricted(graph: WeightedGraph, keep: NDArray[np.bool_]) -> WeightedGraph:
    """Return the graph on the kept nodes; hidden groups and arrows that have become empty are left out."""
    kept = {g.name: np.flatnonzero(keep[graph.offset(g.name) : graph.offset(g.name) + g.size]) for g in graph.groups}
    groups = tuple(replace(g, size=len(kept[g.name])) for g in graph.groups if g.pinned or len(kept[g.name]))
    names = {g.name for g in groups}
    arrows = []
    for arrow in graph.arrows:
        if arrow.source in names and arrow.target in names:
            weights = arrow.weights.select(kept[arrow.source], kept[arrow.target])
            arrows.append(replace(arrow, weights=weights))
    return WeightedGraph(groups, tuple(arrows))
