"""Leaves out nodes that are linear functions of others.

If the value of a node is ``sum of c_j x_j`` over nodes of its own group plus a linear function of earlier nodes, it can
be left out: its outgoing weights are handed on to the nodes of that expression. Terms from earlier groups become edges
that skip a layer, which a weighted graph allows, so lumping applies to the result unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.reduction.needed import restricted

Before = tuple[str, Any, int]
"""A term from an earlier group: (group, operator on the way, index); the unit node is index 0 of its group."""

Cell = tuple[int, int, Fraction]
"""A weight with its row and its column."""


@dataclass(frozen=True)
class Substitution:
    """States that a node is a linear function of others.

    ``x(group[index]) = sum of inside[j] * x(group[j]) + sum of before[g, op, u] * op(x(g[u]))``.

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
    """Return the exact weights into one node, as a linear function of earlier nodes."""
    terms: dict[Before, Fraction] = {}
    for arrow in graph.arrows:
        if arrow.target == group.name:
            for u, value in arrow.weights.column(index):
                key = (arrow.source, arrow.operator, u)
                terms[key] = terms.get(key, Fraction(0)) + value
    return {key: value for key, value in terms.items() if value != 0}


def eligible(graph: WeightedGraph, group: Group) -> bool:
    """Tell whether nodes of a group may be replaced: hidden, numbers, and nothing happens behind them."""
    outgoing = [a for a in graph.arrows if a.source == group.name]
    return not group.pinned and not group.shape and all(a.operator is None for a in outgoing)


def substituted(graph: WeightedGraph, substitutions: Iterable[Substitution]) -> WeightedGraph:
    """Return the graph without the substituted nodes of one group; the function it computes is the same.

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
