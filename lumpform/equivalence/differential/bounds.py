"""Bounds the difference of two networks' outputs on many boxes at once (T22), layer by layer, with proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.lines import Lines, difference_lines, value_lines
from lumpform.equivalence.differential.pair import LARGEST, PairedLayer
from lumpform.equivalence.differential.rows import Rows, Sizes

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Bounds:
    """Holds what is proved on some boxes.

    Attributes
    ----------
    low, high : (boxes, outputs) array
        Of the first network's output minus the second's; infinite where numbers are too large.
    scores : (boxes, inputs) array
        How much undecided ReLUs owe to the width of an input: the largest is split.
    corners : (boxes, inputs) array
        Where the row with the largest bound is largest: a guess at an input with a large difference.
    """

    low: Floats
    high: Floats
    scores: Floats
    corners: Floats


def bounds_on(
    layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None] = lambda: None
) -> Bounds:
    """Bound the difference of the outputs on boxes.

    Parameters
    ----------
    layers : sequence of PairedLayer
    low, high : (boxes, inputs) array
    tick : function
        Called all the time; it may raise.

    Notes
    -----
    For every layer, bounds of its sums in the first network and of the differences of the sums, by rows substituted
    back to the inputs; then lines around its values and differences. O(layers^2 width^3) for a box. The proof of
    soundness is in `lumpform.equivalence.differential.rows`.
    """
    run = _Pass(layers, low, high, tick)
    with np.errstate(all="ignore"):
        for k in range(len(layers)):
            run.layer(k)
        good = (run.good & np.all(np.abs(run.difference) < LARGEST, axis=(0, 2)))[:, None]
        below, above = np.where(good, run.difference[0], -np.inf), np.where(good, run.difference[1], np.inf)
        scores = np.where(good, run.scores * (high - low), 0.0)
    return Bounds(below, above, np.nan_to_num(scores), run.corners)


class _Pass:
    """Holds the bounds of the layers that were done."""

    def __init__(self, layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None]) -> None:
        self.layers, self.low, self.high, self.tick = layers, low, high, tick
        self.rate = (16 * max(max(p.first.shape) for p in layers) + 128) * 2.0**-53
        self.lines: list[tuple[Lines, Lines]] = []
        self.sizes: list[Sizes] = []
        inputs = np.maximum(np.abs(low), np.abs(high))
        self.before = inputs, np.zeros_like(inputs)  # sizes of values and differences of the last layer
        self.good = (inputs < LARGEST).all(axis=1)
        self.scores = np.zeros_like(low)
        self.slopes = np.broadcast_to(np.eye(low.shape[1]), (len(low), low.shape[1], low.shape[1]))
        self.difference = np.zeros((2, 0, 0))
        self.corners = low

    def layer(self, k: int) -> None:
        """Bound one layer more."""
        layer = self.layers[k]
        low, high = self._ends(k, Rows.values_of(layer, len(self.low), self.rate))
        delta_low, delta_high = self._ends(k, Rows.differences_of(layer, len(self.low), self.rate))
        other_low = np.nextafter(low - delta_high, -np.inf)
        other_high = np.nextafter(high - delta_low, np.inf)
        lines = (
            value_lines(low, high, layer.alpha),
            difference_lines(low, high, other_low, other_high, delta_low, delta_high, layer.alpha),
        )
        here = np.maximum(np.abs(low), np.abs(high)), np.maximum(np.abs(delta_low), np.abs(delta_high))
        self.sizes.append(Sizes.of(layer, lines, here, self.before))
        self.lines.append(lines)
        growth = max(1.0, abs(layer.alpha))
        self.before = growth * here[0], growth * here[1]
        self.good &= (here[0] < LARGEST).all(axis=1) & (here[1] < LARGEST).all(axis=1)
        self.good &= (self.before[0] < LARGEST).all(axis=1) & (self.sizes[-1].values < LARGEST).all(axis=1)
        self.good &= (self.before[1] < LARGEST).all(axis=1) & (self.sizes[-1].differences < LARGEST).all(axis=1)
        self._score(layer, low, high, lines[0])
        self.difference = np.stack(lines[1].bounds(delta_low, delta_high))

    def _ends(self, k: int, rows: Rows) -> tuple[Floats, Floats]:
        """Return lower and upper bounds of the sums of layer k."""
        for j in range(k - 1, -1, -1):
            self.tick()
            rows = rows.through(self.lines[j], self.sizes[j]).before(self.layers[j])
        ends = rows.largest(self.low, self.high)
        worst = np.nan_to_num(ends).argmax(axis=1)
        if k == len(self.layers) - 1:  # the differences come last
            steepest = np.broadcast_to(rows.values, (*ends.shape, self.low.shape[1]))[np.arange(len(ends)), worst]
            self.corners = np.where(steepest > 0, self.high, self.low)
        half = ends.shape[1] // 2
        return -ends[:, half:], ends[:, :half]

    def _score(self, layer: PairedLayer, low: Floats, high: Floats, lines: Lines) -> None:
        """Add for every input how much the undecided neurons of a layer depend on it."""
        slopes = layer.first @ self.slopes
        undecided = (low < 0) & (high > 0)
        weight = np.divide(1.0, high - low, out=np.zeros_like(low), where=undecided)
        if layer.alpha != 1:
            self.scores = self.scores + (np.abs(slopes) * weight[:, :, None]).sum(axis=1)
        self.slopes = slopes * lines.up_slope[:, :, None]
