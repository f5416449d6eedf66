"""Chooses features that reproduce others as linear combinations, nearly, and fits the coefficients.

That is linear lumping: some nodes stay, and the values of all are combinations of theirs plus a constant. Which nodes
stay and how they are combined is read from second moments: a Gram matrix G of the features (the constant first), for
whatever distribution of inputs is assumed, and the cross moments with what should be reproduced. A greedy choice takes
the node that explains most of what is left, pivot by pivot; exchanges then replace single nodes while that helps; ridge
regression gives the coefficients. Every step is one sweep, a change of rank one of one matrix, which holds at any time
the coefficients of what is chosen and the residuals of what is not (Goodnight 1979). In floats: the result is a smaller
model with weights of its own, and how far it is from the original is bounded afterwards
(`lumpform.equivalence.largest_difference`).

Sources: orthogonal least squares as a choice of features goes back to Chen, Billings and Luo 1989; that it can be done
for ReLU layers without any data, by assuming a distribution of the inputs, is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3
"""Relative to the mean of the diagonal of the Gram matrix."""

EXCHANGES = 0.25
FEW = 16
"""At most `EXCHANGES` for every node that stays, and `FEW` in any case: later ones gain next to nothing."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Holds second moments of features and targets under one distribution of inputs.

    Parameters
    ----------
    gram : (m, m) array
        ``E[f f^T]``; feature 0 is the constant 1.
    cross : (m, q) array
        ``E[f y^T]`` with the targets y.
    """

    gram: Floats
    cross: Floats

    @classmethod
    def of(cls, features: Floats, targets: Floats, weights: Floats) -> Moments:
        """Compute them from samples, one a row, with weights that sum to one; the constant is added in front."""
        roots = np.sqrt(weights)[:, None]
        whole = np.concatenate([roots, features * roots], axis=1)
        return cls(whole.T @ whole, whole.T @ (targets * roots))

    def without_constant(self) -> Moments:
        """Return the moments in which the constant explains nothing, so that it gets no coefficient."""
        gram, cross = self.gram.copy(), self.cross.copy()
        gram[0], gram[:, 0], cross[0] = 0.0, 0.0, 0.0
        gram[0, 0] = 1.0
        return Moments(gram, cross)

    def ridge(self, relative: float) -> float:
        """Return the absolute ridge."""
        return relative * float(np.trace(self.gram)) / len(self.gram)


def select(moments: Moments, count: int, ridge: float = RIDGE) -> list[int]:
    """Return the features to keep (numbers from 0, the constant not counted), increasing.

    Parameters
    ----------
    moments : Moments
        With the targets weighed as they matter.
    count : int
        How many.
    ridge : float
        Relative.

    Returns
    -------
    list of int
        O(count m (m + q)): a sweep for each that is chosen, and two for each exchange, of which there are
        at most max(`FEW`, `EXCHANGES` count).
    """
    total = len(moments.gram) - 1
    if count >= total:
        return list(range(total))
    swept = _Swept(moments, moments.ridge(ridge))
    for _ in range(count):
        swept.sweep(swept.best()[0])
    for _ in range(max(FEW, ceil(EXCHANGES * count))):
        if not swept.exchange():
            break
    return [int(j) - 1 for j in np.flatnonzero(swept.chosen)[1:]]


def fit(moments: Moments, kept: Sequence[int], ridge: float = RIDGE) -> Floats:
    """Return coefficients (1 + kept, q) that best reproduce the targets from the constant and the kept features.

    The constant is not shrunk.
    """
    chosen = [0, *(j + 1 for j in kept)]
    shrink = np.diag([0.0] + [1.0] * len(kept)) * moments.ridge(ridge)
    found: Any = np.linalg.solve(moments.gram[np.ix_(chosen, chosen)] + shrink, moments.cross[chosen])
    return found


class _Swept:
    """Holds ``[G + ridge, X]`` swept by the chosen features, the constant first.

    With S for the chosen: rows of S are ``[-H(S,S)^-1, H(S,S)^-1 H(S,T), coefficients]`` with ``H = G + ridge``, the
    others the residuals of H and of X. Sweeping a feature again undoes it. O(m (m + q)) a sweep, in place.
    """

    def __init__(self, moments: Moments, ridge: float) -> None:
        shrink = np.diag([1e-9 * ridge] + [ridge] * (len(moments.gram) - 1))
        self.table = np.asfortranarray(np.concatenate([moments.gram + shrink, moments.cross], axis=1))
        self.chosen = np.zeros(len(moments.gram), dtype=bool)
        self.sweep(0)

    def sweep(self, j: int) -> None:
        """Take a feature in, or out if it is in."""
        from scipy.linalg import blas

        update: Any = vars(blas)["dger"]  # which type checkers do not know
        pivot, row, column = self.table[j, j], self.table[j].copy(), self.table[:, j].copy()
        self.table = update(-1 / pivot, column, row, a=self.table, overwrite_a=1)
        sign = -1.0 if self.chosen[j] else 1.0
        self.table[j], self.table[:, j] = sign / pivot * row, sign / pivot * column
        self.table[j, j] = -1 / pivot
        self.chosen[j] = not self.chosen[j]

    def worth(self) -> Floats:
        """Return by how much the squared error grows without each chosen feature, and shrinks with each other one."""
        size = len(self.table)
        diagonal = np.abs(np.einsum("ii->i", self.table[:, :size]))
        worth: Floats = (self.table[:, size:] ** 2).sum(axis=1) / np.maximum(diagonal, 1e-300)
        return worth

    def best(self) -> tuple[int, float]:
        """Return the feature not chosen that gains most, and its gain."""
        gain = np.where(self.chosen, -1.0, self.worth())
        j = int(gain.argmax())
        return j, float(gain[j])

    def exchange(self) -> bool:
        """Exchange the feature that is missed least for the best other one; tell whether that gained."""
        loss = np.where(self.chosen, self.worth(), np.inf)
        loss[0] = np.inf
        out = int(loss.argmin())
        self.sweep(out)
        best, gain = self.best()
        better = best != out and gain > loss[out] * (1 + 1e-9)
        self.sweep(best if better else out)
        return better
