"""Substitutes linear rows back through layers, for many boxes at once, in floats that are proved to be above.

A `Rows` states, for every box and every row, ``target <= C a + D d + c + r`` for all inputs of the box, where a are the
values of the first network after some layer and d = a - a' the differences there. Exactly: C, D, c, r are the numbers
that the floats are. Two steps lead to the layer before: lines instead of values (`Rows.through`), and sums instead of
what they add up (`Rows.before`): ``z = W a + b`` and ``delta = V d + (W - V) a + (b - b')``.

Soundness in floats. What the floats of the new row lack to the exact one is added to r. Let u = 2^-53 and n the largest
width. IEEE arithmetic gives ``|fl(x op y) - (x op y)| <= u |x op y|`` plus 2^-1022 (underflow, also if it is flushed to
zero), and a sum of k products, in any order, with or without fused operations, is off by at most ``k u / (1 - k u)``
times the sum of absolute values (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., section 3.1). So

- a coefficient times a slope is off by ``u |C| s``, which acts on a sum of size at most ``|z|``;
- a coefficient after the sums is off by ``(2n + 2) u (|C'| |W| + |D'| |W - V|)``, with the rounding of the weights
  themselves, which acts on values of size at most ``|a|`` (``(n + 1) u |D'| |V|`` on ``|d|``);
- the constant is off by ``(4n + 4) u`` times the sum of the sizes of its terms.

Each is at most ``|C| q`` (or ``|D| q``) times ``(4n + 8) u``, where q, one number a neuron (`Sizes`), adds up slope,
shift and size there: ``|C'| <= |C| s (1 + u)``. r grows by `rate` times that, and ``rate = (16 n + 128) u`` is more
than twice what is needed, which covers the rounding of q and r themselves (sums of numbers that are not negative:
relative errors below ``(4n + 64) u``, far below 1/2). Underflow adds less than ``2^-500`` in all, while no number is
above `LARGEST`; where one is, there is no bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.lines import TINY, Lines
from lumpform.equivalence.differential.pair import PairedLayer

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Holds for every box and neuron of one layer the q of the lemma: for values and for differences."""

    values: Floats
    differences: Floats

    @classmethod
    def of(
        cls, layer: PairedLayer, lines: tuple[Lines, Lines], here: tuple[Floats, Floats], before: tuple[Floats, Floats]
    ) -> Sizes:
        """Add up sizes.

        Parameters
        ----------
        layer : PairedLayer
        lines : of values and of differences
        here : sizes of z and of delta
        before : sizes of a and of d, of the layer before
        """
        a, d = before
        sums = a @ np.abs(layer.first).T + np.abs(layer.bias)
        deltas = a @ np.abs(layer.gap).T + d @ np.abs(layer.second).T + np.abs(layer.gap_bias)
        found = []
        for line, size, inner in zip(lines, here, (sums, deltas), strict=True):
            slope = np.maximum(np.abs(line.up_slope), np.abs(line.low_slope))
            shift = np.maximum(np.abs(line.up_shift), np.abs(line.low_shift))
            found.append(shift + slope * (size + inner))
        return cls(*found)


@dataclass(eq=False)
class Rows:
    """Holds rows over values (C) and differences (D) of one layer; arrays (boxes, rows, neurons), or (boxes, rows)."""

    values: Floats
    differences: Floats | None
    constant: Floats
    slack: Floats
    rate: float

    @classmethod
    def values_of(cls, layer: PairedLayer, boxes: int, rate: float) -> Rows:
        """Return the rows of ``z`` and ``-z`` over the values that go into a layer."""
        c = np.broadcast_to(_both(layer.bias), (boxes, 2 * len(layer.bias)))
        return cls(_both(layer.first)[None], None, c, rate * np.abs(c), rate)

    @classmethod
    def differences_of(cls, layer: PairedLayer, boxes: int, rate: float) -> Rows:
        """Return the rows of ``delta`` and ``-delta``."""
        c = np.broadcast_to(_both(layer.gap_bias), (boxes, 2 * len(layer.bias)))
        return cls(_both(layer.gap)[None], _both(layer.second)[None], c, rate * np.abs(c), rate)

    def through(self, lines: tuple[Lines, Lines], sizes: Sizes) -> Rows:
        """Put the sums of a layer in the place of its values: each between two lines."""
        values, shift, size = _replaced(self.values, lines[0], sizes.values)
        differences = None
        if self.differences is not None:
            differences, more, wide = _replaced(self.differences, lines[1], sizes.differences)
            shift, size = shift + more, size + wide
        slack = self.slack + self.rate * (size + np.abs(self.constant))
        return Rows(values, differences, self.constant + shift, slack, self.rate)

    def before(self, layer: PairedLayer) -> Rows:
        """Put what goes into a layer in the place of its sums; the rounding was counted by `through`."""
        values = self.values @ layer.first
        constant = self.constant + self.values @ layer.bias
        if self.differences is None:
            return Rows(values, None, constant, self.slack, self.rate)
        values += self.differences @ layer.gap
        constant = constant + self.differences @ layer.gap_bias
        return Rows(values, self.differences @ layer.second, constant, self.slack, self.rate)

    def largest(self, low: Floats, high: Floats) -> Floats:
        """Return a proved upper bound of every row on boxes of inputs, where there are no differences."""
        positive = np.maximum(self.values, 0.0)
        negative = self.values - positive
        ends = _dot(positive, high) + _dot(negative, low)
        size = _dot(positive - negative, np.maximum(np.abs(low), np.abs(high)))
        return self.constant + ends + 2 * (self.slack + self.rate * (size + np.abs(self.constant)) + TINY)


def _both(rows: Floats) -> Floats:
    return np.concatenate([rows, -rows])


def _dot(rows: Floats, vectors: Floats) -> Floats:
    """Return the products of (boxes, rows, neurons) with (boxes, neurons)."""
    return (rows @ vectors[:, :, None])[:, :, 0]


def _replaced(rows: Floats, lines: Lines, sizes: Floats) -> tuple[Floats, Floats, Floats]:
    """Return coefficients of what lies between the lines, what the shifts add up to, and the sizes."""
    positive, negative = np.maximum(rows, 0.0), np.minimum(rows, 0.0)
    sums = positive @ np.stack([lines.up_shift, sizes], axis=2)
    sums += negative @ np.stack([lines.low_shift, -sizes], axis=2)
    if positive.shape[0] < len(sums):
        positive, negative = positive * lines.up_slope[:, None], negative * lines.low_slope[:, None]
    else:  # in place: memory is what takes the time here
        positive *= lines.up_slope[:, None]
        negative *= lines.low_slope[:, None]
    positive += negative  # one of the two is zero: no rounding
    return positive, sums[:, :, 0], sums[:, :, 1]
