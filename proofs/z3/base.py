"""What a proof script offers: for a fixed shape, assumptions and a conclusion about all real numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

TIMEOUT = 60_000
"""Milliseconds for one query."""

Claim = tuple[list[Any], Any]
"""Assumptions and the conclusion."""


@dataclass(frozen=True)
class Proof:
    """One theorem for one shape.

    Parameters
    ----------
    theorem, name, shape, statement : str
    build : callable
        ``build(wrong)`` gives the claim; with `wrong` one sign or index is changed, and it must not be provable.
    """

    theorem: str
    name: str
    shape: str
    statement: str
    build: Callable[[bool], Claim]


@dataclass(frozen=True)
class Result:
    """``proved``, ``refuted`` or ``unknown``; whether the assumptions can be satisfied at all; seconds."""

    status: str
    consistent: bool
    seconds: float


def prove(proof: Proof, wrong: bool = False) -> Result:
    """Ask Z3 whether the assumptions and the negated conclusion can hold together."""
    began = time.perf_counter()
    assumptions, conclusion = proof.build(wrong)
    consistent = _check(assumptions) == z3.sat
    answer = _check([*assumptions, z3.Not(conclusion)])
    status = "proved" if answer == z3.unsat else "refuted" if answer == z3.sat else "unknown"
    return Result(status, consistent, time.perf_counter() - began)


def _check(formulas: Sequence[Any]) -> Any:
    for solver in (z3.Solver(), z3.Tactic("qfnra-nlsat").solver(), z3.Tactic("qfnra").solver()):
        solver.set("timeout", TIMEOUT // 3)
        solver.add(*formulas)
        try:
            answer = solver.check()
        except z3.Z3Exception:
            continue
        if answer != z3.unknown:
            return answer
    return z3.unknown


def reals(names: str) -> list[Any]:
    """Real variables by name, separated by spaces."""
    return [z3.Real(name) for name in names.split()]


def relu(x: Any) -> Any:
    """The ReLU."""
    return z3.If(x > 0, x, z3.RealVal(0))


def leaky(x: Any, alpha: Any) -> Any:
    """The leaky ReLU with a slope that may be a variable."""
    return z3.If(x > 0, x, alpha * x)


def value(model: Any, variable: Any) -> Fraction:
    """The rational value of a variable in a model; algebraic numbers are approximated by the model's own bounds."""
    found = model.eval(variable, model_completion=True)
    if z3.is_algebraic_value(found):
        found = found.approx(20)
    return Fraction(found.numerator_as_long(), found.denominator_as_long())


def total(terms: Sequence[Any]) -> Any:
    """The sum."""
    return z3.Sum(*terms) if terms else z3.RealVal(0)


def column(matrix: Sequence[Sequence[Any]], members: Sequence[int], t: int) -> Any:
    """The weights from the members of a class into t."""
    return total([matrix[s][t] for s in members])


def row(matrix: Sequence[Sequence[Any]], s: int, members: Sequence[int]) -> Any:
    """The weights from s into the members of a class."""
    return total([matrix[s][t] for t in members])


def matrix(name: str, n: int) -> list[list[Any]]:
    """A square matrix of variables."""
    return [[z3.Real(f"{name}{i}{j}") for j in range(n)] for i in range(n)]


def generator(name: str, n: int) -> list[list[Any]]:
    """A generator: variables off the diagonal, minus their sum on it."""
    m = matrix(name, n)
    for i in range(n):
        m[i][i] = -total([m[i][j] for j in range(n) if j != i])
    return m


def positive_rates(m: Sequence[Sequence[Any]]) -> list[Any]:
    """All rates between different states are positive: irreducible."""
    return [m[i][j] > 0 for i in range(len(m)) for j in range(len(m)) if i != j]


def stationary(p: Sequence[Any], q: Sequence[Sequence[Any]]) -> list[Any]:
    """p is a positive solution of ``p Q = 0``."""
    return [x > 0 for x in p] + [total([p[i] * q[i][j] for i in range(len(p))]) == 0 for j in range(len(p))]


def step(p: Sequence[Any], m: Sequence[Sequence[Any]]) -> list[Any]:
    """``p M``."""
    return [total([p[i] * m[i][j] for i in range(len(p))]) for j in range(len(p))]
