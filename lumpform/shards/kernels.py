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

from lumpform.numbers.kernel import kernel
from lumpform.numbers.modular import fold_pair, mul_mod, multiply_add, random_residue, reduce_mod


@kernel
def draw_residues(seed, residues):
    """Write the residue of every colour."""
    for c in range(len(residues)):
        residues[c] = random_residue(seed, np.uint64(c))


@kernel
def print_rows(offsets, columns, codes, table, colours, first, others_only, seed, residues, prints):
    """Write the fingerprints of all rows modulo 2^61 - 1. O(edges).

    `table` holds residues of the weights, `residues` those of the colours, or is None where they are computed.
    """
    for i in range(len(offsets) - 1):
        own = colours[first + i]
        high, low = np.uint64(0), np.uint64(0)
        begin = offsets[i]
        for e in range(begin, offsets[i + 1]):
            c = colours[columns[e]]
            r = random_residue(seed, np.uint64(c)) if residues is None else residues[c]
            w = np.uint64(0) if others_only and c == own else table[codes[e]]
            high, low = multiply_add(high, low, w, r)
            if (e - begin) & 31 == 31:
                high, low = np.uint64(0), fold_pair(high, low)
        prints[i] = fold_pair(high, low)


@kernel
def print_rows_modulo(offsets, columns, codes, table, colours, first, others_only, seed, prints, c):
    """Do as `print_rows` modulo the prime 2^61 - c, for weights that look alike modulo 2^61 - 1."""
    for i in range(len(offsets) - 1):
        own = colours[first + i]
        total = np.uint64(0)
        for e in range(offsets[i], offsets[i + 1]):
            colour = colours[columns[e]]
            if others_only and colour == own:
                continue
            r = reduce_mod(random_residue(seed, np.uint64(colour)), c)
            total = reduce_mod(total + reduce_mod(mul_mod(table[codes[e]], r, c), c), c)
        prints[i] = total


@njit(inline="always")
def _mixed(key, old):
    """Return a number below 2^61 that tells where to look for a pair."""
    return random_residue(key, np.uint64(old))


@kernel
def number_pairs(keys, olds, slots, first, local):
    """Number the distinct pairs (key, old) by first occurrence, into `local`. O(pairs) expected.

    `slots` is an open-addressing table whose length is a power of two; `first` gets where each pair stands first. Two
    entries share a number only if both parts are equal. Returns how many there are, or -1 when the table is more than
    half full.
    """
    mask = np.uint64(len(slots) - 1)
    limit = len(slots) // 2
    slots[:] = -1
    parts = 0
    for i in range(len(keys)):
        key, old = keys[i], olds[i]
        at = _mixed(key, old) & mask
        g = slots[at]
        while g >= 0 and (keys[first[g]] != key or olds[first[g]] != old):
            at = (at + np.uint64(1)) & mask
            g = slots[at]
        if g < 0:
            if parts >= limit:
                return -1
            g = parts
            slots[at] = g
            first[g] = i
            parts += 1
        local[i] = g
    return parts


@kernel
def in_buckets(keys, olds, first, bits, starts, place):
    """Put the pairs at `first` in the order of their buckets: fills where buckets begin, and the place of each pair.

    The bucket is the top `bits` of 61 bits that are mixed from both parts.
    """
    starts[:] = 0
    shift = np.uint64(61 - bits)
    for g in range(len(first)):
        starts[(_mixed(keys[first[g]], olds[first[g]]) >> shift) + np.uint64(1)] += 1
    for b in range(1, len(starts)):
        starts[b] += starts[b - 1]
    for g in range(len(first)):
        b = _mixed(keys[first[g]], olds[first[g]]) >> shift
        place[g] = starts[b]
        starts[b] += 1
    for b in range(len(starts) - 1, 0, -1):
        starts[b] = starts[b - 1]
    starts[0] = 0


@kernel
def number_canonically(colours, low, new, fresh, first):
    """Renumber the colours of a range by first member, in place, with `fresh` numbers given before; O(range).

    `new` holds the new number of every old one, or -1; `first` gets the first member of every new one. Returns how many
    numbers are given now.
    """
    for i in range(len(colours)):
        c = colours[i]
        if new[c] < 0:
            new[c] = fresh
            first[fresh] = low + i
            fresh += 1
        colours[i] = new[c]
    return fresh


@njit(cache=True, nogil=True)
def row_sums(offsets, columns, codes, table, modulus, colours, own, others_only, i, classes, sums):
    """Write the class sums of row i in the order of classes, without those that are zero; returns how many. O(d log d).

    Sums are modulo `modulus`, 0 standing for 2^64, where they wrap.
    """
    number = 0
    for e in range(offsets[i], offsets[i + 1]):
        c = np.int64(colours[columns[e]])
        if not (others_only and c == own):
            classes[number] = c
            sums[number] = table[codes[e]]
            number += 1
    gap = 1
    while gap < number // 3:
        gap = 3 * gap + 1
    while gap > 0:  # Shell's sort: rows are short, and compiled in a moment
        for a in range(gap, number):
            c, w, b = classes[a], sums[a], a
            while b >= gap and classes[b - gap] > c:
                classes[b], sums[b] = classes[b - gap], sums[b - gap]
                b -= gap
            classes[b], sums[b] = c, w
        gap //= 3
    kept, a = 0, 0
    while a < number:
        c, total = classes[a], np.uint64(0)
        while a < number and classes[a] == c:
            total += sums[a]
            if modulus != 0 and total >= modulus:
                total -= modulus
            a += 1
        if total != 0:
            classes[kept], sums[kept] = c, total
            kept += 1
    return kept


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
