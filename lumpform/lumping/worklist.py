"""Kernels, second half: only what moved is looked at again.

After a full round every class has one common fingerprint. When classes split, all parts but the largest get a new
random residue; the fingerprints of their predecessors change by ``w * (new residue - old residue)``, and only the
touched nodes can split next. A node moves at most log2(n) times because its class at least halves, so the work is
O(m log n) expected, as in the algorithms of Derisavi, Hermanns and Sanders (2003) and Valmari and Franceschinis (2010);
the batching by rounds and the random functional are ours.

The two top bits of a fingerprint are flags: TOUCHED in this round, and ALONE (a singleton cannot split).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.lumping.modular import P61, canonical_residue, mul_fold, random_residue

TOUCHED = np.uint64(1 << 62)
ALONE = np.uint64(1 << 63)
VALUE = np.uint64((1 << 61) - 1)


@njit(cache=True, nogil=True)
def by_class(class_of, count):
    """Members sorted by class: (elems, place of every node, first position and size of every class). O(n)."""
    n = len(class_of)
    first = np.zeros(n + 1, dtype=np.int32)
    size = np.zeros(n, dtype=np.int32)
    for s in range(n):
        size[class_of[s]] += 1
    position = 0
    for c in range(count):
        first[c] = position
        position += size[c]
    fill = first[:count].copy()
    elems = np.empty(n, dtype=np.int32)
    place = np.empty(n, dtype=np.int32)
    for s in range(n):
        c = class_of[s]
        elems[fill[c]] = s
        place[s] = fill[c]
        fill[c] += 1
    return elems, place, first, size


@njit(cache=True, nogil=True)
def _spread(starts, sources, data, table, elems, first, size, queue, deltas, queued, prints, touched):
    """Add the change of every queued class to the fingerprints of its predecessors; returns the touched ones."""
    count = 0
    for q in range(queued):
        c = queue[q]
        delta = deltas[q]
        for i in range(first[c], first[c] + size[c]):
            t = elems[i]
            for e in range(starts[t], starts[t + 1]):
                u = sources[e]
                h = prints[u]
                if h & ALONE:
                    continue
                w = np.uint64(data[e]) if table is None else table[data[e]]
                value = canonical_residue((h & VALUE) + mul_fold(w, delta))
                if not h & TOUCHED:
                    touched[count] = u
                    count += 1
                prints[u] = value | TOUCHED
    return count


@njit(cache=True, nogil=True)
def _leave(touched, count, class_of, prints, common, elems, place, first, size, left, left_count, parents):
    """Collect the touched nodes whose fingerprint really changed at the end of their class's segment.

    Returns (number of such nodes, number of classes they leave). ``left[:n]`` are the nodes.
    """
    leaving = 0
    classes = 0
    for i in range(count):
        u = touched[i]
        value = prints[u] & VALUE
        prints[u] = value
        c = class_of[u]
        if value == common[c]:
            continue
        if left_count[c] == 0:
            parents[classes] = c
            classes += 1
        left_count[c] += 1
        # Swap u with the last node of the segment that has not left yet.
        j = first[c] + size[c] - left_count[c]
        other = elems[j]
        here = place[u]
        elems[here], place[other] = other, here
        elems[j], place[u] = u, j
        leaving += 1
    return leaving, classes


@njit(cache=True, nogil=True)
def _sort_few(elems, keys, low, length):
    """Insertion sort of elems[low:low + length] and of keys[:length] by key."""
    for i in range(1, length):
        key, node = keys[i], elems[low + i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            elems[low + j + 1] = elems[low + j]
            j -= 1
        keys[j + 1] = key
        elems[low + j + 1] = node


@njit(cache=True, nogil=True)
def _group_many(elems, keys, low, length, slot_key, slot_group, group, start, scratch):
    """Reorder elems[low:low + length] and keys so that equal keys stand together. O(length) expected."""
    capacity = 64
    while capacity < 2 * length:
        capacity *= 2
    mask = np.uint64(capacity - 1)
    slot_group[:capacity] = -1
    groups = 0
    for i in range(length):
        key = keys[i]
        at = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(24) & mask
        while slot_group[at] >= 0 and slot_key[at] != key:
            at = (at + np.uint64(1)) & mask
        if slot_group[at] < 0:
            slot_group[at] = groups
            slot_key[at] = key
            start[groups] = 0
            groups += 1
        group[i] = slot_group[at]
        start[group[i]] += 1
    if groups == 1:
        return
    position = 0
    for g in range(groups):
        size = start[g]
        start[g] = position
        position += size
    for i in range(length):
        scratch[i] = elems[low + i]
    sorted_keys = slot_key  # the table has done its work: its first half holds the keys in their new order
    for i in range(length):
        at2 = start[group[i]]
        start[group[i]] = at2 + 1
        elems[low + at2] = scratch[i]
        group[i] = at2
    for i in range(length):
        sorted_keys[group[i]] = keys[i]
    for i in range(length):
        keys[i] = sorted_keys[i]


@njit(cache=True, nogil=True)
def _split(parents, classes, count, elems, place, first, size, left_count, class_of, prints, common, residues, seed,
           queue, deltas, keys, slot_key, slot_group, group, start, scratch):
    """Split the classes that nodes are leaving; the largest part keeps number and residue. Returns (count, queued)."""
    queued = 0
    for p in range(classes):
        c = parents[p]
        length = left_count[c]
        left_count[c] = 0
        low = first[c] + size[c] - length
        for i in range(length):
            keys[i] = prints[elems[low + i]]
        if length <= 20:
            _sort_few(elems, keys, low, length)
        else:
            _group_many(elems, keys, low, length, slot_key, slot_group, group, start, scratch)
        stay = low - first[c]
        best, best_size = -1, stay  # -1: what stays is the largest part
        i = 0
        while i < length:
            j = i + 1
            while j < length and keys[j] == keys[i]:
                j += 1
            if j - i > best_size:
                best, best_size = i, j - i
            i = j
        old_residue, old_first, stay_print = residues[c], first[c], common[c]
        if stay > 0 and best >= 0:  # the rest is not the largest: it gets a new number
            count, queued = _new_class(count, queued, old_first, stay, stay_print, elems, place, first, size, class_of,
                                       prints, common, residues, old_residue, seed, queue, deltas)
        elif stay > 0:
            size[c] = stay
            if stay == 1:
                prints[elems[old_first]] |= ALONE
        i = 0
        while i < length:
            j = i + 1
            while j < length and keys[j] == keys[i]:
                j += 1
            if i == best:
                first[c], size[c], common[c] = low + i, j - i, keys[i]
                if j - i == 1:
                    prints[elems[low + i]] |= ALONE
                for k in range(low + i, low + j):
                    place[elems[k]] = k
            else:
                count, queued = _new_class(count, queued, low + i, j - i, keys[i], elems, place, first, size, class_of,
                                           prints, common, residues, old_residue, seed, queue, deltas)
            i = j
    return count, queued


@njit(cache=True, nogil=True)
def _new_class(count, queued, low, length, value, elems, place, first, size, class_of, prints, common, residues,
               old_residue, seed, queue, deltas):
    """Number a new class that occupies elems[low:low + length], and queue the change of its residue."""
    residue = random_residue(seed, np.uint64(count))
    residues[count] = residue
    queue[queued] = count
    deltas[queued] = canonical_residue(residue + (P61 - old_residue))
    first[count], size[count], common[count] = low, length, value
    for k in range(low, low + length):
        u = elems[k]
        place[u] = k
        class_of[u] = count
    if length == 1:
        prints[elems[low]] |= ALONE
    return count + 1, queued + 1


@njit(cache=True, nogil=True)
def refine_from(starts, sources, data, table, class_of, count, prints, residues, queue, deltas, queued, seed):
    """Refine until stable, from a state in which every class has one fingerprint.

    Parameters
    ----------
    starts, sources, data, table
        The transposed matrix and the table of residues (None if `data` are residues).
    class_of : (n,) int32
        Refined in place; numbers below `count` at entry, below the returned count at exit.
    prints : (n,) uint64
        Fingerprints with respect to the residues before the queued changes.
    residues : (n,) uint64
    queue, deltas : (n,) arrays, the first `queued` of them used
        Classes whose residue has just changed, and by how much.

    Returns
    -------
    (count, rounds, elems, first, size)
    """
    n = len(class_of)
    elems, place, first, size = by_class(class_of, count)
    common = np.empty(n, dtype=np.uint64)
    for c in range(count):
        node = elems[first[c]]
        common[c] = prints[node]
        if size[c] == 1:
            prints[node] |= ALONE
    touched = np.empty(n, dtype=np.int32)
    left_count = np.zeros(n, dtype=np.int32)
    parents = np.empty(n, dtype=np.int32)
    scratch = np.empty(n, dtype=np.int32)
    capacity = 64
    while capacity < 2 * n:
        capacity *= 2
    keys = np.empty(n, dtype=np.uint64)
    slot_key = np.empty(capacity, dtype=np.uint64)
    slot_group = np.empty(capacity, dtype=np.int32)
    group = np.empty(n, dtype=np.int32)
    start = np.empty(n, dtype=np.int32)
    rounds = 0
    while queued:
        rounds += 1
        number = _spread(starts, sources, data, table, elems, first, size, queue, deltas, queued, prints, touched)
        classes = _leave(touched, number, class_of, prints, common, elems, place, first, size, touched, left_count, parents)[1]
        count, queued = _split(parents, classes, count, elems, place, first, size, left_count, class_of, prints, common,
                               residues, seed, queue, deltas, keys, slot_key, slot_group, group, start, scratch)
    return count, rounds, elems, first, size
