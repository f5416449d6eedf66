"""Certification: the exact class sums of every node against those of its representative.

The sums are integers over a common denominator, compared modulo pairwise coprime moduli whose product exceeds twice
the largest possible sum (`lumpform.exact.moduli_beyond`), so agreement is a proof over the rationals. With the 64-bit
word as the first modulus one pass over the edges usually suffices; nodes alone in their class need no check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from lumpform.exact import WORD, moduli_beyond
from lumpform.partition import Partition
from lumpform.weights import SparseWeights


@njit(cache=True, nogil=True)
def _add_row(indptr, indices, data, table, modulus, s, stamp, class_of, stamps, sums, found):
    """Sum row s by class into `sums` (classes stamped `stamp`); lists the classes in `found`, returns their number."""
    number = 0
    for e in range(indptr[s], indptr[s + 1]):
        w = np.uint64(data[e]) if table is None else table[data[e]]
        c = class_of[indices[e]]
        if stamps[c] != stamp:
            stamps[c] = stamp
            sums[c] = w
            found[number] = c
            number += 1
        else:
            total = sums[c] + w  # below 2^62 for a prime modulus; wraps as it should for the word
            if modulus and total >= modulus:
                total -= modulus
            sums[c] = total
    return number


@njit(cache=True, nogil=True)
def first_difference(indptr, indices, data, table, modulus, class_of, elems, first, size, width):
    """The first (node, representative, class) whose sums differ modulo `modulus` (0 stands for 2^64), or -1s. O(m)."""
    count = len(first)
    own_stamp = np.full(count, -1, dtype=np.int32)
    rep_stamp = np.full(count, -1, dtype=np.int32)
    own = np.empty(count, dtype=np.uint64)
    rep = np.empty(count, dtype=np.uint64)
    found = np.empty(width, dtype=np.int32)
    for b in range(count):
        if size[b] < 2:
            continue
        r = elems[first[b]]
        number = _add_row(indptr, indices, data, table, modulus, r, r, class_of, rep_stamp, rep, found)
        support = 0
        for i in range(number):
            if rep[found[i]] != 0:
                support += 1
        for k in range(first[b] + 1, first[b] + size[b]):
            s = elems[k]
            number = _add_row(indptr, indices, data, table, modulus, s, s, class_of, own_stamp, own, found)
            agreeing = 0
            for i in range(number):
                c = found[i]
                if own[c] != 0:
                    if rep_stamp[c] != r or rep[c] != own[c]:
                        return s, r, c
                    agreeing += 1
            if agreeing != support:  # the representative reaches a class that s does not
                number = _add_row(indptr, indices, data, table, modulus, r, -2 - b, class_of, rep_stamp, rep, found)
                for i in range(number):
                    c = found[i]
                    if rep[c] != 0 and (own_stamp[c] != s or own[c] == 0):
                        return s, r, c
    return -1, -1, -1


@dataclass(frozen=True)
class Difference:
    """Two nodes of one class whose exact weights into (or from) a class differ: why a partition is not a lumping.

    Attributes
    ----------
    node, other : int
        Members of one class.
    class_index : int
    node_sum, other_sum : Fraction
        The exact sums.
    """

    node: int
    other: int
    class_index: int
    node_sum: Any
    other_sum: Any

    def __str__(self) -> str:
        return (
            f"nodes {self.node} and {self.other} share a class, but their sums over class {self.class_index} "
            f"are {self.node_sum} and {self.other_sum}"
        )


def exact_sum(weights: SparseWeights, node: int, partition: Partition, class_index: int) -> Any:
    """The exact sum of row `node` over one class."""
    return sum((v for t, v in weights.row(node) if partition.class_of[t] == class_index), start=0)


def certify(
    weights: SparseWeights,
    partition: Partition,
    grouped: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]] | None = None,
) -> Difference | int:
    """Prove that rows inside a class have equal class sums, or say where they differ.

    Parameters
    ----------
    weights : SparseWeights, n x n
    partition : Partition of n nodes
    grouped : (elems, first, size), optional
        The members sorted by class, if the caller has them.

    Returns
    -------
    int or Difference
        The number of moduli that the proof needed, or the exact witness against.
    """
    from lumpform.lumping.worklist import by_class

    if partition.count == len(partition):
        return 0
    elems, first, size = grouped if grouped is not None else _grouped(by_class, partition)
    width = max(weights.max_row_length, 1)
    bound = 2 * weights.values.bound * width
    moduli = moduli_beyond(bound)
    for modulus in moduli:
        data, table = weights.values.scaled(modulus)
        node, other, c = first_difference(
            weights.indptr, weights.indices, data, table, np.uint64(modulus % WORD), partition.class_of, elems, first,
            size, width,
        )
        if node >= 0:
            sums = (exact_sum(weights, int(v), partition, int(c)) for v in (node, other))
            return Difference(int(node), int(other), int(c), *sums)
    return len(moduli)


def _grouped(by_class: Any, partition: Partition) -> tuple[Any, Any, Any]:
    elems, _, first, size = by_class(partition.class_of, partition.count)
    return elems, first[: partition.count], size[: partition.count]
