"""Holds a partition with scales that is filled group by group, in an order in which values are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group, WeightedGraph

UNIT = (None, 0)
"""The coordinate of the bias in weighted sums: no operator, the class of the unit node."""


@dataclass
class ScaledPartition:
    """Holds a partition of the nodes with scales, filled group by group.

    Attributes
    ----------
    class_of : (nodes,) int64 array
        Class 0 is that of the unit node; -1 before a group is done.
    scales : list of Fraction
        ``x(u) = scales[u] * y(class_of[u])``.
    representatives : list of int
        One node per class, with scale one.
    """

    class_of: NDArray[np.int64]
    scales: list[Fraction]
    representatives: list[int]

    @classmethod
    def start(cls, graph: WeightedGraph) -> ScaledPartition:
        """Return the partition in which only the unit node, which is node 0, has a class."""
        first = graph.groups[0] if graph.groups else None
        if first is None or first.size != 1 or not first.pinned:
            raise ModelError("the first group of a feed-forward graph must be the unit node, pinned")
        class_of = np.full(graph.nodes, -1, dtype=np.int64)
        class_of[0] = 0
        return cls(class_of, [Fraction(1)] * graph.nodes, [0])

    def new_class(self, node: int) -> int:
        """Make a new class with `node` as its representative, and return its number."""
        self.class_of[node] = len(self.representatives)
        self.scales[node] = Fraction(1)
        self.representatives.append(node)
        return len(self.representatives) - 1

    def assign(self, node: int, c: int, scale: Fraction) -> None:
        """Put `node` into class c."""
        self.class_of[node] = c
        self.scales[node] = scale

    def keep_apart(self, graph: WeightedGraph, group: Group) -> None:
        """Make every node of a group a class."""
        start = graph.offset(group.name)
        for node in range(start, start + group.size):
            self.new_class(node)


def in_order(graph: WeightedGraph) -> bool:
    """Tell whether every arrow comes from an earlier group."""
    place = {g.name: i for i, g in enumerate(graph.groups)}
    return all(place[a.source] < place[a.target] for a in graph.arrows)


def arrows_in_order(graph: WeightedGraph) -> Iterator[tuple[Group, list[Arrow]]]:
    """Yield every group after the unit node with its incoming arrows.

    Raises
    ------
    ModelError
        If an arrow does not come from an earlier group: the graph is not feed-forward, or not in order.
    """
    seen = {graph.groups[0].name}
    into: dict[str, list[Arrow]] = {g.name: [] for g in graph.groups}
    for arrow in graph.arrows:
        into[arrow.target].append(arrow)
    for group in graph.groups[1:]:
        for arrow in into[group.name]:
            if arrow.source not in seen:
                raise ModelError(f"arrow {arrow.name!r} does not come from an earlier group, so the graph has a cycle")
        seen.add(group.name)
        yield group, into[group.name]
