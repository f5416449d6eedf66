"""Finds neurons that are linear functions of others: opposite pairs, linear dependence, copies, stable neurons (T16).

Each finder looks at one group and returns expressions, which `lumpform.reduction.substitute` carries out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.reduction.substitute import Substitution, eligible, inputs_of


def opposite_pairs(graph: WeightedGraph, group: Group) -> list[Substitution]:
    """Find ReLU neurons whose input is a negative multiple of another's: ``relu(-r z) = r (relu(z) - z)``, r > 0."""
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
    """Find neurons of a linear group whose inputs are combinations of the inputs of others, by exact elimination."""
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
    """Return all neurons of a linear group if each is a multiple of one neuron of one earlier group, plus a constant.

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
    """Find neurons whose input keeps its sign on the box: linear where never negative, zero where never positive.

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
