"""Removing neurons that are linear functions of others: opposite pairs, linear dependence, stable neurons (T16).

One idea for all of them. If the value of a node is ``sum of c_j x_j`` over nodes of its own group plus a linear
function of earlier nodes, it can be left out: its outgoing weights are handed on to the nodes of that expression.
Terms from earlier groups become edges that skip a layer, which a weighted graph allows, so lumping applies to the
result unchanged. The functions here find expressions; `substituted` carries them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.numbers.field import require_ordered
from lumpform.reduction.bounds import BOUNDED, image
from lumpform.reduction.needed import restricted

Before = tuple[str, Any, int]
"""A term from an earlier group: (group, operator on the way, index); the unit node is index 0 of its group."""

Cell = tuple[int, int, Fraction]
"""A weight with its row and its column."""


@dataclass(frozen=True)
class Substitution:
    """``x(group[index]) = sum of inside[j] * x(group[j]) + sum of before[g, op, u] * op(x(g[u]))``.

    Attributes
    ----------
    group, index : the node that is left out
    inside : dict
        Coefficients of nodes of the same group, by index.
    before : dict
        Coefficients of nodes of earlier groups.
    reason : {"opposite", "linear", "copy", "active", "inactive"}
        Why it holds.
    """

    group: str
    index: int
    inside: dict[int, Fraction] = field(default_factory=dict)
    before: dict[Before, Fraction] = field(default_factory=dict)
    reason: str = ""


def inputs_of(graph: WeightedGraph, group: Group, index: int) -> dict[Before, Fraction]:
    """The exact weights into one node, as a linear function of earlier nodes."""
    terms: dict[Before, Fraction] = {}
    for arrow in graph.arrows:
        if arrow.target == group.name:
            for u, value in arrow.weights.column(index):
                key = (arrow.source, arrow.operator, u)
                terms[key] = terms.get(key, Fraction(0)) + value
    return {key: value for key, value in terms.items() if value != 0}


def eligible(graph: WeightedGraph, group: Group) -> bool:
    """Whether nodes of a group may be replaced by expressions: hidden, numbers, and nothing happens behind them."""
    outgoing = [a for a in graph.arrows if a.source == group.name]
    return not group.pinned and not group.shape and all(a.operator is None for a in outgoing)


def opposite_pairs(graph: WeightedGraph, group: Group) -> list[Substitution]:
    """ReLU neurons whose input is a negative multiple of another's: ``relu(-r z) = r (relu(z) - z)`` for r > 0."""
    if group.function.name != "relu" or not eligible(graph, group):
        return []
    found: dict[Any, tuple[int, Fraction]] = {}
    result = []
    for index in range(group.size):
        terms = inputs_of(graph, group, index)
        if not terms:
            continue
        first = min(terms, key=repr)
        size = abs(terms[first])
        direction = frozenset((key, value / size) for key, value in terms.items())
        reverse = frozenset((key, -value) for key, value in direction)
        if reverse in found:
            other, other_size = found[reverse]
            r = size / other_size
            before = {key: -r * value for key, value in inputs_of(graph, group, other).items()}
            result.append(Substitution(group.name, index, {other: r}, before, "opposite"))
        else:
            found.setdefault(direction, (index, size))
    return result


def linear_dependence(graph: WeightedGraph, group: Group) -> list[Substitution]:
    """Neurons of a linear group whose inputs are linear combinations of the inputs of others; exact elimination."""
    if group.function.name != "identity" or group.size < 2 or not eligible(graph, group):
        return []
    from flint import fmpq, fmpq_mat

    terms = [inputs_of(graph, group, index) for index in range(group.size)]
    keys = sorted({key for t in terms for key in t}, key=repr)
    place = {key: i for i, key in enumerate(keys)}
    matrix = fmpq_mat(len(keys), group.size)
    for j, t in enumerate(terms):
        for key, value in t.items():
            matrix[place[key], j] = fmpq(value.numerator, value.denominator)
    reduced, rank = matrix.rref()
    pivots = []
    for i in range(rank):
        pivots.append(next(j for j in range(group.size) if reduced[i, j] != 0))
    chosen = set(pivots)
    result = []
    for j in range(group.size):
        if j not in chosen:
            inside = {pivots[i]: _fraction(reduced[i, j]) for i in range(rank) if reduced[i, j] != 0}
            result.append(Substitution(group.name, j, inside, {}, "linear"))
    return result


