"""Rescales a graph: divides every node by a factor (T9)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import WeightedGraph


def rescaled(graph: WeightedGraph, scales: Any) -> WeightedGraph:
    """Return the graph whose nodes hold x(v) / d(v), for scales d(v) > 0: its weights are ``d(u) A(u, v) / d(v)``."""
    arrows = []
    for arrow in graph.arrows:
        source, target = (scales[graph.offset(n) :][: graph.group(n).size] for n in (arrow.source, arrow.target))
        weights = arrow.weights.scaled_by(source, [Fraction(1) / d for d in target])
        arrows.append(replace(arrow, weights=weights))
    return replace(graph, arrows=tuple(arrows))
