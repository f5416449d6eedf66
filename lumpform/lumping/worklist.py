"""Refines by looking again only at what moved: kernels, second half.

After a round every class has one common fingerprint. When classes split, all parts but the largest get a new random
residue; the fingerprints of their predecessors change by ``w * (new residue - old residue)``, and only the touched
nodes can split next. A node moves at most log2(n) times because its class at least halves, so the work is O(m log n)
expected, as in the algorithms of Derisavi, Hermanns and Sanders (2003) and Valmari and Franceschinis (2010); the
batching by rounds and the random functional are ours.

A predecessor and the code of its weight share one integer. The records and the pool of members: pool.py; how the nodes
that changed are sorted: buckets.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from lumpform.lumping.buckets import FEW, collect_changed, group_many, longest_run, scratch_arrays, sort_few
from lumpform.lumping.pool import (
    ALONE,
    CLASS,
    FLAGS,
    ONLY,
    SEVERAL,
    TOUCHED,
    VALUE,
    enter,
    laid_out,
    set_members,
    stayers,
)
from lumpform.numbers.kernel import ONE, index, kernel
from lumpform.numbers.modular import P61, canonical_residue, mul_fold, random_residue
from lumpform.numbers.prefetch import prefetch

ZERO = np.uint64(0)

FAR, MIDDLE, NEAR = np.uint64(24), np.uint64(16), np.uint64(8)
"""How many nodes ahead their records, their predecessors, and those predecessors' records are asked for (measured)."""

SOON = 8
"""How many buckets ahead the records of their classes are asked for."""


@kernel
def predecessors(indptr, indices, data, rows, starts, packed, shift):
    """Transpose a matrix by counting: where every node's predecessors begin, and the entries. O(m + n).

    `starts` is (n + 2,) uint32: the predecessors of v are ``starts[v]:starts[v + 1]``. ``packed`` gets
    ``source << shift | code`` per entry, where the code is the entry's own number if `data` is None. The source is a
    node, or n + r for row r of a node that has several; `rows` is None where none has.
    """
    n = index(len(starts) - 2)
    one, two = np.uint32(1), np.uint64(2)
    starts[:] = 0
    for e in range(len(indices)):
        starts[index(indices[e]) + two] += one
    for v in range(2, len(starts)):
        starts[v] += starts[v - 1]
    for s in range(index(len(indptr) - 1)):  # starts[v + 1] is where v begins; filling moves it to where v ends
        source = s
        if rows is not None:
            source = index(rows[s].owner) if rows[s].tag & ONLY else n + s
        for e in range(index(indptr[s]), index(indptr[s + ONE])):
            after = index(indices[e]) + ONE
            at = starts[after]
            starts[after] = at + one
            packed[at] = (source << shift) | (e if data is None else np.uint64(data[e]))


@njit(inline="always")
def _push(t, delta, packed, shift, table, sets, cells, touched, count):
    """Add ``weight * delta`` to the fingerprints of the predecessors of node t; returns the new number of touched.

    The values of rows get it where a node has several; such a node is marked.
    """
    code, n = (ONE << shift) - ONE, index(len(cells))
    end = index(cells[t + ONE].start) if t + ONE < n else index(len(packed))
    for e in range(index(cells[t].start), end):
        entry = np.uint64(packed[e])
        u = entry >> shift
        change = mul_fold(table[entry & code], delta)
        if sets is None or u < n:
            h = cells[u].value
            value = canonical_residue((h & VALUE) + change)
        else:
            row = sets[1][u - n]
            row.value = canonical_residue(row.value + change)
            u = index(row.owner)
            h = cells[u].value
            value = (h & VALUE) | SEVERAL
        # No branch on h: it is read at random, and a wrong guess would cost more than the arithmetic.
        touched[count] = u
        count += ONE if (h >> FLAGS) == 0 else ZERO
        cells[u].value = value | TOUCHED | (h & ALONE)
    return count


@kernel
def _spread(packed, shift, table, sets, pool, classes, queue, deltas, queued, cells, moved, changes, touched):
    """Add the change of every queued class to the fingerprints of its predecessors; returns how many were touched.

    A negative entry of the queue stands for a node that is alone in its new class: -1 for node 0, and so on. The nodes
    are listed in `moved` with their changes first, so that it is known which records will be read.
    """
    number, count = ZERO, ZERO
    for q in range(queued):
        c, delta = queue[q], deltas[q]
        if c < 0:
            moved[number], changes[number] = -1 - c, delta
            number += ONE
            continue
        k = classes[index(c)]
        for i in range(index(k.begin), index(k.begin + k.length)):
            moved[number], changes[number] = pool[i], delta
            number += ONE
    for i in range(number):
        if i + FAR < number:
            prefetch(cells, moved[i + FAR])
        if i + MIDDLE < number:
            prefetch(packed, cells[index(moved[i + MIDDLE])].start)
        if i + NEAR < number:
            at = index(cells[index(moved[i + NEAR])].start)
            if at < index(len(packed)):
                prefetch(cells, np.int64(np.uint64(packed[at]) >> shift))
        count = _push(index(moved[i]), changes[i], packed, shift, table, sets, cells, touched, count)
    return np.int64(count)


