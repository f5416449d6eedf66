"""Refines by rounds of fingerprints over the rows of the nodes that can still split: kernels, first half.

The fingerprint of a node is ``H(s) = sum over its edges of w(s, t) * r(class of t)`` modulo 2^61 - 1 with one random
residue r per class: a random linear functional of the class sums A(s, C). Equal sums give equal fingerprints, so a
round never splits wrongly; unequal sums collide with probability about 2^-61 and are caught by the certification. The
fingerprint of a set of such values is the sum of random numbers that stand for the distinct ones.

A round reads rows in order and needs no transposed matrix. Singletons are left out, so rounds get cheap where the
partition becomes fine quickly. When few nodes move and many must be read, the work list (worklist.py) takes over.

What is read at random stands together: a node is a record `NODE` with its fingerprint (`value`), the number of its part
or class (`group`) and where its predecessors begin (`start`).

Bounds: nodes and classes are below 2^31 (int32), edges below 2^32 where predecessors are needed (`start`). Residues are
below 2^61 - 1, so a product of two is below 2^122 and 32 of them, with what was folded before, are below 2^128.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.numbers.kernel import ONE, index, kernel
from lumpform.numbers.modular import LAST, canonical_residue, fold_pair, mul_fold, multiply_add, random_residue

NODE = np.dtype([("value", np.uint64), ("group", np.int32), ("start", np.uint32)], align=True)

ROW = np.dtype([("value", np.uint64), ("owner", np.int32), ("tag", np.uint32)], align=True)
"""A row of a node that has several: its value, whose it is, and what it is told apart by."""

GOLDEN_TAG = np.uint64(0xD1342543DE82EF95)
TAG = np.uint32((1 << 31) - 1)

SHORT = 12
"""Sets of up to so many values are compared one by one, longer ones are sorted."""


@njit(inline="always")
def _fingerprint(indptr, indices, data, table, s, residue_of, class_of):
    """Return the fingerprint of row s; `class_of` is None when `residue_of` is per node."""
    high, low = np.uint64(0), np.uint64(0)
    begin, end = index(indptr[s]), index(indptr[s + ONE])
    for e in range(begin, end):
        w = np.uint64(data[e]) if table is None else table[index(data[e])]
        t = index(indices[e])
        r = residue_of[t] if class_of is None else residue_of[index(class_of[t])]
        high, low = multiply_add(high, low, w, r)
        if (e - begin) & LAST == LAST:
            high, low = np.uint64(0), fold_pair(high, low)
    return fold_pair(high, low)


@njit(inline="always")
def sum_distinct(residues, number):
    """Return the sum of the distinct ones among the first residues, modulo 2^61 - 1, and how many these are.

    They may be put in order.
    """
    total, distinct = np.uint64(0), 0
    if number > SHORT:
        residues[:number].sort()
    for i in range(number):
        known = False
        for j in range(max(i - 1, 0) if number > SHORT else 0, i):
            known |= residues[j] == residues[i]
        if not known:
            total = canonical_residue(total + residues[i])
            distinct += 1
    return total, distinct


@njit(inline="always")
def print_row(row, seed):
    """Return a random number that stands for the value and the tag of a row."""
    return random_residue(seed + np.uint64(row.tag & TAG) * GOLDEN_TAG, row.value)


@njit(inline="always")
def print_lone(value, tag, seed):
    """Return the fingerprint of a set of one value: the value itself, moved by what its tag stands for.

    So what is added to the value is added to the fingerprint, and a node with one row needs no record of it.
    """
    return canonical_residue(value + random_residue(seed, np.uint64(tag & TAG) * GOLDEN_TAG))


@njit(inline="always")
def print_set(s, first_row, rows, seed, members):
    """Return the fingerprint of the set of the values of all rows of node s, told apart by their tags."""
    begin, number = index(first_row[s]), first_row[s + ONE] - first_row[s]
    for k in range(index(number)):
        members[k] = print_row(rows[begin + k], seed)
    total, distinct = sum_distinct(members, number)
    return print_lone(rows[begin].value, rows[begin].tag, seed) if distinct == 1 else total


@kernel
def print_rows(low, high, indptr, indices, data, table, sets, live, everything, residue_of, class_of, cells):
    """Write the fingerprints of live[low:high], or of rows low..high if `everything` (`live` is not filled then).

    `sets` is None, or where the rows of the nodes begin, the rows, whose values are written, a seed, and how many rows
    a node has at most.
    """
    members = np.empty(1 if sets is None else sets[3], dtype=np.uint64)
    for i in range(index(low), index(high)):
        s = i if everything else index(live[i])
        if sets is None:
            cells[s].value = _fingerprint(indptr, indices, data, table, s, residue_of, class_of)
        else:
            first_row, rows, seed, _ = sets
            begin, end = index(first_row[s]), index(first_row[s + ONE])
            if end - begin == ONE:
                value = _fingerprint(indptr, indices, data, table, begin, residue_of, class_of)
                cells[s].value = print_lone(value, rows[begin].tag, seed)
                continue
            for r in range(begin, end):
                rows[r].value = _fingerprint(indptr, indices, data, table, r, residue_of, class_of)
            cells[s].value = print_set(s, first_row, rows, seed, members)


@kernel
def times_factor(residues, factor):
    """Return all residues times a factor, modulo 2^61 - 1."""
    out = np.empty_like(residues)
    for i in range(len(residues)):
        out[i] = canonical_residue(mul_fold(residues[i], factor))
    return out
