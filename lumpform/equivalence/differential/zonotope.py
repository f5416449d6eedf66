"""Predicts in floats what the checker of a difference computes in integers for a leaf, for many boxes at once.

Nothing is proved here. Values and differences are affine in symbols from -1 to 1: one for every input and undecided
ReLU of the first network, and one for every undecided difference (rule and numbers: docs/certificate-epsilon.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.pair import PairedLayer

Floats = NDArray[np.float64]

STEPS = 2.0**20
"""Slopes of values are rounded down to so many steps of one."""

BETTER = 15 / 16
"""Another slope is taken only if it makes the height smaller by this factor."""

SMALLEST = 2.0**-40
"""A smaller half width is no symbol of its own."""

EDGE = 1e-12
"""Points so near to the polygon, in parts of its size, belong to it: floats are not exact."""


@dataclass(frozen=True, eq=False)
class Leaf:
    """Holds for every box the largest bound of an output's difference, and the scores that say which input to split."""

    bounds: Floats
    scores: Floats


@dataclass(eq=False)
class Affine:
    """Is affine in symbols: centre (boxes, nodes), coefficients (boxes, nodes, symbols), rest (boxes, nodes)."""

    centre: Floats
    symbols: Floats
    rest: Floats

    @property
    def radius(self) -> Floats:
        """Return how far the values are from the centre at most."""
        return np.abs(self.symbols).sum(axis=2) + self.rest

    def times(self, matrix: Floats) -> Affine:
        """Return the sums over a matrix, (targets, nodes)."""
        return Affine(self.centre @ matrix.T, matrix @ self.symbols, self.rest @ np.abs(matrix).T)

    def scaled(self, slope: Floats, low: Floats, high: Floats, chosen: NDArray[np.bool_]) -> Affine:
        """Return a multiple of every node plus what lies between low and high, a new symbol for every chosen node."""
        half = (high - low) / 2
        small = half < SMALLEST
        symbols = self.symbols * slope[:, :, None]
        count = int(chosen.sum())
        new = np.zeros((*half.shape, count))
        new[:, np.flatnonzero(chosen), np.arange(count)] = np.where(small, 0.0, half)[:, chosen]
        rest = self.rest * np.abs(slope) + np.where(small | ~chosen, half, 0.0)
        return Affine(self.centre * slope + (low + high) / 2, np.concatenate([symbols, new], axis=2), rest)

    def plus(self, other: Affine, inner: int) -> Affine:
        """Return the sum; the other has the first `inner` symbols only."""
        symbols = self.symbols.copy()
        symbols[:, :, :inner] += other.symbols
        return Affine(self.centre + other.centre, symbols, self.rest + other.rest)


def leaves_on(
    layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None] = lambda: None
) -> Leaf:
    """Return what the checker will find on boxes, (boxes, inputs) arrays, as leaves.

    O(layers width^2 symbols) for a box, with at most two symbols for a neuron.
    """
    boxes, inputs = low.shape
    scores = np.zeros_like(low)
    half = np.eye(inputs) * ((high - low) / 2)[:, :, None]
    values = Affine((low + high) / 2, half, np.zeros_like(low))
    # the symbols of a difference: those of values first, then its own, kept apart
    shared, own = (Affine(np.zeros_like(low), np.zeros((boxes, inputs, k)), np.zeros_like(low)) for k in (inputs, 0))
    slopes = np.broadcast_to(np.eye(inputs), (boxes, inputs, inputs))
    gaps = np.zeros((boxes, 1))
    for layer in layers:
        tick()
        sums, (z, other, delta), shared, own = _sums(layer, values, shared, own)
        slopes = layer.first @ slopes
        up = np.divide(z[1], z[1] - z[0], out=np.zeros_like(z[0]), where=(z[0] < 0) & (z[1] > 0))
        weight = np.divide(1.0, z[1] - z[0], out=np.zeros_like(up), where=up > 0) * (layer.alpha != 1)
        scores = scores + (np.abs(slopes) * weight[:, :, None]).sum(axis=1)
        if layer is layers[-1]:
            ends = _heights(z, other, delta, layer.alpha, (0.0,))[0]
            gaps = np.maximum(np.abs(ends[0]), np.abs(ends[1]))
            break
        values, slope = _value(sums, layer.alpha, z, up)
        shared, own = _difference(shared, own, values.symbols.shape[2], (z, other, delta), layer.alpha)
        slopes = slopes * slope[:, :, None]
    return Leaf(gaps.max(axis=1, initial=0.0), scores * (high - low))


