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

from lumpform.numbers.kernel import kernel
from lumpform.numbers.modular import P61, canonical_residue, fold_pair, mul_fold, multiply_add, random_residue
from lumpform.numbers.prefetch import prefetch

NODE = np.dtype([("value", np.uint64), ("group", np.int32), ("start", np.uint32)], align=True)

ROW = np.dtype([("value", np.uint64), ("owner", np.int32), ("tag", np.uint32)], align=True)
"""A row of a node that has several: its value, whose it is, and what it is told apart by."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
GOLDEN_TAG = np.uint64(0xD1342543DE82EF95)
TAG = np.uint32((1 << 31) - 1)

AHEAD = 16
"""How many nodes ahead their places in a table are asked for."""

SHORT = 12
"""Sets of up to so many values are compared one by one, longer ones are sorted."""


@njit(inline="always")
def _fingerprint(indptr, indices, data, table, s, residue_of, class_of):
    """Return the fingerprint of row s; `class_of` is None when `residue_of` is per node."""
    high, low = np.uint64(0), np.uint64(0)
    begin, end = indptr[s], indptr[s + 1]
    for e in range(begin, end):
        w = np.uint64(data[e]) if table is None else table[data[e]]
        r = residue_of[indices[e]] if class_of is None else residue_of[class_of[indices[e]]]
        high, low = multiply_add(high, low, w, r)
        if (e - begin) & 31 == 31:
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
    begin = first_row[s]
    number = first_row[s + 1] - begin
    for k in range(number):
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
    for i in range(low, high):
        s = i if everything else live[i]
        if sets is None:
            cells[s].value = _fingerprint(indptr, indices, data, table, s, residue_of, class_of)
        else:
            first_row, rows, seed, _ = sets
            begin, end = first_row[s], first_row[s + 1]
            if end - begin == 1:
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


@kernel
def number_pairs(live, lives, everything, class_of, residues, cells, keys, slots, parent, sizes):
    """Number the distinct pairs (class, fingerprint) among the live nodes by first occurrence, into the cells.

    `keys` and `slots` are an open-addressing table whose length is a power of two: `keys` holds fingerprints, `slots`
    the numbers of parts. Two nodes share a part only if their classes are equal *and* their fingerprints are. Returns
    the number of parts, or -1 when the table is more than half full. Fills `parent` and `sizes` per part. O(lives)
    expected.
    """
    mask = np.uint64(len(keys) - 1)
    limit = len(keys) // 2
    slots[:] = -1
    parts = 0
    for i in range(lives):
        if i + AHEAD < lives:
            s = i + AHEAD if everything else live[i + AHEAD]
            at = np.int64((cells[s].value + GOLDEN * residues[class_of[s]]) & mask)
            prefetch(keys, at)
            prefetch(slots, at)
        s = i if everything else live[i]
        key, c = cells[s].value, class_of[s]
        at = (key + GOLDEN * residues[c]) & mask  # where to look first; both parts of the pair are compared
        g = slots[at]
        while g >= 0 and (keys[at] != key or parent[g] != c):
            at = (at + np.uint64(1)) & mask
            g = slots[at]
        if g < 0:
            if parts >= limit:
                return -1
            keys[at] = key
            g = parts
            slots[at] = g
            parent[g] = c
            sizes[g] = 0
            parts += 1
        cells[s].group = g
        sizes[g] += 1
    return parts


@kernel
def name_parts(parts, parent, sizes, heir, residues, count, seed, name, queue, deltas):
    """Give every part its class number: the largest part of a class keeps it (and its residue), others are new.

    Fills `name` per part and (queue, deltas) with the new classes; returns (count, queued, moved nodes).
    """
    for g in range(parts):
        heir[parent[g]] = -1
    for g in range(parts):
        p = parent[g]
        if heir[p] < 0 or sizes[g] > sizes[heir[p]]:
            heir[p] = g
    queued = 0
    moved = 0
    for g in range(parts):
        p = parent[g]
        if heir[p] == g:
            name[g] = p
        else:
            name[g] = count
            residues[count] = random_residue(seed, np.uint64(count))
            queue[queued] = count
            deltas[queued] = canonical_residue(residues[count] + (P61 - residues[p]))
            queued += 1
            moved += sizes[g]
            count += 1
    return count, queued, moved


@kernel
def apply_parts(live, lives, everything, name, class_of, residues, node_residue, cells):
    """Write the new classes (and the residues of nodes, unless `node_residue` is empty)."""
    per_node = len(node_residue) > 0
    for i in range(lives):
        s = i if everything else live[i]
        c = name[cells[s].group]
        if class_of[s] != c:
            class_of[s] = c
            if per_node:
                node_residue[s] = residues[c]


@kernel
def keep_live(live, lives, everything, indptr, sizes, cells):
    """Keep the live nodes whose part has others, in place; returns how many, and how many edges they have."""
    number = 0
    edges = 0
    for i in range(lives):
        s = i if everything else live[i]
        if sizes[cells[s].group] > 1:
            live[number] = s
            number += 1
            edges += indptr[s + 1] - indptr[s]
    return number, edges


@kernel
def start_residues(class_of, count, seed, residues, node_residue):
    """Draw residues for the first `count` classes (and for every node, unless `node_residue` is empty)."""
    for c in range(count):
        residues[c] = random_residue(seed, np.uint64(c))
    for s in range(len(node_residue)):
        node_residue[s] = residues[class_of[s]]


@kernel
def number_canonically(class_of, count):
    """Renumber classes by first member, in place; returns how many classes have members."""
    new = np.full(count, -1, dtype=np.int32)
    fresh = 0
    for s in range(len(class_of)):
        c = class_of[s]
        if new[c] < 0:
            new[c] = fresh
            fresh += 1
        class_of[s] = new[c]
    return fresh
