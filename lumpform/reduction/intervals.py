"""Bounds what the nodes of a network can hold on a box of inputs, by exact interval arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from lumpform.errors import ModelError
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.numbers.field import require_ordered

Interval = tuple[Fraction, Fraction]
ZERO = Fraction(0)

BOUNDED = ("identity", "relu", "leaky_relu")
"""Node functions whose values on an interval are known here."""


def interval_bounds(graph: WeightedGraph, inputs: Mapping[str, Sequence[Interval]]) -> dict[str, list[Interval]]:
    """Return exact bounds of the *inputs* of every hidden node's function, for numbers (no feature maps).

    `inputs` gives a lower and an upper bound for every node of the input groups. Groups that depend on feature maps or
    on functions without known bounds are left out, and so is what depends on them.
    """
    require_ordered("a bound", graph.field)
    values: dict[str, Sequence[Interval]] = dict(inputs)
    values[graph.groups[0].name] = [(Fraction(1), Fraction(1))]
    result: dict[str, list[Interval]] = {}
    for group in graph.groups:
        into = [a for a in graph.arrows if a.target == group.name]
        if group.name in values or any(a.source not in values or a.operator is not None for a in into) or group.shape:
            continue
        low, high = [ZERO] * group.size, [ZERO] * group.size
        for arrow in into:
            for u, v, w in arrow.weights.entries():
                a, b = values[arrow.source][u]
                low[v] += w * (a if w > 0 else b)
                high[v] += w * (b if w > 0 else a)
        result[group.name] = list(zip(low, high, strict=True))
        if group.function.name in BOUNDED:
            values[group.name] = [image(group, interval) for interval in result[group.name]]
    return result


def lipschitz(group: Group) -> Fraction:
    """Return a Lipschitz constant of a node function.

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
    """Return the values of a node function on an interval."""
    lipschitz(group)
    low, high = interval
    if group.function.name == "relu":
        return max(low, ZERO), max(high, ZERO)
    if group.function.name == "leaky_relu":
        alpha = group.function.parameters[0]
        ends = [v if v >= 0 else alpha * v for v in (low, high)] + ([ZERO] if low < 0 < high else [])
        return min(ends), max(ends)
    return interval
