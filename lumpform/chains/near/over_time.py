"""Bounds how far an aggregated chain is from the original after some steps or time (T23).

By where the time is spent: couple both chains. While their classes agree, the next classes are drawn so that they agree
as often as possible, and they differ at most with the probability eps(c) of the class c that both are in. Let d be the
probability that they have differed. The mass m(c) of pairs that agree is at most q(c), the distribution of the
*aggregated* chain, and 1 - d in all, so

    d' <= d + a,   a = max { sum of m(c) eps(c) : m <= q, sum of m = 1 - d }.

This is at most ``1 - (1 - eps)^k`` after k steps for the largest eps, and at most the sum over classes of eps(c) times
the time that the aggregated chain is expected to spend there.

By what is forgotten: with the error E of a step, the difference of both distributions is that of k steps ago times
``Q'^k`` plus the sum of ``p E Q'^j`` over the steps since. ``p E`` is at most ``a + d eps``, and what is multiplied by
``Q'^j`` loses at least its coefficient (`lumpform.chains.near.mixing`). So the bound does not grow for ever where the
aggregated chain mixes. The smaller of both is taken at every step.

A CTMC takes the steps of its uniformised chain at the moments of a Poisson process, both chains at the same ones, so
its bound is the mean of those after k steps. Numbers are integers in units of 2^-`BITS`, and all are rounded up: what
comes out is a bound.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from math import ceil, sqrt
from operator import mul

from lumpform.chains.near.aggregate import Row

BITS = 96
ONE = 1 << BITS

MOST = 4_000_000
"""So many products are made for a bound; where more are needed, the rest counts with the largest eps, or as always."""

FARTHEST = 20_000
"""Up to so many steps in the mean those of a uniformised chain are followed; beyond that a bound for always counts."""

ROUND = 1 << 40
"""Means are rounded up to multiples of one over it, which keeps the terms of a Poisson distribution short."""


def upward(value: Fraction) -> int:
    """Return a number in units, rounded up."""
    return -((-value.numerator << BITS) // value.denominator)


class Coupled:
    """Holds an aggregated chain that takes steps: rows, where it starts, and how far a step can be off in each class.

    Parameters
    ----------
    rows : sequence of mappings from class to probability
        Stochastic, exact.
    start : sequence of exact numbers, optional
        The distribution on classes; None for any.
    distances : sequence of exact numbers
        For every class, the largest total variation distance of a member's step; 1 and more say nothing.
    together : bool
        Whether chains that agree can be followed one by one. If not, only distributions can (the kind ``exact``), and
        the bound is the expected sum of distances.
    forgetting : list of exact numbers
        What `lumpform.chains.near.mixing.coefficients` says of the rows, or nothing.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        start: Sequence[Fraction] | None,
        distances: Sequence[Fraction],
        *,
        together: bool = True,
        forgetting: Sequence[Fraction] = (),
    ) -> None:
        self.together = together
        self.rows = [[(c, upward(v)) for c, v in row.items() if v] for row in rows]
        self.start = [ONE] * len(rows) if start is None else [upward(v) for v in start]
        self.distances = [min(upward(v), ONE) for v in distances]
        self.worst = max(self.distances, default=0)
        self.order = sorted(range(len(rows)), key=self.distances.__getitem__, reverse=True)
        useful = together and len(forgetting) > 1 and forgetting[-1] < 1
        self.forgetting = [upward(v) for v in forgetting] if useful else []
        self.always = self._always()
        self.size = sum(map(len, self.rows)) + len(rows) + len(self.forgetting)

    def _always(self) -> int:
        """Return a bound after any number of steps: what is left of itself, and of the largest error in a window."""
        if not self.forgetting:
            return ONE
        *window, left = self.forgetting
        return min(ONE, -(-self.worst * sum(window) // (ONE - left)))

    def bounds(self) -> Iterator[int]:
        """Yield bounds after 0, 1, 2, ... steps, in units, at most `ONE`. O(transitions + window) a step."""
        window = max(1, len(self.forgetting) - 1)
        q, bounds, errors = self.start, deque([0], window), deque[int](maxlen=window)
        while True:
            yield bounds[-1]
            bound = bounds[-1]
            added = self._added(q, ONE - bound if self.together else len(q) * ONE)
            errors.appendleft(added + -(-bound * self.worst >> BITS))
            bounds.append(min(ONE, bound + added, self._kept(bounds, errors)))
            q = self._stepped(q)

    def _added(self, q: list[int], left: int) -> int:
        """Return the largest sum of mass times distance: so much is left, and each class has its share at most."""
        total = 0
        for c in self.order:
            mass = min(q[c], left)
            total += mass * self.distances[c]
            left -= mass
        return -(-total >> BITS)

    def _kept(self, bounds: deque[int], errors: deque[int]) -> int:
        """Return what is left of the difference before the window and of the errors in it, the latest first."""
        if not self.forgetting:
            return ONE
        before = bounds[0] * self.forgetting[-1] if len(errors) == errors.maxlen else 0
        return -(-(before + sum(map(mul, errors, self.forgetting))) >> BITS)

    def _stepped(self, q: list[int]) -> list[int]:
        following = [0] * len(q)
        for mass, row in zip(q, self.rows, strict=True):
            if mass:
                for c, v in row:
                    following[c] += mass * v
        return [min(ONE, -(-v >> BITS)) for v in following]

    def after(self, steps: int) -> Fraction:
        """Return a bound after some steps."""
        done = min(steps, MOST // self.size)
        bound, more = next(islice(self.bounds(), done, None)), steps - done
        if more and self.together:
            bound = min(self.always, ONE - ((ONE - bound) * power(ONE - self.worst, more) >> BITS))
        return Fraction(min(ONE, bound + (0 if self.together else more * self.worst)), ONE)

    def at_poisson(self, mean: Fraction) -> Fraction:
        """Return a bound after a number of steps that is Poisson distributed with this mean.

        A mean that is rounded up is that of some more steps, of which there are any with a probability of at most their
        mean. It is added, since the bounds may fall from one step to the next.
        """
        if mean > FARTHEST:
            return Fraction(self.always, ONE)
        wanted, mean = mean, Fraction(ceil(mean * ROUND), ROUND)
        most = min(MOST // self.size, ceil(float(mean) + 9 * sqrt(float(mean)) + 30))
        *chances, beyond = poisson(mean, most)
        total = beyond * self.always + sum(map(mul, chances, self.bounds()))
        return Fraction(min(ONE, -(-total >> BITS) + upward(mean - wanted)), ONE)


def power(base: int, exponent: int) -> int:
    """Return the power of a number up to `ONE`, rounded down. O(log exponent) products."""
    result = ONE
    while exponent:
        if exponent & 1:
            result = result * base >> BITS
        base, exponent = base * base >> BITS, exponent >> 1
    return result


def poisson(mean: Fraction, most: int) -> list[int]:
    """Return bounds of the chances that a Poisson variable is 0, 1, ..., `most`, and more, in units, rounded up.

    The terms of ``exp(mean)`` are integers, rounded up for the parts and down for the whole; those after `most` are at
    most a geometric series.
    """
    p, q = mean.numerator, mean.denominator
    terms, low, whole, k = [ONE], ONE, ONE, 0
    while low or k < most:
        k += 1
        low = low * p // (q * k)
        whole += low
        if k <= most + 1:
            terms.append(-(-terms[-1] * p // (q * k)))
    beyond = terms[most] * p // (q * (most + 1)) + 1
    chances = [-((-term << BITS) // whole) for term in terms[: most + 1]]
    if most + 2 > mean:
        rest = Fraction(beyond, whole) / (1 - mean / (most + 2))
        return [*chances, min(ONE, upward(rest))]
    return [*chances, ONE]
