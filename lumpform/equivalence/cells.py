"""Climbs to large differences of two networks from cell to cell of inputs; floats only suggest, nothing is proved.

In a cell, where no neuron of either network changes its phase, both networks are linear, and so is the difference of
an output. A linear program goes to the vertex of the cell (cut by the box) at which it is largest. There several phases
meet, and for two networks that nearly agree the difference jumps where one changes: points close by are in the cells
around, and the best of these is the next. Nearby copies have their largest differences in such corners, which random
points and gradients miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.forms import FUNCTIONS
from lumpform.equivalence.probe import floats_of
from lumpform.equivalence.shown import near
from lumpform.errors import ModelError
from lumpform.networks.dense_layers import DenseLayer, dense_layers

Floats = NDArray[np.float64]

LARGEST = 400_000
"""The inequalities of a cell have at most so many coefficients: a linear program takes a tenth of a second then."""

CHUNK = 1 << 22
"""Numbers of one layer that are computed together."""

AROUND = 48
"""Points around a vertex, at every distance."""

DISTANCES = (1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""In parts of the width of the box: how far points around a vertex are from it."""

MORE = 1e-6
"""A step that gains less than this share is the last one."""

HOPS = 40
"""So many cells in one climb at most."""

HUGE = 1e100
"""Weights are below it."""

