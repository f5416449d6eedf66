"""Lumps within epsilon: classes whose members are like their representative but for a small residual.

One tolerance for both domains: the residual of a node is the sum of the absolute differences between its (weighted)
sums and those of its representative, times a positive ratio where the kind has scales. With epsilon zero this is
lumping: the same partition, found the same way (property-tested). The result is a partition with scales, whatever
epsilon is; what it does to the model is bounded by T13 and T14.

There is no coarsest partition within epsilon (nearness is not transitive). The choice here is greedy: a node joins the
nearest representative within epsilon, or becomes one. For a wanted number of classes see
`lumpform.reduction.proportional`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import Weights
from lumpform.lumping.scaled import UNIT, ScaledPartition, arrows_in_order
from lumpform.lumping.sums import class_sums
from lumpform.lumping.unit import constant_value

ZERO = Fraction(0)
Vector = Mapping[Any, Fraction]
Sums = dict[tuple[Any, int], Fraction]
"""The non-zero weighted sums of a node: by (operator, class)."""

SLACK = 1e-9
"""Floats say which representatives to look at: all within epsilon by so much, relatively, are compared exactly."""


def size(vector: Vector) -> Fraction:
    """Return the sum of the absolute values."""
    return sum((abs(v) for v in vector.values()), ZERO)


def residual(vector: Vector, other: Vector, ratio: Fraction = Fraction(1)) -> Fraction:
    """Return the sum of ``|vector - ratio * other|``."""
    keys = vector.keys() | other.keys()
    return sum((abs(vector.get(k, ZERO) - ratio * other.get(k, ZERO)) for k in keys), ZERO)


def near_ratio(function: NodeFunction, vector: Vector, other: Vector) -> Fraction:
    """Return the ratio of the sizes, which is the ratio of proportional vectors; with a sign for linear functions."""
    below = size(other)
    if not below or not (function.homogeneous or function.linear):
        return Fraction(1)
    r = size(vector) / below
    if function.linear and sum((v * other.get(k, ZERO) for k, v in vector.items()), ZERO) < 0:
        r = -r
    return r if r else Fraction(1)


def refine_nearly(matrices: Sequence[Weights], initial: Partition, epsilon: Fraction) -> Partition:
    """Return a refinement of `initial` in which row sums into every class are within epsilon of the first member's.

    The unscaled kinds: ordinary, exact (transposed matrices) and strict (both).

    Returns
    -------
    Partition
        For epsilon 0 the coarsest lumping. O(rounds * nodes * representatives per class) exact operations.
    """
    partition = initial
    while True:
        labels = np.zeros(len(partition), dtype=np.int64)
        count = 0
        for members in partition.classes():
            heads: list[Vector] = []
            known: dict[Any, int] = {}
            for s in members:
                sums = [class_sums(w, s, partition.class_of) for w in matrices]
                vector = {(i, c): v for i, row in enumerate(sums) for c, v in row.items()}
                key = frozenset(vector.items())
                if key not in known:
                    known[key] = _nearest(vector, heads, epsilon)
                labels[s] = count + known[key]
            count += len(heads)
        if count == partition.count:
            return partition
        partition = Partition(labels)


def _nearest(vector: Vector, heads: list[Vector], epsilon: Fraction) -> int:
    """Return the number of the nearest head within epsilon; a new one if there is none."""
    best, found = None, -1
    for h, other in enumerate(heads):
        r = residual(vector, other)
        if r <= epsilon and (best is None or r < best):
            best, found = r, h
    if found < 0:
        heads.append(vector)
        return len(heads) - 1
    return found


def weighted_sums(graph: WeightedGraph, arrows: list[Arrow], index: int, state: ScaledPartition) -> Sums:
    """Return the exact weighted sums of node `index` of the arrows' target. O(in-degree)."""
    sums: Sums = {}
    for arrow in arrows:
        start = graph.offset(arrow.source)
        for u, weight in arrow.weights.column(index):
            key = (arrow.operator, int(state.class_of[start + u]))
            sums[key] = sums.get(key, ZERO) + state.scales[start + u] * weight
    return {key: value for key, value in sums.items() if value != 0}