def copies(graph: WeightedGraph, group: Group) -> list[Substitution]:
    """All neurons of a linear group if each is a multiple of one neuron of one earlier group, plus a constant.

    Such a group is that earlier group seen again, and what comes behind can read the earlier one.
    """
    if group.function.name != "identity" or not group.size or not eligible(graph, group):
        return []
    unit = graph.groups[0].name
    terms = [inputs_of(graph, group, index) for index in range(group.size)]
    read = [{key for key in t if key[0] != unit} for t in terms]
    if any(len(keys) > 1 for keys in read) or len({key[:2] for keys in read for key in keys}) != 1:
        return []
    return [Substitution(group.name, index, {}, t, "copy") for index, t in enumerate(terms)]


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def stable(graph: WeightedGraph, group: Group, bounds: Sequence[tuple[Fraction, Fraction]]) -> list[Substitution]:
    """Neurons whose input keeps its sign on the box: linear where it is never negative, zero where never positive.

    `bounds` are lower and upper bounds of the inputs of the group's nodes (see `interval_bounds`).
    """
    if group.function.name not in ("relu", "leaky_relu") or not eligible(graph, group):
        return []
    slope = group.function.parameters[0] if group.function.name == "leaky_relu" else Fraction(0)
    result = []
    for index, (low, high) in enumerate(bounds):
        if low >= 0:
            result.append(Substitution(group.name, index, {}, inputs_of(graph, group, index), "active"))
        elif high <= 0:
            before = {k: slope * v for k, v in inputs_of(graph, group, index).items()} if slope else {}
            result.append(Substitution(group.name, index, {}, before, "inactive"))
    return result


def substituted(graph: WeightedGraph, substitutions: Iterable[Substitution]) -> WeightedGraph:
    """The graph without the substituted nodes of one group; the function it computes is the same.

    Expressions refer to nodes of their own group that stay, and to earlier groups.
    """
    chosen = list(substitutions)
    if not chosen:
        return graph
    (name,) = {s.group for s in chosen}
    start = graph.offset(name)
    arrows = list(graph.arrows)
    for position, arrow in enumerate(graph.arrows):
        if arrow.source != name:
            continue
        inside: list[Cell] = []
        skipped: dict[tuple[str, Any], list[Cell]] = {}
        for s in chosen:
            for v, weight in arrow.weights.row(s.index):
                inside += [(j, v, c * weight) for j, c in s.inside.items()]
                for (source, operator, u), c in s.before.items():
                    skipped.setdefault((source, operator), []).append((u, v, c * weight))
        arrows[position] = replace(arrow, weights=_plus(arrow.weights, inside))
        for (source, operator), cells in skipped.items():
            _add_arrow(graph, arrows, source, arrow.target, operator, cells)
    keep = np.ones(graph.nodes, dtype=bool)
    keep[[start + s.index for s in chosen]] = False
    return restricted(WeightedGraph(graph.groups, tuple(arrows)), keep)


def _plus(weights: Weights, cells: list[Cell]) -> Weights:
    return weights.plus(SparseWeights.from_coo(*_columns(cells), weights.shape)) if cells else weights


def _columns(cells: list[Cell]) -> tuple[list[int], list[int], list[Fraction]]:
    """Return rows, columns and values."""
    return [u for u, _, _ in cells], [v for _, v, _ in cells], [w for _, _, w in cells]


def _add_arrow(
    graph: WeightedGraph,
    arrows: list[Arrow],
    source: str,
    target: str,
    operator: Any,
    cells: list[Cell],
) -> None:
    """Add weights to the arrow between two groups with this operator, or make a new one."""
    for i, arrow in enumerate(arrows):
        if (arrow.source, arrow.target, arrow.operator) == (source, target, operator):
            arrows[i] = replace(arrow, weights=_plus(arrow.weights, cells))
            return
    names = {a.name for a in arrows}
    name = f"{source} to {target}"
    while name in names:
        name += "'"
    shape = (graph.group(source).size, graph.group(target).size)
    arrows.append(Arrow(name, source, target, DenseWeights.from_coo(*_columns(cells), shape), operator))


def interval_bounds(
    graph: WeightedGraph, inputs: dict[str, Sequence[tuple[Fraction, Fraction]]]
) -> dict[str, list[tuple[Fraction, Fraction]]]:
    """Exact interval bounds of the *inputs* of every hidden node's function, for numbers (no feature maps).

    `inputs` gives a lower and an upper bound for every node of the input groups. Groups that depend on feature maps or
    on functions without known bounds are left out, and so is what depends on them.
    """
    require_ordered("a bound", graph.field)
    values: dict[str, list[tuple[Fraction, Fraction]]] = dict(inputs)  # type: ignore[arg-type]
    values[graph.groups[0].name] = [(Fraction(1), Fraction(1))]
    result: dict[str, list[tuple[Fraction, Fraction]]] = {}
    for group in graph.groups:
        into = [a for a in graph.arrows if a.target == group.name]
        if group.name in values or any(a.source not in values or a.operator is not None for a in into) or group.shape:
            continue
        low, high = [Fraction(0)] * group.size, [Fraction(0)] * group.size
        for arrow in into:
            for u, v, w in arrow.weights.entries():
                a, b = values[arrow.source][u]
                low[v] += w * (a if w > 0 else b)
                high[v] += w * (b if w > 0 else a)
        result[group.name] = list(zip(low, high, strict=True))
        if group.function.name in BOUNDED:
            values[group.name] = [image(group, interval) for interval in result[group.name]]
    return result
