"""Finds which neurons of two networks correspond: by place, or by what they compute at a few inputs.

Any match gives sound bounds (T22 asks for nothing); a good one gives tight bounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.pair import Match, NotPaired
from lumpform.equivalence.probe import floats_of
from lumpform.networks.dense_layers import DenseLayer

Floats = NDArray[np.float64]

POINTS = 64
"""Inputs at which sums are compared."""

WIDEST = 2_000
"""Wider layers are matched by place: an assignment takes the cube of the width."""

CLEARLY = 0.5
"""A match that is not by place must bring sums nearer by this factor."""


def matches(first: Sequence[DenseLayer], second: Sequence[DenseLayer], low: Floats, high: Floats) -> list[Match]:
    """Match the neurons of every hidden layer by their sums at random inputs of a box.

    Parameters
    ----------
    first, second : sequence of DenseLayer
        As many, with the same inputs and outputs.
    low, high : (inputs,) array

    Returns
    -------
    list of Match
        For every hidden layer; by place where that is as good. O(points width^2 + width^3) for a layer.
    """
    points = np.random.default_rng(0).uniform(size=(POINTS, len(low)))
    result = []
    with np.errstate(all="ignore"):
        values = [points * high + (1 - points) * low] * 2
        for pair in zip(first[:-1], second[:-1], strict=True):
            sums = [v @ _matrix(layer) + floats_of(layer.bias) for v, layer in zip(values, pair, strict=True)]
            values = [_applied(z, pair[0]) for z in sums]
            result.append(_assigned(*sums))
    return result


def _matrix(layer: DenseLayer) -> Floats:
    return floats_of(layer.weights.values).reshape(layer.weights.shape)


def _applied(sums: Floats, layer: DenseLayer) -> Floats:
    from lumpform.networks.functions import apply

    try:
        return apply(layer.function, sums)
    except OverflowError:  # a slope that is no double
        raise NotPaired("a function has a parameter that is too large") from None


def _assigned(left: Floats, right: Floats) -> Match:
    sizes = left.shape[1], right.shape[1]
    by_place = tuple((i if i < sizes[0] else None, i if i < sizes[1] else None) for i in range(max(sizes)))
    apart = np.zeros(sizes)
    if max(sizes) > WIDEST or not (np.isfinite(left).all() and np.isfinite(right).all()):
        return by_place
    for a, b in zip(left, right, strict=True):
        apart += np.abs(a[:, None] - b[None, :])
    if not np.isfinite(apart).all():
        return by_place
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(apart)
    placed = np.arange(min(sizes))
    if sizes[0] == sizes[1] and apart[rows, columns].sum() > CLEARLY * apart[placed, placed].sum():
        return by_place
    found: list[tuple[int | None, int | None]] = list(zip(rows.tolist(), columns.tolist(), strict=True))
    found += [(i, None) for i in sorted(set(range(sizes[0])) - set(rows.tolist()))]
    found += [(None, j) for j in sorted(set(range(sizes[1])) - set(columns.tolist()))]
    return tuple(found)
