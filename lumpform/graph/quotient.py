"""Quotients: the weights between classes.

For a partition with indicator matrix V, ordinary lumpability is ``A V = V Q'`` and exact lumpability is
``A^T V = V Q'^T``; `quotient_rows` computes Q' from the rows of representatives, which is right for any partition whose
rows have equal class sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.numbers.make import from_fractions


def quotient_rows(weights: SparseWeights, partition: Partition) -> SparseWeights:
    """The matrix ``Q'(B, C) = A(s, C)`` with s the representative of B. O(edges of representatives, log)."""
    representatives = partition.representatives
    lengths = np.diff(weights.indptr)[representatives]
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    entries = np.arange(total) + np.repeat(weights.indptr[representatives] - before, lengths)
    rows = np.repeat(np.arange(partition.count), lengths)
    columns = partition.class_of[weights.indices[entries]]
    return SparseWeights.from_coo(rows, columns, weights.values.take(entries), (partition.count, partition.count))


def quotient_graph(graph: WeightedGraph, partition: Partition, scales: Sequence[Fraction]) -> WeightedGraph:
    """The quotient of a feed-forward graph by a two-sided proportional exact partition (T1).

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
    kept = {g.name: _kept(graph, g.name, partition) for g in graph.groups}
    groups = tuple(replace(g, size=len(kept[g.name])) for g in graph.groups)
    unit = graph.groups[0].name
    arrows: list[Arrow] = []
    bias: dict[tuple[str, Any], NDArray[Any]] = {}  # by target and operator: a constant may be put into a map
    alone = partition.sizes[partition.class_of] == 1
    for arrow in graph.arrows:
        start = graph.offset(arrow.source)
        size = graph.group(arrow.source).size
        if alone[start : start + size].all() and len(kept[arrow.target]) == graph.group(arrow.target).size:
            arrows.append(arrow)  # nothing at either end was merged
            continue
        class_of = partition.class_of[start : start + size]
        own = {int(partition.class_of[start + u]): i for i, u in enumerate(kept[arrow.source])}
        sums = np.full((len(own), len(kept[arrow.target])), Fraction(0))
        constants = bias.setdefault((arrow.target, arrow.operator), np.full(len(kept[arrow.target]), Fraction(0)))
        for u, j, weight in _entries(arrow.weights, kept[arrow.target]):
            scale = scales[start + u]
            if int(class_of[u]) in own:
                sums[own[int(class_of[u])], j] += scale * weight
            elif scale != 0:
                constants[j] += scale * weight
        if arrow.source == unit:
            constants += sums[0]
        else:
            arrows.append(replace(arrow, weights=_as_weights(sums, arrow.weights)))
    names = {(a.target, a.operator): a.name for a in graph.arrows if a.source == unit}
    untouched = {(a.target, a.operator) for a in arrows if a.source == unit}
    taken = {a.name for a in graph.arrows}
    for (target, operator), row in bias.items():
        if (target, operator) in untouched:
            continue  # the unit node is alone then, so no constants were added
        if any(v != 0 for v in row) or (target, operator) in names:
            name = names.get((target, operator)) or _fresh(f"bias of {target}", taken)
            dense = DenseWeights((1, len(row)), from_fractions(row.tolist()))
            arrows.append(Arrow(name, unit, target, dense, operator))
    return WeightedGraph(groups, tuple(arrows))


def _fresh(wanted: str, taken: set[str]) -> str:
    """Take a name that is free, and return it."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted} #{number}"
    taken.add(name)
    return name


def _kept(graph: WeightedGraph, name: str, partition: Partition) -> NDArray[np.int64]:
    """The representatives in a group, as numbers inside the group."""
    start = graph.offset(name)
    nodes = np.arange(start, start + graph.group(name).size)
    return nodes[partition.representatives[partition.class_of[nodes]] == nodes] - start


def _entries(weights: Weights, columns: NDArray[np.int64]) -> Any:
    """The non-zero entries (row, position of the column, exact value) of some columns."""
    if isinstance(weights, SparseWeights):
        place = np.full(weights.shape[1], -1)
        place[columns] = np.arange(len(columns))
        j = place[weights.indices]
        chosen = np.flatnonzero(j >= 0)
        rows = weights.row_of_entries()[chosen].tolist()
        yield from zip(rows, j[chosen].tolist(), weights.values.take(chosen).fractions(), strict=True)
        return
    index = np.arange(weights.shape[0])[:, None] * weights.shape[1] + columns[None, :]
    values = weights.values.take(index.ravel()).fractions()
    width = len(columns)
    for i, value in enumerate(values):
        if value != 0:
            yield i // width, i % width, value


def _as_weights(sums: NDArray[Any], like: Weights) -> Weights:
    if isinstance(like, SparseWeights):
        return SparseWeights.from_dense(sums.tolist()) if sums.size else SparseWeights.from_coo([], [], [], sums.shape)
    return DenseWeights(sums.shape, from_fractions(sums.ravel().tolist()))
