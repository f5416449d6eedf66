"""Makes chains that may be larger than memory, block by block: independent components, and columns all over the place.

Every row is computed from its number alone, so a block costs no more than its own arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.blocks import BlockedChain, RowBlock
from lumpform.chains.families.edges import parameter
from lumpform.errors import OptionError
from lumpform.numbers.kernel import kernel

RATES = (3, 5, 7, 11)
"""How fast a component of the first kind goes on and off, and one of the second kind."""

DEGREE = 4
"""Successor classes of a class of `scattered`."""

_ODD = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
U64 = NDArray[np.uint64]


def components(k: int) -> BlockedChain:
    """Make k independent components of two kinds that go on and off (CTMC).

    The first k // 2 components go on at rate 3 and off at rate 5, the others at rates 7 and 11. Label ``all_on`` (the
    last state); initially all are off. Only how many of each kind are on matters: with
    j = k // 2, there are (j + 1) (k - j + 1) classes.

    Parameters
    ----------
    k : int
        1 to 40 components. 2^k states, k 2^k transitions.

    Raises
    ------
    OptionError
        If `k` is out of range.

    References
    ----------
    [1] P. Buchholz, Exact and ordinary lumpability in finite Markov chains, Journal of Applied Probability 31, 1994.
    """
    k = parameter("k", k, 1, 40)
    states = 1 << k

    def blocks(rows: int) -> Iterator[RowBlock]:
        for low in range(0, states, rows):
            number = min(rows, states - low)
            columns, codes = np.empty(number * k, dtype=np.int64), np.empty(number * k, dtype=np.uint8)
            fill_components(low, k, columns, codes)
            yield _block(low, number, states - 1, np.arange(0, number * k + 1, k), columns, codes)

    return BlockedChain(
        "ctmc", states, tuple(map(Fraction, RATES)), blocks, ("all_on",), {}, (Fraction(0), Fraction(1))
    )


def _block(low: int, number: int, last: int, offsets: Any, columns: NDArray[Any], codes: NDArray[Any]) -> RowBlock:
    """Return a block of `components`, with its label and where the chain begins."""
    label, initial = np.zeros(number, dtype=bool), np.zeros(number, dtype=np.uint8)
    if low <= last < low + number:
        label[last - low] = True
    if low == 0:
        initial[0] = 1
    return RowBlock(offsets, columns, codes, {"all_on": label}, {}, initial)


@kernel
def fill_components(low, k, columns, codes):
    """Write the rows of `components` from state `low` on: k entries each, as many as there is room for."""
    at = 0
    for state in range(low, low + len(columns) // k):
        for bit in range(k - 1, -1, -1):  # down from the highest bit that is on, then up from the lowest that is off
            if (state >> bit) & 1:
                columns[at] = state - (1 << bit)
                codes[at] = (2 if bit >= k // 2 else 0) + 1
                at += 1
        for bit in range(k):
            if not (state >> bit) & 1:
                columns[at] = state + (1 << bit)
                codes[at] = 2 if bit >= k // 2 else 0
                at += 1


def scattered(k: int, copies: int = 8, seed: int = 0) -> BlockedChain:
    """Make a random lumpable chain whose states are shuffled: columns are all over the place (CTMC).

    A quotient with 2^k / copies states has four successors each, every one with a rate from 2 to 6. Each state of a
    class splits that rate between two random members of the successor class, in a proportion of its own.
    Label ``marked`` (the states of class 0). The classes of the quotient are a lumping, and as a rule the coarsest.

    Parameters
    ----------
    k : int
        5 to 40. 2^k states, 8 transitions each.
    copies : int
        States of a class: a power of two from 2 to 2^20, at most 2^(k - 2).
    seed : int
        Other chains of the same kind.

    Raises
    ------
    OptionError
        If a parameter is out of range.

    References
    ----------
    [1] J. Kemeny, J. Snell, Finite Markov Chains, 1960, theorem 6.3.2: the condition that the construction meets.
    """
    k, seed = parameter("k", k, 5, 40), parameter("seed", seed, 0)
    copies = parameter("copies", copies, 2, 1 << min(k - 2, 20))
    if copies & (copies - 1):
        raise OptionError(f"copies is {copies}, expected a power of two")
    states, classes, many = 1 << k, (1 << k) // copies, np.uint64(copies)

    def blocks(rows: int) -> Iterator[RowBlock]:
        for low in range(0, states, rows):
            new = np.arange(low, min(low + rows, states), dtype=np.uint64)
            old = unshuffled(new, k)
            of = old // many
            columns, codes = (np.empty((len(new), 2 * DEGREE), dtype=t) for t in (np.int64, np.uint8))
            for j in range(DEGREE):
                step = 2 * (_mixed(of, seed, 1) % np.uint64(classes // 2)) + np.uint64(1)
                target = (of // np.uint64(2) + np.uint64(j) * step) % np.uint64(classes)  # class 0 is reached from all
                total = np.uint64(2) + _mixed(of, seed, 2 + j) % np.uint64(5)
                own = _mixed(old, seed, 100 + j)
                first = np.uint64(1) + (own >> np.uint64(8)) % (total - np.uint64(1))
                member = own % many
                other = (member + np.uint64(1) + (own >> np.uint64(40)) % np.uint64(copies - 1)) % many
                for place, which, part in ((2 * j, member, first), (2 * j + 1, other, total - first)):
                    columns[:, place] = shuffled(target * many + which, k).view(np.int64)
                    codes[:, place] = part - np.uint64(1)
            order = np.argsort(columns, axis=1)
            columns, codes = np.take_along_axis(columns, order, 1), np.take_along_axis(codes, order, 1)
            offsets = np.arange(0, 2 * DEGREE * len(new) + 1, 2 * DEGREE)
            yield RowBlock(offsets, columns.ravel(), codes.ravel(), {"marked": of == 0})

    return BlockedChain("ctmc", states, tuple(map(Fraction, range(1, 6))), blocks, ("marked",))


def shuffled(numbers: U64, bits: int) -> U64:
    """Return where a pseudo-random permutation of 0, ..., 2^bits - 1 sends numbers: odd factors and folded halves."""
    mask, half = np.uint64((1 << bits) - 1), np.uint64((bits + 1) // 2)
    for odd in _ODD:
        numbers = numbers * np.uint64(odd) & mask
        numbers = numbers ^ (numbers >> half)  # its own inverse, as two shifts leave nothing
    return numbers


def unshuffled(numbers: U64, bits: int) -> U64:
    """Return the numbers that `shuffled` sends there."""
    mask, half = np.uint64((1 << bits) - 1), np.uint64((bits + 1) // 2)
    for odd in reversed(_ODD):
        numbers = numbers ^ (numbers >> half)
        numbers = numbers * np.uint64(pow(odd, -1, 1 << 64)) & mask
    return numbers


def _mixed(numbers: U64, seed: int, stream: int) -> U64:
    """Return pseudo-random numbers for numbers: the finaliser of splitmix64 (Steele, Lea, Flood 2014)."""
    with np.errstate(over="ignore"):
        z = numbers + np.uint64((seed * 1000 + stream + 1) * _ODD[0] & 0xFFFFFFFFFFFFFFFF)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(_ODD[1])
        z = (z ^ (z >> np.uint64(27))) * np.uint64(_ODD[2])
        return z ^ (z >> np.uint64(31))
