"""Tells whether two networks are the same but for the names of their parts: then nothing need be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.weights import Weights
from lumpform.numbers.dyadic import DyadicValues

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def same_network(first: Network, second: Network) -> bool:
    """Tell whether groups, arrows, weights, inputs and outputs are the same, in the same order. O(edges log edges).

    Whatever the node functions and operators are: the same numbers go through the same functions.
    """
    places = [{g.name: i for i, g in enumerate(n.graph.groups)} for n in (first, second)]
    if len(places[0]) != len(places[1]) or len(first.graph.arrows) != len(second.graph.arrows):
        return False
    if any(
        (a.size, a.function, a.shape) != (b.size, b.function, b.shape)
        for a, b in zip(first.graph.groups, second.graph.groups, strict=True)
    ):
        return False
    for what in ("inputs", "outputs"):
        ports = [[places[side][p.group] for p in getattr(n, what)] for side, n in enumerate((first, second))]
        if ports[0] != ports[1]:
            return False
    arrows = list(zip(first.graph.arrows, second.graph.arrows, strict=True))
    ends = all(
        (places[0][a.source], places[0][a.target], a.operator) == (places[1][b.source], places[1][b.target], b.operator)
        for a, b in arrows
    )
    return ends and all(_equal(a.weights, b.weights) for a, b in arrows)


def _equal(left: Weights, right: Weights) -> bool:
    """Tell whether two matrices hold the same numbers; of different representations only where that is cheap to see."""
    if not left.same_places(right):
        return False
    a, b = left.values, right.values
    if isinstance(a, DyadicValues) and isinstance(b, DyadicValues):
        return bool(np.array_equal(a.array, b.array))
    return a == b
