"""Substitutes linear rows back through layers, for many boxes at once, in floats that are proved to be above.

A `Rows` states, for every box and every row, ``target <= C a + D d + c + r`` for all inputs of the box, where a are
values of the first network and d = a - a' the differences there: of some layer, or (in a restricted pair, see
`restrict`) of all layers up to some one, inputs first. Exactly: C, D, c, r are the numbers that the floats are.
`Rows.before` leads to the layer before: lines instead of the last layer's values, and sums instead of what they add
up, ``z = W a + b`` and ``delta = V d + (W - V) a + (b - b')``; other columns stay, and are added to.

Soundness in floats. What the floats of the new row lack to the exact one is added to r. Let u = 2^-53 and n the largest
width. IEEE arithmetic gives ``|fl(x op y) - (x op y)| <= u |x op y|`` plus 2^-1022 (underflow, also if it is flushed to
zero), and a sum of k products, in any order, with or without fused operations, is off by at most ``k u / (1 - k u)``
times the sum of absolute values (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., section 3.1). So

- a coefficient times a slope is off by ``u |C| s``, which acts on a sum of size at most ``|z|``;
- a coefficient after the sums is off by ``(2n + 2) u (|C'| |W| + |D'| |W - V|)``, with the rounding of the weights
  themselves, which acts on values of size at most ``|a|`` (``(n + 1) u |D'| |V|`` on ``|d|``);
- where columns stay, their sum with the new ones is off by ``u`` times what it is, which acts on ``|a|`` (or ``|d|``);
- the constant is off by ``(4n + 4) u`` times the sum of the sizes of its terms.

Each is at most ``|C| q`` (or ``|D| q``) times ``(4n + 8) u``, where q, one number a neuron (`Sizes`), adds up slope,
shift and size there: ``|C'| <= |C| s (1 + u)``. The third, without q, is counted by itself. r grows by `rate` times
that, and ``rate = (16 n + 128) u`` is more than twice what is needed, which covers the rounding of q and r themselves
(sums of numbers that are not negative: relative errors below ``(4n + 64) u``, far below 1/2). What a layer's sums may
be off by (`PairedLayer.errors`) is in q too, divided by the rate; `Rows.largest` takes all of r twice, far more than
what rounding takes from it. Underflow adds less than ``2^-500`` in all, while no number is above `LARGEST`; where one
is, there is no bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.lines import TINY, Lines
from lumpform.equivalence.differential.pair import PairedLayer

Floats = NDArray[np.float64]

Places = NDArray[np.intp] | slice

ALL = slice(None)

Signs = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Holds for every box and neuron of one layer the q of the lemma: for values and for differences."""

    values: Floats
    differences: Floats

    @classmethod
    def of(
        cls,
        layer: PairedLayer,
        lines: tuple[Lines, Lines],
        here: tuple[Floats, Floats],
        before: tuple[Floats, Floats],
        rate: float,
    ) -> Sizes:
        """Add up sizes.

        Parameters
        ----------
        layer : PairedLayer
        lines : of values and of differences
        here : sizes of z and of delta
        before : sizes of a and of d, of all that the layer reads
        rate : float
            What they will be multiplied by; not so the errors of the layer, which are divided by it.
        """
        a, d = before
        sums = a @ np.abs(layer.first).T + np.abs(layer.bias)
        deltas = a @ np.abs(layer.gap).T + d @ np.abs(layer.second).T + np.abs(layer.gap_bias)
        found = []
        for line, size, inner, errors in zip(lines, here, (sums, deltas), layer.errors, strict=True):
            slope = np.maximum(np.abs(line.up_slope), np.abs(line.low_slope))
            shift = np.maximum(np.abs(line.up_shift), np.abs(line.low_shift))
            found.append(shift + slope * (size + inner + errors / rate))
        return cls(*found)


@dataclass(frozen=True, eq=False)
class Step:
    """Holds what it takes to substitute one layer on some boxes.

    Attributes
    ----------
    layer : PairedLayer
    lines : of the layer's values and of its differences
    shifts : two pairs of (boxes, neurons, 2) arrays
        Of values and of differences: upper shifts beside sizes, and lower shifts beside minus sizes.
    reach : two (boxes, values) arrays
        Sizes of the values and differences that the layer reads.
    """

    layer: PairedLayer
    lines: tuple[Lines, Lines]
    shifts: tuple[tuple[Floats, Floats], tuple[Floats, Floats]]
    reach: tuple[Floats, Floats]

    @classmethod
    def of(cls, layer: PairedLayer, lines: tuple[Lines, Lines], sizes: Sizes, reach: tuple[Floats, Floats]) -> Step:
        """Put together what belongs to one layer."""
        one, other = (
            (np.stack([line.up_shift, size], axis=2), np.stack([line.low_shift, -size], axis=2))
            for line, size in zip(lines, (sizes.values, sizes.differences), strict=True)
        )
        return cls(layer, lines, (one, other), reach)


