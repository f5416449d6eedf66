"""Networks whose planted partition misses being a lumping by a stated amount."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights
from lumpform.networks.network import ONE, Network
from lumpform.numbers.make import from_fractions
from lumpform.strategies.lumpable_networks import LumpableNetwork, lumpable_networks
from lumpform.strategies.networks import NetworkStructure


class NetworkNearMiss(NamedTuple):
    """A network whose `partition` with `scales` is not quite a lumping.

    The weighted sum of `node` over one class differs by `amount` from `scales` times that of `other`, the first node of
    its class. In `lumpable`, from which the network was made, it does not.
    """

    network: Network
    partition: Partition
    scales: tuple[Fraction, ...]
    node: int
    other: int
    amount: Fraction
    lumpable: Network


@st.composite
def network_near_misses(
    draw: DrawFn, *, structure: NetworkStructure = "any", max_exponent: int = 80
) -> NetworkNearMiss:
    """Lumpable networks in which one weight into a merged neuron is larger by ``2^-k`` (k up to `max_exponent`).

    Shrinks towards k = 1 and small networks.
    """
    found = draw(lumpable_networks(structure=structure, dead=False).filter(lambda x: _places(x) != []))
    arrow, u, v = draw(st.sampled_from(_places(found)))
    amount = Fraction(1, 2 ** draw(st.integers(1, max_exponent)))
    graph = found.network.graph
    changed = graph.arrows[arrow]
    rows = _rows(changed)
    rows[u][v] += amount
    weights = DenseWeights(changed.weights.shape, from_fractions(w for row in rows for w in row))
    arrows = list(graph.arrows)
    arrows[arrow] = replace(changed, weights=weights)
    node = graph.offset(changed.target) + v
    first = int(found.partition.representatives[found.partition.class_at(node)])
    scale = found.scales[graph.offset(changed.source) + u]
    network = found.network.with_graph(replace(graph, arrows=tuple(arrows)))
    return NetworkNearMiss(network, found.partition, found.scales, node, first, scale * amount, found.network)


def _places(found: LumpableNetwork) -> list[tuple[int, int, int]]:
    """(arrow, source, target) of weights into merged nodes that are not the first of their class."""
    graph, partition = found.network.graph, found.partition
    result = []
    for number, arrow in enumerate(graph.arrows):
        start = graph.offset(arrow.target)
        if arrow.source != ONE and all(a.operator is None for a in graph.arrows):
            targets = range(graph.group(arrow.target).size)
            merged = [v for v in targets if partition.representatives[partition.class_at(start + v)] != start + v]
            result += [(number, u, v) for v in merged for u in range(graph.group(arrow.source).size)]
    return result


def _rows(arrow: Any) -> list[list[Fraction]]:
    rows = [[Fraction(0)] * arrow.weights.shape[1] for _ in range(arrow.weights.shape[0])]
    for u, row in enumerate(rows):
        for v, w in arrow.weights.row(u):
            row[v] = w
    return rows
