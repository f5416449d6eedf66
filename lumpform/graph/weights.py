"""Offers matrices of exact weights: the two ways an arrow keeps its edges.

`SparseWeights` is a compressed-row matrix (row = source node); `DenseWeights` is a full one. Both keep their numbers
in a column of `lumpform.numbers`, so ten million transitions are three arrays and a dense layer is one, never objects.
What both can do says `Weights`; whoever has a matrix uses these verbs and does not ask which of the two it is.
"""

from collections.abc import Iterable
from functools import reduce

from lumpform.graph.base import Weights
from lumpform.graph.dense import DenseWeights
from lumpform.graph.sparse import SparseWeights

__all__ = ["DenseWeights", "SparseWeights", "Weights", "total"]


def total(matrices: Iterable[Weights]) -> Weights:
    """Return the exact sum of one matrix or more; one alone as it is. O(entries) exact additions."""
    return reduce(lambda first, second: first.plus(second), matrices)  # each asks its own kind