Range = tuple[Floats, Floats]


def _sums(
    layer: PairedLayer, values: Affine, shared: Affine, own: Affine
) -> tuple[Affine, tuple[Range, Range, Range], Affine, Affine]:
    """Return z, the ranges of z, z' and delta, each cut by the others, and delta."""
    z = values.times(layer.first)
    z.centre = z.centre + layer.bias
    shared = shared.times(layer.second).plus(values.times(layer.gap), values.symbols.shape[2])
    shared.centre = shared.centre + layer.gap_bias
    own = own.times(layer.second)
    wide = shared.radius + own.radius
    apart = np.abs(z.symbols - shared.symbols).sum(axis=2) + own.radius + z.rest + shared.rest
    centre = z.centre - shared.centre
    low, high = z.centre - z.radius, z.centre + z.radius
    other_low, other_high = centre - apart, centre + apart
    least, most = shared.centre - wide, shared.centre + wide
    ranges = (
        (np.maximum(low, other_low + least), np.minimum(high, other_high + most)),
        (np.maximum(other_low, low - most), np.minimum(other_high, high - least)),
        (np.maximum(least, low - other_high), np.minimum(most, high - other_low)),
    )
    return z, ranges, shared, own


def _value(z: Affine, alpha: float, ends: Range, up: Floats) -> tuple[Affine, Floats]:
    """Return the values after the function, and their slopes."""
    slope = np.where(ends[0] >= 0, 1.0, alpha + (1 - alpha) * np.floor(up * STEPS) / STEPS)
    kinks = [_leaky(end, alpha) - slope * end for end in ends]
    kinks.append(np.where(up > 0, 0.0, kinks[0]))
    low, high = np.minimum.reduce(kinks), np.maximum.reduce(kinks)
    flat = up == 0
    low, high = np.where(flat, 0.0, low), np.where(flat, 0.0, high)
    return z.scaled(slope, low, high, np.any(high - low >= 2 * SMALLEST, axis=0)), slope


def _difference(
    shared: Affine, own: Affine, inner: int, ends: tuple[Range, Range, Range], alpha: float
) -> tuple[Affine, Affine]:
    """Return the differences after the function; `inner` is how many symbols values have now."""
    choices = (alpha, 1.0, (1 + alpha) / 2)
    heights = _heights(*ends, alpha, choices)
    slope = np.full_like(shared.centre, alpha)
    low, high = heights[0]
    for nu, (below, above) in zip(choices[1:], heights[1:], strict=True):
        better = above - below < BETTER * (high - low)
        slope = np.where(better, nu, slope)
        low, high = np.where(better, below, low), np.where(better, above, high)
    chosen = np.any(high - low >= 2 * SMALLEST, axis=0)
    zero = np.zeros_like(low)
    own = own.scaled(slope, low, high, chosen)
    shared = shared.scaled(slope, zero, zero, np.zeros_like(chosen))
    more = np.zeros((*low.shape, inner - shared.symbols.shape[2]))
    centre, own.centre = shared.centre + (low + high) / 2, zero  # sums add the centre of what is shared only
    return Affine(centre, np.concatenate([shared.symbols, more], axis=2), shared.rest), own


def _leaky(z: Floats, alpha: float) -> Floats:
    return np.where(z >= 0, z, alpha * z)


def _heights(z: Range, other: Range, delta: Range, alpha: float, slopes: Sequence[float]) -> list[Range]:
    """Return for every slope nu the least and greatest of ``f(z) - f(z') - nu (z - z')`` on the polygon."""
    zero = np.zeros_like(z[0])
    firsts, seconds = (*z, zero), (*other, zero)
    points = [(a, b) for a in firsts for b in seconds]
    points += [(a, a - d) for a in firsts for d in delta]
    points += [(b + d, b) for b in seconds for d in delta]
    a, b = (np.stack([p[k] for p in points]) for k in (0, 1))
    edge = EDGE * np.maximum.reduce([np.abs(end) for pair in (z, other) for end in pair])
    inside = np.ones(a.shape, dtype=bool)
    for value, (low, high) in ((a, z), (b, other), (a - b, delta)):
        inside &= (value >= low - edge) & (value <= high + edge)
    gap, apart = _leaky(a, alpha) - _leaky(b, alpha), a - b
    result = []
    for nu in slopes:
        left = gap - nu * apart
        least = np.where(inside, left, np.inf).min(axis=0)
        greatest = np.where(inside, left, -np.inf).max(axis=0)
        result.append((least, greatest))
    return result
