"""Fingerprints rows of shards and numbers what they show: compiled kernels.

The fingerprint of a state is ``sum over its edges of w(s, t) * r(colour of t)`` modulo a prime, with one fresh random
residue for every colour and round (`lumpform.lumping.rounds` says why it never splits wrongly). Residues are computed
from the seed, not looked up: a table of millions of colours would miss the cache at every edge. For the generator of a
CTMC, edges within the own colour do not count.

Bounds: residues are below 2^61, and 32 products of two are added in 128 bits before they are folded. Modulo other
primes 2^61 - c every product is reduced by itself; two residues are below 2^62.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from lumpform.numbers.kernel import ONE, index, kernel
from lumpform.numbers.modular import LAST, fold_pair, mul_mod, multiply_add, random_residue, reduce_mod

FETCHED = 4096
"""Colours that are fetched in one go."""


@kernel
def draw_residues(seed, residues):
    """Write the residue of every colour."""
    for c in range(len(residues)):
        residues[c] = random_residue(seed, np.uint64(c))


@kernel
def print_rows(offsets, columns, codes, table, colours, first, others_only, seed, residues, prints):
    """Write the fingerprints of all rows modulo 2^61 - 1. O(edges).

    `table` holds residues of the weights, `residues` those of the colours, or is None where they are computed. Colours
    are fetched for many edges in a loop of its own: then many reads from memory are on the way at the same time.
    """
    rows, longest = len(offsets) - 1, 0
    for i in range(rows):
        longest = max(longest, offsets[i + 1] - offsets[i])
    fetched = np.empty(max(longest, FETCHED), dtype=colours.dtype)
    above, base = 0, index(0)
    for i in range(rows):
        begin, end = offsets[i], offsets[i + 1]
        if i == above:
            while above < rows and offsets[above + 1] - begin <= len(fetched):
                above += 1
            base = index(begin)
            for e in range(base, index(offsets[above])):
                fetched[e - base] = colours[index(columns[e])]
        own = colours[first + i]
        high, low = np.uint64(0), np.uint64(0)
        for e in range(index(begin), index(end)):
            c = fetched[e - base]
            r = random_residue(seed, np.uint64(c)) if residues is None else residues[index(c)]
            w = np.uint64(0) if others_only and c == own else table[index(codes[e])]
            high, low = multiply_add(high, low, w, r)
            if (e - index(begin)) & LAST == LAST:
                high, low = np.uint64(0), fold_pair(high, low)
        prints[i] = fold_pair(high, low)


@kernel
def print_rows_modulo(offsets, columns, codes, table, colours, first, others_only, seed, prints, c):
    """Do as `print_rows` modulo the prime 2^61 - c, for weights that look alike modulo 2^61 - 1."""
    for i in range(len(offsets) - 1):
        own = colours[first + i]
        total = np.uint64(0)
        for e in range(index(offsets[i]), index(offsets[i + 1])):
            colour = colours[index(columns[e])]
            if others_only and colour == own:
                continue
            r = reduce_mod(random_residue(seed, np.uint64(colour)), c)
            total = reduce_mod(total + reduce_mod(mul_mod(table[index(codes[e])], r, c), c), c)
        prints[i] = total


SLOT = np.dtype([("key", np.uint64), ("old", np.uint32), ("number", np.int32)], align=True)
"""A place in a table: a pair and its number, or -1."""


@njit(inline="always")
def _mixed(key, old):
    """Return a number below 2^61 that tells where to look for a pair."""
    return random_residue(key, np.uint64(old))


@njit(inline="always")
def _insert(slots, size, z, key, old, fresh):
    """Return the number of a pair in an open-addressing table, which is `fresh` if the pair is new; z is mixed."""
    mask = np.uint64(size - 1)
    at = z & mask
    while slots[at].number >= 0 and (slots[at].key != key or slots[at].old != old):
        at = (at + ONE) & mask
    if slots[at].number < 0:
        slots[at].key, slots[at].old, slots[at].number = key, old, fresh
    return slots[at].number


@kernel
def order_by_bucket(keys, olds, bits, begins, order):
    """Order rows by the bucket of their pair (key, old): the top `bits` of 61 mixed bits. Fills where buckets begin."""
    shift = np.uint64(61 - bits)
    begins[:] = 0
    for i in range(len(keys)):
        begins[(_mixed(keys[i], olds[i]) >> shift) + ONE] += 1
    for b in range(1, len(begins)):
        begins[b] += begins[b - 1]
    for i in range(len(keys)):
        b = _mixed(keys[i], olds[i]) >> shift
        order[begins[b]] = i
        begins[b] += 1
    for b in range(len(begins) - 1, 0, -1):
        begins[b] = begins[b - 1]
    begins[0] = 0


@kernel
def distinct_pairs(keys, olds, begins, order, slots, starts, first, local):
    """Number the distinct pairs (key, old), bucket by bucket; returns how many there are. O(rows) expected.

    `order` has the rows of bucket b from ``begins[b]`` to ``begins[b + 1]``. Fills where the pairs of buckets start,
    the `first` row of every pair, and the number of every row's pair. Two rows share a number only if both parts of
    their pairs are equal. `slots` has room for two pairs for each row of the largest bucket; the table in it grows with
    the pairs, so that few pairs stay in the cache.
    """
    parts = 0
    starts[0] = 0
    for b in range(len(begins) - 1):
        size = np.int64(16)
        slots[:size].number[:] = -1
        for k in range(index(begins[b]), index(begins[b + 1])):
            i = index(order[k])
            key, old = keys[i], olds[i]
            g = _insert(slots, size, _mixed(key, old), key, np.uint32(old), parts)
            local[i] = g
            if g == parts:
                first[parts] = i
                parts += 1
                if 2 * (parts - starts[b]) > size:
                    size *= 4
                    slots[:size].number[:] = -1
                    for h in range(starts[b], parts):
                        key, old = keys[first[h]], olds[first[h]]
                        _insert(slots, size, _mixed(key, old), key, np.uint32(old), h)
        starts[b + 1] = parts
    return parts


@kernel
def recolour(local, numbers, starts, before, final, out):
    """Write the colour of every row: the number of its pair in its bucket, after those of the buckets before."""
    for b in range(len(starts) - 1):
        for g in range(starts[b], starts[b + 1]):
            final[g] = before[b] + numbers[g]
    for i in range(len(local)):
        out[i] = final[index(local[i])]


@kernel
def row_sums(offsets, columns, codes, table, modulus, colours, own, others_only, i, classes, sums):
    """Write the class sums of row i in the order of classes, without those that are zero; returns how many. O(d log d).

    Sums are modulo `modulus`, 0 standing for 2^64, where they wrap.
    """
    number = index(0)
    for e in range(index(offsets[i]), index(offsets[i + 1])):
        c = np.int64(colours[index(columns[e])])
        if not (others_only and c == own):
            classes[number] = c
            sums[number] = table[index(codes[e])]
            number += ONE
    gap, three = ONE, np.uint64(3)
    while gap < number // three:
        gap = three * gap + ONE
    while gap > 0:  # Shell's sort: rows are short, and compiled in a moment
        for a in range(gap, number):
            c, w, b = classes[a], sums[a], a
            while b >= gap and classes[b - gap] > c:
                classes[b], sums[b] = classes[b - gap], sums[b - gap]
                b -= gap
            classes[b], sums[b] = c, w
        gap //= three
    kept, a = index(0), index(0)
    while a < number:
        c, total = classes[a], np.uint64(0)
        while a < number and classes[a] == c:
            total += sums[a]
            if modulus != 0 and total >= modulus:
                total -= modulus
            a += ONE
        if total != 0:
            classes[kept], sums[kept] = c, total
            kept += ONE
    return np.int64(kept)


@kernel
def record_sums(
    offsets, columns, codes, table, modulus, colours, first, others_only, members, classes, sums, ends, kept_c, kept_s
):
    """Write the class sums of the rows `members`, one behind the other, and where each ends; returns the last end."""
    at = 0
    for k in range(len(members)):
        i = members[k]
        own = np.int64(colours[first + i])
        n = row_sums(offsets, columns, codes, table, modulus, colours, own, others_only, i, classes, sums)
        for a in range(n):
            kept_c[at], kept_s[at] = classes[a], sums[a]
            at += 1
        ends[k] = at
    return at


@kernel
def first_difference(
    offsets, columns, codes, table, modulus, colours, first, others_only, starts, ends, kept_c, kept_s, classes, sums
):
    """Return the first row whose class sums are not those recorded for its class, or -1. O(edges log degree).

    Class c has the sums from ``starts[c]`` to ``ends[c]``.
    """
    for i in range(len(offsets) - 1):
        own = np.int64(colours[first + i])
        n = row_sums(offsets, columns, codes, table, modulus, colours, own, others_only, i, classes, sums)
        begin = starts[own]
        if ends[own] - begin != n:
            return i
        for a in range(n):
            if kept_c[begin + a] != classes[a] or kept_s[begin + a] != sums[a]:
                return i
    return -1