LONGEST = 1e6
"""Seconds for one linear program."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """Holds one layer in floats, and the slope of its function below zero."""

    matrix: Floats
    bias: Floats
    alpha: float


@dataclass(frozen=True, eq=False)
class _Cell:
    """Holds what is linear around a point: signs of sums, ``rows x + constants >= 0``, and the outputs."""

    signs: bytes
    rows: Floats
    constants: Floats
    slopes: Floats
    shift: Floats


class Cells:
    """Knows the cells of two networks on a box.

    Parameters
    ----------
    sides : two sequences of layers
    low, high : (inputs,) array
    """

    def __init__(self, sides: Sequence[Sequence[_Layer]], low: Floats, high: Floats) -> None:
        self.sides, self.low, self.high = sides, low, high
        self.rng = np.random.default_rng(0)
        self.seen: set[bytes] = set()

    @classmethod
    def of(cls, first: Any, second: Any, low: Floats, high: Floats) -> Cells | None:
        """Return the cells of two networks; None if they are large, or no chains of dense piecewise linear layers.

        Or if a product of weights may be beyond the range of floats.

        Parameters
        ----------
        first, second : Network
        low, high : (inputs,) array
            The box.
        """
        try:
            sides = [dense_layers(network, "a chain of dense layers") for network in (first, second)]
        except ModelError:
            return None
        layers = [layer for side in sides for layer in side]
        if any(layer.function.name not in FUNCTIONS or layer.weights.values.field.names for layer in layers):
            return None
        if not np.isfinite([low, high]).all() or len(low) * sum(len(layer.bias) for layer in layers) > LARGEST:
            return None
        known = [[_in_floats(layer) for layer in side] for side in sides]
        small = all((abs(part) < HUGE).all() for side in known for layer in side for part in (layer.matrix, layer.bias))
        return cls(known, low, high) if small else None

    def gaps(self, points: Floats) -> Floats:
        """Return the largest difference of an output at every point, one a row; 0 where floats overflow."""
        widest = max(max(layer.matrix.shape) for side in self.sides for layer in side)
        size = max(1, CHUNK // widest)
        parts = [self._gaps(points[k : k + size]) for k in range(0, len(points), size)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _gaps(self, points: Floats) -> Floats:
        with np.errstate(all="ignore"):
            first, second = (_outputs(side, points) for side in self.sides)
            return np.nan_to_num(np.abs(first - second).max(axis=1, initial=0.0), posinf=0.0)

    def climb(self, point: Floats, budget: Budget) -> Floats:
        """Return a point with at least as large a difference, in floats: a vertex of a cell, or near one.

        Parameters
        ----------
        point : (inputs,) array
        budget : Budget
            No linear program is begun when its time is up, and none goes on.

        Notes
        -----
        O(layers width^2 inputs) and one linear program for every cell.
        """
        best, reached = point, float(self.gaps(point[None])[0])
        with np.errstate(all="ignore"):
            for _ in range(HOPS):
                vertex = self._vertex(best, budget) if budget.left > 0 else None
                if vertex is None:
                    break
                around = self._around(vertex)
                gaps = self.gaps(around)
                chosen = int(gaps.argmax())
                grown = gaps[chosen] > reached * (1 + MORE)
                if gaps[chosen] > reached:
                    best, reached = around[chosen], float(gaps[chosen])
                if not grown:
                    break
        return best

    def _vertex(self, x: Floats, budget: Budget) -> Floats | None:
        """Return the best vertex of the cell of a point; None for a cell that was seen, or without an answer."""
        cells = [_cell(side, x) for side in self.sides]
        slopes, shift = (getattr(cells[0], name) - getattr(cells[1], name) for name in ("slopes", "shift"))
        at = slopes @ x + shift
        if not len(at) or not np.isfinite(at).all():
            return None
        output = int(np.abs(at).argmax())
        up = at[output] > 0
        key = b"%d %d " % (output, up) + b"".join(cell.signs for cell in cells)
        if key in self.seen:
            return None
        self.seen.add(key)
        rows, constants = (np.concatenate([getattr(c, name) for c in cells]) for name in ("rows", "constants"))
        return self._solved(slopes[output] if up else -slopes[output], rows, constants, budget)

    def _solved(self, slope: Floats, rows: Floats, constants: Floats, budget: Budget) -> Floats | None:
        """Return the point of the box with ``rows x + constants >= 0`` at which a linear function is largest."""
        from scipy.optimize import linprog

        least = np.maximum(rows, 0.0) @ self.low + np.minimum(rows, 0.0) @ self.high + constants
        rows, constants = rows[least < 0], constants[least < 0]
        size = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
        largest = np.abs(slope).max(initial=0.0)
        if not largest:
            return None
        limits = np.stack([self.low, self.high], axis=1)
        options = {"time_limit": max(min(budget.left, LONGEST), 0.01)}
        try:
            found = linprog(
                -slope / largest,
                -rows / size,
                constants / size[:, 0],
                bounds=limits,
                method="highs-ds",
                options=options,
            )
        except ValueError:  # numbers beyond what the solver takes
            return None
        return None if found.x is None else np.clip(found.x, self.low, self.high)

    def _around(self, vertex: Floats) -> Floats:
        """Return a vertex and random points around it, near and less near."""
        moves = self.rng.normal(size=(len(DISTANCES), AROUND, len(vertex)))
        moves *= np.array(DISTANCES)[:, None, None] * (self.high - self.low)
        points = np.clip(vertex + moves.reshape(-1, len(vertex)), self.low, self.high)
        return np.concatenate([vertex[None], points])


def _in_floats(layer: DenseLayer) -> _Layer:
    matrix = floats_of(layer.weights.values).reshape(layer.weights.shape)
    parameters = layer.function.parameters
    alpha = near(parameters[0]) if parameters else float(layer.function.name == "identity")
    return _Layer(matrix, floats_of(layer.bias), alpha)


def _outputs(side: Sequence[_Layer], points: Floats) -> Floats:
    for layer in side:
        sums = points @ layer.matrix + layer.bias
        points = sums if layer.alpha == 1 else np.where(sums > 0, sums, layer.alpha * sums)
    return points


def _cell(side: Sequence[_Layer], x: Floats) -> _Cell:
    """Return the cell of a point in one network."""
    slopes, shift = np.eye(len(x)), np.zeros(len(x))
    signs, rows, constants = [], [np.zeros((0, len(x)))], [np.zeros(0)]
    for layer in side:
        slopes, shift = layer.matrix.T @ slopes, shift @ layer.matrix + layer.bias
        if layer.alpha == 1:
            continue
        above = slopes @ x + shift > 0
        sign = np.where(above, 1.0, -1.0)
        signs.append(above)
        rows.append(sign[:, None] * slopes)
        constants.append(sign * shift)
        factor = np.where(above, 1.0, layer.alpha)
        slopes, shift = factor[:, None] * slopes, factor * shift
    known = np.packbits(np.concatenate(signs)).tobytes() if signs else b""
    return _Cell(known, np.concatenate(rows), np.concatenate(constants), slopes, shift)
