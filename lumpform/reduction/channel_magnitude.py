"""Removes channels by the size of their weights, and puts nothing in their place: what others do, to compare with.

Groups whose channels go one to one into those of another group (pooling, residual sums, depthwise convolutions) are
tied: channel i stays in all of them or in none. That ties have to be found first, and that the size of a channel is
then that of all weights tied to it, is the idea of DepGraph (Fang, Ma, Song, Mi, Wang, *DepGraph: towards any
structural pruning*, CVPR 2023).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.reduction.needed import restricted

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def by_channel_magnitude(network: Network, keep: float, how: Literal["filters", "group"] = "filters") -> Network:
    """Remove the channels (and neurons) with the smallest weights from every hidden group.

    Parameters
    ----------
    network : Network
    keep : float
        The share that stays in every group (rounded, at least one).
    how : {"filters", "group"}
        The sum of the absolute values of the weights that come in, biases left out, over all tied groups; or the root
        of the squares of all weights that come in or go out.

    Returns
    -------
    Network
        Weights are those of the original. O(weights).
    """
    graph = network.graph
    stay = np.ones(graph.nodes, dtype=bool)
    for tied in ties(graph):
        size = graph.group(tied[0]).size
        if any(graph.group(name).pinned or graph.group(name).function.couples for name in tied):
            continue
        kept = np.argsort(-_sizes(graph, tied, how), kind="stable")[: max(1, round(keep * size))]
        for name in tied:
            stay[graph.offset(name) : graph.offset(name) + size] = False
            stay[graph.offset(name) + kept] = True
    return network.with_graph(restricted(graph, stay))


def ties(graph: WeightedGraph) -> list[list[str]]:
    """Return the hidden and pinned groups, tied ones together, in their order."""
    leader = {g.name: g.name for g in graph.groups}
    for arrow in graph.arrows:
        if _diagonal(arrow) and graph.group(arrow.source).size > 1:
            old, new = leader[arrow.target], leader[arrow.source]
            leader = {name: new if led == old else led for name, led in leader.items()}
    found: dict[str, list[str]] = {}
    for group in graph.groups:
        found.setdefault(leader[group.name], []).append(group.name)
    return list(found.values())


def inside(arrow: Arrow, tied: list[str]) -> bool:
    """Tell whether an arrow is one of those that tie groups."""
    return arrow.source in tied and arrow.target in tied and _diagonal(arrow)


def _diagonal(arrow: Arrow) -> bool:
    rows, columns, _ = arrow.weights.triples()
    square = arrow.weights.shape[0] == arrow.weights.shape[1]
    return square and len(rows) > 0 and bool(np.array_equal(rows, columns))


def _sizes(graph: WeightedGraph, tied: list[str], how: str) -> Any:
    total = np.zeros(graph.group(tied[0]).size)
    for arrow in graph.arrows:
        if arrow.source == graph.unit or inside(arrow, tied):
            continue
        weights = arrow.weights.floats()
        if how == "filters":
            total += abs(weights).sum(axis=0) if arrow.target in tied else 0.0
            continue
        total += (weights**2).sum(axis=0) if arrow.target in tied else 0.0
        total += (weights**2).sum(axis=1) if arrow.source in tied else 0.0
    return total
