"""Bounds the difference of two networks' outputs on many boxes at once (T22), layer by layer, with proof."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.lines import Lines, difference_lines, value_lines
from lumpform.equivalence.differential.pair import LARGEST, PairedLayer
from lumpform.equivalence.differential.rows import Rows, Sizes, Step

Floats = NDArray[np.float64]


Range = tuple[Floats, Floats]
"""Lower and upper bounds."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Holds what is proved on some boxes.

    Attributes
    ----------
    low, high : (boxes, outputs) array
        Of the first network's output minus the second's; infinite where numbers are too large.
    scores : (boxes, inputs) array
        How much of the largest bound undecided ReLUs owe to the width of an input: the largest is split.
    corners : (boxes, inputs) array
        Where the row with the largest bound is largest: a guess at an input with a large difference.
    run : Pass
        What is known of the layers, for `restrict`.
    """

    low: Floats
    high: Floats
    scores: Floats
    corners: Floats
    run: Pass

    @property
    def undecided(self) -> Floats:
        """Return for every box how many neurons are undecided in one of the networks; infinite without bounds."""
        hidden = [h.phases for h in self.run.hidden[:-1]]
        count = sum((p == 0).sum(axis=1) for p in hidden) + np.zeros(len(self.low))
        return np.where(self.run.good, count, np.inf)


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
    run = Pass(layers, low, high, tick)
    with np.errstate(all="ignore"):
        for k in range(len(layers)):
            run.layer(k)
        good = (run.good & np.all(np.abs(run.difference) < LARGEST, axis=(0, 2)))[:, None]
        below, above = np.where(good, run.difference[0], -np.inf), np.where(good, run.difference[1], np.inf)
        scores = np.where(good, run.scores * (high - low), 0.0)
    return Bounds(below, above, np.nan_to_num(scores), run.corners, run)


@dataclass(frozen=True, eq=False)
class Hidden:
    """Holds what is known of one layer on some boxes.

    Attributes
    ----------
    phases : (boxes, outputs) array
        1 where the function is the identity in both networks, -1 where both are below zero, 0 if it is undecided.
    here : two (boxes, outputs) arrays
        Sizes of sums, and of their differences.
    heights : two (boxes, outputs) arrays
        How far the lines of values and of differences are apart.
    gains : (boxes, outputs, inputs) array
        By which share the sums of an undecided neuron become narrower where an input does.
    """

    phases: NDArray[np.int8]
    here: tuple[Floats, Floats]
    heights: tuple[Floats, Floats]
    gains: Floats


class Pass:
    """Holds the bounds of the layers that were done.

    Attributes
    ----------
    steps : list of Step
        For every layer.
    hidden : list of Hidden
        For every layer.
    """

    def __init__(self, layers: Sequence[PairedLayer], low: Floats, high: Floats, tick: Callable[[], None]) -> None:
        self.layers, self.low, self.high, self.tick = layers, low, high, tick
        self.rate = rate_of(layers)
        self.steps: list[Step] = []
        self.hidden: list[Hidden] = []
        inputs = np.maximum(np.abs(low), np.abs(high))
        self.reach = inputs, np.zeros_like(inputs)  # sizes of inputs and of all values so far, and of differences
        self.good = (inputs < LARGEST).all(axis=1)
        self.scores = np.zeros_like(low)
        self.slopes = np.broadcast_to(np.eye(low.shape[1]), (len(low), low.shape[1], low.shape[1]))
        self.difference = np.zeros((2, 0, 0))
        self.corners = low

    def layer(self, k: int) -> None:
        """Bound one layer more."""
        layer, last = self.layers[k], k == len(self.layers) - 1
        self.tick()
        (low, high), (delta_low, delta_high) = self._ends(k, layer.alpha != 1 or not last)
        other_low = np.nextafter(low - delta_high, -np.inf)
        other_high = np.nextafter(high - delta_low, np.inf)
        lines = (
            value_lines(low, high, layer.alpha),
            difference_lines(low, high, other_low, other_high, delta_low, delta_high, layer.alpha),
        )
        here = np.maximum(np.abs(low), np.abs(high)), np.maximum(np.abs(delta_low), np.abs(delta_high))
        reads = layer.first.shape[1]
        before = self.reach[0][:, -reads:], self.reach[1][:, -reads:]
        sizes = Sizes.of(layer, lines, here, before, self.rate)
        self.steps.append(Step.of(layer, lines, sizes, before))
        growth = max(1.0, abs(layer.alpha))
        for numbers in (growth * here[0], growth * here[1], sizes.values, sizes.differences):
            self.good &= (numbers < LARGEST).all(axis=1)
        active, inactive = (low >= 0) & (other_low >= 0), (high <= 0) & (other_high <= 0)
        active = active | (layer.alpha == 1)
        phases = active.astype(np.int8) - (inactive & ~active)
        slopes = layer.first @ self.slopes[:, -reads:]  # how sums depend on inputs, roughly
        heights = _height(lines[0], low, high), _height(lines[1], delta_low, delta_high)
        self.hidden.append(Hidden(phases, here, heights, np.abs(slopes) * _weight(layer, low, high)[:, :, None]))
        if last:
            self.difference = np.stack(lines[1].bounds(delta_low, delta_high))
            return
        self.slopes = np.concatenate([self.slopes, slopes * lines[0].up_slope[:, :, None]], axis=1)
        self.reach = (
            np.concatenate([self.reach[0], growth * here[0]], axis=1),
            np.concatenate([self.reach[1], growth * here[1]], axis=1),
        )

    def _ends(self, k: int, sums: bool) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
        """Return bounds of the sums of layer k (zeros where they are not needed), and of their differences."""
        layer, passed = self.layers[k], []
        rows = Rows.of(layer, len(self.low), self.rate, signs=(1, -1), sums=sums)
        for step in reversed(self.steps):
            passed.append(rows)
            rows = rows.before(step)
        ends = rows.largest(self.low, self.high)
        if k == len(self.layers) - 1:
            worst = ends.shape[1] - 2 * len(layer.bias)  # where those of differences begin
            self._follow(worst + np.nan_to_num(ends[:, worst:]).argmax(axis=1), rows, passed[::-1])
        quarters = ends.reshape(len(ends), -1, len(layer.bias))
        zero = np.zeros_like(quarters[:, 0])
        return (-quarters[:, 1], quarters[:, 0]) if sums else (zero, zero), (-quarters[:, -1], quarters[:, -2])

    def _follow(self, worst: NDArray[np.intp], rows: Rows, passed: list[Rows]) -> None:
        """Learn from the row with the largest bound: where it is largest, and which inputs widen it."""

        def of(matrix: Floats, row: NDArray[np.intp]) -> Floats:
            return np.broadcast_to(matrix, (len(worst), *matrix.shape[1:]))[np.arange(len(worst)), row]

        self.corners = np.where(of(rows.values, worst) > 0, self.high, self.low)
        for k, (known, row) in enumerate(zip(self.hidden, passed, strict=True)):
            width = len(self.layers[k].bias)
            late = row.values.shape[1] - row.differences.shape[1]
            value = np.abs(of(row.values, worst)[:, -width:]) * known.heights[0]
            value += np.abs(of(row.differences, worst - late)[:, -width:]) * known.heights[1]
            self.scores = self.scores + (value[:, None, :] @ known.gains)[:, 0]


def _height(line: Lines, low: Floats, high: Floats) -> Floats:
    """Return how far two lines are apart at most."""
    slope = line.up_slope - line.low_slope
    return np.maximum(slope * low, slope * high) + (line.up_shift - line.low_shift)


def _weight(layer: PairedLayer, low: Floats, high: Floats) -> Floats:
    """Return one over the width of the sums of undecided neurons, and 0 for others."""
    undecided = (low < 0) & (high > 0) & (layer.alpha != 1)
    return np.divide(1.0, high - low, out=np.zeros_like(low), where=undecided)


def rate_of(layers: Sequence[PairedLayer]) -> float:
    """Return how much rounding is counted for; see `lumpform.equivalence.differential.rows`."""
    return (16 * max(max(p.first.shape) for p in layers) + 128) * 2.0**-53
