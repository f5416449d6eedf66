"""Rescales a graph: divides every node by a factor (T9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.graph.graph import WeightedGraph
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import exact_values


def rescaled(graph: WeightedGraph, scales: Sequence[Any] | Values) -> WeightedGraph:
    """Return the graph whose nodes hold x(v) / d(v), for scales d(v) > 0: its weights are ``d(u) A(u, v) / d(v)``."""
    column = (scales if isinstance(scales, Values) else exact_values(scales)).coded()
    inverse = CodedValues(column.codes, tuple(Fraction(1) / d for d in column.table))
    arrows = []
    for arrow in graph.arrows:
        source, target = (
            np.arange(graph.offset(n), graph.offset(n) + graph.group(n).size) for n in (arrow.source, arrow.target)
        )
        arrows.append(replace(arrow, weights=arrow.weights.scaled_by(column.take(source), inverse.take(target))))
    return replace(graph, arrows=tuple(arrows))
