"""Pairs of networks that nearly agree, boxes, and exact differences."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

import lumpform as lf
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, leaky_relu

FUNCTIONS = (RELU, RELU, leaky_relu(Fraction(1, 4)), leaky_relu(Fraction(-1, 2)), leaky_relu(Fraction(3)), IDENTITY)


@st.composite
def nearby_pairs(draw: Any, max_width: int = 4) -> tuple[Any, Any, tuple[tuple[Fraction, Fraction], ...]]:
    """Draw a network, a copy whose weights are a little off (or are others), and a box."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    amount = draw(st.sampled_from([0.0, 1e-15, 1e-6, 0.01, 0.3, 2.0]))
    widths = draw(st.lists(st.integers(1, max_width), min_size=2, max_size=4))
    scale = draw(st.sampled_from([1.0, 1.0, 1e-30, 1e20]))
    functions = [draw(st.sampled_from(FUNCTIONS)) for _ in widths[1:]]
    first, second = [], []
    for rows, columns, function in zip(widths, widths[1:], functions, strict=False):
        w, b = (rng.integers(-4, 5, size) * scale / 3 for size in ((rows, columns), (columns,)))
        first.append((w, b, function))
        off = [amount * scale * rng.normal(size=m.shape) * (rng.random(m.shape) < 0.7) for m in (w, b)]
        second.append((w + off[0], b + off[1], function))
    ends = [sorted(Fraction(int(rng.integers(-9, 10)), 7) for _ in range(2)) for _ in range(widths[0])]
    return lf.Network.from_layers(first), lf.Network.from_layers(second), tuple((a, b) for a, b in ends)


def exact_gaps(first: Any, second: Any, x: list[Fraction]) -> list[Fraction]:
    """Return the outputs of the first network minus those of the second, exactly."""
    a, b = (n.forward(np.array([x], dtype=object), exact=True)[0].tolist() for n in (first, second))
    return [p - q for p, q in zip(a, b, strict=True)]


def points(box: Any, count: int, seed: int = 0) -> list[list[Fraction]]:
    """Return corners and inner points of a box."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        at = rng.integers(0, 2, len(box)) * 16 if k % 2 else rng.integers(0, 17, len(box))
        found.append([low + (high - low) * Fraction(int(t), 16) for t, (low, high) in zip(at, box, strict=True)])
    return found
