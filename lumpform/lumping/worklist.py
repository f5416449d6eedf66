"""Kernels, second half: only what moved is looked at again.

After a round every class has one common fingerprint. When classes split, all parts but the largest get a new random
residue; the fingerprints of their predecessors change by ``w * (new residue - old residue)``, and only the touched
nodes can split next. A node moves at most log2(n) times because its class at least halves, so the work is O(m log n)
expected, as in the algorithms of Derisavi, Hermanns and Sanders (2003) and Valmari and Franceschinis (2010); the
batching by rounds and the random functional are ours.

What is read at random stands together: nodes are records `NODE` (rounds.py), classes are records `CLASS`. The two top
bits of a fingerprint are flags: TOUCHED in this round, and ALONE (a singleton cannot split). A predecessor and the code
of its weight share one integer.

Members of a class stand in one stretch of a pool. New classes are appended to it; nodes that leave a class stay behind
as stale entries, to be skipped, until half of a stretch is stale or the pool is full and is laid out anew. Both are
paid for by the nodes that left. Classes that have not split yet need no stretch (begin -1).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from lumpform.numbers.kernel import kernel
from lumpform.numbers.modular import P61, canonical_residue, mul_fold, random_residue

CLASS = np.dtype(
    [
        ("residue", np.uint64),
        ("common", np.uint64),  # the fingerprint that its members share between rounds
        ("members", np.int32),
        ("leaving", np.int32),  # how many leave in this round, then where their bucket ends
        ("begin", np.int32),  # its stretch of the pool
        ("length", np.int32),
    ],
    align=True,
)

TOUCHED = np.uint64(1 << 62)
ALONE = np.uint64(1 << 63)
VALUE = np.uint64((1 << 61) - 1)
FLAGS = np.uint64(62)
FEW = 20


@kernel
def predecessors(indptr, indices, data, starts, packed, shift):
    """The transposed matrix by counting: where every node's predecessors begin, and the entries. O(m + n).

    `starts` is (n + 2,) uint32: the predecessors of v are ``starts[v]:starts[v + 1]``. ``packed`` gets
    ``source << shift | code`` per entry, where the code is the entry's own number if `data` is None.
    """
    one = np.uint32(1)
    starts[:] = 0
    for e in range(len(indices)):
        starts[indices[e] + 2] += one
    for v in range(2, len(starts)):
        starts[v] += starts[v - 1]
    for s in range(len(indptr) - 1):  # starts[v + 1] is where v begins; filling moves it to where v ends
        for e in range(indptr[s], indptr[s + 1]):
            v = indices[e]
            at = starts[v + 1]
            starts[v + 1] = at + one
            packed[at] = (np.uint64(s) << shift) | (np.uint64(e) if data is None else np.uint64(data[e]))


@kernel
def _lay_out(cells, classes, count, pool):
    """Lay out the members of all classes; returns the end of the pool. O(n)."""
    for c in range(count):
        classes[c].length = 0
    for s in range(len(cells)):
        classes[cells[s].group].length += 1
    position = 0
    for c in range(count):
        classes[c].begin = position
        position += classes[c].length
        classes[c].length = 0
    for s in range(len(cells)):
        k = classes[cells[s].group]
        pool[k.begin + k.length] = s
        k.length += 1
    return position


@kernel
def _enter(cells, starts, class_of, count, oldest, classes, residues, pool):
    """Set up the records, and lay out the members of the classes from `oldest` on; returns the end of the pool."""
    for c in range(count):
        classes[c].residue = residues[c]
        classes[c].members = 0
        classes[c].leaving = 0
    for s in range(len(cells)):
        c = class_of[s]
        classes[c].members += 1
        classes[c].common = cells[s].value
        cells[s].group = c
        cells[s].start = starts[s]
    position = 0
    for c in range(count):
        classes[c].begin = -1
        classes[c].length = 0
        if c >= oldest:
            classes[c].begin = position
            position += classes[c].members
    for s in range(len(cells)):
        k = classes[class_of[s]]
        if k.members == 1:
            cells[s].value |= ALONE
        if k.begin >= 0:
            pool[k.begin + k.length] = s
            k.length += 1
    return position


@njit(inline="always")
def _push(t, delta, packed, shift, table, cells, touched, count):
    """Add ``weight * delta`` to the fingerprints of the predecessors of node t; returns the new number of touched."""
    code = (np.uint64(1) << shift) - np.uint64(1)
    end = np.int64(cells[t + 1].start) if t + 1 < len(cells) else len(packed)
    for e in range(np.int64(cells[t].start), end):
        entry = np.uint64(packed[e])
        u = np.int64(entry >> shift)
        h = cells[u].value
        # No branch on h: it is read at random, and a wrong guess would cost more than the arithmetic.
        touched[count] = u
        count += (h >> FLAGS) == 0
        value = canonical_residue((h & VALUE) + mul_fold(table[entry & code], delta))
        cells[u].value = value | TOUCHED | (h & ALONE)
    return count


@kernel
def _spread(packed, shift, table, pool, classes, queue, deltas, queued, cells, touched):
    """Add the change of every queued class to the fingerprints of its predecessors; returns how many were touched.

    A negative entry of the queue stands for a node that is alone in its new class: -1 for node 0, and so on.
    """
    count = 0
    for q in range(queued):
        c, delta = queue[q], deltas[q]
        if c < 0:
            count = _push(np.int64(-1 - c), delta, packed, shift, table, cells, touched, count)
        else:
            k = classes[c]
            for i in range(k.begin, k.begin + k.length):
                count = _push(np.int64(pool[i]), delta, packed, shift, table, cells, touched, count)
    return count


@kernel
def _collect(touched, count, cells, classes, parents, nodes, keys, spare_class, spare_key):
    """Bucket the touched nodes whose fingerprint really changed by class.

    Fills `nodes` and `keys` bucket by bucket, `parents` with the classes and ``leaving`` with the ends of the buckets;
    returns the number of classes. `touched` is overwritten.
    """
    number = 0
    found = 0
    for i in range(count):
        u = touched[i]
        value = cells[u].value & VALUE
        cells[u].value = value
        c = cells[u].group
        k = classes[c]
        if value != k.common:
            if k.leaving == 0:
                parents[found] = c
                found += 1
            k.leaving += 1
            touched[number], spare_class[number], spare_key[number] = u, c, value
            number += 1
    if found == 1:
        for i in range(number):
            nodes[i], keys[i] = touched[i], spare_key[i]
        return 1
    position = 0
    for p in range(found):
        k = classes[parents[p]]
        position += k.leaving
        k.leaving = position - k.leaving
    for i in range(number):
        k = classes[spare_class[i]]
        nodes[k.leaving], keys[k.leaving] = touched[i], spare_key[i]
        k.leaving += 1
    return found


@kernel
def _sort_few(nodes, keys, low, high, ends):
    """Insertion sort of nodes and keys by key; writes where runs of equal keys end and returns their number."""
    for i in range(low + 1, high):
        key, node = keys[i], nodes[i]
        j = i - 1
        while j >= low and keys[j] > key:
            keys[j + 1], nodes[j + 1] = keys[j], nodes[j]
            j -= 1
        keys[j + 1], nodes[j + 1] = key, node
    runs = 0
    for i in range(low + 1, high):
        if keys[i] != keys[i - 1]:
            ends[runs] = i
            runs += 1
    ends[runs] = high
    return runs + 1


@kernel
def _group_many(nodes, keys, low, high, slot_key, slot_group, group, ends, spare_node, spare_key):
    """The same as `_sort_few` for many, by hashing: equal keys stand together, unsorted. O(high - low) expected."""
    length = high - low
    first = keys[low]
    different = low + 1
    while different < high and keys[different] == first:
        different += 1
    if different == high:
        ends[0] = high
        return 1
    capacity = 64
    while capacity < 2 * length:
        capacity *= 2
    mask = np.uint64(capacity - 1)
    slot_group[:capacity] = -1
    groups = 0
    for i in range(length):
        key = keys[low + i]
        spare_key[i], spare_node[i] = key, nodes[low + i]
        at = key & mask  # fingerprints are random enough
        while slot_group[at] >= 0 and slot_key[at] != key:
            at = (at + np.uint64(1)) & mask
        g = slot_group[at]
        if g < 0:
            g = groups
            slot_group[at], slot_key[at], ends[g] = g, key, 0
            groups += 1
        group[i] = g
        ends[g] += 1
    position = low
    for g in range(groups):
        number = ends[g]
        ends[g] = position
        position += number
    for i in range(length):
        to = ends[group[i]]
        ends[group[i]] = to + 1
        nodes[to], keys[to] = spare_node[i], spare_key[i]
    return groups


@kernel
def _longest_run(low, ends, runs, at_least):
    """The run that is longest and longer than `at_least`, or -1."""
    best, longest = -1, at_least
    for g in range(runs):
        if ends[g] - low > longest:
            best, longest = g, ends[g] - low
        low = ends[g]
    return best


@kernel
def _settle(nodes, low, high, c, value, cells, classes, pool, end):
    """Make nodes[low:high] the members of class c, in a new stretch of the pool; returns the new end of the pool."""
    k = classes[c]
    k.common, k.members, k.begin, k.length = value, high - low, end, high - low
    for i in range(low, high):
        u = nodes[i]
        cells[u].group = c
        pool[end] = u
        end += 1
    if high - low == 1:
        cells[nodes[low]].value |= ALONE
    return end


@kernel
def _announce(c, queued, old_residue, classes, seed, queue, deltas):
    """Give the new class c a residue and queue the change."""
    k = classes[c]
    k.residue, k.leaving = random_residue(seed, np.uint64(c)), 0
    queue[queued], deltas[queued] = c, canonical_residue(k.residue + (P61 - old_residue))


@kernel
def _leave_alone(u, c, queued, old_residue, cells, seed, queue, deltas):
    """Make node u the new class c by itself: it cannot split, so it needs no record and no stretch."""
    cells[u].group = c
    cells[u].value |= ALONE
    queue[queued] = -1 - u
    deltas[queued] = canonical_residue(random_residue(seed, np.uint64(c)) + (P61 - old_residue))


@kernel
def _stayers(pool, classes, c, cells, value, out):
    """Collect the members of c with fingerprint `value`, leaving out stale entries; returns how many."""
    k = classes[c]
    number = 0
    for i in range(k.begin, k.begin + k.length):
        u = pool[i]
        if cells[u].group == c and cells[u].value & VALUE == value:
            out[number] = u
            number += 1
    return number


@kernel
def refine_from(starts, packed, shift, table, cells, class_of, count, oldest, residues, queue, deltas, queued, seed):
    """Refine until stable, from a state in which every class has one fingerprint.

    Parameters
    ----------
    starts, packed, shift : see `predecessors`
    table : residues by code
    cells : (n,) NODE
        Fingerprints with respect to the residues before the queued changes.
    class_of : (n,) int32
        Refined in place; numbers below `count` at entry, below the returned count at exit.
    oldest : int
        The queued classes are those from here on.
    residues : (count,) uint64
    queue, deltas : (n,) arrays, the first `queued` of them used
        Classes whose residue has just changed, and by how much.

    Returns
    -------
    (count, rounds)
    """
    n = len(class_of)
    pool = np.empty(2 * n + 1, dtype=np.int32)
    classes: Any = np.empty(n, dtype=CLASS)
    end = _enter(cells, starts, class_of, count, oldest, classes, residues, pool)
    touched, parents = np.empty(n + 1, dtype=np.int32), np.empty(n, dtype=np.int32)
    nodes, keys = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.uint64)
    spare_node, spare_key = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.uint64)
    group, ends = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    capacity = 64
    while capacity < 2 * n:
        capacity *= 2
    slot_key, slot_group = np.empty(capacity, dtype=np.uint64), np.empty(capacity, dtype=np.int32)
    rounds = 0
    while queued:
        rounds += 1
        number = _spread(packed, shift, table, pool, classes, queue, deltas, queued, cells, touched)
        found = _collect(touched, number, cells, classes, parents, nodes, keys, group, spare_key)
        queued, low = 0, 0
        for p in range(found):
            c = parents[p]
            k = classes[c]
            high = low + k.leaving if found == 1 else k.leaving
            k.leaving = 0
            if high - low <= FEW:
                runs = _sort_few(nodes, keys, low, high, ends)
            else:
                runs = _group_many(nodes, keys, low, high, slot_key, slot_group, group, ends, spare_node, spare_key)
            stay = k.members - (high - low)
            if stay == 0 and runs == 1:  # all members changed alike: the class stays whole
                k.common = keys[low]
                if k.members == 1:
                    cells[nodes[low]].value |= ALONE
                low = high
                continue
            best = _longest_run(low, ends, runs, stay)
            if end + 2 * (high - low) > len(pool) or (k.begin < 0 and best >= 0 and stay > 0):
                end = _lay_out(cells, classes, count, pool)
                if end + 2 * (high - low) > len(pool):  # at most n nodes leave and fewer stay
                    pool = np.concatenate((pool, np.empty(len(pool), dtype=np.int32)))
            old_residue, stay_value = k.residue, k.common
            if best < 0:  # the nodes that stay are the largest part
                k.members = stay
            elif stay > 0:
                stayers = _stayers(pool, classes, c, cells, stay_value, spare_node)
                end = _settle(spare_node, 0, stayers, count, stay_value, cells, classes, pool, end)
                _announce(count, queued, old_residue, classes, seed, queue, deltas)
                count += 1
                queued += 1
            i = low
            for g in range(runs):
                if g == best:
                    end = _settle(nodes, i, ends[g], c, keys[i], cells, classes, pool, end)
                else:
                    if ends[g] - i == 1:
                        _leave_alone(nodes[i], count, queued, old_residue, cells, seed, queue, deltas)
                    else:
                        _announce(count, queued, old_residue, classes, seed, queue, deltas)
                        end = _settle(nodes, i, ends[g], count, keys[i], cells, classes, pool, end)
                    count += 1
                    queued += 1
                i = ends[g]
            if best < 0 and k.begin >= 0 and k.length > 2 * stay + 8:  # more than half is stale
                k.length = _stayers(pool, classes, c, cells, stay_value, spare_node)
                pool[k.begin : k.begin + k.length] = spare_node[: k.length]
            low = high
    for s in range(n):
        class_of[s] = cells[s].group
    return count, rounds
