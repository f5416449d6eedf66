"""Goes through the edges by which nodes are seen, and through the groups in an order in which values are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.views import Side, View


class Edge(NamedTuple):
    """Holds an edge as a node sees it.

    Attributes
    ----------
    arrow : int
        The number of what it belongs to; sums are taken for each number by itself.
    other : int
        The node at the other end.
    weight : exact number
    boolean : bool
        Whether several such edges into a class count as one.
    """

    arrow: int
    other: int
    weight: Any
    boolean: bool


def looked_at(graph: WeightedGraph, view: View) -> Iterator[tuple[int, Side, Arrow]]:
    """Yield every arrow on every side that a view looks at, with the number under which it is summed.

    A node function acts on the sum of all arrows, so there those with equal operators have one number, and those
    without an operator number 0. Otherwise every arrow stands by itself.

    Raises
    ------
    ModelError
        If sums are weighted by scales and weights are truth values, which have none.
    """
    bad = [a.name for a in graph.arrows if a.boolean and view.weighted]
    if bad:
        raise ModelError(f"the weights of arrow {bad[0]!r} are truth values, expected numbers for a view with scales")
    operators: dict[Any, int] = {None: 0}
    for i, side in enumerate(view.sides):
        for j, arrow in enumerate(graph.arrows):
            by_itself = i * len(graph.arrows) + j
            added = operators.setdefault(arrow.operator, len(operators)) if view.normal == "function" else by_itself
            yield added, side, arrow


def seen_by(graph: WeightedGraph, view: View, groups: Iterable[Group]) -> dict[int, list[Edge]]:
    """Return the edges that the nodes of some groups are seen by. O(edges of the graph)."""
    seen: dict[int, list[Edge]] = {}
    for group in groups:
        first = graph.offset(group.name)
        seen |= {node: [] for node in range(first, first + group.size)}
    for number, side, arrow in looked_at(graph, view):
        source, target = graph.offset(arrow.source), graph.offset(arrow.target)
        if (source if side == "out" else target) not in seen:
            continue
        for u, v, weight in arrow.weights.entries():
            here, there = (source + u, target + v) if side == "out" else (target + v, source + u)
            seen[here].append(Edge(number, there, weight, arrow.boolean))
    return seen


class Component(NamedTuple):
    """Holds groups that are refined together.

    Attributes
    ----------
    groups : sequence of Group
    cyclic : bool
        Whether arrows lead around.
    at_once : bool
        Whether arrows without an operator do: then no node is known to have one value from the beginning.
    """

    groups: Sequence[Group]
    cyclic: bool
    at_once: bool


def components(graph: WeightedGraph, *, ordered: bool) -> list[Component]:
    """Return sets of groups that are refined together, sources first.

    With `ordered`, these are the strongly connected components of the graph of groups; otherwise it is one set.
    """
    if not ordered:
        return [Component(graph.groups, True, True)]
    import networkx

    order: Any = networkx.MultiDiGraph()
    order.add_nodes_from(range(len(graph.groups)))
    place = {g.name: i for i, g in enumerate(graph.groups)}
    for arrow in graph.arrows:
        order.add_edge(place[arrow.source], place[arrow.target], operator=arrow.operator)
    plain: Any = networkx.DiGraph((u, v) for u, v, operator in order.edges(data="operator") if operator is None)
    whole: Any = networkx.condensation(order)
    result: list[Component] = []
    for component in networkx.lexicographical_topological_sort(whole, key=lambda c: min(whole.nodes[c]["members"])):
        members = sorted(whole.nodes[component]["members"])
        cyclic = len(members) > 1 or order.has_edge(members[0], members[0])
        at_once = cyclic and not networkx.is_directed_acyclic_graph(plain.subgraph(members))
        result.append(Component([graph.groups[i] for i in members], cyclic, at_once))
    return result
