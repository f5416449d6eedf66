"""Computes quotients of matrices and of feed-forward graphs: the weights between classes.

For a partition with indicator matrix V, ordinary lumpability is ``A V = V Q'`` and exact lumpability is
``A^T V = V Q'^T``; `quotient_rows` computes Q' from the rows of representatives, which is right for any partition whose
rows have equal class sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights


def quotient_rows(weights: SparseWeights, partition: Partition) -> SparseWeights:
    """Return the matrix ``Q'(B, C) = A(s, C)`` with s the representative of B. O(edges of representatives, log)."""
    representatives = partition.representatives
    lengths = np.diff(weights.indptr)[representatives]
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    entries = np.arange(total) + np.repeat(weights.indptr[representatives] - before, lengths)
    rows = np.repeat(np.arange(partition.count), lengths)
    columns = partition.class_of[weights.indices[entries]]
    return SparseWeights.from_coo(rows, columns, weights.values.take(entries), (partition.count, partition.count))


def quotient_graph(graph: WeightedGraph, partition: Partition, scales: Sequence[Fraction]) -> WeightedGraph:
    """Return the quotient of a feed-forward graph by a two-sided proportional exact partition (T1).

    Parameters
    ----------
    graph : WeightedGraph
        The unit node is node 0 and the only node of its group.
    partition : Partition of the graph's nodes
        Class 0 is that of the unit node; its other members are constants.
    scales : sequence of Fraction
        ``x(u) = scales[u] * x(representative)``; a representative is the smallest member of its class and has scale 1.

    Returns
    -------
    WeightedGraph
        The same groups, each with its representatives only, in order; the weight from class C to the representative t
        is ``sum over u in C of scales[u] * A(u, t)``. What constants contribute is added to the bias. Groups that have
        become empty stay, so that every arrow keeps its place. O(edges into representatives) exact operations.
    """
    kept = {g.name: _Kept.of(graph, g.name, partition) for g in graph.groups}
    groups = tuple(replace(g, size=kept[g.name].size) for g in graph.groups)
    unit = graph.groups[0].name
    arrows: list[Arrow] = []
    bias: dict[tuple[str, Any], Weights] = {}  # by target and operator: a constant may be put into a map
    for arrow in graph.arrows:
        source, target = kept[arrow.source], kept[arrow.target]
        if source.alone and target.size == graph.group(arrow.target).size:
            arrows.append(arrow)  # nothing at either end was merged
            continue
        start = graph.offset(arrow.source)
        into = arrow.weights.select(None, target.nodes).scaled_by(rows=scales[start : start + len(source.stands)])
        sums, constants = _summed(into, source)
        before = bias.get((arrow.target, arrow.operator))
        if arrow.source == unit:
            constants = constants.plus(sums.to_sparse())
        else:
            arrows.append(replace(arrow, weights=sums))
        bias[arrow.target, arrow.operator] = constants if before is None else before.plus(constants)
    names = {(a.target, a.operator): a.name for a in graph.arrows if a.source == unit}
    untouched = {(a.target, a.operator) for a in arrows if a.source == unit}
    taken = {a.name for a in graph.arrows}
    for (target, operator), row in bias.items():
        if (target, operator) in untouched:
            continue  # the unit node is alone then, so no constants were added
        if row.nnz or (target, operator) in names:
            name = names.get((target, operator)) or _fresh(f"bias of {target}", taken)
            arrows.append(Arrow(name, unit, target, DenseWeights(row.shape, row.all_values()), operator))
    return WeightedGraph(groups, tuple(arrows))


@dataclass(frozen=True)
class _Kept:
    """Tells what is left of a group.

    Attributes
    ----------
    nodes : array of int
        Its representatives, as numbers inside the group.
    stands : array of int
        For every node the place of its representative among these, -1 where that lies in another group (constants).
    alone : bool
        Whether every node is the only one of its class.
    """

    nodes: NDArray[np.int64]
    stands: NDArray[np.int64]
    alone: bool

    @classmethod
    def of(cls, graph: WeightedGraph, name: str, partition: Partition) -> _Kept:
        start, size = graph.offset(name), graph.group(name).size
        class_of = partition.class_of[start : start + size]
        first = partition.representatives[class_of] - start
        is_first = first == np.arange(size)
        stands = np.where(first < 0, -1, (np.cumsum(is_first) - 1)[np.maximum(first, 0)])
        return cls(np.flatnonzero(is_first), stands, bool((partition.sizes[class_of] == 1).all()))

    @property
    def size(self) -> int:
        """Return the number of representatives."""
        return len(self.nodes)


def _summed(weights: Weights, source: _Kept) -> tuple[Weights, Weights]:
    """Add the rows of every class; and, as a row of their own, those of the nodes whose class lies in another group."""
    rows, columns, values = weights.triples()
    to, width = source.stands[rows], weights.shape[1]
    here, elsewhere = np.flatnonzero(to >= 0), np.flatnonzero(to < 0)
    sums = type(weights).from_coo(to[here], columns[here], values.take(here), (source.size, width))
    zeros = np.zeros(len(elsewhere), dtype=np.int64)
    return sums, SparseWeights.from_coo(zeros, columns[elsewhere], values.take(elsewhere), (1, width))


def _fresh(wanted: str, taken: set[str]) -> str:
    """Take a name that is free, and return it."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} #{number}"
    taken.add(name)
    return name
