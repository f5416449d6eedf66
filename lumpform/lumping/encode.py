"""Encodes several matrices on one set of nodes as a single matrix on more nodes.

The kernels refine one matrix. For k matrices A_1, ..., A_k on n nodes, let A_1 keep its targets and let A_i (i > 1)
point to copies of the nodes, one set of copies per i, where the copy of v has a single edge of weight 1 to v. Copies
start in a class of their own. In the coarsest stable partition two copies are together exactly if their nodes are, so
on the nodes it is the coarsest partition that is stable for all matrices at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from lumpform.graph.entries import ones
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import column_of_table, from_fractions


def combined(matrices: Sequence[SparseWeights], initial: Partition) -> tuple[SparseWeights, Partition]:
    """Return one matrix and its initial partition; the first n nodes are the original ones. O(total edges log)."""
    if len(matrices) == 1:
        return matrices[0], initial
    n = len(initial)
    rows, columns, parts = [], [], []
    labels = [initial.class_of.astype(np.int64)]
    for i, matrix in enumerate(matrices):
        rows.append(matrix.row_of_entries().astype(np.int64))
        columns.append(matrix.indices.astype(np.int64) + i * n)
        parts.append(matrix.values)
    for i in range(1, len(matrices)):
        rows.append(np.arange(n, dtype=np.int64) + i * n)
        columns.append(np.arange(n, dtype=np.int64))
        parts.append(ones(n))
        labels.append(np.full(n, initial.count + i, dtype=np.int64))
    total = n * len(matrices)
    weights = SparseWeights.from_coo(np.concatenate(rows), np.concatenate(columns), concatenated(parts), (total, total))
    return weights, Partition(np.concatenate(labels))


def concatenated(parts: Sequence[Values]) -> Values:
    """Return columns one after the other, coded if their tables are small and as 64-bit numerators otherwise."""
    coded = [p if isinstance(p, CodedValues) else None for p in parts]
    if any(c is None for c in coded):
        from lumpform.numbers.rational import lcm_of_denominators

        denominator = lcm_of_denominators([Fraction(1, p.denominator) for p in parts])
        numerators = [p.numerators(denominator) for p in parts]
        if all(a is not None for a in numerators):
            return IntegerValues(np.concatenate([a for a in numerators if a is not None]), denominator)
        return from_fractions(v for p in parts for v in p.fractions())
    table: tuple[Fraction, ...] = ()
    codes = []
    for c in coded:
        if c is not None:
            codes.append(c.codes.astype(np.int64) + len(table))
            table += c.table
    return column_of_table(np.concatenate(codes), table)
