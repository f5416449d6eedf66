"""Kernels, first half: rounds of fingerprints over the rows of the nodes that can still split.

The fingerprint of a node is ``H(s) = sum over its edges of w(s, t) * r(class of t)`` modulo 2^61 - 1 with one random
residue r per class: a random linear functional of the class sums A(s, C). Equal sums give equal fingerprints, so a
round never splits wrongly; unequal sums collide with probability about 2^-61 and are caught by the certification.

A round reads rows in order and needs no transposed matrix. Singletons are left out, so rounds get cheap where the
partition becomes fine quickly. When few nodes move and many must be read, the work list (worklist.py) takes over.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.lumping.modular import P61, canonical_residue, fold_pair, multiply_add, random_residue

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, nogil=True)
def _fingerprints(indptr, indices, data, table, live, lives, all_live, node_residue, prints):
    """Write the fingerprints of the live nodes; returns the number of edges read."""
    edges = 0
    for i in range(lives):
        s = i if all_live else live[i]
        high, low = np.uint64(0), np.uint64(0)
        begin, end = indptr[s], indptr[s + 1]
        for e in range(begin, end):
            w = np.uint64(data[e]) if table is None else table[data[e]]
            high, low = multiply_add(high, low, w, node_residue[indices[e]])
            if (e - begin) & 31 == 31:
                high, low = np.uint64(0), fold_pair(high, low)
        prints[s] = fold_pair(high, low)
        edges += end - begin
    return edges


@njit(cache=True, nogil=True)
def _number_pairs(live, lives, class_of, node_residue, prints, keys, slots, part, parent, sizes):
    """Number the distinct pairs (class, fingerprint) among the live nodes by first occurrence.

    `keys` and `slots` are an open-addressing table; returns the number of parts, or -1 when it is too full.
    """
    mask = np.uint64(len(keys) - 1)
    limit = len(keys) // 2
    slots[:] = -1
    parts = 0
    for i in range(lives):
        s = live[i]
        # The random residue of the class makes one key of the pair; a collision is caught like any other.
        key = prints[s] + GOLDEN * node_residue[s]
        at = (key * GOLDEN) >> np.uint64(24) & mask
        while slots[at] >= 0 and keys[at] != key:
            at = (at + np.uint64(1)) & mask
        g = slots[at]
        if g < 0:
            if parts >= limit:
                return -1
            keys[at] = key
            g = parts
            slots[at] = g
            parent[g] = class_of[s]
            sizes[g] = 0
            parts += 1
        part[i] = g
        sizes[g] += 1
    return parts


@njit(cache=True, nogil=True)
def _name_parts(parts, parent, sizes, heir, class_size, residues, count, seed, name, queue, deltas):
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
            class_size[p] = sizes[g]
        else:
            name[g] = count
            class_size[count] = sizes[g]
            residues[count] = random_residue(seed, np.uint64(count))
            queue[queued] = count
            deltas[queued] = canonical_residue(residues[count] + (P61 - residues[p]))
            queued += 1
            moved += sizes[g]
            count += 1
    return count, queued, moved


@njit(cache=True, nogil=True)
def _apply_parts(live, lives, part, name, class_of, class_size, residues, node_residue):
    """Write the new classes and keep the nodes that are not alone; returns how many those are."""
    kept = 0
    for i in range(lives):
        s = live[i]
        c = name[part[i]]
        if class_of[s] != c:
            class_of[s] = c
            node_residue[s] = residues[c]
        if class_size[c] > 1:
            live[kept] = s
            kept += 1
    return kept


@njit(cache=True, nogil=True)
def refine_by_rounds(indptr, indices, data, table, class_of, count, residues, prints, queue, deltas, seed, price):
    """Refine by rounds until stable, or until the work list promises to be cheaper.

    Parameters
    ----------
    indptr, indices, data, table
        The rows; `data` are codes into `table` (residues modulo 2^61 - 1), or residues if `table` is None.
    class_of : (n,) int32
        The initial partition, refined in place.
    residues, prints, deltas : (n,) uint64; queue : (n,) int32
        Written: the residue of every class; the fingerprints of the nodes that are not alone, from before the last
        split; the classes that are new since, and the change of their residue.
    seed : uint64
    price : float
        How many edges of a round one edge of the work list costs.

    Returns
    -------
    (count, queued, rounds)
        ``queued == 0`` means stable.
    """
    n = len(class_of)
    m = len(indices)
    class_size = np.empty(n, dtype=np.int32)
    class_size[:count] = 0
    for s in range(n):
        class_size[class_of[s]] += 1
    for c in range(count):
        residues[c] = random_residue(seed, np.uint64(c))
    node_residue = np.empty(n, dtype=np.uint64)
    live = np.empty(n, dtype=np.int32)
    lives = 0
    for s in range(n):
        node_residue[s] = residues[class_of[s]]
        if class_size[class_of[s]] > 1:
            live[lives] = s
            lives += 1
    part = np.empty(n, dtype=np.int32)
    parent = np.empty(n, dtype=np.int32)
    sizes = np.empty(n, dtype=np.int32)
    name = np.empty(n, dtype=np.int32)
    heir = np.empty(n, dtype=np.int32)
    capacity = 1024
    keys = np.empty(capacity, dtype=np.uint64)
    slots = np.empty(capacity, dtype=np.int32)
    rounds = 0
    wasted = 0.0
    while lives > 0:
        rounds += 1
        edges = _fingerprints(indptr, indices, data, table, live, lives, lives == n, node_residue, prints)
        parts = _number_pairs(live, lives, class_of, node_residue, prints, keys, slots, part, parent, sizes)
        while parts < 0:
            capacity *= 4
            keys = np.empty(capacity, dtype=np.uint64)
            slots = np.empty(capacity, dtype=np.int32)
            parts = _number_pairs(live, lives, class_of, node_residue, prints, keys, slots, part, parent, sizes)
        count, queued, moved = _name_parts(
            parts, parent, sizes, heir, class_size, residues, count, seed, name, queue, deltas
        )
        if queued == 0:
            return count, 0, rounds
        lives = _apply_parts(live, lives, part, name, class_of, class_size, residues, node_residue)
        # What the next round will cost beyond the work list; once that adds up to a transposition, change over.
        next_round = (edges + 4.0 * lives)
        excess = next_round - price * moved * (m / n + 2.0)
        if excess > 0:
            wasted += excess
            if wasted > 1.0 * m:
                return count, queued, rounds
    return count, 0, rounds


@njit(cache=True, nogil=True)
def transposed(indptr, indices, data, columns):
    """The transposed compressed rows (starts, sources, data) by counting; sources increase in every row. O(m + n)."""
    starts = np.zeros(columns + 1, dtype=np.int64)
    for e in range(len(indices)):
        starts[indices[e] + 1] += 1
    for c in range(columns):
        starts[c + 1] += starts[c]
    sources = np.empty(len(indices), dtype=np.int32)
    moved_data = np.empty(len(indices), dtype=data.dtype)
    fill = starts[:-1].copy()
    for s in range(len(indptr) - 1):
        for e in range(indptr[s], indptr[s + 1]):
            at = fill[indices[e]]
            fill[indices[e]] = at + 1
            sources[at] = s
            moved_data[at] = data[e]
    return starts, sources, moved_data
