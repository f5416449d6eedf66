"""Carries out what was chosen for a layer: some nodes stay, or means of clusters, and all others become combinations.

This is the linear quotient: with V for the combination, an arrow with the matrix A from the group becomes V A, whatever
its operator. Nodes that stay keep their own weights exactly; all that is computed is a float64 result.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.reduction.needed import restricted


@dataclass(frozen=True)
class Combined:
    """Says what became of a group.

    Attributes
    ----------
    group : str
    kept : tuple of int
        The nodes that stay; of a folded layer the first of each cluster, whose mean takes its place.
    combination : (1 + kept, nodes) float array
        Column v: the constant and the coefficients by which node v is replaced.
    unexplained : float
        The share of the variance, under the distribution used, of what reads the group that is not reproduced.
    choice : str
        How the layer was found: ``greedy``, or the baseline that was better (`lumpform.reduction.candidates`).
    """

    group: str
    kept: tuple[int, ...]
    combination: NDArray[np.float64]
    unexplained: float
    choice: str = "greedy"


def folded(graph: WeightedGraph, name: str, means: NDArray[np.float64]) -> WeightedGraph:
    """Return the graph in which the nodes of a group are means of what they were, and nothing reads them yet.

    `means` is (nodes before, nodes after): in every column the shares of the members of a cluster. O(weights * nodes).
    """
    groups = tuple(replace(g, size=means.shape[1]) if g.name == name else g for g in graph.groups)
    arrows = []
    for arrow in graph.arrows:
        if arrow.target == name:
            arrow = replace(arrow, weights=DenseWeights.from_array(arrow.weights.floats() @ means))
        if arrow.source != name:
            arrows.append(arrow)
    return WeightedGraph(groups, tuple(arrows))


def combine(graph: WeightedGraph, done: Combined, means: NDArray[np.float64] | None = None) -> WeightedGraph:
    """Return the graph in which a group has only the kept nodes, and all are read as combinations of them.

    With `means`, see `folded`, clusters take the place of the kept nodes. O(weights * nodes).
    """
    name = done.group
    read: list[Arrow] = []
    constants: dict[str, NDArray[Any]] = {}
    for arrow in graph.arrows:
        if arrow.source == name:
            weights = done.combination @ arrow.weights.floats()
            read.append(replace(arrow, weights=DenseWeights.from_array(np.ascontiguousarray(weights[1:]))))
            constants[arrow.target] = constants.get(arrow.target, 0.0) + weights[0]
    if means is None:
        keep = np.ones(graph.nodes, dtype=bool)
        start = graph.offset(name)
        keep[start : start + graph.group(name).size] = False
        keep[[start + k for k in done.kept]] = True
        smaller = restricted(graph, keep)
    else:
        smaller = folded(graph, name, means)
    replaced = {id(old): new for old, new in zip((a for a in graph.arrows if a.source == name), read, strict=True)}
    kept = iter(a for a in smaller.arrows if a.source != name)
    arrows = [replaced[id(a)] if a.source == name else next(kept) for a in graph.arrows]
    return WeightedGraph(smaller.groups, tuple(_with_constants(arrows, graph.groups[0].name, constants)))


def _with_constants(arrows: list[Arrow], unit: str, constants: dict[str, NDArray[Any]]) -> list[Arrow]:
    """Add constants to the biases of what reads the group."""
    for target, row in constants.items():
        if not row.any():
            continue
        place = next(
            (i for i, a in enumerate(arrows) if (a.source, a.target, a.operator) == (unit, target, None)), None
        )
        if place is None:
            arrows.append(Arrow(f"bias of {target}", unit, target, DenseWeights.from_array(row[None, :])))
        else:
            summed = DenseWeights.from_array(arrows[place].weights.floats() + row)
            arrows[place] = replace(arrows[place], weights=summed)
    return arrows
