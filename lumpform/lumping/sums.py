"""Adds up what a node sees of every class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from lumpform.graph.views import View
from lumpform.graph.weights import SparseWeights, Weights


def class_sums(weights: Weights, row: int, class_of: NDArray[Any] | Sequence[int]) -> dict[int, Any]:
    """Return the exact sums of a row over all classes of its columns, zeros left out. O(entries of the row)."""
    sums: dict[int, Any] = {}
    for target, value in weights.row(row):
        c = int(class_of[target])
        sums[c] = sums[c] + value if c in sums else value
    return {c: v for c, v in sums.items() if v != 0}


def seen_matrices(weights: SparseWeights, view: View) -> list[SparseWeights]:
    """Return the matrices whose rows nodes are seen by: transposed for the edges into them."""
    return [weights if side == "out" else weights.transpose() for side in view.sides]
