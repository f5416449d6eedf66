"""Bounds differences by zonotopes (T22), for many boxes at once, in floats that are proved to be above.

Values and differences are affine in symbols from -1 to 1: one for every input and undecided ReLU of the first network,
and one for every undecided difference. The rule is that of the checker (docs/certificate-epsilon.md), which has
integers: up to rounding, its bound of the same box is predicted here.

Soundness in floats. Kept is: a value is centre + sum of coefficients times symbols + what is at most `rest` large, in
exact arithmetic on the numbers that the floats are. With u = 2^-53, a sum of k products is off by at most
``k u / (1 - k u)`` times the sum of absolute values (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed.,
section 3.1), and weights are off by a relative u. So with n the largest number of terms, and *size* the absolute values
of all terms of what is computed, centres, coefficients and rest together are off by ``(2 n + 8) u`` times the size
(sums), or ``8 u`` times it (products with slopes, and heights over the polygon, whose corners are off by ``2 u`` of
theirs). `rate` is ``(16 n + 128) u``, which also covers the rounding of sizes and rests themselves; that much of the
size is added to the rest, or to both ends of a range, with `TINY` for underflow where not all terms are zero. Corners
of a polygon are not missed: points so far outside as `EDGE` says count as well. Where a number is above `LARGEST` there
is no bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.lines import TINY
from lumpform.equivalence.differential.pair import LARGEST, PairedLayer

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
    """Holds for every box the largest bound of an output's difference, proved, and scores: which input to split."""

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

    @property
    def size(self) -> Floats:
        """Return the sum of the absolute values of all terms."""
        return np.abs(self.centre) + self.radius

    def times(self, matrix: Floats) -> Affine:
        """Return the sums over a matrix, (targets, nodes); rounding is not counted."""
        return Affine(self.centre @ matrix.T, matrix @ self.symbols, self.rest @ np.abs(matrix).T)

    def scaled(self, slope: Floats, low: Floats, high: Floats, chosen: NDArray[np.bool_], rate: float) -> Affine:
        """Return a multiple of every node plus what lies between low and high, a new symbol for every chosen node."""
        half = (high - low) / 2
        small = half < SMALLEST
        symbols = self.symbols * slope[:, :, None]
        count = int(chosen.sum())
        new = np.zeros((*half.shape, count))
        new[:, np.flatnonzero(chosen), np.arange(count)] = np.where(small, 0.0, half)[:, chosen]
        rest = self.rest * np.abs(slope) + np.where(small | ~chosen, half, 0.0)
        ends = np.abs(low) + np.abs(high)
        rest += rate * (np.abs(slope) * self.size + ends) + np.where(self.size + ends > 0, TINY, 0.0)
        return Affine(self.centre * slope + (low + high) / 2, np.concatenate([symbols, new], axis=2), rest)

    def plus(self, other: Affine, inner: int) -> Affine:
        """Return the sum; the other has the first `inner` symbols only. Rounding is not counted."""
        symbols = self.symbols.copy()
        symbols[:, :, :inner] += other.symbols
        return Affine(self.centre + other.centre, symbols, self.rest + other.rest)


def leaves_on(
    layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None] = lambda: None
) -> Leaf:
    """Bound the difference of the outputs on boxes, (boxes, inputs) arrays, as leaves of a certificate.

    O(layers width^2 symbols) for a box, with at most two symbols for a neuron.
    """
    boxes, inputs = low.shape
    scores = np.zeros_like(low)
    rate, values, good = _inputs(layers, low, high)
    # the symbols of a difference: those of values first, then its own, kept apart
    shared, own = (Affine(np.zeros_like(low), np.zeros((boxes, inputs, k)), np.zeros_like(low)) for k in (inputs, 0))
    slopes = np.broadcast_to(np.eye(inputs), (boxes, inputs, inputs))
    gaps = np.zeros((boxes, 1))
    for layer in layers:
        tick()
        sums, ranges, shared, own = _sums(layer, values, shared, own, rate)
        z = ranges.first
        good &= np.all(ranges.size < LARGEST, axis=1)
        slopes = layer.first @ slopes
        up, weight = _undecided(layer, z)
        scores = scores + (np.abs(slopes) * weight[:, :, None]).sum(axis=1)
        if layer is layers[-1]:
            ((least, greatest),), off = _heights(ranges, layer.alpha, (0.0,), rate)
            gaps = np.maximum(np.abs(least), np.abs(greatest)) + off
            break
        values, slope = _value(sums, layer.alpha, z, up, rate)
        shared, own = _difference(shared, own, values.symbols.shape[2], ranges, layer.alpha, rate)
        slopes = slopes * slope[:, :, None]
    bounds = gaps.max(axis=1, initial=0.0)
    return Leaf(np.where(good & (bounds < LARGEST), bounds, np.inf), scores * (high - low))


