"""A `Network` of the program as one of the checker, to compare the readers of the two."""

from __future__ import annotations

from typing import Any

from lumpform.checker.networks.graph import Group, Matrix, Network


def pair(value: Any) -> tuple[int, int]:
    return value.numerator, value.denominator


def function(f: Any) -> tuple[Any, ...]:
    return ("leaky_relu", pair(f.parameters[0])) if f.name == "leaky_relu" else (f.name, *f.parameters)


def converted(network: Any) -> Network:
    """The same groups, ports and arrows; parallel arrows added, zeros dropped."""
    number = {g.name: i for i, g in enumerate(network.graph.groups)}
    groups = [Group(g.size, function(g.function), g.pinned, g.shape) for g in network.graph.groups]
    ports = [[number[p.group] for p in ports] for ports in (network.inputs, network.outputs)]
    result = Network(groups, {}, ports[0], ports[1])
    for arrow in network.graph.arrows:
        rows = range(arrow.weights.shape[0])
        matrix = Matrix.of((u, v, pair(w)) for u in rows for v, w in arrow.weights.row(u))
        result.add((number[arrow.source], arrow.operator, number[arrow.target]), matrix)
    return result


def comparable(network: Network) -> Any:
    """What must be equal for two networks to be the same."""
    arrows = {key: {(u, v): w for u, v, w in m.entries()} for key, m in network.arrows.items()}
    return network.groups, network.inputs, network.outputs, {key: cells for key, cells in arrows.items() if cells}
