"""Rescales a graph: divides every node by a factor (T9)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.numbers.make import from_fractions


def rescaled(graph: WeightedGraph, scales: Any) -> WeightedGraph:
    """The graph whose nodes hold x(v) / d(v): weights ``d(u) A(u, v) / d(v)``."""
    arrows = []
    for arrow in graph.arrows:
        source, target = graph.offset(arrow.source), graph.offset(arrow.target)
        flat = [Fraction(0)] * (arrow.weights.shape[0] * arrow.weights.shape[1])
        for u in range(arrow.weights.shape[0]):
            for v, w in arrow.weights.row(u):
                flat[u * arrow.weights.shape[1] + v] = scales[source + u] * w / scales[target + v]
        arrows.append(replace(arrow, weights=DenseWeights(arrow.weights.shape, from_fractions(flat))))
    return replace(graph, arrows=tuple(arrows))
