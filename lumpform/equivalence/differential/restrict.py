"""Restricts two networks to a box: only neurons that are undecided there stay, as variables of few, short rows.

In a box where all but a few neurons are decided in both networks, every sum is linear in the inputs and in what the
undecided neurons before give. Sums are substituted back as for bounds, but through decided neurons only; the columns
of undecided ones are set aside. A decided neuron is a slope without a shift, so nothing is lost but rounding, which
`rows` counts, and which the layers carry as their errors. Parts of the box are then bounded with these few rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lumpform.equivalence.differential.bounds import Bounds, Pass
from lumpform.equivalence.differential.lines import TINY, Lines
from lumpform.equivalence.differential.pair import PairedLayer
from lumpform.equivalence.differential.rows import Rows, Sizes, Step

Floats = NDArray[np.float64]


def restricted(bounds: Bounds, i: int) -> list[PairedLayer]:
    """Return the pair of networks of some bounds as they are on the i-th box; right on this box only.

    Parameters
    ----------
    bounds : Bounds
        Finite on the box.
    i : int

    Returns
    -------
    list of PairedLayer
        Each reads the inputs and all undecided neurons before. Layers without undecided neurons are left out.
        O(undecided neurons, times layers, times width^2).
    """
    run = bounds.run
    steps = [_decided(run, i, k) for k in range(len(run.layers) - 1)]
    kept = [np.flatnonzero(known.phases[i] == 0) for known in run.hidden[:-1]]
    result = []
    for k, layer in enumerate(run.layers):
        places = kept[k] if k < len(kept) else np.arange(len(layer.bias))
        if len(places):
            result.append(_short(run, steps[:k], kept[:k], layer, places))
    return result


def _decided(run: Pass, i: int, k: int) -> Step:
    """Return the step through the decided neurons of a layer on one box."""
    step, known = run.steps[k], run.hidden[k]
    phases = known.phases[i : i + 1]
    slope = np.where(phases > 0, 1.0, np.where(phases < 0, step.layer.alpha, 0.0))
    zero = np.zeros_like(slope)
    lines = Lines(slope, zero, slope, zero), Lines(slope, zero, slope, zero)
    here = known.here[0][i : i + 1], known.here[1][i : i + 1]
    reach = step.reach[0][i : i + 1], step.reach[1][i : i + 1]
    return Step.of(step.layer, lines, Sizes.of(step.layer, lines, here, reach, run.rate), reach)


def _short(
    run: Pass, steps: list[Step], kept: list[NDArray[np.intp]], layer: PairedLayer, places: NDArray[np.intp]
) -> PairedLayer:
    """Return some sums of a layer as rows over inputs and kept neurons."""
    rows, count = Rows.of(layer, 1, run.rate, places), len(places)
    values: list[Floats] = []
    differences: list[Floats] = []
    for step, neurons in zip(reversed(steps), reversed(kept), strict=True):
        columns = neurons - len(step.layer.bias)
        values.append(rows.values[0][:, columns])
        differences.append(rows.differences[0][:, columns])
        rows = rows.before(step)
    matrix = np.concatenate([rows.values[0], *reversed(values)], axis=1)
    inputs = np.zeros((count, run.low.shape[1]))
    second = np.concatenate([inputs, *reversed(differences)], axis=1)
    constant = rows.constant[0]
    off = 2 * (rows.slack[0] + run.rate * np.abs(constant) + TINY)
    return PairedLayer(
        matrix[:count], second, matrix[count:], constant[:count], constant[count:], layer.alpha, off.reshape(2, count)
    )
