"""Keeps the records of classes, and the pool in which the members of a class stand together.

What is read at random stands together: nodes are records `NODE` (rounds.py), classes are records `CLASS`. The two top
bits of a fingerprint are flags: TOUCHED in this round, and ALONE (a singleton cannot split). The third is SEVERAL: the
values of some of its rows changed, and the fingerprint is still to be made of them. A row that is the ONLY one of its
node has a flag in its tag.

Members of a class stand in one stretch of a pool. New classes are appended to it; nodes that leave a class stay behind
as stale entries, to be skipped, until half of a stretch is stale or the pool is full and is laid out anew. Both are
paid for by the nodes that left. Classes that have not split yet need no stretch (begin -1).
"""

from __future__ import annotations

import numpy as np

from lumpform.numbers.kernel import index, kernel
from lumpform.numbers.prefetch import prefetch

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
SEVERAL = np.uint64(1 << 61)
ONLY = np.uint32(1 << 31)
FLAGS = np.uint64(62)

AHEAD = np.uint64(16)
"""How many nodes ahead their records are asked for."""


@kernel
def enter(cells, starts, class_of, count, oldest, classes, residues, pool):
    """Set up the records, and lay out the members of the classes from `oldest` on; returns the end of the pool."""
    for c in range(count):
        classes[c].residue = residues[c]
        classes[c].members = 0
        classes[c].leaving = 0
    for s in range(len(cells)):
        c = class_of[s]
        classes[index(c)].members += 1
        classes[index(c)].common = cells[s].value
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
        k = classes[index(class_of[s])]
        if k.members == 1:
            cells[s].value |= ALONE
        if k.begin >= 0:
            pool[index(k.begin + k.length)] = s
            k.length += 1
    return position


@kernel
def laid_out(cells, classes, count, pool, wanted):
    """Return the pool with the members of all classes laid out anew and room for `wanted` more, and its end. O(n)."""
    for c in range(count):
        classes[c].length = 0
    for s in range(len(cells)):
        classes[index(cells[s].group)].length += 1
    end = 0
    for c in range(count):
        classes[c].begin = end
        end += classes[c].length
        classes[c].length = 0
    for s in range(len(cells)):
        k = classes[index(cells[s].group)]
        pool[index(k.begin + k.length)] = s
        k.length += 1
    if end + wanted > len(pool):  # at most n nodes leave their classes in a round, and fewer stay
        pool = np.concatenate((pool, np.empty(len(pool), dtype=np.int32)))
    return pool, end


@kernel
def set_members(nodes, low, high, c, value, cells, classes, pool, end):
    """Make nodes[low:high] the members of class c, in a new stretch of the pool; returns the new end of the pool."""
    k = classes[index(c)]
    k.common, k.members, k.begin, k.length = value, high - low, end, high - low
    last, to = index(len(nodes)), index(end) - index(low)
    for i in range(index(low), index(high)):
        if i + AHEAD < last:  # what stands there may belong to the next class, or be of no use
            prefetch(cells, nodes[i + AHEAD])
        u = nodes[i]
        cells[index(u)].group = c
        pool[to + i] = u
    if high - low == 1:
        cells[index(nodes[index(low)])].value |= ALONE
    return end + high - low


@kernel
def stayers(pool, classes, c, cells, value, out):
    """Collect the members of c with fingerprint `value`, leaving out stale entries; returns how many."""
    k = classes[index(c)]
    number, end = 0, index(len(pool))
    for i in range(index(k.begin), index(k.begin + k.length)):
        if i + AHEAD < end:
            prefetch(cells, pool[i + AHEAD])
        u = index(pool[i])
        if cells[u].group == c and cells[u].value & VALUE == value:
            out[index(number)] = u
            number += 1
    return number
