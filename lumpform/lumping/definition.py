"""Reads the definition of a lumping aloud (docs/theory.md, section 2), for any graph and view."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View, allowed, normalised
from lumpform.lumping.difference import Difference
from lumpform.lumping.edges import components, seen_by
from lumpform.lumping.unit import BIAS, constant_value, starts_at_zero

ONE, ZERO = Fraction(1), Fraction(0)
Scales = Sequence[Any]


def lumpable(graph: WeightedGraph, partition: Partition, view: View, scales: Scales | None = None) -> Any:
    """Return True if a partition is a lumping, word for word; otherwise the `Difference` that refutes it.

    Parameters
    ----------
    graph : WeightedGraph
    partition : Partition of the graph's nodes
    view : View
    scales : one exact number per node, for a view with weights
        0 for a node that is always zero; in the class of the unit node of a network, the values of constants.

    Returns
    -------
    True or Difference
        A difference is false as a truth value. O(edges + nodes * classes) exact operations.
    """
    definition = Definition(graph, view)
    d = list(scales) if view.weighted and scales is not None else [ONE] * graph.nodes
    for block in partition.classes():
        for s in block:
            found = definition.difference(s, block[0], partition.class_of.tolist(), d)
            if found is not None:
                return found
    return True


class Definition:
    """Reads the definition of a lumping for one graph and view."""

    def __init__(self, graph: WeightedGraph, view: View) -> None:
        self.graph, self.view = graph, view
        self.group_of: list[Group] = [g for g in graph.groups for _ in range(g.size)]
        self.seen = seen_by(graph, view, graph.groups)
        self.unit = 0 if graph.unit is not None and view.normal == "function" else None
        self.at_once = {g.name for c in components(graph, ordered=True) if c.at_once for g in c.groups}

    def sums(self, node: int, class_of: Sequence[int], d: Scales) -> dict[tuple[int, int], Any]:
        """Return the sums of a node over classes, weighted by d, zeros left out."""
        sums: dict[tuple[int, int], Any] = {}
        for number, other, weight, boolean in self.seen[node]:
            key = number, class_of[other]
            if self.view.own or class_of[other] != class_of[node]:
                sums[key] = weight if boolean else sums.get(key, ZERO) + weight * d[other]
        return {key: value for key, value in sums.items() if value != 0}

    def factors(self, partition: Partition) -> tuple[Any, ...]:
        """Return how many times the sums of the first of its class every node has, not weighted; 1 without sums."""
        class_of, ones = partition.class_of.tolist(), [ONE] * self.graph.nodes
        sums = [self.sums(v, class_of, ones) for v in range(self.graph.nodes)]
        heads = [sums[r] for r in partition.representatives[class_of].tolist()]
        return tuple(mine[min(mine)] / head[min(mine)] if mine else ONE for mine, head in zip(sums, heads, strict=True))

    def constant(self, node: int, sums: dict[tuple[int, int], Any], unit: int) -> Any:
        """Return the value of a node that is a constant; None if it is none that we know."""
        group = self.group_of[node]
        if self.unit is None or not sums.keys() <= {(BIAS, unit)}:
            return ZERO if not sums and starts_at_zero(group.function) else None
        value = constant_value(group.function, sums.get((BIAS, unit), ZERO))
        return value if value == 0 or not (group.shape or group.name in self.at_once) else None

    def difference(self, s: int, first: int, class_of: Sequence[int], d: Scales) -> Difference | None:
        """Compare a node with the first of its class: None if both are seen alike."""
        normal = form = allowed(self.view, self.group_of[s].function)
        sums, others = self.sums(s, class_of, d), self.sums(first, class_of, d)
        unit = -1 if self.unit is None else class_of[self.unit]
        if self.view.weighted:
            if d[s] == 0 or (class_of[s] == unit and s != self.unit):
                right = self.constant(s, sums, unit) == d[s]
                return None if right else _difference(s, s, sums, {}, "value")
            if not _factor(normal, d[s], d[first]):
                return _difference(s, first, sums, others, "scale")
            others, form = {key: value / d[first] * d[s] for key, value in others.items()}, "equal"
        if normalised(sums, form)[0] == normalised(others, form)[0]:
            return None
        return _difference(s, first, sums, others, "sum")


def _factor(normal: str, scale: Any, other: Any) -> bool:
    """Tell whether a normal form allows one node to be so many times another."""
    if other == 0 or (getattr(scale / other, "parametric", False) and (scale / other).constant is None):
        return False
    return scale == other or normal == "line" or (normal == "ray" and scale / other > 0)


def _difference(s: int, t: int, sums: Any, others: Any, what: str) -> Difference:
    """Return the first class over which two vectors differ, as a difference."""
    for key in sorted(sums.keys() | others.keys()):
        if sums.get(key, ZERO) != others.get(key, ZERO):
            return Difference(s, t, key[1], sums.get(key, ZERO), others.get(key, ZERO))
    return Difference(s, t, -1, what, "another")
