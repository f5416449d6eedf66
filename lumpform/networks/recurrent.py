"""Define time in networks: operators that go to other steps of a sequence, and the order in which groups are evaluated.

In a recurrent network the values of nodes are sequences. All other operators and the node functions act at every step.

==================  ====================================================================================================
operator            meaning
==================  ====================================================================================================
``("delay", 1)``    the value of the step before; before the first step it is the start of its source
``("delay", -1)``   the value of the step after; after the last step it is the start of its source
``("start",)``      from the unit node, and no part of the sum: the start of the target, which is zero without it
``("last",)``       the value of the last step, for all steps
``("first",)``      the value of the first step, for all steps
==================  ====================================================================================================

All of them are linear, so the quotient theorem holds for them as for others (T19). Only a delay may come from a later
group or from its own. The unit node is 1 at every step, but its start is zero, so the delay of it is 0 at first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lumpform.errors import ModelError

if TYPE_CHECKING:
    from lumpform.graph.graph import WeightedGraph
    from lumpform.networks.port import Port

FORWARD, REVERSE = ("delay", 1), ("delay", -1)
START, LAST, FIRST = ("start",), ("last",), ("first",)

TIME = {FORWARD, REVERSE, START, LAST, FIRST}
"""All operators that know of time."""

NAMES = {operator[0] for operator in TIME}


class Cycle(NamedTuple):
    """Hold groups that are evaluated together, in order, and the direction: 1, -1, or 0 for a group without a loop."""

    names: tuple[str, ...]
    direction: int


def is_delay(operator: tuple[Any, ...] | None) -> bool:
    """Tell whether an operator takes the value of another step."""
    return operator is not None and operator[0] == "delay"


def is_recurrent(graph: WeightedGraph, ports: Sequence[Port]) -> bool:
    """Tell whether values are sequences: a port has steps, or an arrow knows of time."""
    return any("t" in p.layout for p in ports) or any(a.operator and a.operator[0] in NAMES for a in graph.arrows)


def require_feed_forward(what: str, network: Any) -> None:
    """Raise an error that names what is not made for recurrent networks.

    Raises
    ------
    ModelError
        If the network is recurrent.
    """
    if network.recurrent:
        raise ModelError(f"{what}: found a recurrent network, expected a feed-forward one")


def check_time(graph: WeightedGraph) -> None:
    """Raise `ModelError` unless operators along time are known ones, and every cycle goes one way through time."""
    for arrow in graph.arrows:
        if arrow.operator is not None and arrow.operator[0] in NAMES and arrow.operator not in TIME:
            known = ", ".join(map(str, sorted(TIME)))
            raise ModelError(f"the arrow {arrow.name!r} has the operator {arrow.operator}, expected one of {known}")
        if arrow.operator == START and arrow.source != graph.groups[0].name:
            raise ModelError(f"the start {arrow.name!r} comes from {arrow.source!r}, expected the unit node")
    for _ in evaluated(graph):
        pass


def evaluated(graph: WeightedGraph) -> Iterator[Cycle]:
    """Yield all groups in an order in which they can be evaluated; those on a cycle of arrows together. O(arrows).

    Raises
    ------
    ModelError
        If the delays of a cycle go both ways, or something on it reads the end of a sequence.
    """
    names = [g.name for g in graph.groups]
    of = _strong_components(graph)
    members: dict[int, list[str]] = {}
    for name in names:
        members.setdefault(of[name], []).append(name)
    before: dict[int, set[int]] = {c: set() for c in members}
    inside: dict[int, set[Any]] = {c: set() for c in members}
    for arrow in graph.arrows:
        source, target = of[arrow.source], of[arrow.target]
        if source == target:
            inside[target].add(arrow.operator)
        else:
            before[target].add(source)
    for c in TopologicalSorter(before).static_order():
        ways = inside[c] & TIME
        if ways - {FORWARD, REVERSE} or len(ways) > 1:
            shown = ", ".join(map(str, sorted(ways)))
            raise ModelError(f"the cycle through {members[c][0]!r} has the operators {shown}, expected delays of one")
        yield Cycle(tuple(members[c]), next(iter(ways))[1] if ways else 0)


def _strong_components(graph: WeightedGraph) -> dict[str, int]:
    """Return for every group the number of its strongly connected component."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    number = {g.name: i for i, g in enumerate(graph.groups)}
    rows, columns = [number[a.source] for a in graph.arrows], [number[a.target] for a in graph.arrows]
    size = len(number)
    links = coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(size, size))
    _, labels = connected_components(links.tocsr(), directed=True, connection="strong")
    return dict(zip(number, labels.tolist(), strict=True))


def sequences(graph: WeightedGraph, inputs: Sequence[Port]) -> set[str]:
    """Return the groups whose values may differ from step to step."""
    found = {p.group for p in inputs if "t" in p.layout}
    for cycle in evaluated(graph):
        for arrow in graph.arrows:
            if arrow.target in cycle.names and _varies(arrow.operator, arrow.source in found):
                found.update(cycle.names)
    return found


def _varies(operator: tuple[Any, ...] | None, source: bool) -> bool:
    """Tell whether a value behind an operator may differ from step to step, given whether it does before it."""
    return is_delay(operator) or (source and operator not in (LAST, FIRST))


def changing(network: Any) -> set[str]:
    """Return the groups of a recurrent network whose values may differ from step to step."""
    if not network.recurrent:
        return set()
    graph = network.graph.merged()
    graph = replace(graph, arrows=tuple(a for a in graph.arrows if a.weights.nnz))
    return sequences(graph, network.inputs)
