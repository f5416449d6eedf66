"""Holds what nodes see under a view: edges by the number under which they are summed, and what sums are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.views import Normal, Side, View
from lumpform.lumping.edges import looked_at
from lumpform.lumping.flat import seen_arrows
from lumpform.lumping.unit import compared


class Sight:
    """Holds the edges that nodes are seen by.

    Attributes
    ----------
    view : View
    arrows : list of Seen
    numbers : list of int
        The number under which each of them is summed: a node function acts on the sum of several arrows.
    """

    def __init__(self, graph: WeightedGraph, view: View) -> None:
        self.view, self.arrows = view, seen_arrows(graph, view)
        looks = list(looked_at(graph, view))
        self.numbers = [number for number, _, _ in looks]
        self._first: dict[int, tuple[Side, Arrow]] = {n: (side, arrow) for n, side, arrow in reversed(looks)}
        self._groups = [(graph.offset(g.name), g) for g in graph.groups if g.size]

    def named(self, number: int) -> tuple[Side, Arrow]:
        """Return from which side edges of a number are seen, and the first arrow that has it."""
        return self._first[number]

    def row(self, number: int, node: int) -> list[tuple[int, Any]]:
        """Return the edges of a number that a node sees, as pairs (node at the other end, exact weight)."""
        arrows = (a for a, n in zip(self.arrows, self.numbers, strict=True) if n == number)
        return [edge for a in arrows for edge in a.row(node)]

    def edges(self, node: int) -> Iterator[tuple[int, int, Any, bool]]:
        """Yield all edges that a node sees, as (number, node at the other end, exact weight, truth value)."""
        for arrow, number in zip(self.arrows, self.numbers, strict=True):
            for other, weight in arrow.row(node):
                yield number, other, weight, arrow.boolean

    def group(self, node: int) -> Group:
        """Return the group of a node."""
        return next(g for first, g in reversed(self._groups) if first <= node)

    def normal(self, node: int) -> Normal:
        """Return up to which factors the sums of a node are compared."""
        return compared(self.view, self.group(node).function)

    def alone(self, node: int) -> bool:
        """Tell whether a node is never merged, so that it has the scale 1 from the beginning."""
        group = self.group(node)
        return group.pinned or group.function.couples
