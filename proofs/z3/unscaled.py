"""T2 joins, T3 ordinary, T4 exact, T5 strict, T6 duality, for all weights of chains of fixed shapes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3
from base import Claim, Proof, column, generator, matrix, positive_rates, reals, row, stationary, step, total

Classes = Sequence[Sequence[int]]
THREE: Classes = ((0,), (1, 2))
FOUR: Classes = ((0, 1), (2, 3))


def ordinary(m: Any, classes: Classes) -> list[Any]:
    """Equal sums out of the members of a class."""
    return [row(m, s, c) == row(m, b[0], c) for b in classes for s in b[1:] for c in classes]


def exact_sums(m: Any, classes: Classes) -> list[Any]:
    """Equal sums from every class into the members of a class."""
    return [column(m, c, s) == column(m, c, b[0]) for b in classes for s in b[1:] for c in classes]


def lumped(classes: Classes, steps: int) -> Any:
    """T3: class sums after some steps are those of the quotient, for every start."""

    def build(wrong: bool) -> Claim:
        n = sum(map(len, classes))
        m, p = matrix("m", n), [z3.Real(f"p{i}") for i in range(n)]
        quotient = [[row(m, b[0], c) for c in classes] for b in classes]
        q = [total([p[s] for s in c]) for c in classes]
        for _ in range(steps):
            p, q = step(p, m), step(q, quotient)
        sums = [total([p[s] for s in c]) for c in classes]
        conditions = ordinary(m, classes)
        return conditions[1:] if wrong else conditions, z3.And(*(a == b for a, b in zip(sums, q, strict=True)))

    return build


def uniform(classes: Classes, steps: int) -> Any:
    """T4: uniform inside classes stays uniform."""

    def build(wrong: bool) -> Claim:
        n = sum(map(len, classes))
        m, u = matrix("m", n), [z3.Real(f"u{i}") for i in range(len(classes))]
        p = [u[next(i for i, c in enumerate(classes) if s in c)] for s in range(n)]
        for _ in range(steps):
            p = step(p, m)
        conditions = exact_sums(m, classes)
        same = [p[s] == p[c[0]] for c in classes for s in c[1:]]
        return conditions[1:] if wrong else conditions, z3.And(*same)

    return build


def equal_stationary(wrong: bool) -> Claim:
    """T4: an irreducible chain has equal stationary probabilities inside classes."""
    q, p = generator("q", 3), reals("p0 p1 p2")
    conditions = exact_sums(q, THREE)
    return positive_rates(q) + stationary(p, q) + (conditions[1:] if wrong else conditions), p[1] == p[2]


def strict(wrong: bool) -> Claim:
    """T5: ordinary and exact have one quotient up to the sizes of classes."""
    m = matrix("m", 4)
    conditions = ordinary(m, FOUR) + (exact_sums(m, FOUR)[1:] if wrong else exact_sums(m, FOUR))
    equal = [row(m, b[0], c) * len(b) == column(m, b, c[0]) * len(c) for b in FOUR for c in FOUR]
    return conditions, z3.And(*equal)


def duality(wrong: bool) -> Claim:
    """T6: exact on the graph is ordinary on the reversed graph."""
    m = matrix("m", 4)
    turned = m if wrong else [[m[j][i] for j in range(4)] for i in range(4)]
    return [], z3.And(*exact_sums(m, FOUR)) == z3.And(*ordinary(turned, FOUR))


def join(side: str) -> Any:
    """T2: the join of two lumpings is one, so a coarsest one exists."""
    first: Classes = ((0, 1), (2,), (3,))
    second: Classes = ((0,), (1, 2), (3,))
    joined: Classes = ((0, 1, 2), (3,))

    def build(wrong: bool) -> Claim:
        m = matrix("m", 4)
        conditions = ordinary if side == "out" else exact_sums
        given = conditions(m, first) + conditions(m, second)[: 1 if wrong else None]
        return given, z3.And(*conditions(m, joined))

    return build


PROOFS = [
    Proof("T2", "join, ordinary", "4 states, {0,1} and {1,2}", "{0,1,2} is a lumping", join("out")),
    Proof("T2", "join, exact", "4 states, {0,1} and {1,2}", "{0,1,2} is a lumping", join("into")),
    Proof("T3", "one step", "3 states in 2 classes", "class sums follow the quotient", lumped(THREE, 1)),
    Proof("T3", "two steps", "3 states in 2 classes", "class sums follow the quotient", lumped(THREE, 2)),
    Proof("T3", "four states", "4 states in 2 classes, 1 step", "class sums follow the quotient", lumped(FOUR, 1)),
    Proof("T4", "one step", "3 states in 2 classes", "the distribution stays uniform", uniform(THREE, 1)),
    Proof("T4", "two steps", "3 states in 2 classes", "the distribution stays uniform", uniform(THREE, 2)),
    Proof("T4", "four states", "4 states in 2 classes, 1 step", "the distribution stays uniform", uniform(FOUR, 1)),
    Proof("T4", "stationary", "irreducible CTMC, 3 states", "p(1) = p(2)", equal_stationary),
    Proof("T5", "strict", "4 states in 2 classes", "both quotients agree up to sizes", strict),
    Proof("T6", "duality", "4 states in 2 classes", "exact here is ordinary there", duality),
]
