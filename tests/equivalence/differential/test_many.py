"""Ten thousand random pairs and boxes: no difference at any of their points is outside of what is proved.

Weights are multiples of 2^-12 and inputs of 2^-6, so that doubles hold every value on the way exactly (three layers of
at most four neurons: below 2^10, in units of 2^-42), and comparing with them is comparing with the truth.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.pair import PairedLayer
from lumpform.equivalence.differential.restrict import restricted

COUNT = 10_000
POINTS, BOXES = 12, 2


def whole(rng, size, unit, largest):
    return rng.integers(-largest, largest + 1, size) * unit


def random_pair(rng):
    """Layers of two networks that nearly agree, or do not, with ReLU and a linear last layer."""
    widths = [*rng.integers(1, 5, rng.integers(2, 4)), rng.integers(1, 4)]
    apart = 2.0 ** rng.integers(0, 10)
    layers = []
    for k, (n, m) in enumerate(pairwise(widths)):
        w, b = whole(rng, (m, n), 2.0**-12, 2**12), whole(rng, m, 2.0**-12, 2**12)
        off = whole(rng, (m, n), 2.0**-12, int(apart)), whole(rng, m, 2.0**-12, int(apart))
        last = k == len(widths) - 2
        layers.append(PairedLayer(w, w - off[0], off[0], b, off[1], float(last), np.zeros((2, m))))
    return layers


def exact_differences(layers, x):
    one, other = x, x
    for p in layers:
        one, other = one @ p.first.T + p.bias, other @ p.second.T + (p.bias - p.gap_bias)
        if p.alpha == 0:
            one, other = np.maximum(one, 0), np.maximum(other, 0)
    return one - other


def random_boxes(rng, inputs):
    low = whole(rng, (BOXES, inputs), 2.0**-6, 64)
    return low, low + rng.integers(0, 2 ** rng.integers(0, 7) + 1, (BOXES, inputs)) * 2.0**-6


def outside(layers, bounds, low, high, points):
    """Return how many of the points of boxes, given by shares of 2^-6 units, are outside of the bounds."""
    steps = np.floor(points * ((high - low) * 64 + 1)[:, None]) / 64
    x = low[:, None] + np.minimum(steps, (high - low)[:, None])
    found = exact_differences(layers, x.reshape(-1, low.shape[1])).reshape(len(low), -1, bounds.low.shape[1])
    return int(((found < bounds.low[:, None]) | (found > bounds.high[:, None])).sum())


def violations(count, seed):
    """Return how many points of so many pairs are outside of the bounds: of boxes, and of parts after a restriction."""
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(count):
        layers = random_pair(rng)
        low, high = random_boxes(rng, layers[0].first.shape[1])
        bounds = bounds_on(layers, low, high)
        wrong += outside(layers, bounds, low, high, rng.random((BOXES, POINTS, low.shape[1])))
        if rng.random() < 0.25:  # and of a part, whose first input is shorter
            part = high[:1].copy()
            part[0, 0] = low[0, 0] + np.floor((high[0, 0] - low[0, 0]) * 32) / 64
            bounds = bounds_on(restricted(bounds, 0), low[:1], part)
            wrong += outside(layers, bounds, low[:1], part, rng.random((1, POINTS, low.shape[1])))
    return wrong


@pytest.mark.slow
def test_ten_thousand_pairs_and_boxes_never_violate_a_bound():
    assert violations(COUNT, 0) == 0


def test_a_few_of_them_do_not_either():
    assert violations(30, 1) == 0


def test_bounds_that_are_a_little_too_small_would_be_seen():
    """Points reach the bounds of small boxes: bounds that are a hundredth smaller are violated."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(60):
        layers = random_pair(rng)
        low, high = random_boxes(rng, layers[0].first.shape[1])
        bounds = bounds_on(layers, low, high)
        middle, half = (bounds.low + bounds.high) / 2, (bounds.high - bounds.low) / 2 * 0.99
        object.__setattr__(bounds, "low", middle - half - 1e-300)
        object.__setattr__(bounds, "high", middle + half + 1e-300)
        wrong += outside(layers, bounds, low, high, rng.integers(0, 2, (BOXES, POINTS, low.shape[1])) * 0.999)
    assert wrong > 0
