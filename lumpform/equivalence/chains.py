"""Two chains: equal distributions of label sets at all times, decided exactly.

First both side by side are lumped, labels respected: equal class masses are a proof. Otherwise the difference of the
two distributions, as masses on the classes, is a vector that every step multiplies by one matrix. The chains are
different at step k if some label set has another probability there, which is seen at once; they are equal if that has
not happened before the vectors no longer span anything new (Krylov), since then it never will. For a CTMC a step is a
derivative at time zero: distributions that agree in all derivatives agree at all times.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.chains.transform import disjoint_union
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.errors import ModelError
from lumpform.exact import PRIME
from lumpform.lumping import lump

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

Vector = dict[int, Fraction]

LARGEST = 2_000
"""Up to so many classes the span is decided."""


@dataclass(frozen=True)
class ChainAnswer:
    """Whether two chains are equal (None: not decided), why, and the step and label set that tell them apart."""

    equal: bool | None
    reason: str
    step: int | None = None
    labels: frozenset[str] | None = None
    difference: Fraction | None = None


def compare_chains(first: MarkovChain, second: MarkovChain, budget: Budget | None = None) -> ChainAnswer:
    """Decide whether two chains with initial distributions have the same distributions of label sets at all times.

    Raises
    ------
    ModelError
        If they are of different kinds, or one has no initial distribution.
    """
    if first.initial is None or second.initial is None:
        raise ModelError("a chain has no initial distribution, expected one for each")
    both = disjoint_union(first, second)
    lumping = lump(both, respect=("labels",))
    masses: Vector = {}
    for sign, chain, start in ((1, first, 0), (-1, second, first.states)):
        column: Any = chain.initial
        for s, p in enumerate(column.fractions()):
            if p:
                c = lumping.partition.pi(start + s)
                masses[c] = masses.get(c, Fraction(0)) + sign * p
    masses = {c: v for c, v in masses.items() if v}
    if not masses:
        return ChainAnswer(True, f"joint lumping into {lumping.partition.count} classes: equal masses in each")
    return _follow(lumping.quotient, masses, budget or Budget(float("inf")))


def _follow(quotient: MarkovChain, masses: Vector, budget: Budget) -> ChainAnswer:
    """Step by step until a label set differs, or nothing new can happen."""
    sets = label_sets(quotient)
    matrix = quotient.arrow()
    basis: dict[int, dict[int, int]] = {}
    independent: list[Vector] = []
    for step in range(quotient.states + 1):
        try:
            budget.check()
        except OutOfBudget as error:
            return ChainAnswer(None, f"no difference in {step} steps, then {error}")
        seen: dict[frozenset[str], Fraction] = {}
        for c, v in masses.items():
            seen[sets[c]] = seen.get(sets[c], Fraction(0)) + v
        found = next((s for s in sorted(seen, key=sorted) if seen[s]), None)
        if found is not None:
            what = "step" if quotient.kind == "dtmc" else "derivative"
            name = ", ".join(sorted(found)) or "no label"
            reason = f"the probability of {{{name}}} differs first at {what} {step}, by {_short(seen[found])}"
            return ChainAnswer(False, reason, step, found, seen[found])
        if not masses:
            return ChainAnswer(True, f"the difference of the distributions is zero from step {step} on")
        if quotient.states > LARGEST:
            if step > 200:
                return ChainAnswer(None, f"{quotient.states} classes, no difference in {step} steps")
        elif not _independent(masses, basis):
            return _dependent(independent, masses, step)
        independent.append(masses)
        masses = _step(masses, matrix)
    return ChainAnswer(True, "as many steps as there are classes show no difference")


def _step(masses: Vector, matrix: Any) -> Vector:
    result: Vector = {}
    for c, v in masses.items():
        for t, w in matrix.row(c):
            result[t] = result.get(t, Fraction(0)) + v * w
    return {c: v for c, v in result.items() if v}


def label_sets(chain: MarkovChain) -> list[frozenset[str]]:
    """The label set of every state."""
    sets: list[set[str]] = [set() for _ in range(chain.states)]
    for name, mask in chain.labels.items():
        for s in mask.nonzero()[0].tolist():
            sets[s].add(name)
    return [frozenset(s) for s in sets]


def _independent(vector: Vector, basis: dict[int, dict[int, int]]) -> bool:
    """Whether a vector is outside the span of the ones before, modulo a prime; it joins the basis then.

    Independent modulo the prime is independent; a dependence is confirmed exactly by `_dependent`.
    """
    row = {c: v.numerator * pow(v.denominator, -1, PRIME) % PRIME for c, v in vector.items()}
    row = {c: v for c, v in row.items() if v}
    while row:
        pivot = min(row)
        known = basis.get(pivot)
        if known is None:
            inverse = pow(row[pivot], -1, PRIME)
            basis[pivot] = {c: v * inverse % PRIME for c, v in row.items()}
            return True
        factor = row[pivot]
        for c, v in known.items():
            value = (row.get(c, 0) - factor * v) % PRIME
            if value:
                row[c] = value
            else:
                row.pop(c, None)
    return False


def _dependent(independent: list[Vector], last: Vector, step: int) -> ChainAnswer:
    """Confirm over the rationals that a vector is a combination of the ones before; then all later ones are."""
    from flint import fmpq, fmpq_mat

    columns = sorted({c for v in [*independent, last] for c in v})
    place = {c: i for i, c in enumerate(columns)}
    rows = [*independent, last]
    matrix = fmpq_mat(len(rows), len(columns))
    for i, row in enumerate(rows):
        for c, v in row.items():
            matrix[i, place[c]] = fmpq(v.numerator, v.denominator)
    if matrix.rank() == len(independent):
        return ChainAnswer(True, f"{len(independent)} steps span the differences, and none shows in a label set")
    return ChainAnswer(None, f"a dependence after {step} steps could not be confirmed")


def _short(value: Fraction) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"about {float(value):.6g}"