@dataclass(eq=False)
class Rows:
    """Holds rows over values (C) and, the last of them, over differences (D); arrays (boxes, rows, neurons or none)."""

    values: Floats
    differences: Floats
    constant: Floats
    slack: Floats
    rate: float

    @classmethod
    def of(
        cls, layer: PairedLayer, boxes: int, rate: float, places: Places = ALL, signs: Signs = (1,), sums: bool = True
    ) -> Rows:
        """Return the rows of the sums ``z`` of a layer (if asked for), and then those of ``delta``, over what it reads.

        Parameters
        ----------
        layer : PairedLayer
        boxes : int
        rate : float
        places : array or slice
            Which neurons' sums.
        signs : sequence of 1 and -1
            The rows are times each of these.
        sums : bool
            Whether to begin with those of ``z``.
        """
        sides = ((layer.first, layer.bias), (layer.gap, layer.gap_bias))[0 if sums else 1 :]
        values = np.concatenate([sign * side[0][places] for side in sides for sign in signs])
        constant = np.concatenate([sign * side[1][places] for side in sides for sign in signs])
        differences = np.concatenate([sign * layer.second[places] for sign in signs])
        errors = np.concatenate([e[places] for e in layer.errors[-len(sides) :] for _ in signs])
        slack = np.broadcast_to(rate * np.abs(constant) + errors, (boxes, len(constant)))
        return cls(values[None], differences[None], np.broadcast_to(constant, slack.shape), slack, rate)

    def before(self, step: Step) -> Rows:
        """Put what goes into a layer in the place of its values, which come last."""
        layer, late = step.layer, self.values.shape[1] - self.differences.shape[1]
        values, sums = _replaced(self.values, step.lines[0], step.shifts[0])
        differences, more = _replaced(self.differences, step.lines[1], step.shifts[1])
        sums[:, late:] += more
        sums[:, :, 0] += values @ layer.bias
        sums[:, late:, 0] += differences @ layer.gap_bias
        products = values @ layer.first
        products[:, late:] += differences @ layer.gap
        differences = differences @ layer.second
        size = sums[:, :, 1]
        rest = self.values.shape[2] - len(layer.bias)
        if rest:
            products += self.values[:, :, :rest]
            differences += self.differences[:, :, :rest]
            size += _dot(np.abs(products), step.reach[0])
            size[:, late:] += _dot(np.abs(differences), step.reach[1])
        slack = self.slack + self.rate * (size + np.abs(self.constant))
        return Rows(products, differences, self.constant + sums[:, :, 0], slack, self.rate)

    def largest(self, low: Floats, high: Floats) -> Floats:
        """Return a proved upper bound of every row on boxes of inputs, where there are no differences."""
        positive = np.maximum(self.values, 0.0)
        negative = self.values - positive
        ends = _dot(positive, high) + _dot(negative, low)
        size = _dot(positive - negative, np.maximum(np.abs(low), np.abs(high)))
        return self.constant + ends + 2 * (self.slack + self.rate * (size + np.abs(self.constant)) + TINY)


def _dot(rows: Floats, vectors: Floats) -> Floats:
    """Return the products of (boxes, rows, neurons) with (boxes, neurons)."""
    return (rows @ vectors[:, :, None])[:, :, 0]


def _replaced(rows: Floats, lines: Lines, shifts: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Replace the last columns: return coefficients of what lies between the lines, and sums of shifts and sizes."""
    rows = rows[:, :, -lines.up_slope.shape[1] :]
    positive, negative = np.maximum(rows, 0.0), np.minimum(rows, 0.0)
    sums = positive @ shifts[0]
    sums += negative @ shifts[1]
    if positive.shape[0] < len(sums):
        positive, negative = positive * lines.up_slope[:, None], negative * lines.low_slope[:, None]
    else:  # in place: memory is what takes the time here
        positive *= lines.up_slope[:, None]
        negative *= lines.low_slope[:, None]
    positive += negative  # one of the two is zero: no rounding
    return positive, sums