@kernel
def _announce(c, queued, old_residue, classes, seed, queue, deltas):
    """Give the new class c a residue and queue the change."""
    k = classes[c]
    k.residue, k.leaving = random_residue(seed, np.uint64(c)), 0
    queue[queued], deltas[queued] = c, canonical_residue(k.residue + (P61 - old_residue))


@kernel
def _make_singleton(u, c, queued, old_residue, cells, seed, queue, deltas):
    """Make node u the new class c by itself: it cannot split, so it needs no record and no stretch."""
    cells[u].group = c
    cells[u].value |= ALONE
    queue[queued] = -1 - u
    deltas[queued] = canonical_residue(random_residue(seed, np.uint64(c)) + (P61 - old_residue))


@njit(inline="always")
def _split(buckets, parents, nodes, keys, ends, scratch, cells, classes, pool, end, count, seed, queue, deltas):
    """Split the classes of the buckets; the largest part of each, which may have stayed, keeps its number and residue.

    Returns the pool and its end, the number of classes, and how many are queued.
    """
    spare = scratch[0]
    queued, low = 0, 0
    for p in range(buckets):
        if p + SOON < buckets:
            prefetch(classes, parents[p + SOON])
        c = parents[p]
        k = classes[index(c)]
        high = np.int64(k.leaving)
        k.leaving = 0
        if high - low <= FEW:
            runs = sort_few(nodes, keys, low, high, ends)
        else:
            runs = group_many(nodes, keys, low, high, ends, scratch)
        stay = k.members - (high - low)
        if stay == 0 and runs == 1:  # all members changed alike: the class stays whole
            k.common = keys[low]
            if k.members == 1:
                cells[nodes[low]].value |= ALONE
            low = high
            continue
        best = longest_run(low, ends, runs, stay)
        if end + 2 * (high - low) > len(pool) or (k.begin < 0 and best >= 0 and stay > 0):
            pool, end = laid_out(cells, classes, count, pool, 2 * (high - low))
        old_residue, old_value = k.residue, k.common
        if best < 0:  # the nodes that stay are the largest part
            k.members = stay
        elif stay > 0:
            number = stayers(pool, classes, c, cells, old_value, spare)
            end = set_members(spare, 0, number, count, old_value, cells, classes, pool, end)
            _announce(count, queued, old_residue, classes, seed, queue, deltas)
            count += 1
            queued += 1
        for g in range(runs):
            if g == best:
                end = set_members(nodes, low, ends[g], c, keys[low], cells, classes, pool, end)
            else:
                if ends[g] - low == 1:
                    _make_singleton(nodes[low], count, queued, old_residue, cells, seed, queue, deltas)
                else:
                    _announce(count, queued, old_residue, classes, seed, queue, deltas)
                    end = set_members(nodes, low, ends[g], count, keys[low], cells, classes, pool, end)
                count += 1
                queued += 1
            low = ends[g]
        if best < 0 and k.begin >= 0 and k.length > 2 * stay + 8:  # more than half is stale
            k.length = stayers(pool, classes, c, cells, old_value, spare)
            pool[k.begin : k.begin + k.length] = spare[: k.length]
    return pool, end, count, queued


@kernel
def refine_from(
    starts, packed, shift, table, sets, cells, class_of, count, residues, queue, deltas, queued, seed, told
):
    """Refine until stable, from a state in which every class has one fingerprint; returns the number of classes.

    Parameters
    ----------
    starts, packed, shift : see `predecessors`
    table : residues by code
    sets : None, or as in `rounds.print_rows`
    cells : (n,) NODE
        Fingerprints with respect to the residues before the queued changes.
    class_of : (n,) int32
        Refined in place; numbers below `count` at entry, below the returned count at exit.
    residues : (count,) uint64
    queue, deltas : (n,) arrays, the first `queued` of them used
        Classes whose residue has just changed, and by how much: from the first of them on, all.
    told : (1,) int64
        Gets the number of classes so far, for who looks from another thread.
    """
    n = len(class_of)
    pool = np.empty(2 * n + 1, dtype=np.int32)
    classes: Any = np.empty(n, dtype=CLASS)
    end = enter(cells, starts, class_of, count, queue[0], classes, residues, pool)
    touched, parents = np.empty(n + 1, dtype=np.int32), np.empty(n, dtype=np.int32)
    nodes, keys, ends = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.int32)
    scratch = scratch_arrays(n)
    while queued:
        told[0] = count
        number = _spread(packed, shift, table, sets, pool, classes, queue, deltas, queued, cells, nodes, keys, touched)
        buckets = collect_changed(touched, number, sets, cells, classes, parents, nodes, keys, scratch)
        pool, end, count, queued = _split(
            buckets, parents, nodes, keys, ends, scratch, cells, classes, pool, end, count, seed, queue, deltas
        )
    for s in range(n):
        class_of[s] = cells[s].group
    return count
