"""T17: two networks whose outputs fall into one class with ratio one are equal; two chains with equal class masses."""

from __future__ import annotations

from base import Claim, Proof, reals, relu


def rescaled_copy(wrong: bool) -> Claim:
    """A neuron of the second network is c times one of the first; weighted sums into the outputs agree."""
    x, y, a, b, e, c, v = reals("x y a b e c v")
    first = v * relu(a * x + b * y + e)
    w = v if wrong else v / c  # the weighted sums are equal: c w = v
    return [c > 0], first == w * relu(c * a * x + c * b * y + c * e)


def split_copy(wrong: bool) -> Claim:
    """Two neurons of the second network stand for one of the first."""
    z, c, d, v, w1, w2 = reals("z c d v w1 w2")
    sums = w1 + w2 == v if wrong else c * w1 + d * w2 == v
    return [c > 0, d > 0, sums], v * relu(z) == w1 * relu(c * z) + w2 * relu(d * z)


def constants(wrong: bool) -> Claim:
    """Constants of both networks are multiples of the shared unit node."""
    a, b, v, w = reals("a b v w")
    equal = a * v == b * w
    return [*([] if wrong else [a >= 0, b >= 0]), equal], relu(a) * v == relu(b) * w


def chains(wrong: bool) -> Claim:
    """Two chains of two states in a joint ordinary lumping {0, 2}, {1, 3}: equal class masses stay equal."""
    p, q, a, b, c = reals("p q a b c")
    first = [[1 - a, a], [b, 1 - b]]
    second = [[1 - a, a], [c if wrong else b, 1 - (c if wrong else b)]]
    after = [x[0][0] * p + x[1][0] * q for x in (first, second)]
    return [], after[0] == after[1]


PROOFS = [
    Proof("T17", "rescaled", "1 neuron each, 2 inputs", "the outputs are equal", rescaled_copy),
    Proof("T17", "split", "1 neuron and 2", "the outputs are equal", split_copy),
    Proof("T17", "constants", "1 constant neuron each", "the outputs are equal", constants),
    Proof("T17", "chains", "2 chains of 2 states, 1 step", "class masses stay equal", chains),
]
