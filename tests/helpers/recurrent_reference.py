"""The coarsest lumping of a recurrent network as T0 defines it, in plain dictionaries, and its quotient."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights
from lumpform.networks.network import ONE, Network
from lumpform.numbers.make import from_fractions

Place = tuple[Any, Fraction]
"""The class of a node and its scale: the unit's class is (ONE, 0), and what is zero has the scale 0 in it."""


def coarsest(network: Network) -> dict[tuple[str, int], Place]:
    """Return the least lumping of T0 for ReLU and identity: from the unit, inputs and outputs until nothing changes."""
    graph = network.graph
    nodes = [(g, i) for g in graph.groups for i in range(g.size)]
    place: dict[Any, Place] = {(g.name, i): ((g.name, i), Fraction(g.pinned)) for g, i in nodes}
    place |= {(g.name, i): ((ONE, 0), Fraction(0)) for g, i in nodes if not g.pinned}
    edges: dict[Any, list[Any]] = {key: [] for key in place}
    for a in graph.arrows:
        for u, v, w in a.weights.entries():
            edges[a.target, v].append((a.operator, (a.source, u), w))
    while True:
        forms: dict[Any, Any] = {}  # the first node of every direction, and its factor
        after = dict(place)
        for g, i in nodes:
            if g.pinned:
                continue
            sums: dict[Any, Fraction] = {}
            for operator, u, w in edges[g.name, i]:
                key = operator, place[u][0]
                sums[key] = sums.get(key, Fraction(0)) + w * place[u][1]
            sums = {key: value for key, value in sums.items() if value}
            if set(sums) <= {(None, (ONE, 0))}:
                bias = sum(sums.values(), Fraction(0))
                after[g.name, i] = (ONE, 0), max(bias, Fraction(0)) if g.function.name == "relu" else bias
                continue
            factor = sums[min(sums, key=repr)]
            factor = factor if g.function.linear else abs(factor)
            form = g.name, frozenset((key, value / factor) for key, value in sums.items())
            first, of_first = forms.setdefault(form, ((g.name, i), factor))
            after[g.name, i] = first, factor / of_first
        if after == place:
            return place
        place = after


def as_partition(network: Network, place: dict[tuple[str, int], Place]) -> tuple[Partition, tuple[Fraction, ...]]:
    """Return the partition of the nodes in order, and their scales."""
    numbers: dict[Any, int] = {}
    labels = [numbers.setdefault(c, len(numbers)) for c, _ in place.values()]
    return Partition(labels), tuple(scale for _, scale in place.values())


def quotient(network: Network, place: dict[tuple[str, int], Place]) -> Network:
    """Return the network with one node for every class, in the group of its first node."""
    kept = {g.name: [i for i in range(g.size) if place[g.name, i] == ((g.name, i), 1)] for g in network.graph.groups}
    sums: dict[Any, dict[Any, Fraction]] = {}
    for a in network.graph.arrows:
        for u, v, w in a.weights.entries():
            (group, index), scale = place[a.source, u]
            if v in kept[a.target] and scale:
                entry = sums.setdefault((group, a.target, a.operator), {})
                at = kept[group].index(index), kept[a.target].index(v)
                entry[at] = entry.get(at, Fraction(0)) + scale * w
    arrows = []
    for (source, target, operator), entries in sums.items():
        shape = len(kept[source]), len(kept[target])
        flat = [entries.get((u, v), Fraction(0)) for u in range(shape[0]) for v in range(shape[1])]
        weights = DenseWeights(shape, from_fractions(flat))
        arrows.append(Arrow(f"{source} to {target} {operator}", source, target, weights, operator))
    groups = tuple(type(g)(g.name, len(kept[g.name]), g.function, g.pinned) for g in network.graph.groups)
    return network.with_graph(WeightedGraph(groups, tuple(arrows)))
