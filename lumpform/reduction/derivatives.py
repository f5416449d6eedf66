"""Computes a network of plain matrices over samples, and its derivatives by the weights, forward and backward.

Weights are lists of matrices in the order of the graph's arrows. Everything is of the type of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Group, WeightedGraph

Matrix = NDArray[Any]
FUNCTIONS = ("identity", "relu", "leaky_relu")


@dataclass(frozen=True)
class Point:
    """Holds a network at given weights: values of all groups, and the slopes of their functions there.

    Parameters
    ----------
    graph : WeightedGraph
        Groups are numbers, functions are of `FUNCTIONS`, arrows have no operator.
    weights : sequence of (nodes, nodes) arrays
    values : mapping of group to (samples, nodes) array
    slopes : mapping of group to array
        Of the groups that are computed.
    """

    graph: WeightedGraph
    weights: Sequence[Matrix]
    values: Mapping[str, Matrix]
    slopes: Mapping[str, Any]

    @classmethod
    def of(cls, graph: WeightedGraph, weights: Sequence[Matrix], given: Mapping[str, Matrix]) -> Point:
        """Compute all values from those of the inputs. O(samples * weights)."""
        samples = len(next(iter(given.values())))
        dtype: Any = np.result_type(*weights) if weights else np.dtype(np.float32)
        values, slopes = dict(given), dict[str, Any]()
        values[graph.groups[0].name] = np.ones((samples, 1), dtype=dtype)
        for group in graph.groups:
            if group.name in values:
                continue
            total = np.zeros((samples, group.size), dtype=dtype)
            for arrow, w in zip(graph.arrows, weights, strict=True):
                if arrow.target == group.name:
                    total += values[arrow.source] @ w
            slope = _slope(group)
            slopes[group.name] = dtype.type(1) if slope == 1 else np.where(total > 0, dtype.type(1), dtype.type(slope))
            values[group.name] = total * slopes[group.name]
        return cls(graph, weights, values, slopes)

    def forward(self, step: Sequence[Matrix]) -> dict[str, Matrix]:
        """Return by how much the values change, to first order, if the weights change by a step."""
        moved: dict[str, Matrix] = {}
        for group in self.graph.groups:
            if group.name not in self.slopes:
                continue
            total: Any = np.zeros_like(self.values[group.name])
            for arrow, w, s in zip(self.graph.arrows, self.weights, step, strict=True):
                if arrow.target == group.name:
                    total += self.values[arrow.source] @ s
                    if arrow.source in moved:
                        total += moved[arrow.source] @ w
            moved[group.name] = total * self.slopes[group.name]
        return moved

    def backward(self, errors: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """Return the gradient by what arrives at every group, before its function, from those of the values."""
        behind, found = dict(errors), dict[str, Matrix]()
        for group in reversed(self.graph.groups):
            if group.name not in behind or group.name not in self.slopes:
                continue
            error = found[group.name] = behind[group.name] * self.slopes[group.name]
            for arrow, w in zip(self.graph.arrows, self.weights, strict=True):
                if arrow.target == group.name and arrow.source in self.slopes:
                    sent = error @ w.T
                    behind[arrow.source] = behind[arrow.source] + sent if arrow.source in behind else sent
        return found

    def gradients(self, errors: Mapping[str, Matrix]) -> list[Matrix]:
        """Return the gradient of every arrow's weights."""
        return self.products(self.values, self.backward(errors))

    def products(self, values: Mapping[str, Matrix], errors: Mapping[str, Matrix]) -> list[Matrix]:
        """Return ``values^T errors`` for every arrow, from its source and its target."""
        return [
            values[a.source].T @ errors[a.target] if a.target in errors else np.zeros_like(w)
            for a, w in zip(self.graph.arrows, self.weights, strict=True)
        ]


def _slope(group: Group) -> float:
    """Return what a function does to negative numbers: it multiplies them by this."""
    name = group.function.name
    return 1.0 if name == "identity" else 0.0 if name == "relu" else float(group.function.parameters[0])
