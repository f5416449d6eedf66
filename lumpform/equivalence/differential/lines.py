"""Encloses a piecewise linear function, and its difference at two points, between two lines; slopes may be any floats.

Soundness in floats. A slope is computed in floats and then *is* the slope. The shift is what the line needs at the
ends of the interval: the function below an upper line is convex (above a lower one concave) between them, so nothing
else matters. A shift is rounded away from the function by `ROUND` times the sizes of its terms, which are three at
most, each rounded at most four times: the errors are below ``16 * 2^-53`` times their sum, and ROUND is ``2^-44``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUND = 2.0**-44
TINY = 2.0**-500
"""Is added where a number may be rounded: more than what underflow takes."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Holds ``low_slope x + low_shift <= f(x) <= up_slope x + up_shift``, arrays of one shape."""

    up_slope: Floats
    up_shift: Floats
    low_slope: Floats
    low_shift: Floats

    def bounds(self, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Return bounds of f on an interval, rounded outward."""
        size = ROUND * np.maximum(np.abs(low), np.abs(high))
        ups, lows = ([slope * end for end in (low, high)] for slope in (self.up_slope, self.low_slope))
        above = np.maximum(*ups) + self.up_shift + (size * np.abs(self.up_slope) + ROUND * np.abs(self.up_shift) + TINY)
        below = (
            np.minimum(*lows) + self.low_shift - (size * np.abs(self.low_slope) + ROUND * np.abs(self.low_shift) + TINY)
        )
        return below, above


def value_lines(low: Floats, high: Floats, alpha: float) -> Lines:
    """Enclose ``alpha z + (1 - alpha) relu(z)`` for z in [low, high]: the chord above, one of the two pieces below."""
    inactive, active = high <= 0, low >= 0
    slope = np.divide(high, high - low, out=np.zeros_like(high), where=~(inactive | active))
    shift = _upward(np.zeros_like(low), high, slope, low, high)  # relu(low) is 0 here
    fixed = inactive | active
    up_slope = np.where(fixed, active, np.minimum(slope, 1.0))
    up_shift = np.where(fixed, 0.0, np.where(slope > 1.0, -low, shift))
    low_slope = np.where(fixed, active, high > -low).astype(np.float64)
    lines = Lines(up_slope, up_shift, low_slope, np.zeros_like(low))
    return _leaky(lines, alpha, np.maximum(np.abs(low), np.abs(high)))


def difference_lines(
    low: Floats,
    high: Floats,
    other_low: Floats,
    other_high: Floats,
    delta_low: Floats,
    delta_high: Floats,
    alpha: float,
) -> Lines:
    """Enclose ``f(z) - f(z')`` by lines in ``delta = z - z'`` (T22), f as for `value_lines`.

    Parameters
    ----------
    low, high, other_low, other_high, delta_low, delta_high : arrays of one shape
        Bounds of z, z' and delta.

    Notes
    -----
    The ReLU part of the difference is at most U and at least L; U is convex and L is concave in delta:

    ====================  =========================================  =======================================
    z is                  U                                          L is U of ``-delta`` with z, z' exchanged
    ====================  =========================================  =======================================
    at least 0            ``delta``, for relu(z') >= z'
    at most 0             ``-max(l', 0)``, for relu(z) = 0
    undecided             ``max(-max(l', 0), delta + min(u', 0))``
    ====================  =========================================  =======================================

    The last line: relu(z) is 0 or z. If 0, the difference is ``-relu(z') <= -max(l', 0)``; if z, it is
    ``delta + z' - relu(z') = delta + min(z', 0)``.
    """
    above = _convex(low, high, other_low, other_high, delta_low, delta_high)
    turned = _convex(other_low, other_high, low, high, -delta_high, -delta_low)  # of f(z') - f(z), in -delta
    lines = Lines(above[0], above[1], turned[0], -turned[1])
    return _leaky(lines, alpha, np.maximum(np.abs(delta_low), np.abs(delta_high)))


def _convex(
    low: Floats, high: Floats, other_low: Floats, other_high: Floats, a: Floats, b: Floats
) -> tuple[Floats, Floats]:
    """Return slope and shift of the chord of U, as in the table, over [a, b]."""
    floor, drop = -np.maximum(other_low, 0.0), np.minimum(other_high, 0.0)
    at_a, at_b = (np.maximum(floor, end + drop) for end in (a, b))
    slope = np.divide(at_b - at_a, b - a, out=np.ones_like(a), where=b > a)
    slope = np.clip(slope, 0.0, 1.0)
    shift = _upward(at_a, at_b, slope, a, b) + ROUND * np.abs(drop)
    active, inactive = low >= 0, high <= 0
    slope = np.where(active, 1.0, np.where(inactive, 0.0, slope))
    return slope, np.where(active, 0.0, np.where(inactive, floor, shift))


def _upward(at_a: Floats, at_b: Floats, slope: Floats, a: Floats, b: Floats) -> Floats:
    """Return a shift with which a line is not below two values at two ends."""
    size = np.abs(at_a) + np.abs(at_b) + slope * (np.abs(a) + np.abs(b))
    return np.maximum(at_a - slope * a, at_b - slope * b) + (ROUND * size + TINY)


def _leaky(relu: Lines, alpha: float, size: Floats) -> Lines:
    """Return the lines of ``alpha x`` plus ``1 - alpha`` times what lies between some lines; x is at most `size`."""
    if alpha == 0:
        return relu
    rest = 1 - alpha
    extra = ROUND * (abs(alpha) + abs(rest) + 1) * size + TINY
    up, low = (relu.up_slope, relu.up_shift), (relu.low_slope, relu.low_shift)
    if rest < 0:
        up, low = low, up
    if rest == 0:
        extra = np.zeros_like(size)  # the identity
    noise = ROUND * abs(rest)
    return Lines(
        alpha + rest * up[0],
        rest * up[1] + noise * np.abs(up[1]) + extra,
        alpha + rest * low[0],
        rest * low[1] - noise * np.abs(low[1]) - extra,
    )
