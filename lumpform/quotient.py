"""Quotients of matrices: the weights between classes.

For a partition with indicator matrix V, ordinary lumpability is ``A V = V Q'`` and exact lumpability is
``A^T V = V Q'^T``; `quotient_rows` computes Q' from the rows of representatives, which is right for any partition whose
rows have equal class sums.
"""

from __future__ import annotations

import numpy as np

from lumpform.partition import Partition
from lumpform.weights import SparseWeights


def quotient_rows(weights: SparseWeights, partition: Partition) -> SparseWeights:
    """The matrix ``Q'(B, C) = A(s, C)`` with s the representative of B. O(edges of representatives, log)."""
    representatives = partition.representatives
    lengths = np.diff(weights.indptr)[representatives]
    total = int(lengths.sum())
    before = np.cumsum(lengths) - lengths
    entries = np.arange(total) + np.repeat(weights.indptr[representatives] - before, lengths)
    rows = np.repeat(np.arange(partition.count), lengths)
    columns = partition.class_of[weights.indices[entries]]
    return SparseWeights.from_coo(rows, columns, weights.values.take(entries), (partition.count, partition.count))
