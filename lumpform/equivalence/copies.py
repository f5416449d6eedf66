"""Leaves out groups that only hand on what another group holds, as outputs that are inputs have in files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lumpform.graph.graph import WeightedGraph

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def without_copies(network: Network) -> Network:
    """Return an equal network without groups that are copies of others: linear, and reached by one identity matrix."""
    graph = network.graph
    into: dict[Any, list[Any]] = {g.name: [] for g in graph.groups}
    for arrow in graph.arrows:
        into[arrow.target].append(arrow)
    inputs = {p.group for p in network.inputs}
    stands: dict[str, str] = {}
    for group in graph.groups[1:]:
        if group.name in inputs or not group.function.linear or len(into[group.name]) != 1:
            continue
        arrow: Any = into[group.name][0]
        source = graph.group(arrow.source)
        alike = (source.size, source.shape) == (group.size, group.shape)
        if alike and arrow.operator is None and arrow.weights.is_identity():
            stands[group.name] = stands.get(source.name, source.name)
    if not stands:
        return network
    shown = {stands.get(p.group, p.group) for p in network.outputs}
    groups = tuple(replace(g, pinned=g.pinned or g.name in shown) for g in graph.groups if g.name not in stands)
    arrows = tuple(replace(a, source=stands.get(a.source, a.source)) for a in graph.arrows if a.target not in stands)
    outputs = tuple(replace(p, group=stands.get(p.group, p.group)) for p in network.outputs)
    return replace(network, graph=WeightedGraph(groups, arrows), outputs=outputs)
