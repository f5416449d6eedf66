"""Makes the quotient of a Markov chain: the smaller chain, with what can be carried over.

Conventions. Ordinary and strict: the lumped chain ``Q'(B, C) = A(s, C)`` for s in B (T3), the initial distribution
summed over classes. Exact: the chain on class probabilities when started uniform within classes,
``Q'(B, C) = |C| / |B| * A(B, t)`` for t in C (T4; Buchholz 1994), rewards averaged within classes. Labels that differ
inside a class, and (except for exact) rewards that do, are not carried and reported.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.data import ChainData
from lumpform.errors import ModelError
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition
from lumpform.graph.quotient_graph import quotient_rows
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import column_of_table, from_fractions

C = TypeVar("C", bound=ChainData)


def quotient_chain(chain: C, partition: Partition, kind: str, semantics: str) -> tuple[C, tuple[str, ...]]:
    """Return the quotient chain and the names of labels and rewards that it could not carry.

    The partition must be a lumping of the given kind; only representatives are read.
    """
    if len(partition) != chain.states:
        raise ModelError(f"a partition of {len(partition)} members for a chain with {chain.states} states")
    weights = chain.weights
    masses = KINDS[kind].masses
    matrix = exact_quotient(weights, partition) if masses else quotient_rows(weights, partition)
    if chain.kind == "ctmc" and semantics == "generator":
        matrix = without_diagonal(matrix)
    representatives = partition.representatives
    labels = labels_of_classes(chain, partition)
    rewards, dropped = {}, [name for name in chain.labels if name not in labels]
    for name, column in chain.rewards.items():
        if masses:
            rewards[name] = averaged(column, partition)
        elif constant_on_classes(column, partition):
            rewards[name] = column.take(representatives)
        else:
            dropped.append(name)
    initial = None if chain.initial is None else pushed(chain.initial, partition)
    return chain.with_weights(matrix, labels=labels, rewards=rewards, initial=initial), tuple(dropped)


def labels_of_classes(chain: ChainData, partition: Partition) -> dict[str, NDArray[np.bool_]]:
    """Return the labels that all members of a class carry or none does, as labels of the classes."""
    first, class_of = partition.representatives, partition.class_of
    return {name: mask[first] for name, mask in chain.labels.items() if np.array_equal(mask[first][class_of], mask)}


def exact_quotient(weights: SparseWeights, partition: Partition) -> SparseWeights:
    """Return the matrix ``|C| / |B| * A(B, t)`` with t the representative of C."""
    incoming = quotient_rows(weights.transpose(), partition)  # row C, column B: A(B, t)
    target, source = incoming.row_of_entries(), incoming.indices
    sizes = partition.sizes
    coded = incoming.values.coded()
    # One exact multiplication per distinct (value, |C|, |B|).
    size_values, size_code = np.unique(sizes, return_inverse=True)
    kinds = len(size_values)
    key = (coded.codes.astype(np.int64) * kinds + size_code[target]) * kinds + size_code[source]
    distinct, codes = np.unique(key, return_inverse=True)
    table = [
        coded.table[k // kinds // kinds] * Fraction(int(size_values[k // kinds % kinds]), int(size_values[k % kinds]))
        for k in distinct.tolist()
    ]
    values = from_fractions(table).take(codes.reshape(-1))
    return SparseWeights.from_coo(source, target, values, incoming.shape)


def without_diagonal(matrix: SparseWeights) -> SparseWeights:
    """Return the rates between different classes: what the generator's quotient says about leaving a class."""
    rows = matrix.row_of_entries()
    keep = rows != matrix.indices
    if keep.all():
        return matrix
    return SparseWeights.from_coo(rows[keep], matrix.indices[keep], matrix.values.take(keep), matrix.shape)


def constant_on_classes(column: Values, partition: Partition) -> bool:
    """Tell whether all members of every class have the same value."""
    codes = column.coded().codes
    return bool(np.array_equal(codes[partition.representatives][partition.class_of], codes))


def pushed(column: Values, partition: Partition) -> Values:
    """Return exact sums within classes: a distribution on states as one on classes. O(n) when few are non-zero."""
    coded = column.coded()
    nonzero = np.array([v != 0 for v in coded.table] or [False], dtype=bool)[coded.codes]
    sums: dict[int, Fraction] = {}
    where = np.flatnonzero(nonzero)
    if len(where) > 1 << 12:  # count equal values per class first, then one multiplication per distinct pair
        pairs, counts = np.unique(
            partition.class_of[where].astype(np.int64) * len(coded.table) + coded.codes[where], return_counts=True
        )
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            c, code = divmod(pair, len(coded.table))
            sums[c] = sums.get(c, Fraction(0)) + count * coded.table[code]
    else:
        for s in where.tolist():
            c = partition.class_at(s)
            sums[c] = sums.get(c, Fraction(0)) + coded.value(s)
    return _sparse_column(sums, partition.count)


def averaged(column: Values, partition: Partition) -> Values:
    """Return exact means within classes."""
    total = pushed(column, partition).fractions()
    return from_fractions(v / int(size) for v, size in zip(total, partition.sizes.tolist(), strict=True))


def _sparse_column(entries: dict[int, Fraction], length: int) -> CodedValues:
    table = list(dict.fromkeys([Fraction(0), *entries.values()]))
    position = {v: i for i, v in enumerate(table)}
    codes = np.zeros(length, dtype=np.int64)
    codes[list(entries)] = [position[v] for v in entries.values()]
    return column_of_table(codes, table)
