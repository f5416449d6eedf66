"""Chooses features that reproduce others as linear combinations, nearly, and fits the coefficients.

That is linear lumping: some nodes stay, and the values of all are combinations of theirs plus a constant. Which nodes
stay and how they are combined is read from second moments: a Gram matrix G of the features (the constant first), for
whatever distribution of inputs is assumed, and the cross moments with what should be reproduced. A greedy choice takes
the node that explains most of what is left, pivot by pivot; exchanges then replace single nodes while that helps; ridge
regression gives the coefficients. In floats: the result is a smaller model with weights of its own, and how far it is
from the original is bounded afterwards (`lumpform.equivalence.largest_difference`).

Sources: orthogonal least squares as a choice of features goes back to Chen, Billings and Luo 1989; that it can be done
for ReLU layers without any data, by assuming a distribution of the inputs, is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RIDGE = 1e-3
"""Relative to the mean of the diagonal of the Gram matrix."""

EXCHANGES = 2
"""At most so many exchanges for every node that stays."""

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
        whole = np.concatenate([np.ones((len(features), 1), dtype=features.dtype), features], axis=1)
        weighted = whole * weights[:, None]
        return cls(whole.T @ weighted, weighted.T @ targets)

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
        O(count m (m + q)) for the greedy choice, O(count^4 + count^2 m^2) at worst for the exchanges.
    """
    total = len(moments.gram) - 1
    if count >= total:
        return list(range(total))
    absolute = moments.ridge(ridge)
    return [j - 1 for j in sorted(_exchanged(moments, _greedy(moments, count, absolute), absolute))]


def fit(moments: Moments, kept: Sequence[int], ridge: float = RIDGE) -> Floats:
    """Return coefficients (1 + kept, q) that best reproduce the targets from the constant and the kept features.

    The constant is not shrunk.
    """
    chosen = [0, *(j + 1 for j in kept)]
    shrink = np.diag([0.0] + [1.0] * len(kept)) * moments.ridge(ridge)
    found: Any = np.linalg.solve(moments.gram[np.ix_(chosen, chosen)] + shrink, moments.cross[chosen])
    return found


def _greedy(moments: Moments, count: int, ridge: float) -> list[int]:
    """Return the pivots of the residual Gram matrix with the largest gains."""
    left, cross = moments.gram.copy(), moments.cross.copy()
    used = np.zeros(len(left), dtype=bool)
    chosen: list[int] = []

    def pivot(j: int, ridge: float) -> None:
        column, row = left[:, j] / (left[j, j] + ridge), left[j].copy()
        cross[:] = cross - np.outer(column, cross[j])
        left[:] = left - np.outer(column, row)
        used[j] = True

    pivot(0, 0.0)
    for _ in range(count):
        gain = (cross**2).sum(axis=1) / (np.maximum(np.diag(left), 0.0) + ridge)
        gain[used] = -1.0
        j = int(gain.argmax())
        chosen.append(j)
        pivot(j, ridge)
    return chosen


def _exchanged(moments: Moments, chosen: list[int], ridge: float) -> list[int]:
    """Exchange the feature that is missed least for the best other one, while that gains."""
    gram, cross = moments.gram, moments.cross
    kept = [0, *chosen]
    for _ in range(EXCHANGES * len(chosen)):
        inverse = _inverse(gram, kept, ridge)
        coefficients = inverse @ cross[kept]
        loss = (coefficients**2).sum(axis=1) / np.diag(inverse)
        loss[0] = np.inf
        out = int(loss.argmin())
        rest = kept[:out] + kept[out + 1 :]
        inverse = _inverse(gram, rest, ridge)
        into = gram[:, rest]
        size = np.diag(gram) - np.einsum("ij,jk,ik->i", into, inverse, into) + ridge
        missing = cross - into @ (inverse @ cross[rest])
        gain = (missing**2).sum(axis=1) / np.maximum(size, 1e-300)
        gain[rest] = -1.0
        best = int(gain.argmax())
        if best == kept[out] or gain[best] <= loss[out] * (1 + 1e-9):
            break
        kept = [*rest, best]
    return kept[1:]


def _inverse(gram: Floats, kept: list[int], ridge: float) -> Any:
    return np.linalg.inv(gram[np.ix_(kept, kept)] + ridge * np.diag([1e-9] + [1.0] * (len(kept) - 1)))
