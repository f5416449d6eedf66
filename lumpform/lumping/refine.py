"""Refines a partition until it is a lumping, on any graph, for any view, over any exact field: the plain reference.

T0 (docs/theory.md) in code. A lumping is a closed, invariant subspace, and the least one is reached from below: start
from what must be in it, add the sums over every class, close, and stop when nothing is new. A node is known by its
class and its scale; the vector of a class has the scales of its members. A node that nothing has reached yet is zero:
sums out of it do not count, and it may still take any place. Where a view has no weights all nodes are reached from the
start, and this is ordinary partition refinement.

Slow and simple on purpose: one dictionary a node and round. The kernels are tested equal to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from lumpform.display.watched import tell
from lumpform.display.words import counted
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View, allowed, normalised
from lumpform.lumping.edges import Edge, components, seen_by
from lumpform.lumping.unit import BIAS, constant_value, reached

ONE, ZERO = Fraction(1), Fraction(0)
Vectors = Sequence[Sequence[Any]]
Scales = tuple[Any, ...]
NOWHERE = -1
"""The class of a node that is zero as far as is known."""


def coarsest(
    graph: WeightedGraph, start: Partition, view: View, given: Vectors | None = None
) -> tuple[Partition, Scales | None]:
    """Return the coarsest lumping that refines `start`, and its scales.

    Parameters
    ----------
    graph : WeightedGraph
        Any number of groups and arrows, cyclic or not, over any exact field.
    start : Partition of the graph's nodes
    view : View
    given : vectors of exact numbers, one per node, optional
        What must be in the lumping (the set E of T0), for a view with weights; by default the indicators of pinned
        nodes.

    Returns
    -------
    partition : Partition
        Coarsest and unique (T0).
    scales : tuple of exact numbers, or None for a view without scales
        The value (or the vector of sums) of a node is its scale times that of the first member of its class. Nodes
        that are always zero have scale 0; with a unit node they are in its class, like the constants, whose scale is
        their value, and otherwise in a class of their own for each group and class of `start`.

    Notes
    -----
    O(rounds * edges) exact operations. A view with weights takes one round for groups without a cycle; otherwise there
    are at most as many rounds as nodes.
    """
    state = Refinement(graph, start, view, given)
    rounds = itertools.count(1)
    for groups, cyclic, at_once in components(graph, ordered=view.weighted):
        seen = seen_by(graph, view, groups)
        if cyclic and not at_once:
            state.suppose_constants(seen)
        more = True
        while more:
            tell(f"round {next(rounds)}, {counted(state.count, 'class')}")
            more = state.refine(seen, at_once) and cyclic
    return state.result()


class Refinement:
    """Holds a partition with scales while it is refined.

    Attributes
    ----------
    class_of : list of int
        The class of every node; the unit node has class 0, if there is one.
    scales : list of exact numbers
    """

    def __init__(self, graph: WeightedGraph, start: Partition, view: View, given: Vectors | None = None) -> None:
        self.graph, self.start, self.view = graph, start.class_of.tolist(), view
        self.group_of: list[Group] = [g for g in graph.groups for _ in range(g.size)]
        self.unit = 0 if graph.unit is not None and view.normal == "function" else None
        self.class_of, self.scales = [NOWHERE] * graph.nodes, [ZERO] * graph.nodes
        self.count = 1  # number 0 is for the unit node
        vectors = given if view.weighted else None
        nodes = range(graph.nodes)
        self._rename({v: self._first(v) if vectors is None else self._given(v, vectors) for v in nodes})

    def _first(self, node: int) -> tuple[Any, Any] | None:
        """Return what names the first class of a node, and its scale."""
        group = self.group_of[node]
        if node == self.unit:
            return 0, ONE
        if self.view.weighted and (group.pinned or group.function.couples):
            return ("alone", node), ONE
        has_value = not self.view.weighted or reached(self.view, group.function)
        return (("start", self.start[node]), ONE) if has_value else None

    def _given(self, node: int, vectors: Vectors) -> tuple[Any, Any] | None:
        values = {(i, 0): v[node] for i, v in enumerate(vectors) if v[node] != 0}
        form, scale = normalised(values, allowed(self.view, self.group_of[node].function))
        return ((self.start[node], form), scale) if values else None

    def suppose_constants(self, seen: Mapping[int, Sequence[Edge]]) -> None:
        """Let all nodes of a cycle with delays be constants, until a round finds that they are none (T0, *Constants*).

        The values are those of the first step on inputs of zero, found in the order in which arrows without an operator
        lead: a constant has this value, and the vector of all of them lies in every lumping.
        """
        if self.unit is None:
            return
        values = {v: ZERO for v in seen}
        for _ in range(len({self.group_of[v].name for v in seen})):  # as many as the longest path without a delay
            values = {v: self._at_first(v, edges, values) for v, edges in seen.items()}
        for v, value in values.items():
            if value != 0 and self.class_of[v] == NOWHERE and not self.group_of[v].shape:
                self.class_of[v], self.scales[v] = 0, value

    def _at_first(self, node: int, edges: Sequence[Edge], values: Mapping[int, Any]) -> Any:
        """Return what a node gives at the first step, if others give these values; 0 if it is no rational number."""
        if self.class_of[node] != NOWHERE:
            return ZERO
        constants = (values.get(e.other, self.scales[e.other] if self.class_of[e.other] == 0 else ZERO) for e in edges)
        products = (e.weight * value for e, value in zip(edges, constants, strict=True) if e.arrow == BIAS)
        return constant_value(self.group_of[node].function, sum(products, start=ZERO)) or ZERO

    def refine(self, seen: Mapping[int, Sequence[Edge]], at_once: bool) -> bool:
        """Split the classes of some nodes, all at the same time; return whether anything is new.

        Where arrows lead around at once, no node is a constant but zero.
        """
        before = self._known(seen)
        self._rename({node: self._place(node, self.sums(node, edges), at_once) for node, edges in seen.items()})
        return self._known(seen) != before

    def _known(self, nodes: Mapping[int, Any]) -> tuple[int, int, dict[int, Any]]:
        """Return how many classes there are, how many nodes are zero, and the values of constants."""
        classes = [self.class_of[v] for v in nodes]
        constants = {v: self.scales[v] for v in nodes if self.class_of[v] == 0}
        return len(set(classes)), classes.count(NOWHERE), constants

    def _rename(self, places: Mapping[int, tuple[Any, Any] | None]) -> None:
        """Put nodes where they belong: under new numbers, but for the unit's class and those that are zero."""
        names: dict[Any, int] = {}
        for node, place in places.items():
            if place is None:
                self.class_of[node], self.scales[node] = NOWHERE, ZERO
                continue
            key, self.scales[node] = place
            fresh = self.count + len(names)
            self.class_of[node] = 0 if key == 0 else names.setdefault((self.group_of[node].name, key), fresh)
        self.count += len(names)

    def sums(self, node: int, edges: Sequence[Edge]) -> dict[tuple[int, int], Any]:
        """Return the class sums of a node that are not zero, by arrow and class. O(degree)."""
        sums: dict[tuple[int, int], Any] = {}
        for edge in edges:
            c = self.class_of[edge.other]
            if c == NOWHERE or (c == self.class_of[node] and not self.view.own):
                continue
            value = edge.weight * self.scales[edge.other] if self.view.weighted else edge.weight
            before = ZERO if edge.boolean else sums.get((edge.arrow, c), ZERO)
            sums[edge.arrow, c] = before + value
        return {key: value for key, value in sums.items() if value != 0}

    def _place(self, node: int, sums: dict[tuple[int, int], Any], at_once: bool) -> tuple[Any, Any] | None:
        """Return what names the new class of a node, and its scale; None if it is zero as far as is known."""
        group, scale = self.group_of[node], self.scales[node]
        normal = allowed(self.view, group.function)
        if not self.view.weighted:
            return (self.class_of[node], normalised(sums, normal)[0]), ONE
        if self.class_of[node] > 0:  # its scale is known, and its sums must agree with it
            return ("old", self.class_of[node], frozenset((key, v / scale) for key, v in sums.items())), scale
        if node == self.unit:
            return 0, ONE
        if sums.keys() <= {(BIAS, 0)}:
            value = constant_value(group.function, sums.get((BIAS, 0), ZERO))
            if value == 0:
                return None
            # A constant map is no multiple of the unit node once a later kernel reads beyond its border.
            if value is not None and not at_once and not group.shape:
                return 0, value
        form, scale = normalised(sums, normal)
        return ("new", self.start[node], form), scale

    def result(self) -> tuple[Partition, Scales | None]:
        """Return the partition and its scales, those of first members being 1."""
        labels: list[Any] = list(self.class_of)
        nowhere: dict[Any, int] = {}
        for node, c in enumerate(labels):
            if c == NOWHERE:
                key = self.group_of[node].name, self.start[node]
                labels[node] = 0 if self.unit is not None else nowhere.setdefault(key, NOWHERE - len(nowhere))
        partition = Partition(labels)
        if not self.view.scales:
            return partition, None
        if not self.view.weighted:
            self._factors()
        first = [self.scales[r] for r in partition.representatives.tolist()]
        heads = [ONE if d == 0 else d for d in first]
        return partition, tuple(d / heads[c] for d, c in zip(self.scales, partition.class_of.tolist(), strict=True))

    def _factors(self) -> None:
        """Find by which factor the sums of every node are the normal form of its class."""
        for node, edges in seen_by(self.graph, self.view, self.graph.groups).items():
            self.scales[node] = normalised(self.sums(node, edges), self.view.normal)[1]
