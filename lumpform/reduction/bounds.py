"""A sound bound on what a partition that is not quite a lumping changes (T13), in exact arithmetic.

For a class C with first member f, the quotient gives a member u the value ``d(u) y(C)``. Its true value differs because
its weighted sums are not exactly d(u) times those of f (the residuals), and because the values that it reads differ
already. With node functions of Lipschitz constant L, ``e(u) <= L (sum |A(a, u)| e(a) + sum |residual(C)| max
|y(C)|)``. A neuron in the class of the unit node is replaced by a constant; removing it is the constant 0 (T15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.lumping.columns import column
from lumpform.numbers.field import require_ordered

Interval = tuple[Fraction, Fraction]
ZERO = Fraction(0)

BOUNDED = ("identity", "relu", "leaky_relu")
"""Node functions whose values on an interval are known here."""


def deviation_bounds(
    graph: WeightedGraph,
    partition: Partition,
    scales: Sequence[Fraction],
    box: Mapping[str, Sequence[Interval]],
) -> list[Fraction]:
    """For every node a bound of ``|x(u) - d(u) y(class of u)|`` for inputs in the box.

    Parameters
    ----------
    graph : WeightedGraph
        Feed-forward, of numbers, with identity, ReLU or leaky ReLU as node functions.
    partition : Partition of its nodes
        Class 0 is that of the unit node. Any partition inside groups; it need not be a lumping.
    scales : sequence of Fraction
        Relative to the first member of each class; constants in class 0.
    box : mapping
        For every input group an interval for each node.

    Returns
    -------
    list of Fraction
        Zero everywhere if it is a lumping. O(edges) exact operations.

    Raises
    ------
    ModelError
        For feature maps and for other node functions.
    """
    require_ordered("a bound", graph.field)
    bounds = _Bounds(graph, partition, scales)
    for group in graph.groups:
        bounds.group(group, [a for a in graph.arrows if a.target == group.name], box.get(group.name))
    return bounds.error


class _Bounds:
    """Errors of the nodes so far, and ranges of the quotient's values by class."""

    def __init__(self, graph: WeightedGraph, partition: Partition, scales: Sequence[Fraction]) -> None:
        self.graph, self.partition, self.scales = graph, partition, scales
        self.error = [ZERO] * graph.nodes
        self.range: dict[int, Interval] = {0: (Fraction(1), Fraction(1))}

    def group(self, group: Group, into: list[Arrow], given: Sequence[Interval] | None) -> None:
        start = self.graph.offset(group.name)
        if start == 0:
            return
        if group.shape or any(a.operator is not None for a in into):
            raise ModelError(f"the group {group.name!r} holds feature maps, expected numbers")
        first = self.partition.representatives
        for v in range(group.size):
            c = self.partition.class_at(start + v)
            if given is not None:
                self.range[c] = given[v]
            elif c != 0 and first[c] == start + v:
                self.range[c] = image(group, self._interval(self._sums(into, v)))
        if given is None:
            for v in range(group.size):
                self.error[start + v] = self._error(group, into, start, v)

    def _error(self, group: Group, into: list[Arrow], start: int, v: int) -> Fraction:
        node = start + v
        c = self.partition.class_at(node)
        carried = sum((abs(w) * self.error[u] for u, w in self._read(into, v)), ZERO)
        sums = self._sums(into, v)
        if c == 0:
            low, high = image(group, self._interval(sums))
            gap = max(abs(low - self.scales[node]), abs(high - self.scales[node]))
            return gap + lipschitz(group) * carried
        other = self._sums(into, int(self.partition.representatives[c]) - start)
        residuals = {k: sums.get(k, ZERO) - self.scales[node] * other.get(k, ZERO) for k in sums.keys() | other.keys()}
        size = sum((abs(r) * max(map(abs, self.range[k])) for k, r in residuals.items()), ZERO)
        return lipschitz(group) * (carried + size)

    def _read(self, into: list[Arrow], v: int) -> list[tuple[int, Any]]:
        return [(self.graph.offset(a.source) + u, w) for a in into for u, w in column(a.weights, v)]

    def _sums(self, into: list[Arrow], v: int) -> dict[int, Fraction]:
        sums: dict[int, Fraction] = {}
        for u, w in self._read(into, v):
            c = self.partition.class_at(u)
            sums[c] = sums.get(c, ZERO) + self.scales[u] * w
        return sums

    def _interval(self, sums: dict[int, Fraction]) -> Interval:
        ends = [sorted((w * self.range[c][0], w * self.range[c][1])) for c, w in sums.items()]
        return sum((e[0] for e in ends), ZERO), sum((e[1] for e in ends), ZERO)


def lipschitz(group: Group) -> Fraction:
    """A Lipschitz constant of a node function.

    Raises
    ------
    ModelError
        For a function without a known one.
    """
    if group.function.name in ("identity", "relu"):
        return Fraction(1)
    if group.function.name == "leaky_relu":
        return max(Fraction(1), abs(group.function.parameters[0]))
    raise ModelError(f"no bound for the node function {group.function.name!r}, expected identity, relu or leaky_relu")


def image(group: Group, interval: Interval) -> Interval:
    """The values of a node function on an interval."""
    lipschitz(group)
    low, high = interval
    if group.function.name == "relu":
        return max(low, ZERO), max(high, ZERO)
    if group.function.name == "leaky_relu":
        alpha = group.function.parameters[0]
        ends = [v if v >= 0 else alpha * v for v in (low, high)] + ([ZERO] if low < 0 < high else [])
        return min(ends), max(ends)
    return interval
