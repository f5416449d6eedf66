"""Refines one-group graphs by proportional class sums, as primitive integer vectors: the kernels.

The class sums of a node over a common denominator are integers. Divided by their greatest common divisor they are the
*primitive vector* of the node: two vectors are positive multiples of each other exactly if their primitive vectors are
equal, and the ratio is that of the divisors. So rounds of refinement (engine.py) only need another fingerprint, a
random linear functional of the primitive vector, and the proof compares primitive vectors entry by entry.

Bounds: class sums are below 2^63 in absolute value, or the plain reference does the work. Kernels only add them up and
divide them, which stays below 2^63; they never multiply one by another. Residues are below 2^61 - 1, so up to 32
products of two, with what was folded before, are below 2^128.
"""

from __future__ import annotations

import secrets
from fractions import Fraction
from typing import Any

import numpy as np
from numba import njit

from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.certify import refines_start
from lumpform.lumping.flat import Seen, flat
from lumpform.lumping.refinement import Refinement
from lumpform.lumping.threads import over_ranges
from lumpform.numbers.kernel import kernel
from lumpform.numbers.modular import P61, canonical_residue, fold_pair, multiply_add

Ratios = tuple[Fraction, ...]


def coarsest_directions(weights: SparseWeights, start: Partition, *, own: bool) -> tuple[Partition, Ratios] | None:
    """Return the coarsest partition in which row sums over classes are proportional inside classes, and the ratios.

    Parameters
    ----------
    weights : SparseWeights, n x n, exact
    start : Partition of n nodes
    own : bool
        Whether the sum into a node's own class counts.

    Returns
    -------
    (partition, ratios) or None
        O(rounds * m) machine operations, rounds at most n; only nodes that can still split are read in a round. None if
        class sums do not fit 64 bits, or fingerprints collided: then the plain reference is to do it.
    """
    numerators = weights.values.numerators()
    if numerators is None or weights.values.bound * max(weights.max_row_length, 1) >= 1 << 63:
        return None
    work = Directions(weights, start, numerators, own)
    work.rounds()
    partition = Partition(work.class_of)
    ratios = proved_ratios(weights, numerators, partition, own=own) if refines_start(partition, start) else None
    return None if ratios is None else (partition, ratios)


def proved_ratios(weights: SparseWeights, numerators: Any, partition: Partition, *, own: bool) -> Ratios | None:
    """Return the ratio of every node to the first of its class, or None if some are not proportional. Exact, O(m)."""
    divisors = np.empty(len(partition), dtype=np.int64)
    slots = _table_size(weights)
    class_of, first = partition.class_of, partition.representatives
    if not compare_primitive(weights.indptr, weights.indices, numerators, own, class_of, first, slots, divisors):
        return None
    heads = divisors[first][class_of] if len(partition) else divisors
    known: dict[tuple[int, int], Fraction] = {}
    pairs = zip(divisors.tolist(), heads.tolist(), strict=True)
    return tuple(known.setdefault(p, Fraction(*p)) if p not in known else known[p] for p in pairs)


class Directions(Refinement):
    """Rounds of refinement by the fingerprints of primitive vectors; no work list follows them."""

    patient = True

    def __init__(self, weights: SparseWeights, initial: Partition, numerators: Any, own: bool) -> None:
        super().__init__(flat([Seen(weights, 0, 0, False)], initial), secrets.randbits(62))
        self.numerators, self.own, self.slots = numerators, own, _table_size(weights)

    def fingerprint(self, live: Any, lives: int, edges: int, everything: bool, residue_of: Any) -> None:
        """Write the fingerprints of the live nodes into the cells."""
        over_ranges(
            print_directions,
            lives,
            edges,
            *self.rows,
            self.numerators,
            self.own,
            live,
            everything,
            self.residues,
            self.class_of,
            self.slots,
            self.cells,
        )


def _table_size(weights: SparseWeights) -> int:
    """Return a power of two, at least twice the number of classes that a row can meet."""
    return 1 << (2 * max(weights.max_row_length, 1) - 1).bit_length()


