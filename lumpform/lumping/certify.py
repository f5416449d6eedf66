"""Certifies a partition: compares the exact class sums of every node with those of its representative.

The sums are integers over a common denominator, compared modulo pairwise coprime moduli whose product exceeds twice
the largest possible sum (`moduli_beyond`), so agreement is a proof over the rationals. With the 64-bit word as the
first modulus one pass over the edges usually suffices; nodes alone in their class need no check.

Nothing is taken over from the refinement but the partition itself: that its classes are numbered by their first
members, that there are as many as it says, and that it refines the start is checked first (`refines_start`).

Bounds: a sum of residues is below 2^62 modulo a prime below 2^61, and wraps modulo 2^64, where it is meant to.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from lumpform.display.watched import part
from lumpform.graph.partition import Partition
from lumpform.lumping.difference import Difference
from lumpform.lumping.flat import Seen
from lumpform.lumping.sums import sums_over
from lumpform.lumping.threads import over_ranges
from lumpform.numbers.kernel import ONE, index, kernel, unwritable
from lumpform.numbers.residues import WORD, moduli_beyond

CERTIFYING = "certifying"
"""What is said meanwhile."""

NEW, MET = -1, -2
"""Of how many other members of a class its representative's sums were wanted until now: of none, or of one."""


@njit(inline="always")
def _add(sums, c, w, modulus):
    """Add w to the sum of class c modulo `modulus` (None: 2^64); returns by how many more sums are not zero then."""
    before = sums[c]
    after = before + w
    if modulus is not None:
        after = after - modulus if after >= modulus else after
    sums[c] = after
    return np.int64(after != 0) - np.int64(before != 0)


@njit(inline="always")
def _minus(w, modulus):
    """Return what to add instead of taking w away."""
    return (np.uint64(0) if modulus is None else modulus) - w


@njit(inline="always")
def _two_rows(indptr, s, r):
    """Return where rows s and r begin and end; a representative of another group, r < 0, sees nothing."""
    start, stop = index(0), index(0)
    if r >= 0:
        start, stop = index(indptr[index(r)]), index(indptr[index(r) + ONE])
    return index(indptr[s]), index(indptr[s + ONE]), start, stop


@kernel
def _record(indices, data, table, modulus, far_class, start, stop, classes, expected, at, sums):
    """Write the sums of edges start..stop that are not zero to classes[at:] and expected[at:]; returns the end."""
    end = at
    for e in range(start, stop):
        w = np.uint64(data[e]) if table is None else table[index(data[e])]
        c = index(far_class[index(indices[e])])
        if sums[c] == 0:  # the first edge into c; or the sum so far cancels, and c stands there already
            classes[end] = c
            end += ONE
        _add(sums, c, w, modulus)
    for i in range(at, end):
        c = index(classes[i])
        if sums[c] != 0:
            classes[at], expected[at] = c, sums[c]
            at += ONE
        sums[c] = 0
    return at


@kernel
def first_difference(from_node, to_node, indptr, indices, data, table, modulus, class_of, far_class, representative):
    """Return the first (node, representative, class) whose sums differ modulo `modulus`, or -1s. O(m + n).

    Rows have the classes `class_of`, columns `far_class`; representatives are rows, or negative where they see nothing
    by this matrix, as nodes of groups before.

    `modulus` is None for 2^64, a uint64 below 2^62 otherwise. The sums of a node minus those of its representative are
    all zero if and only if `left`, which counts those that are not, is zero in the end. The row of a representative is
    read for the first other member of its class, and recorded as sums for more of them.
    """
    count = len(representative)
    begin = np.full(count, NEW, dtype=np.int64)
    end = np.empty(count, dtype=np.uint64)
    sums = np.zeros(count, dtype=np.uint64)  # zero between nodes
    classes = np.empty(len(indices), dtype=np.int32)
    expected = np.empty(len(indices), dtype=np.uint64)
    used = index(0)
    for s in range(index(from_node), index(to_node)):
        b = index(class_of[s])
        r = representative[b]
        if r == np.int64(s):
            continue
        low, high, start, stop = _two_rows(indptr, s, r)
        if high - low == ONE and stop - start == ONE:  # the common case in sparse models
            c = far_class[index(indices[low])]
            one, other = data[low], data[start]
            same = one == other if table is None else table[index(one)] == table[index(other)]
            if same and c == far_class[index(indices[start])]:
                continue
            return np.int64(s), r, np.int64(c)
        left = 0
        if begin[b] == NEW:
            begin[b] = MET
            for e in range(start, stop):
                w = np.uint64(data[e]) if table is None else table[index(data[e])]
                left += _add(sums, index(far_class[index(indices[e])]), _minus(w, modulus), modulus)
        else:
            if begin[b] == MET:
                begin[b] = used
                used = _record(indices, data, table, modulus, far_class, start, stop, classes, expected, used, sums)
                end[b] = used
            for i in range(index(begin[b]), end[b]):
                left += _add(sums, index(classes[i]), _minus(expected[i], modulus), modulus)
        for e in range(low, high):
            w = np.uint64(data[e]) if table is None else table[index(data[e])]
            left += _add(sums, index(far_class[index(indices[e])]), w, modulus)
        if left:
            return np.int64(s), r, np.int64(_class_with_a_sum(indices, far_class, start, stop, low, high, sums))
    return -1, -1, -1


@njit(inline="always")
def _class_with_a_sum(indices, far_class, start, stop, low, high, sums):
    """Return the first class of edges start..stop, or else low..high, whose sum is not zero: there is one."""
    for begin, end in ((start, stop), (low, high)):
        for e in range(begin, end):
            if sums[far_class[indices[e]]] != 0:
                return far_class[indices[e]]
    return -1


