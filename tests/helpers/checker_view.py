"""A `Network` of the program as one of the checker, to compare the readers of the two."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.graph import Group, Matrix, Network, Port


def pair(value: Any) -> tuple[int, int]:
    return value.numerator, value.denominator


def function(f: Any) -> tuple[Any, ...]:
    if f.name == "leaky_relu":
        return ("leaky_relu", pair(f.parameters[0]))
    if f.name == "max_pool" and len(f.parameters) == 3:
        return ("max_pool", *windows(*f.parameters))
    return (f.name, *(pair(p) if isinstance(p, Fraction) else p for p in f.parameters))


def windows(kernel: Any, strides: Any, pads: Any) -> tuple[Any, ...]:
    """Sides, strides, and padding before and after."""
    k = len(kernel)
    return kernel, strides, tuple(pads[:k]), tuple(pads[k:])


def operator(o: Any) -> Any:
    """Return an operator with its numbers side by side; those of an average are grouped by the program."""
    return ("average", *windows(*o[1:4]), int(o[4])) if o is not None and o[0] == "average" else o


def plain(network: Any) -> Network:
    """Return the same groups, ports and arrows."""
    number = {g.name: i for i, g in enumerate(network.graph.groups)}
    groups = [Group(g.size, function(g.function), g.pinned, g.shape) for g in network.graph.groups]
    ports = [[Port(number[p.group], p.order) for p in ports] for ports in (network.inputs, network.outputs)]
    result = Network(groups, {}, ports[0], ports[1])
    for arrow in network.graph.arrows:
        rows = range(arrow.weights.shape[0])
        matrix = Matrix.of((u, v, pair(w)) for u in rows for v, w in arrow.weights.row(u))
        result.add((number[arrow.source], operator(arrow.operator), number[arrow.target]), matrix)
    return result


def converted(network: Any) -> Network:
    """Return the canonical form of the same groups, ports and arrows."""
    return canonical(plain(network))


def comparable(network: Network) -> Any:
    """What must be equal for two networks to be the same: all of their canonical forms."""
    network = canonical(network)
    arrows = {key: {(u, v): w for u, v, w in m.entries()} for key, m in network.arrows.items()}
    return network.groups, network.inputs, network.outputs, {key: cells for key, cells in arrows.items() if cells}
