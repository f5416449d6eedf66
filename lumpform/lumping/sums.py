"""Adds up what a node sees of every class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from numpy.typing import NDArray

from lumpform.graph.views import View
from lumpform.graph.weights import SparseWeights, Weights
from lumpform.lumping.flat import Seen


def class_sums(weights: Weights, row: int, class_of: NDArray[Any] | Sequence[int]) -> dict[int, Any]:
    """Return the exact sums of a row over all classes of its columns, zeros left out. O(entries of the row)."""
    return _added(weights.row(row), class_of)


def sums_over(arrow: Seen, node: int, class_of: NDArray[Any] | Sequence[int]) -> dict[int, Any]:
    """Return what a node sees of every class of all nodes by an arrow: the exact sum, zeros left out; 1 for an edge."""
    if arrow.boolean:
        return {int(class_of[other]): 1 for other, _ in arrow.row(node)}
    return _added(arrow.row(node), class_of)


def _added(seen: Iterable[tuple[int, Any]], class_of: NDArray[Any] | Sequence[int]) -> dict[int, Any]:
    sums: dict[int, Any] = {}
    for other, value in seen:
        c = int(class_of[other])
        sums[c] = sums[c] + value if c in sums else value
    return {c: v for c, v in sums.items() if v != 0}


def seen_matrices(weights: SparseWeights, view: View) -> list[SparseWeights]:
    """Return the matrices whose rows nodes are seen by: transposed for the edges into them."""
    return [weights if side == "out" else weights.transpose() for side in view.sides]
