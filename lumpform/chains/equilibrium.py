"""Computes the exact stationary distribution of an irreducible matrix: one linear system."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.weights import SparseWeights
from lumpform.numbers.linear_system import solve


def exact_on_class(generator: SparseWeights, members: NDArray[np.int64]) -> list[Fraction]:
    """Return the stationary distribution on one recurrent class, in the order of its members.

    Its first state gets weight 1, the rest is solved for.
    """
    position = {s: i for i, s in enumerate(members.tolist())}
    size = len(members)
    rows: list[dict[int, Fraction]] = [{} for _ in range(size - 1)]
    right = [Fraction(0)] * (size - 1)
    for s in members.tolist():
        i = position[s]
        for t, v in generator.row(s):  # a recurrent class is closed
            j = position[t]
            if j == 0:
                continue
            if i == 0:
                right[j - 1] = v
            else:
                rows[j - 1][i - 1] = -v
    weights = [Fraction(1), *solve(rows, [right])[0]]
    total = sum(weights, Fraction(0))
    return [w / total for w in weights]
