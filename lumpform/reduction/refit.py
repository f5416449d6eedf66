"""Refits the weights that a group is read into by least squares: towards the sums that arrived there in the original.

Among all weights that the same nodes could be read with, these deviate least from the original under the distribution
of inputs (T18), so it does not matter how the nodes before were found. All sources of a group are fitted together, a
convolution's kernel over all positions, behind pooling where there is some. The ridge draws towards the weights as they
are, not towards zero: what samples do not tell is left as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.operators import operate
from lumpform.reduction.channels import one_to_one

LARGEST = 4096
"""So many numbers at most are read by one node that is refitted: the effort grows with the cube."""

ROWS = 1 << 16
"""So many samples at all positions together are about enough; of more positions some are drawn."""

RIDGE = 1e-3
"""Relative to the mean square of what is read."""


def refit(
    graph: WeightedGraph,
    group: Group,
    values: Mapping[str, NDArray[Any]],
    wanted: NDArray[Any],
    weights: NDArray[np.float64],
    ridge: float = RIDGE,
) -> WeightedGraph:
    """Return the graph with refitted arrows into a group.

    Parameters
    ----------
    graph : WeightedGraph
        As it is now.
    group : Group
    values : mapping of name to (samples, nodes, *shape) array
        Of the groups that are read, in this graph.
    wanted : (samples, nodes, *shape) array
        What arrived at the group in the original, before its function.
    weights : (samples,) array
        They sum to one.
    ridge : float
        Above zero.

    Returns
    -------
    WeightedGraph
        In float64. O(rows k (k + nodes) + k^3) for k numbers read. Unchanged if a node reads more than `LARGEST`
        numbers, or where nodes only hand on what is theirs (pooling, kernels of their own).
    """
    read = [a for a in graph.arrows if a.target == group.name]
    bias = next((a for a in read if a.source == graph.unit and a.operator is None), None)
    others = [a for a in read if a is not bias]
    terms = sum(a.weights.shape[0] for a in others)
    if not others or terms > LARGEST or all(one_to_one(a) for a in others):
        return graph
    matrix = np.concatenate([a.weights.floats() for a in others])
    constant = np.zeros((1, group.size)) if bias is None else bias.weights.floats()
    gram, cross = _moments(others, values, wanted, weights, np.concatenate([constant, matrix]))
    shrink = np.diag([0.0] + [1.0] * terms) * (ridge * float(np.trace(gram[1:, 1:])) / terms)
    if not shrink.any():
        return graph
    change = np.linalg.solve(gram + shrink, cross)
    return _with(graph, group, bias, others, constant + change[:1], matrix + change[1:])


def _moments(
    arrows: list[Arrow],
    values: Mapping[str, NDArray[Any]],
    wanted: NDArray[Any],
    weights: NDArray[np.float64],
    now: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return second moments of what is read, the constant first, and cross moments with what is missing."""
    positions = prod(wanted.shape[2:])
    count = min(positions, max(1, ROWS // len(wanted)))
    rng = np.random.default_rng(positions)
    gram, cross = np.zeros((len(now), len(now))), np.zeros((len(now), wanted.shape[1]))
    step = max(1, (1 << 22) // (len(now) * positions))
    for i in range(0, len(wanted), step):
        some = slice(i, i + step)
        target = wanted[some].reshape(-1, wanted.shape[1], positions)
        parts = [operate(a.operator, values[a.source][some]) for a in arrows]
        maps = [p.reshape(len(p), p.shape[1], -1) for p in parts]
        if count < positions:
            chosen = np.sort(rng.choice(positions, count, replace=False))
            target = target[:, :, chosen]
            maps = [m if m.shape[2] == 1 else m[:, :, chosen] for m in maps]
        whole = [np.ones((len(target), 1, 1), dtype=target.dtype), *maps]
        side = np.concatenate([np.broadcast_to(m, (*m.shape[:2], target.shape[2])) for m in whole], axis=1)
        rows = np.moveaxis(side, 1, 2).reshape(-1, side.shape[1])
        missing = np.moveaxis(target, 1, 2).reshape(-1, target.shape[1]) - rows @ now.astype(rows.dtype)
        weighted = rows * np.repeat(weights[some] / target.shape[2], target.shape[2]).astype(rows.dtype)[:, None]
        gram += rows.T @ weighted
        cross += weighted.T @ missing
    return gram, cross


def _with(
    graph: WeightedGraph, group: Group, bias: Arrow | None, others: list[Arrow], constant: Any, matrix: Any
) -> WeightedGraph:
    """Return the graph with these weights, in the order of the arrows."""
    cuts = np.cumsum([a.weights.shape[0] for a in others])[:-1]
    new = {id(a): w for a, w in zip(others, np.split(matrix, cuts), strict=True)}
    if bias is not None:
        new[id(bias)] = constant
    arrows = [replace(a, weights=DenseWeights.from_array(new[id(a)])) if id(a) in new else a for a in graph.arrows]
    if bias is None and constant.any():
        assert graph.unit is not None
        arrows.append(Arrow(f"bias of {group.name}", graph.unit, group.name, DenseWeights.from_array(constant)))
    return WeightedGraph(graph.groups, tuple(arrows))
