"""Lumps feed-forward graphs by the two-sided proportional exact kind: one layer by definition, plain reference.

Values inside a class are proportional: ``x(u) = d(u) y(C)``. So the input of a node v is seen only through its
*weighted sums* ``A_d(C, v) = sum over u in C of d(u) A(u, v)``, one per operator and class, and two nodes of a group
are proportional if these vectors are, with a positive ratio (any ratio for a linear node function, ratio one for one
that is not homogeneous). Class 0 is that of the unit node: a node whose sums vanish except over class 0 is constant,
with its value as scale; a node that is always zero has scale 0 there (T12). Sums are weighted by the scales: without
the weights the quotient theorem is false (tests/networks/test_regressions.py).

Layer by layer this gives the coarsest such partition of a feed-forward graph (T2): the classes of a layer depend only
on those before it, and finer classes before cannot make more nodes proportional.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group, NodeFunction, WeightedGraph
from lumpform.lumping.columns import column

Sums = dict[tuple[Any, int], Fraction]
"""The non-zero weighted sums of a node: by (operator, class)."""

UNIT = (None, 0)
"""The coordinate of the bias: no operator, the class of the unit node."""


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


def weighted_sums(graph: WeightedGraph, arrows: list[Arrow], index: int, state: ScaledPartition) -> Sums:
    """Return the exact weighted sums of node `index` of the arrows' target. O(in-degree)."""
    sums: Sums = {}
    for arrow in arrows:
        start = graph.offset(arrow.source)
        for u, weight in column(arrow.weights, index):
            key = (arrow.operator, int(state.class_of[start + u]))
            sums[key] = sums.get(key, Fraction(0)) + state.scales[start + u] * weight
    return {key: value for key, value in sums.items() if value != 0}


def constant_value(function: NodeFunction, bias: Fraction) -> Fraction | None:
    """Return the value of a node whose input is always `bias`; None if it is no rational number that we know."""
    if getattr(bias, "parametric", False):
        if bias.constant is None:  # type: ignore[attr-defined]
            return None  # a constant, but its sign and value depend on parameters
        bias = bias.constant  # type: ignore[attr-defined]
    if function.name in ("identity", "max_pool"):
        return bias
    if function.name == "relu":
        return max(bias, Fraction(0))
    if function.name == "leaky_relu":
        return bias if bias >= 0 else function.parameters[0] * bias
    return None


def is_constant(group: Group, sums: Sums) -> Fraction | None:
    """Return the constant value of a node with these sums, if it is one that class 0 can take."""
    if any(key != UNIT for key in sums):
        return None
    value = constant_value(group.function, sums.get(UNIT, Fraction(0)))
    # A constant feature map is not a multiple of the unit node once a later kernel reads beyond its border.
    return value if value == 0 or not group.shape else None


def ratio(function: NodeFunction, sums: Sums, other: Sums) -> Fraction | None:
    """Return the r with ``sums = r * other`` if the node function allows merging with that ratio, or None."""
    if sums.keys() != other.keys():
        return None
    if not sums:
        return Fraction(1)
    key = next(iter(sums))
    r: Any = sums[key] / other[key]
    if getattr(r, "parametric", False):
        if r.constant is None:
            return None  # a ratio that depends on parameters can be zero, negative or undefined for some of them
        r = r.constant
    if any(value != r * other[k] for k, value in sums.items()):
        return None
    allowed = function.linear or (function.homogeneous and r > 0) or r == Fraction(1)
    return r if allowed else None


def lump_by_reference(graph: WeightedGraph) -> ScaledPartition:
    """Return the coarsest two-sided proportional exact partition, comparing every node with every representative.

    Plain and exact: O(nodes * classes * in-degree) rational operations in the worst case.
    """
    state = ScaledPartition.start(graph)
    for group, arrows in arrows_in_order(graph):
        if group.pinned or group.function.couples:
            keep_apart(graph, group, state)
        else:
            lump_group(graph, group, arrows, state)
    return state


def keep_apart(graph: WeightedGraph, group: Group, state: ScaledPartition) -> None:
    """Make every node of a pinned group a class."""
    start = graph.offset(group.name)
    for node in range(start, start + group.size):
        state.new_class(node)


def lump_group(graph: WeightedGraph, group: Group, arrows: list[Arrow], state: ScaledPartition) -> None:
    """Put the nodes of one group into classes, comparing each with every representative."""
    start = graph.offset(group.name)
    known: list[tuple[int, Sums]] = []
    for index in range(group.size):
        sums = weighted_sums(graph, arrows, index, state)
        value = is_constant(group, sums)
        if value is not None:
            state.assign(start + index, 0, value)
            continue
        for c, other in known:
            r = ratio(group.function, sums, other)
            if r is not None:
                state.assign(start + index, c, r)
                break
        else:
            known.append((state.new_class(start + index), sums))
