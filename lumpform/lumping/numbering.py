"""Numbers the parts that a round of refinement splits classes into: kernels over ranges of nodes, and their merging.

A part is a pair (class, fingerprint). Every range numbers its own parts by first occurrence; `merge_parts` numbers them
together, range after range, which is again by first occurrence. So the result does not depend on the ranges, and not on
how many threads there are.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.numbers.kernel import ONE, index, kernel
from lumpform.numbers.modular import P61, canonical_residue, random_residue
from lumpform.numbers.prefetch import prefetch

GOLDEN = np.uint64(0x9E3779B97F4A7C15)

AHEAD = np.uint64(16)
"""How many nodes ahead their places in a table are asked for."""


@njit(inline="always")
def _find(key, c, residues, keys, slots, parent):
    """Return where the pair (c, key) stands in an open-addressing table, or where it can go: both are compared."""
    mask = np.uint64(len(keys) - 1)
    at = (key + GOLDEN * residues[index(c)]) & mask
    g = slots[at]
    while g >= 0 and (keys[at] != key or parent[index(g)] != c):
        at = (at + ONE) & mask
        g = slots[at]
    return at


@kernel
def number_pairs(low, high, live, everything, class_of, residues, cells, keys, slots, parent, values, sizes):
    """Number the distinct pairs (class, fingerprint) among live[low:high] by first occurrence, into the cells.

    `live` is not filled if `everything`. `keys` and `slots` are an open-addressing table whose length is a power of
    two: `keys` holds fingerprints, `slots` the numbers of parts. Two nodes share a part only if their classes are equal
    *and* their fingerprints are. Returns the number of parts, or -1 when the table is more than half full. Fills
    `parent`, `values` (the fingerprints) and `sizes` per part. O(high - low) expected.
    """
    mask = np.uint64(len(keys) - 1)
    limit = len(keys) // 2
    slots[:] = -1
    parts = 0
    end = index(high)
    for i in range(index(low), end):
        if i + AHEAD < end:
            s = i + AHEAD if everything else index(live[i + AHEAD])
            at = np.int64((cells[s].value + GOLDEN * residues[index(class_of[s])]) & mask)
            prefetch(keys, at)
            prefetch(slots, at)
        s = i if everything else index(live[i])
        key, c = cells[s].value, class_of[s]
        at = _find(key, c, residues, keys, slots, parent)
        g = slots[at]
        if g < 0:
            if parts >= limit:
                return -1
            g = parts
            keys[at], slots[at] = key, g
            parent[g], values[g], sizes[g] = c, key, 0
            parts += 1
        cells[s].group = g
        sizes[index(g)] += 1
    return parts


@kernel
def merge_parts(count, own_parent, own_values, own_sizes, total, residues, keys, slots, parent, values, sizes, place):
    """Number `count` parts of one range together with the `total` parts of those before; returns the new total.

    The table must have room for all. Fills `place` with the common numbers of the range's parts. O(count) expected.
    """
    for i in range(count):
        key, c = own_values[i], own_parent[i]
        at = _find(key, c, residues, keys, slots, parent)
        g = slots[at]
        if g < 0:
            g = total
            keys[at], slots[at] = key, g
            parent[g], values[g], sizes[g] = c, key, 0
            total += 1
        place[i] = g
        sizes[g] += own_sizes[i]
    return total


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
def settle(low, high, live, everything, place, name, sizes, indptr, class_of, residues, node_residue, cells):
    """Write the new classes of live[low:high] (and residues, unless `node_residue` is empty), and keep who can split.

    `place` leads from the numbers in the cells to those that `name` and `sizes` are for. Nodes whose part has others
    move to live[low:]; returns how many these are, and how many edges they have.
    """
    per_node = len(node_residue) > 0
    number, edges = 0, 0
    for i in range(index(low), index(high)):
        s = i if everything else index(live[i])
        g = index(place[index(cells[s].group)])
        c = name[g]
        if class_of[s] != c:
            class_of[s] = c
            if per_node:
                node_residue[s] = residues[index(c)]
        if sizes[g] > 1:
            live[index(low + number)] = s
            number += 1
            edges += indptr[s + ONE] - indptr[s]
    return number, edges


@kernel
def start_residues(class_of, count, seed, residues, node_residue):
    """Draw residues for the first `count` classes (and for every node, unless `node_residue` is empty)."""
    for c in range(count):
        residues[c] = random_residue(seed, np.uint64(c))
    for s in range(len(node_residue)):
        node_residue[s] = residues[class_of[s]]


@kernel
def number_canonically(class_of, low, new, fresh, first):
    """Renumber the classes of a range of nodes by first member, in place, with `fresh` numbers given before; O(range).

    The range begins with node `low`. `new` holds the new number of every old one, or -1; `first` gets the first member
    of every new one. Returns how many numbers are given now.
    """
    for i in range(len(class_of)):
        c = index(class_of[i])
        if new[c] < 0:
            new[c] = fresh
            first[fresh] = low + i
            fresh += 1
        class_of[i] = new[c]
    return fresh