@kernel
def first_flaw(class_of, count, start_of, first):
    """Find where a partition is not numbered by first members, or does not refine another one. O(n).

    Returns -1 if classes 0, 1, ..., count - 1 appear in this order and members of a class agree in `start_of`; the
    first node where that fails; or n if there are fewer classes than `count`. Fills `first` with the first members.
    """
    start = np.empty(count, dtype=start_of.dtype)
    seen = 0
    for s in range(len(class_of)):
        c = class_of[s]
        if c == seen and seen < count:
            start[c], first[c] = start_of[s], s
            seen += 1
        elif c < 0 or c >= seen or start[c] != start_of[s]:
            return s
    return -1 if seen == count else len(class_of)


def refines_start(partition: Partition, start: Partition) -> bool:
    """Check that a partition is in canonical form with its true number of classes, and refines `start`. O(n)."""
    if len(partition) != len(start):
        return False
    first = np.empty(partition.count, dtype=np.int64)
    if first_flaw(partition.class_of, partition.count, start.class_of, first) >= 0:
        return False
    vars(partition)["representatives"] = first  # found on the way: a pass less
    return True


@kernel
def first_other_set(from_node, to_node, indptr, indices, class_of, far_class, representative):
    """Return the first (node, representative, class) of which only one has edges into the class, or -1s. O(m + n).

    Bounds: marks count up to three for every row, in 64 bits.
    """
    marks = np.zeros(far_class.max() + 1 if len(far_class) else 1, dtype=np.int64)
    mark = np.int64(0)
    for s in range(index(from_node), index(to_node)):
        r = representative[index(class_of[s])]
        if r == np.int64(s):
            continue
        low, high, start, stop = _two_rows(indptr, s, r)
        mark += 2
        for e in range(low, high):
            marks[index(far_class[index(indices[e])])] = mark
        for e in range(start, stop):
            c = index(far_class[index(indices[e])])
            if marks[c] < mark:
                return np.int64(s), r, np.int64(c)
            marks[c] = mark + 1
        for e in range(low, high):
            c = index(far_class[index(indices[e])])
            if marks[c] == mark:
                return np.int64(s), r, np.int64(c)
    return -1, -1, -1


def certify(arrow: Seen, partition: Partition, over: Partition | None = None) -> Difference | int:
    """Prove that nodes inside a class have equal class sums (or sets) in one arrow, or say where they differ.

    Parameters
    ----------
    arrow : Seen
    partition : Partition of the nodes of the graph
    over : Partition of the nodes of the graph, optional
        Whose classes the sums run over, by default the same; the other one must refine it.

    Returns
    -------
    int or Difference
        The number of moduli that the proof needed (0 for the discrete partition; 1 also where sums are larger than the
        known moduli can tell apart, and are compared as they are), or the exact witness against.
    """
    if partition.count == len(partition):
        return 0
    weights, (rows, columns), over = arrow.weights, arrow.weights.shape, partition if over is None else over
    classes = partition.class_of[arrow.near : arrow.near + rows], over.class_of[arrow.far : arrow.far + columns]
    first = partition.representatives - arrow.near
    if arrow.boolean:
        matrix = weights.indptr, weights.indices
        found = over_ranges(first_other_set, rows, weights.nnz, *matrix, *classes, first, phase=CERTIFYING)
        difference = _difference(arrow, over, found)
        return 1 if difference is None else difference  # which is false as a truth value
    width, needed = max(weights.max_row_length, 1), 0
    for values in weights.values.coefficients():  # one column, or one for each monomial of weights with parameters
        try:
            moduli = moduli_beyond(2 * values.bound * width)
        except OverflowError:
            difference = compare_exactly(arrow, partition, over)
            return 1 if difference is None else difference
        needed = max(needed, len(moduli))
        for i, modulus in enumerate(moduli):
            data, table = values.residues(modulus)
            short = None if modulus == WORD else np.uint64(modulus)
            table = None if table is None else unwritable(table)
            matrix = *map(unwritable, (weights.indptr, weights.indices, data)), table, short
            with part(i, 1, len(moduli)):
                found = over_ranges(first_difference, rows, weights.nnz, *matrix, *classes, first, phase=CERTIFYING)
            difference = _difference(arrow, over, found)
            if difference is not None:
                return difference
    return needed


def compare_exactly(arrow: Seen, partition: Partition, over: Partition | None = None) -> Difference | None:
    """Return the first difference between a node and the first of its class, found with exact numbers. O(edges)."""
    class_of = (partition if over is None else over).class_of
    nodes = range(arrow.near, arrow.near + arrow.weights.shape[0])
    representatives, known = partition.representatives.tolist(), {}
    for s in nodes:
        first = representatives[partition.class_at(s)]
        sums = known[s] = sums_over(arrow, s, class_of)
        if sums != known[first]:
            c = min(c for c in sums.keys() | known[first].keys() if sums.get(c, 0) != known[first].get(c, 0))
            return Difference(s, first, c, sums.get(c, 0), known[first].get(c, 0))
    return None


def _difference(arrow: Seen, partition: Partition, found: list[Any]) -> Difference | None:
    """Return the first witness that a kernel has found in some range, if one has."""
    for node, other, c in found:
        if node >= 0:
            nodes = arrow.near + int(node), arrow.near + int(other)
            return Difference(*nodes, int(c), *(sums_over(arrow, v, partition.class_of).get(int(c), 0) for v in nodes))
    return None
