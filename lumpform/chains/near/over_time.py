"""Bounds how far an aggregated chain is from the original after some steps or time, by where the time is spent (T23).

Couple both chains: while their classes agree, the next classes are drawn so that they agree as often as possible, and
they differ at most with the probability eps(c) of the class c that both are in. Let d be the probability that they have
differed. The mass m(c) of pairs that agree is at most q(c), the distribution of the *aggregated* chain, and 1 - d in
all, so

    d' <= d + max { sum of m(c) eps(c) : m <= q, sum of m = 1 - d }.

This is at most ``1 - (1 - eps)^k`` after k steps for the largest eps, and at most the sum over classes of eps(c) times
the time that the aggregated chain is expected to spend there. A CTMC takes the steps of its uniformised chain at the
moments of a Poisson process, both chains at the same ones, so its bound is the mean of those after k steps.

Numbers are integers in units of 2^-`BITS`, and all are rounded up: what comes out is a bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import ceil, sqrt

from lumpform.chains.near.aggregate import Row

BITS = 96
ONE = 1 << BITS

MOST = 4_000_000
"""So many products are made for a bound; where more are needed, the rest of the steps counts with the largest eps."""


FARTHEST = 20_000
"""Up to so many steps in the mean those of a uniformised chain are followed; beyond that the bound is 1."""

ROUND = 1 << 40


def upward(value: Fraction) -> int:
    """Return a number in units, rounded up."""
    return -((-value.numerator << BITS) // value.denominator)


class Coupled:
    """Holds an aggregated chain that takes steps: rows, where it starts, and how far a step can be off in each class.

    Parameters
    ----------
    rows : sequence of mappings from class to probability
        Stochastic, exact.
    start : sequence of exact numbers
        The distribution on classes.
    distances : sequence of exact numbers
        For every class, the largest total variation distance of a member's step; 1 and more say nothing.
    together : bool
        Whether chains that agree can be followed one by one. If not, only distributions can (the kind ``exact``), and
        the bound is the expected sum of distances.
    """

    def __init__(
        self, rows: Sequence[Row], start: Sequence[Fraction], distances: Sequence[Fraction], *, together: bool = True
    ) -> None:
        self.together = together
        self.rows = [[(c, upward(v)) for c, v in row.items() if v] for row in rows]
        self.start = [upward(v) for v in start]
        self.distances = [min(upward(v), ONE) for v in distances]
        self.order = sorted(range(len(rows)), key=self.distances.__getitem__, reverse=True)
        self.size = sum(map(len, self.rows)) + len(rows)

    def bounds(self) -> Iterator[int]:
        """Yield bounds after 0, 1, 2, ... steps, in units; never falling, at most `ONE`. O(transitions) a step."""
        q, bound = self.start, 0
        while True:
            yield bound
            left, added = ONE - bound if self.together else sum(q), 0
            for c in self.order:
                mass = min(q[c], left)
                added += mass * self.distances[c]
                left -= mass
            bound = min(ONE, bound - (-added >> BITS))
            following = [0] * len(q)
            for c, row in enumerate(self.rows):
                mass = q[c]
                if mass:
                    for b, v in row:
                        following[b] += mass * v
            q = [-(-v >> BITS) for v in following]

    def after(self, steps: int) -> Fraction:
        """Return a bound after some steps."""
        done = min(steps, MOST // self.size)
        bound = next(islice(self.bounds(), done, None))
        if done < steps:
            worst, more = max(self.distances), steps - done
            kept = (ONE - bound) * power(ONE - worst, more) >> BITS
            bound = ONE - kept if self.together else min(ONE, bound + more * worst)
        return Fraction(bound, ONE)

    def at_poisson(self, mean: Fraction) -> Fraction:
        """Return a bound after a number of steps that is Poisson distributed with this mean."""
        if mean > FARTHEST:
            return Fraction(1)
        mean = Fraction(ceil(mean * ROUND), ROUND)  # more steps are not better
        most = min(MOST // self.size, ceil(float(mean) + 9 * sqrt(float(mean)) + 30))
        total, before, last = 0, 0, ONE
        for bound, beyond in zip(islice(self.bounds(), 1, most + 1), tails(mean, most), strict=True):
            total += (bound - before) * beyond
            before, last = bound, beyond
        total += (ONE - before) * last  # more steps add at most what is left to 1, with the chance of so many
        return Fraction(min(ONE, -(-total >> BITS)), ONE)


def power(base: int, exponent: int) -> int:
    """Return the power of a number up to `ONE`, rounded down. O(log exponent) products."""
    result = ONE
    while exponent:
        if exponent & 1:
            result = result * base >> BITS
        base, exponent = base * base >> BITS, exponent >> 1
    return result


def tails(mean: Fraction, count: int) -> Iterator[int]:
    """Yield bounds of the chance that a Poisson variable is above 0, 1, ..., count - 1, in units, rounded up.

    The terms of ``exp(mean)`` are summed as integers: rounded up for the whole, with what follows the last as a
    geometric series, and rounded down for the parts.
    """
    p, q = mean.numerator, mean.denominator
    term, whole, k = ONE, ONE, 0
    while term > 1 or k <= 2 * mean:
        k += 1
        term = -(-term * p // (q * k))
        whole += term
    whole += term  # each of the terms that follow is at most half the one before
    term, part = ONE, ONE
    for k in range(1, count + 1):
        yield min(ONE, ONE - (part << BITS) // whole)
        term = term * p // (q * k)
        part += term