def highest_on(
    layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None] = lambda: None
) -> Leaf:
    """Bound the first network's outputs from above on boxes, as leaves of a certificate; the last layer is linear.

    O(layers width^2 symbols) for a box, with at most one symbol for a neuron.
    """
    boxes, inputs = low.shape
    rate, values, good = _inputs(layers, low, high)
    slopes, scores = np.broadcast_to(np.eye(inputs), (boxes, inputs, inputs)), np.zeros_like(low)
    top = np.zeros((boxes, 0))
    for layer in layers:
        tick()
        z, size, (least, most) = _given(layer, values, rate)
        good &= np.all(size < LARGEST, axis=1)
        slopes = layer.first @ slopes
        up, weight = _undecided(layer, (least, most))
        heights = np.where(up > 0, up * -least, 0.0)  # of chords: one that is hardly undecided need not be decided
        top, scores = most, scores + (np.abs(slopes) * (weight * heights)[:, :, None]).sum(axis=1)
        values, slope = _value(z, layer.alpha, (least, most), up, rate)
        slopes = slopes * slope[:, :, None]
    return Leaf(np.where(good, top.max(axis=1, initial=-np.inf), np.inf), scores * (high - low))


def _inputs(layers: Sequence[PairedLayer], low: Floats, high: Floats) -> tuple[float, Affine, NDArray[np.bool_]]:
    """Return how much rounding is counted for, the inputs, and where their numbers are not too large."""
    most = low.shape[1] + sum(2 * len(p.bias) for p in layers)
    rate = (16 * most + 128) * 2.0**-53
    half = np.eye(low.shape[1]) * ((high - low) / 2)[:, :, None]
    ends = np.maximum(np.abs(low), np.abs(high))
    return rate, Affine((low + high) / 2, half, rate * ends + TINY), np.all(ends < LARGEST, axis=1)


Range = tuple[Floats, Floats]


def _undecided(layer: PairedLayer, z: Range) -> tuple[Floats, Floats]:
    """Return slopes of the chords over undecided neurons, 0 for others; and one over the widths of their ranges."""
    up = np.divide(z[1], z[1] - z[0], out=np.zeros_like(z[0]), where=(z[0] < 0) & (z[1] > 0))
    weight = np.divide(1.0, z[1] - z[0], out=np.zeros_like(up), where=up > 0) * (layer.alpha != 1)
    return up, weight


def _given(layer: PairedLayer, values: Affine, rate: float) -> tuple[Affine, Floats, Range]:
    """Return what arrives at the neurons of the first network, the size of all terms, and its range."""
    size = values.size @ np.abs(layer.first).T + np.abs(layer.bias)
    z = values.times(layer.first)
    z.centre = z.centre + layer.bias
    z.rest = z.rest + (rate * size + TINY)
    slack = rate * size + TINY
    return z, size, (z.centre - z.radius - slack, z.centre + z.radius + slack)


@dataclass(frozen=True, eq=False)
class Ranges:
    """Holds proved ranges of z, of z' and of delta, their difference, and the size of all terms of a sum."""

    first: Range
    second: Range
    delta: Range
    size: Floats


def _sums(
    layer: PairedLayer, values: Affine, shared: Affine, own: Affine, rate: float
) -> tuple[Affine, Ranges, Affine, Affine]:
    """Return z, the ranges of z, z' and delta, each cut by the others, and delta."""
    z, size, _ = _given(layer, values, rate)
    differences = np.abs(shared.centre) + shared.radius + own.radius
    apart = differences @ np.abs(layer.second).T + values.size @ np.abs(layer.gap).T + np.abs(layer.gap_bias)
    shared = shared.times(layer.second).plus(values.times(layer.gap), values.symbols.shape[2])
    shared.centre = shared.centre + layer.gap_bias
    any_apart = differences.any(axis=1, keepdims=True) | layer.gap.any() | layer.gap_bias.any()
    lost = rate * apart + np.where(any_apart, TINY, 0.0)  # equal networks have the bound 0
    shared.rest = shared.rest + lost
    own = own.times(layer.second)
    wide = shared.radius + own.radius
    between = np.abs(z.symbols - shared.symbols).sum(axis=2) + own.radius + z.rest + shared.rest
    centre = z.centre - shared.centre
    slack = rate * (size + apart) + TINY  # the sizes of all that follows are below twice these
    low, high = z.centre - z.radius - slack, z.centre + z.radius + slack
    other_low, other_high = centre - between - slack, centre + between + slack
    least, most = shared.centre - wide - lost, shared.centre + wide + lost
    ranges = Ranges(
        (np.maximum(low, other_low + least - slack), np.minimum(high, other_high + most + slack)),
        (np.maximum(other_low, low - most - slack), np.minimum(other_high, high - least + slack)),
        (np.maximum(least, low - other_high - slack), np.minimum(most, high - other_low + slack)),
        size + apart,
    )
    return z, ranges, shared, own


