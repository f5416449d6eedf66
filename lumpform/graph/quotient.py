"""Makes the quotient of a graph by a partition of its nodes: one function for T1, T3 and T4, and for every shape.

The weight from class C to class D is the sum, over the members of one of them, of the weights from or to the first
member of the other. By the edges into nodes that is ``sum over u in C of d(u) A(u, t)`` with t the first member of D
(T1, T4: values); by the edges out of nodes ``sum over v in D of A(s, v)`` with s the first member of C (T3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import Side
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights


def quotient(
    graph: WeightedGraph, partition: Partition, scales: Sequence[Any] | None = None, side: Side = "in"
) -> WeightedGraph:
    """Return the quotient of a graph by a lumping.

    Parameters
    ----------
    graph : WeightedGraph
    partition : Partition of the graph's nodes
        Classes stay inside groups, but for that of the unit node (node 0, alone in its group), which may have constants
        of any group.
    scales : exact numbers, one per node, optional
        ``x(u) = scales[u] * x(first member)``, for sums over edges into nodes. Nodes of scale 0 are zero and left out.
    side : {"in", "out"}
        By which edges nodes were seen.

    Returns
    -------
    WeightedGraph
        The same groups, each with the first members of its classes only, in order. What constants contribute is added
        to the bias. Groups that have become empty stay, so that every arrow keeps its place. O(edges of first members)
        exact operations, where only they are read.
    """
    zero = None if scales is None else np.array([d == 0 for d in scales], dtype=bool)
    kept = {g.name: _Kept.of(graph, g.name, partition, zero) for g in graph.groups}
    groups = tuple(replace(g, size=kept[g.name].size) for g in graph.groups)
    unit = graph.unit if graph.unit is None or kept[graph.unit].size else None  # a first node that is zero is none
    arrows: list[Arrow] = []
    bias: dict[tuple[str, Any], Weights] = {}  # by target and operator: a constant may be put into a map
    for arrow in graph.arrows:
        near, far = (arrow.target, arrow.source) if side == "in" else (arrow.source, arrow.target)
        if kept[far].alone and kept[near].size == graph.group(near).size:
            arrows.append(arrow)  # nothing at either end was merged
            continue
        sums, constants = _summed(_selected(graph, arrow, kept[near], side, scales), kept[far], side, arrow.boolean)
        if side == "out":
            arrows.append(replace(arrow, weights=sums))
            continue
        before = bias.get((arrow.target, arrow.operator))
        if arrow.source == unit:
            constants = constants.plus(sums.to_sparse())
        else:
            arrows.append(replace(arrow, weights=sums))
        bias[arrow.target, arrow.operator] = constants if before is None else before.plus(constants)
    return WeightedGraph(groups, (*arrows, *_biases(graph, arrows, bias, unit)))


def _selected(graph: WeightedGraph, arrow: Arrow, near: _Kept, side: Side, scales: Sequence[Any] | None) -> Weights:
    """Return what the first members see of an arrow, weighted by the scales."""
    if side == "out":
        return arrow.weights.select(near.nodes, None)
    weights, start = arrow.weights.select(None, near.nodes), graph.offset(arrow.source)
    return weights if scales is None else weights.scaled_by(rows=scales[start : start + weights.shape[0]])


def _biases(
    graph: WeightedGraph, arrows: Sequence[Arrow], bias: dict[tuple[str, Any], Weights], unit: str | None
) -> list[Arrow]:
    """Return the arrows from the unit node that constants make or change."""
    if unit is None:
        return []
    names = {(a.target, a.operator): a.name for a in graph.arrows if a.source == unit}
    untouched = {(a.target, a.operator) for a in arrows if a.source == unit}
    taken, result = {a.name for a in graph.arrows}, []
    for (target, operator), row in bias.items():
        if (target, operator) in untouched:
            continue  # the unit node is alone then, so no constants were added
        if row.nnz or (target, operator) in names:
            name = names.get((target, operator)) or _fresh(f"bias of {target}", taken)
            result.append(Arrow(name, unit, target, DenseWeights(row.shape, row.all_values()), operator))
    return result


@dataclass(frozen=True)
class _Kept:
    """Tells what is left of a group.

    Attributes
    ----------
    nodes : array of int
        The first members of its classes, as numbers inside the group.
    stands : array of int
        For every node the place of its first member among these; -1 where that lies in another group (constants), -2
        for a node that is zero.
    alone : bool
        Whether every node is the only one of its class, and none is zero.
    """

    nodes: NDArray[np.int64]
    stands: NDArray[Any]
    alone: bool

    @classmethod
    def of(cls, graph: WeightedGraph, name: str, partition: Partition, zero: NDArray[np.bool_] | None) -> _Kept:
        start, size = graph.offset(name), graph.group(name).size
        if size == len(partition) and zero is None:  # the only group: classes are numbered by their first members
            return cls(partition.representatives, partition.class_of, partition.count == size)
        class_of = partition.class_of[start : start + size]
        first = partition.representatives[class_of] - start
        alive = np.ones(size, dtype=bool) if zero is None else ~zero[start : start + size]
        is_first = (first == np.arange(size)) & alive
        stands = np.where(first < 0, -1, (np.cumsum(is_first) - 1)[np.maximum(first, 0)] if size else first)
        alone = bool(((partition.sizes[class_of] == 1) & alive).all())
        return cls(np.flatnonzero(is_first), np.where(alive | (first < 0), stands, -2), alone)

    @property
    def size(self) -> int:
        """Return the number of first members."""
        return len(self.nodes)


def _summed(weights: Weights, far: _Kept, side: Side, boolean: bool) -> tuple[Weights, Weights]:
    """Add what lies in one class at the far end; and, as a row of its own, what comes from constants."""
    rows, columns, values = weights.triples()
    here = rows if side == "in" else columns
    to, length = far.stands[here], weights.shape[1 if side == "in" else 0]
    inside, elsewhere = np.flatnonzero(to >= 0), np.flatnonzero(to == -1)
    if side == "in":
        shape, places = (far.size, length), (to[inside], columns[inside])
    else:
        shape, places = (length, far.size), (rows[inside], to[inside])
    if boolean:  # any number of edges into a class is one
        key = np.unique(places[0].astype(np.int64) * max(shape[1], 1) + places[1])
        sums: Weights = SparseWeights.selection(*np.divmod(key, max(shape[1], 1)), shape)
    else:
        sums = type(weights).from_coo(*places, values.take(inside), shape)
    zeros = np.zeros(len(elsewhere), dtype=np.int64)
    constant = columns[elsewhere], values.take(elsewhere), (1, weights.shape[1])
    return sums, SparseWeights.from_coo(zeros, *constant)


def _fresh(wanted: str, taken: set[str]) -> str:
    """Take a name that is free, and return it."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} #{number}"
    taken.add(name)
    return name
