"""Folds channels: clusters of alike ones become their mean, without data; what others do, to compare with.

After *model folding* (Wang and others, ICLR 2025), with Ward's linkage in place of k-means and without its repair of
statistics, which needs normalisation layers. Groups that are tied (`lumpform.reduction.channel_magnitude.ties`) have
the same clusters: those of all weights into them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.reduction.channel_magnitude import inside, ties

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Floats = NDArray[np.float64]


def by_channel_folding(network: Network, keep: float) -> Network:
    """Replace clusters of channels (and neurons) of every hidden group by their means.

    Parameters
    ----------
    network : Network
    keep : float
        The share that stays in every group (rounded, at least one).

    Returns
    -------
    Network
        Weights in are means over a cluster, weights out are sums, in float64. O(m^2 weights) for m channels.
    """
    graph = network.graph
    for tied in ties(graph):
        groups = [graph.group(name) for name in tied]
        count = max(1, round(keep * groups[0].size))
        if count < groups[0].size and not any(g.pinned or g.function.couples for g in groups):
            graph = _folded(graph, tied, count)
    return network.with_graph(graph)


def _folded(graph: WeightedGraph, tied: list[str], count: int) -> WeightedGraph:
    """Return the graph in which tied groups have so many channels."""
    members = _clusters(graph, tied, count)
    means = (members / members.sum(axis=1, keepdims=True)).T
    arrows = []
    for arrow in graph.arrows:
        if arrow.source in tied or arrow.target in tied:
            weights = arrow.weights.floats()
            weights = members @ weights if arrow.source in tied else weights
            weights = weights @ means if arrow.target in tied else weights
            arrow = replace(arrow, weights=DenseWeights.from_array(np.ascontiguousarray(weights)))
        arrows.append(arrow)
    groups = tuple(replace(g, size=count) if g.name in tied else g for g in graph.groups)
    return WeightedGraph(groups, tuple(arrows))


def _clusters(graph: WeightedGraph, tied: list[str], count: int) -> Floats:
    """Return which channel is in which cluster, (clusters, channels), 1 or 0."""
    from scipy.cluster.hierarchy import cut_tree, linkage

    into = [a.weights.floats().T for a in graph.arrows if a.target in tied and not inside(a, tied)]
    size = graph.group(tied[0]).size
    incoming = np.concatenate([*into, np.zeros((size, 1))], axis=1)
    labels = cut_tree(linkage(incoming, "ward"), n_clusters=count).reshape(-1)
    return np.eye(count)[labels].T
