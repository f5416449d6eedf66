"""T7 proportional, T8 proportional exact, T9 rescaling, for all rates of small chains."""

from __future__ import annotations

from typing import Any

import z3
from base import Claim, Proof, generator, matrix, positive_rates, reals, stationary, total

THREE = ((0,), (1, 2))


def weighted(m: Any, members: Any, d: Any, v: int) -> Any:
    """``A_d(C, v)``."""
    return total([d[u] * m[u][v] for u in members])


def two_sided(m: Any, d: Any) -> list[Any]:
    """``A_d(C, 2) d(1) = A_d(C, 1) d(2)`` for both classes."""
    return [weighted(m, c, d, 2) * d[1] == weighted(m, c, d, 1) * d[2] for c in THREE]


def perturbed_is_ordinary(wrong: bool) -> Claim:
    """T7: with A(2, {0}) = k A(1, {0}), dividing row 2 by k gives an ordinarily lumpable chain."""
    q, (k,) = generator("q", 3), reals("k")
    scaled = [q[0], q[1], [v / k for v in q[2]]]
    proportional = q[2][0] == (k + 1 if wrong else k) * q[1][0]
    sums = [total([scaled[s][t] for t in c]) for s in (1, 2) for c in THREE]
    return [k > 0, *positive_rates(q), proportional], z3.And(sums[0] == sums[2], sums[1] == sums[3])


def stationary_comes_back(wrong: bool) -> Claim:
    """T7: if r solves r Q~ = 0, then r(s) / k(s) solves p Q = 0."""
    q, r, k = generator("q", 3), reals("r0 r1 r2"), reals("k0 k1 k2")
    scaled = [[v / k[s] for v in q[s]] for s in range(3)]
    p = [r[s] * k[s] if wrong else r[s] / k[s] for s in range(3)]
    flows = [total([p[i] * q[i][j] for i in range(3)]) == 0 for j in range(3)]
    return [x > 0 for x in k] + stationary(r, scaled), z3.And(*flows)


def one_sided(wrong: bool) -> Claim:
    """T8 a: with ``A(C, 2) = d A(C, 1)`` for both classes, p(1) = p(2)."""
    q, p, (d,) = generator("q", 3), reals("p0 p1 p2"), reals("d")
    sums = [total([q[u][2] for u in c]) == d * total([q[u][1] for u in c]) for c in THREE]
    return [d > 0, *positive_rates(q), *stationary(p, q), *(sums[1:] if wrong else sums)], p[1] == p[2]


def scales_are_forced(wrong: bool) -> Claim:
    """T8 b: two-sided with scale d, then p(2) = d p(1)."""
    q, p, (d,) = generator("q", 3), reals("p0 p1 p2"), reals("d")
    one = z3.RealVal(1)
    conditions = two_sided(q, [one, one, d])
    given = [d > 0, *positive_rates(q), *stationary(p, q), *(conditions[1:] if wrong else conditions)]
    return given, p[2] == d * p[1]


def reversal(wrong: bool) -> Claim:
    """T8 c: two-sided with d = p if and only if the reversed chain is ordinarily lumpable."""
    q, p = generator("q", 3), reals("p0 p1 p2")
    turned = [[p[t] * q[t][s] / (1 if wrong else p[s]) for t in range(3)] for s in range(3)]
    sums = [total([turned[s][t] for t in c]) for s in (1, 2) for c in THREE]
    lumps = z3.And(sums[0] == sums[2], sums[1] == sums[3])
    return [*positive_rates(q), *stationary(p, q)], z3.And(*two_sided(q, p)) == lumps


def exact_is_scale_one(wrong: bool) -> Claim:
    """T9: with all scales 1 the two-sided condition is exact lumpability."""
    m, one = matrix("m", 3), z3.RealVal(1)
    exact = z3.And(*(total([m[u][1] for u in c]) == total([m[u][2] for u in c]) for c in THREE))
    return [], z3.And(*two_sided(m, [one, one, z3.RealVal(2) if wrong else one])) == exact


def rescaled_is_exact(wrong: bool) -> Claim:
    """T9: with weights d(u) A(u, v) / d(v) a two-sided lumping is exact."""
    m, d = matrix("m", 3), reals("d0 d1 d2")
    scaled = [[m[u][v] * d[u] / (1 if wrong else d[v]) for v in range(3)] for u in range(3)]
    exact = z3.And(*(total([scaled[u][1] for u in c]) == total([scaled[u][2] for u in c]) for c in THREE))
    return [x > 0 for x in d], z3.And(*two_sided(m, d)) == exact


PROOFS = [
    Proof("T7", "perturbed", "CTMC, 3 states in 2 classes", "the perturbed chain is lumpable", perturbed_is_ordinary),
    Proof("T7", "stationary", "CTMC, 3 states, any scales", "p(s) = r(s) / k(s)", stationary_comes_back),
    Proof("T8", "(a) one-sided", "irreducible CTMC, 3 states", "p(1) = p(2)", one_sided),
    Proof("T8", "(b) two-sided", "irreducible CTMC, 3 states", "p(2) = d p(1)", scales_are_forced),
    Proof("T8", "(c) reversal", "irreducible CTMC, 3 states", "two-sided iff the reversed chain lumps", reversal),
    Proof("T9", "d = 1", "3 nodes in 2 classes", "two-sided is exact", exact_is_scale_one),
    Proof("T9", "rescaling", "3 nodes in 2 classes", "the rescaled graph is exact", rescaled_is_exact),
]
