"""Lumps tiny networks by the definition: tries every partition of their hidden nodes.

Scales are forced group after group, so a partition of the nodes has at most one family of scales with first members 1
(where all sums vanish any ratio would do, and 1 is taken).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.lumping.matrix_oracle import partitions
from lumpform.numbers.field import require_ordered

Sums = dict[tuple[Any, int], Fraction]


class Definition:
    """Tells the two-sided proportional exact partitions of a feed-forward graph (docs/theory.md, section 2)."""

    def __init__(self, graph: WeightedGraph) -> None:
        require_ordered("the definition", graph.field)  # of which ratios are positive
        self.graph = graph
        self.group_of = [g for g in graph.groups for _ in range(g.size)]
        self.into: list[list[tuple[Any, int, Any]]] = [[] for _ in self.group_of]
        for arrow in graph.arrows:
            source, target = graph.offset(arrow.source), graph.offset(arrow.target)
            for u in range(arrow.weights.shape[0]):
                for v, w in arrow.weights.row(u):
                    self.into[target + v].append((arrow.operator, source + u, w))

    def sums(self, node: int, class_of: Sequence[int], scales: Sequence[Fraction]) -> Sums:
        """Return the weighted sums of a node by operator and class, zeros left out."""
        result: Sums = {}
        for operator, u, w in self.into[node]:
            key = operator, class_of[u]
            result[key] = result.get(key, Fraction(0)) + scales[u] * w
        return {key: value for key, value in result.items() if value}

    def scales(self, class_of: Sequence[int]) -> list[Fraction] | None:
        """Return the scales that make a partition (as class numbers) a lumping, or None if there are none."""
        scales, firsts = [Fraction(1)], {class_of[0]: 0}
        for node in range(1, len(class_of)):
            group, c = self.group_of[node], class_of[node]
            sums = self.sums(node, class_of, scales)
            if c == class_of[0]:
                value = self._constant(group, sums, class_of[0])
            elif c not in firsts:
                firsts[c], value = node, Fraction(1)
            else:
                value = self._ratio(group, sums, self.sums(firsts[c], class_of, scales))
            if value is None:
                return None
            scales.append(value)
        return scales

    @staticmethod
    def _constant(group: Group, sums: Sums, unit: int) -> Fraction | None:
        if set(sums) - {(None, unit)}:
            return None
        bias = sums.get((None, unit), Fraction(0))
        name = group.function.name
        if name == "leaky_relu" and bias < 0:
            bias *= group.function.parameters[0]
        value = max(bias, Fraction(0)) if name == "relu" else bias
        known = name in ("identity", "relu", "leaky_relu", "max_pool") and not (group.shape and value)
        return value if known else None

    @staticmethod
    def _ratio(group: Group, sums: Sums, other: Sums) -> Fraction | None:
        if sums.keys() != other.keys():
            return None
        ratios = {sums[key] / other[key] for key in sums} or {Fraction(1)}
        if len(ratios) > 1:
            return None
        (r,) = ratios
        return r if r == 1 or group.function.linear or (group.function.homogeneous and r > 0) else None


def lumpings(graph: WeightedGraph) -> Iterator[tuple[list[int], list[Fraction]]]:
    """Yield all two-sided proportional exact partitions of a tiny network, as class numbers, with their scales.

    Hidden nodes are in a class of their group or in that of the unit node. At most nine nodes in a group.
    """
    definition = Definition(graph)

    def grow(g: int, labels: list[int]) -> Iterator[list[int]]:
        if g == len(graph.groups):
            yield labels
            return
        group, start = graph.groups[g], len(labels)
        if group.pinned or group.function.couples:
            yield from grow(g + 1, labels + list(range(start, start + group.size)))
            return
        for partition in partitions(group.size):
            first = [start + int(r) for r in partition.representatives]
            for constant in (None, *range(partition.count)):
                yield from grow(g + 1, labels + [0 if c == constant else first[c] for c in partition.class_of.tolist()])

    for labels in grow(0, []):
        scales = definition.scales(labels)
        if scales is not None:
            yield labels, scales
