"""Finds the scales that a partition needs to be a lumping with weights: its classes force them on each other.

What is seen of a class whose scales are known says what the classes that see it must be, up to one factor for each. A
node that nothing reaches is zero, which contradicts nothing (T0: the least lumping). Whether the partition with these
scales is a lumping is for `lumpable` to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.definition import Definition
from lumpform.lumping.edges import components
from lumpform.lumping.unit import compared

ONE, ZERO = Fraction(1), Fraction(0)


def forced_scales(graph: WeightedGraph, partition: Partition, view: View) -> list[Any]:
    """Return the only scales with which a partition can be a lumping, up to a factor for each class.

    Parameters
    ----------
    graph : WeightedGraph
    partition : Partition of the graph's nodes
        Classes stay inside groups, but for that of the unit node, whose other members are constants.
    view : View with weights

    Returns
    -------
    list of exact numbers, one per node
        1 for the first member of a class, if it is not zero. O(edges) exact operations where arrows do not lead
        around, else that times the number of nodes at most.
    """
    state = _Forced(graph, partition, view)
    for component in components(graph, ordered=True):
        first = [graph.offset(g.name) for g in component.groups]
        nodes = [v for at, g in zip(first, component.groups, strict=True) for v in range(at, at + g.size)]
        state.begin(nodes)
        for _ in range(len(nodes) + 1):
            if not state.step(nodes) or not component.cyclic:
                break
    return [ZERO if d is None else d for d in state.scales]


class _Forced:
    def __init__(self, graph: WeightedGraph, partition: Partition, view: View) -> None:
        self.definition = Definition(graph, view)
        self.class_of: Sequence[int] = partition.class_of.tolist()
        self.unit = self.definition.unit
        self.constants = -1 if self.unit is None else self.class_of[self.unit]
        self.scales: list[Any] = [None] * graph.nodes

    def begin(self, nodes: Sequence[int]) -> None:
        """Set the scales of nodes that have none but 1."""
        for v in nodes:
            group = self.definition.group_of[v]
            kept = v == self.unit or group.pinned or group.function.couples
            equal = compared(self.definition.view, group.function) == "equal"
            if kept or (equal and self.class_of[v] != self.constants):
                self.scales[v] = ONE

    def step(self, nodes: Sequence[int]) -> bool:
        """Find scales from those that are known; return whether there is news."""
        before = [self.scales[v] for v in nodes]
        known = [ZERO if d is None else d for d in self.scales]
        members: dict[int, list[int]] = {}
        for v in nodes:
            if v != self.unit and self.class_of[v] == self.constants:
                value = self.definition.constant(v, self._sums(v, known), self.constants)
                self.scales[v] = ONE if value is None else value  # one that is no constant is found out later
            elif self.scales[v] is None:
                members.setdefault(self.class_of[v], []).append(v)
        for block in members.values():
            self._force(block, known)
        return [self.scales[v] for v in nodes] != before

    def _force(self, block: Sequence[int], known: Sequence[Any]) -> None:
        """Take the sums over some class as the scales, if they are not all zero."""
        sums = [self._sums(v, known) for v in block]
        keys = sorted({key for each in sums for key in each})
        if keys:
            values = [each.get(keys[0], ZERO) for each in sums]
            head = next(value for value in values if value != 0)
            for v, value in zip(block, values, strict=True):
                self.scales[v] = value / head

    def _sums(self, node: int, known: Sequence[Any]) -> dict[tuple[int, int], Any]:
        return self.definition.sums(node, self.class_of, known)