@njit(inline="always")
def _place(keys, c):
    """Return where class c stands in an open-addressing table, or where it can go."""
    mask = len(keys) - 1
    at = (c * 0x9E3779B1) & mask
    while keys[at] != -1 and keys[at] != c:
        at = (at + 1) & mask
    return at


@kernel
def _sum_row(indptr, indices, numerators, s, own, class_of, keys, sums, used):
    """Add up the class sums of row s at the places in `used`; returns how many, and their gcd (0 if all are 0)."""
    number = 0
    for e in range(indptr[s], indptr[s + 1]):
        c = class_of[indices[e]]
        if c == class_of[s] and not own:
            continue
        at = _place(keys, c)
        if keys[at] == -1:
            keys[at] = c
            sums[at] = 0
            used[number] = at
            number += 1
        sums[at] += numerators[e]
    divisor = 0
    for i in range(number):
        a, b = divisor, abs(sums[used[i]])
        while b != 0:
            a, b = b, a % b
        divisor = a
    return number, divisor


@kernel
def print_directions(low, high, indptr, indices, numerators, own, live, everything, residues, class_of, slots, cells):
    """Write the fingerprints of the primitive vectors of live[low:high], or of rows low..high if `everything`."""
    keys, sums = np.full(slots, -1, dtype=np.int64), np.empty(slots, dtype=np.int64)
    used = np.empty(slots, dtype=np.int64)
    for i in range(low, high):
        s = i if everything else live[i]
        number, divisor = _sum_row(indptr, indices, numerators, s, own, class_of, keys, sums, used)
        top, rest = np.uint64(0), np.uint64(0)
        for j in range(number):
            c, value = keys[used[j]], sums[used[j]]
            keys[used[j]] = -1
            if value != 0:
                size = canonical_residue(np.uint64(abs(value) // divisor))
                residue = size if value > 0 else canonical_residue(P61 - size)
                top, rest = multiply_add(top, rest, residue, residues[c])
            if j & 31 == 31:  # after every 32 entries, zeros too: then never more than 32 products add up
                top, rest = np.uint64(0), fold_pair(top, rest)
        cells[s].value = fold_pair(top, rest)


@kernel
def compare_primitive(indptr, indices, numerators, own, class_of, representative, slots, divisors):
    """Compare the primitive vectors of all nodes with those of their representatives; fills `divisors` (1 for zero).

    Returns whether all are equal. A representative is the first of its class, so its entries are kept when it is met.
    The divisor of a node divides all its sums, so quotients are compared; products of the representative's entries with
    it could wrap round. O(m).
    """
    begin = np.zeros(len(representative) + 1, dtype=np.int64)
    classes, entries = np.empty(len(indices), dtype=np.int64), np.empty(len(indices), dtype=np.int64)
    keys, sums = np.full(slots, -1, dtype=np.int64), np.empty(slots, dtype=np.int64)
    used = np.empty(slots, dtype=np.int64)
    right, kept = True, 0
    for s in range(len(class_of)):
        b = class_of[s]
        number, divisor = _sum_row(indptr, indices, numerators, s, own, class_of, keys, sums, used)
        divisor = max(divisor, 1)
        divisors[s] = divisor
        if representative[b] == s:
            for j in range(number):
                if sums[used[j]] != 0:
                    classes[kept], entries[kept] = keys[used[j]], sums[used[j]] // divisor
                    kept += 1
            begin[b + 1] = kept  # classes are numbered by first member, so that representatives come in order
        else:
            for k in range(begin[b], begin[b + 1]):  # take off what the representative has, then nothing may be left
                at = _place(keys, classes[k])
                if keys[at] == -1:
                    right = False
                else:
                    right &= sums[at] // divisor == entries[k]
                    sums[at] = 0
            for j in range(number):
                right &= sums[used[j]] == 0
        for j in range(number):
            keys[used[j]] = -1
        if not right:
            return False
    return True