def _value(z: Affine, alpha: float, ends: Range, up: Floats, rate: float) -> tuple[Affine, Floats]:
    """Return the values after the function, and their slopes."""
    slope = np.where(ends[0] >= 0, 1.0, alpha + (1 - alpha) * np.floor(up * STEPS) / STEPS)
    kinks = [_leaky(end, alpha) - slope * end for end in ends]
    kinks.append(np.where(up > 0, 0.0, kinks[0]))
    low, high = np.minimum.reduce(kinks), np.maximum.reduce(kinks)
    flat = up == 0
    low, high = np.where(flat, 0.0, low), np.where(flat, 0.0, high)
    chosen = np.any(high - low >= 2 * SMALLEST, axis=0)
    found = z.scaled(slope, low, high, chosen, rate)
    found.rest += rate * (1 + abs(alpha)) * np.maximum(np.abs(ends[0]), np.abs(ends[1]))
    return found, slope


def _difference(
    shared: Affine, own: Affine, inner: int, ranges: Ranges, alpha: float, rate: float
) -> tuple[Affine, Affine]:
    """Return the differences after the function; `inner` is how many symbols values have now."""
    choices = (alpha, 1.0, (1 + alpha) / 2)
    heights, off = _heights(ranges, alpha, choices, rate)
    slope = np.full_like(shared.centre, alpha)
    low, high = heights[0]
    for nu, (below, above) in zip(choices[1:], heights[1:], strict=True):
        better = above - below < BETTER * (high - low)
        slope = np.where(better, nu, slope)
        low, high = np.where(better, below, low), np.where(better, above, high)
    chosen = np.any(high - low >= 2 * SMALLEST, axis=0)
    zero = np.zeros_like(low)
    own = own.scaled(slope, low, high, chosen, rate)
    own.rest += off
    shared = shared.scaled(slope, zero, zero, np.zeros_like(chosen), rate)
    more = np.zeros((*low.shape, inner - shared.symbols.shape[2]))
    centre, own.centre = shared.centre + (low + high) / 2, zero  # sums add the centre of what is shared only
    rest = shared.rest + rate * (np.abs(shared.centre) + np.abs(low) + np.abs(high))
    return Affine(centre, np.concatenate([shared.symbols, more], axis=2), rest), own


def _leaky(z: Floats, alpha: float) -> Floats:
    return np.where(z >= 0, z, alpha * z)


def _heights(ranges: Ranges, alpha: float, slopes: Sequence[float], rate: float) -> tuple[list[Range], Floats]:
    """Return for every slope nu the least and greatest of ``f(z) - f(z') - nu (z - z')`` on the polygon.

    And by how much these may be off. The slopes of f are alpha and 1, so its difference lies between alpha delta and
    delta; numbers at points outside of the polygon, which do not matter, are cut to that.
    """
    z, other, delta = ranges.first, ranges.second, ranges.delta
    zero = np.zeros_like(z[0])
    firsts, seconds = (*z, zero), (*other, zero)
    points = [(a, b) for a in firsts for b in seconds]
    points += [(a, a - d) for a in firsts for d in delta]
    points += [(b + d, b) for b in seconds for d in delta]
    a, b = (np.stack([p[k] for p in points]) for k in (0, 1))
    size = np.maximum.reduce([np.abs(end) for pair in (z, other) for end in pair])
    inside = np.ones(a.shape, dtype=bool)
    for value, (low, high) in ((a, z), (b, other), (a - b, delta)):
        inside &= (value >= low - EDGE * size) & (value <= high + EDGE * size)
    apart = np.clip(a - b, *delta)
    gap = np.clip(_leaky(a, alpha) - _leaky(b, alpha), *_ordered(apart, alpha * apart))
    result = []
    for nu in slopes:
        left = gap - nu * apart
        least = np.where(inside, left, np.inf).min(axis=0)
        greatest = np.where(inside, left, -np.inf).max(axis=0)
        result.append((least, greatest))
    widest = np.maximum(np.abs(delta[0]), np.abs(delta[1]))
    return result, (2 + 2 * abs(alpha)) * np.minimum(rate * size, 2 * widest)


def _ordered(a: Floats, b: Floats) -> Range:
    return np.minimum(a, b), np.maximum(a, b)
