"""Bounds how much a chain forgets in some steps: the largest distance of two rows of a power of its matrix.

A difference of two distributions loses at least so much in total variation in these steps (Dobrushin's coefficient).
Powers are computed in floats. As no entry is negative, every entry has a relative error of at most (n + 2) u a step,
with u = 2^-53, in whatever order products are added; four times that is added to every coefficient.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from lumpform.chains.near.aggregate import Row

WINDOW = 256
"""So many powers are looked at, unless told otherwise."""

LARGEST = 120
"""Up to so many states."""


def coefficients(rows: Sequence[Row], window: int = WINDOW) -> list[Fraction]:
    """Return bounds of the coefficients of the powers 0, 1, ..., `window` of a stochastic matrix; none if it is large.

    O(window n^3) floating-point operations.
    """
    n = len(rows)
    if not 1 < n <= LARGEST:
        return []
    matrix = np.zeros((n, n))
    for i, row in enumerate(rows):
        for j, v in row.items():
            matrix[i, j] = float(v)
    power, found = np.eye(n), [Fraction(1)]
    for k in range(1, window + 1):
        power = power @ matrix
        apart = max(float(0.5 * np.abs(power[i + 1 :] - power[i]).sum(axis=1).max()) for i in range(n - 1))
        found.append(min(found[-1], Fraction(apart) + (k + 1) * (n + 4) * Fraction(1, 1 << 51)))
    return found
