"""Sorts the nodes whose fingerprints changed in a round: a bucket for each class, in it a run for each fingerprint.

Part of the work list (worklist.py). A run is a candidate for a new class.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.lumping.pool import SEVERAL, VALUE
from lumpform.lumping.rounds import print_set
from lumpform.numbers.kernel import ONE, index, kernel
from lumpform.numbers.prefetch import prefetch

AHEAD = np.uint64(8)
"""How many nodes ahead the records of classes are asked for; twice as many, those of nodes (measured)."""

FEW = 20
"""Up to so many nodes are sorted by insertion, more are grouped by hashing."""


@njit(inline="always")
def table_size(entries):
    """Return a power of two, at least 64 and twice the number of entries of a hash table."""
    capacity = 64
    while capacity < 2 * entries:
        capacity *= 2
    return capacity


@njit(inline="always")
def scratch_arrays(n):
    """Return arrays to work in: (nodes, keys, classes or groups) of n nodes, and a hash table (keys, groups)."""
    size = table_size(n)
    return (
        np.empty(n, dtype=np.int32),
        np.empty(n, dtype=np.uint64),
        np.empty(n, dtype=np.int32),
        np.empty(size, dtype=np.uint64),
        np.empty(size, dtype=np.int32),
    )


@kernel
def collect_changed(touched, count, sets, cells, classes, parents, nodes, keys, scratch):
    """Bucket the touched nodes whose fingerprint really changed by class.

    Fills `nodes` and `keys` bucket by bucket, `parents` with the classes and ``leaving`` with the ends of the buckets;
    returns the number of classes. `touched` is overwritten.
    """
    _, spare_key, spare_class, _, _ = scratch
    members = np.empty(1 if sets is None else sets[3], dtype=np.uint64)
    number, buckets, total = index(0), 0, index(count)
    for i in range(total):
        if i + AHEAD + AHEAD < total:
            prefetch(cells, touched[i + AHEAD + AHEAD])
            prefetch(classes, cells[index(touched[i + AHEAD])].group)
        u = index(touched[i])
        value = cells[u].value
        if sets is not None and value & SEVERAL:
            value = print_set(u, sets[0], sets[1], sets[2], members)
        value &= VALUE
        cells[u].value = value
        c = cells[u].group
        k = classes[index(c)]
        if value != k.common:
            if k.leaving == 0:
                parents[index(buckets)] = c
                buckets += 1
            k.leaving += 1
            touched[number], spare_class[number], spare_key[number] = u, c, value
            number += ONE
    if buckets == 1:
        for i in range(number):
            nodes[i], keys[i] = touched[i], spare_key[i]
        return 1
    position = 0
    for p in range(buckets):
        k = classes[index(parents[p])]
        position += k.leaving
        k.leaving = position - k.leaving
    for i in range(number):
        if i + AHEAD < number:
            prefetch(classes, spare_class[i + AHEAD])
        k = classes[index(spare_class[i])]
        to = index(k.leaving)
        nodes[to], keys[to] = touched[i], spare_key[i]
        k.leaving += 1
    return buckets


@kernel
def sort_few(nodes, keys, low, high, ends):
    """Sort nodes and keys by key, by insertion; writes where runs of equal keys end and returns their number."""
    first = index(low)
    for i in range(first + ONE, index(high)):
        key, node = keys[i], nodes[i]
        j = i
        while j > first and keys[j - ONE] > key:
            keys[j], nodes[j] = keys[j - ONE], nodes[j - ONE]
            j -= ONE
        keys[j], nodes[j] = key, node
    runs = 0
    for i in range(first + ONE, index(high)):
        if keys[i] != keys[i - ONE]:
            ends[index(runs)] = i
            runs += 1
    ends[index(runs)] = high
    return runs + 1


@kernel
def group_many(nodes, keys, low, high, ends, scratch):
    """Do as `sort_few` for many, by hashing: equal keys stand together, unsorted. O(high - low) expected."""
    spare_node, spare_key, group, slot_key, slot_group = scratch
    begin, length = index(low), index(high - low)
    different = ONE
    while different < length and keys[begin + different] == keys[begin]:
        different += ONE
    if different == length:
        ends[0] = high
        return 1
    capacity = table_size(high - low)
    mask = np.uint64(capacity - 1)
    slot_group[:capacity] = -1
    groups = 0
    for i in range(length):
        key = keys[begin + i]
        spare_key[i], spare_node[i] = key, nodes[begin + i]
        at = key & mask  # fingerprints are random enough
        while slot_group[at] >= 0 and slot_key[at] != key:
            at = (at + ONE) & mask
        g = slot_group[at]
        if g < 0:
            g = groups
            slot_group[at], slot_key[at], ends[index(g)] = g, key, 0
            groups += 1
        group[i] = g
        ends[index(g)] += 1
    position = low
    for g in range(groups):
        number = ends[g]
        ends[g] = position
        position += number
    for i in range(length):
        g = index(group[i])
        to = index(ends[g])
        ends[g] += 1
        nodes[to], keys[to] = spare_node[i], spare_key[i]
    return groups


@kernel
def longest_run(low, ends, runs, at_least):
    """Return the run that is longest and longer than `at_least`, or -1."""
    best, longest = -1, at_least
    for g in range(runs):
        end = ends[index(g)]
        if end - low > longest:
            best, longest = g, end - low
        low = end
    return best