def lump_layers_nearly(
    graph: WeightedGraph,
    epsilon: Fraction = ZERO,
) -> ScaledPartition:
    """Return a two-sided proportional exact partition of a feed-forward graph within epsilon.

    Parameters
    ----------
    graph : WeightedGraph
    epsilon : Fraction
        Largest residual of a node, in the sums over the classes made before; a node whose sums without the bias are
        within it is constant (pruned, T15).

    Returns
    -------
    ScaledPartition
        For epsilon 0 the coarsest lumping.
    """
    state = ScaledPartition.start(graph)
    for group, arrows in arrows_in_order(graph):
        if group.pinned or group.function.couples:
            state.keep_apart(graph, group)
            continue
        vectors = [weighted_sums(graph, arrows, v, state) for v in range(group.size)]
        left = [v for v in range(group.size) if not _pruned(graph, group, v, vectors[v], epsilon, state)]
        _greedy(graph, group, vectors, left, epsilon, state)
    return state


def _pruned(
    graph: WeightedGraph, group: Group, v: int, vector: Sums, epsilon: Fraction, state: ScaledPartition
) -> bool:
    """Put a node into the class of the unit node if all but the bias is within epsilon; return whether it was."""
    rest = sum((abs(w) for k, w in vector.items() if k != UNIT), ZERO)
    if rest > epsilon:
        return False
    value = constant_value(group.function, vector.get(UNIT, ZERO))
    if value is None or (value != 0 and group.shape):
        return False
    state.assign(graph.offset(group.name) + v, 0, value)
    return True


def _greedy(
    graph: WeightedGraph, group: Group, vectors: list[Sums], left: list[int], epsilon: Fraction, state: ScaledPartition
) -> None:
    start = graph.offset(group.name)
    table = _Floats(vectors)
    heads: list[int] = []
    for v in left:
        for h in table.near(v, heads, float(epsilon), group.function):
            r = near_ratio(group.function, vectors[v], vectors[h])
            if residual(vectors[v], vectors[h], r) <= epsilon:
                state.assign(start + v, int(state.class_of[start + h]), r)
                break
        else:
            state.new_class(start + v)
            heads.append(v)


class _Floats:
    """Holds the vectors of a group as a matrix of floats, to look for what is near."""

    def __init__(self, vectors: list[Sums]) -> None:
        keys: dict[Any, int] = {}
        for vector in vectors:
            for k in vector:
                keys.setdefault(k, len(keys))
        self.rows: NDArray[np.float64] = np.zeros((len(vectors), len(keys)))
        for v, vector in enumerate(vectors):
            for k, w in vector.items():
                self.rows[v, keys[k]] = float(w)
        self.sizes = np.abs(self.rows).sum(axis=1)

    def residuals(self, v: int, heads: Sequence[int], function: NodeFunction) -> NDArray[np.float64]:
        """Return the residual of a node to every head."""
        others = self.rows[list(heads)]
        ratios = np.ones(len(others))
        if function.homogeneous or function.linear:
            below = self.sizes[list(heads)]
            ratios = np.where(below > 0, self.sizes[v] / np.where(below > 0, below, 1.0), 1.0)
            if function.linear:
                ratios = ratios * np.where(others @ self.rows[v] < 0, -1.0, 1.0)
        return np.abs(self.rows[v] - ratios[:, None] * others).sum(axis=1)

    def near(self, v: int, heads: list[int], epsilon: float, function: NodeFunction) -> list[int]:
        """Return the heads that may be within epsilon, the nearest first."""
        if not heads:
            return []
        found = self.residuals(v, heads, function)
        limit = epsilon + SLACK * (self.sizes[v] + epsilon)
        return [heads[i] for i in np.argsort(found, kind="stable") if found[i] <= limit]
