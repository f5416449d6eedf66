"""T10: if two classes of a quotient could be merged, they could have been merged at once."""

from __future__ import annotations

import z3
from base import Claim, Proof, matrix, reals, row, total

CLASSES = ((0, 1), (2,), (3,))
MERGED = ((0, 1), (2, 3))


def ordinary(wrong: bool) -> Claim:
    """A chain of 4 states: classes {0, 1}, {2}, {3}, of which the quotient could merge the last two."""
    m = matrix("m", 4)
    lumpable = [row(m, 0, c) == row(m, 1, c) for c in CLASSES]
    quotient = [[row(m, b[0], c) for c in CLASSES] for b in CLASSES]
    again = [quotient[1][0] == quotient[2][0], quotient[1][1] + quotient[1][2] == quotient[2][1] + quotient[2][2]]
    at_once = [row(m, b[0], c) == row(m, b[1], c) for b in MERGED for c in MERGED]
    return [*lumpable, *(again[1:] if wrong else again)], z3.And(*at_once)


def two_sided(wrong: bool) -> Claim:
    """A layer behind a class of two neurons with scale d: what the quotient finds proportional is proportional."""
    d, p1, p2, p3, q1, q2, q3, r = reals("d p1 p2 p3 q1 q2 q3 r")
    quotient = [(p1 + d * p2, p3), (q1 + d * q2, q3)]
    again = [quotient[1][0] == r * quotient[0][0], quotient[1][1] == r * quotient[0][1]]
    weighted = total([q1, (1 if wrong else d) * q2]) == r * total([p1, d * p2])
    return [d > 0, r > 0, *again], z3.And(weighted, q3 == r * p3)


PROOFS = [
    Proof("T10", "ordinary", "4 states, classes {0,1} {2} {3}", "merging later is merging at once", ordinary),
    Proof("T10", "two-sided", "a layer behind 3 neurons in 2 classes", "proportional later is at once", two_sided),
]
