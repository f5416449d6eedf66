"""Finds values of parameters at which polynomial conditions hold: simple ones are tried, then Z3 decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from typing import Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.shown import exact_text
from lumpform.equivalence.smt import check, fraction_of
from lumpform.numbers.symbolic import Expression

SIMPLE = tuple(Fraction(n, d) for n, d in ((1, 2), (1, 3), (1, 5), (2, 3), (1, 1), (0, 1), (2, 1), (3, 1), (1, 97)))
"""What is tried for every parameter before Z3 is asked."""

TRIES = 500


@dataclass(frozen=True)
class Condition:
    """States what must hold of a function of the parameters for a model to be valid.

    Attributes
    ----------
    function : Expression
    probability : bool or None
        True: it lies between 0 and 1; False: it is not negative; None: it has a value.
    """

    function: Expression
    probability: bool | None

    def holds(self, values: dict[str, Fraction]) -> bool:
        """Tell whether it holds at some values."""
        found = self.function.at(values)
        if found is None or self.probability is None:
            return found is not None
        return found >= 0 and not (self.probability and found > 1)


@dataclass(frozen=True)
class Found:
    """Holds values that satisfy the conditions, or says that there are none (proved); neither: not decided."""

    values: Mapping[str, Fraction] | None = None
    none: bool = False


def search(
    valid: Sequence[Condition], *, zero: Sequence[Expression], nonzero: Sequence[Expression], budget: Budget
) -> Found:
    """Look for parameter values at which a model is valid, some functions are all zero, or others not all.

    Values that Z3 gives as roots, not as fractions, prove that there are some, but are not shown.
    """
    names = sorted({n for e in (*(c.function for c in valid), *zero, *nonzero) for n in e.names})
    try:
        for point in islice(simple_values(names), TRIES):
            budget.check()
            if _holds(point, valid, zero, nonzero):
                return Found(point)
        return _solve(names, valid, zero, nonzero, budget)
    except OutOfBudget:
        return Found()


def simple_values(names: Sequence[str]) -> Iterator[dict[str, Fraction]]:
    """Yield simple values, first those where every parameter has another one."""
    for shift in range(len(SIMPLE)):
        yield {n: SIMPLE[(i + shift) % len(SIMPLE)] for i, n in enumerate(names)}
    for chosen in product(SIMPLE, repeat=len(names)):
        yield dict(zip(names, chosen, strict=True))


def _holds(
    point: dict[str, Fraction],
    valid: Sequence[Condition],
    zero: Sequence[Expression],
    nonzero: Sequence[Expression],
) -> bool:
    if not all(c.holds(point) for c in valid):
        return False
    if any(e.at(point) != 0 for e in zero):
        return False
    return not nonzero or any(e.at(point) not in (None, 0) for e in nonzero)


def _solve(
    names: Sequence[str],
    valid: Sequence[Condition],
    zero: Sequence[Expression],
    nonzero: Sequence[Expression],
    budget: Budget,
) -> Found:
    import z3

    solver = z3.Solver()
    variables = {n: z3.Real(n) for n in names}
    for condition in valid:
        above, below = _polynomials(z3, variables, condition.function)
        solver.add(below != 0)
        if condition.probability is not None:
            solver.add(above * below >= 0)
        if condition.probability:
            solver.add((below - above) * below >= 0)
    solver.add(*(_polynomials(z3, variables, e)[0] == 0 for e in zero))
    if nonzero:
        solver.add(z3.Or(*(_polynomials(z3, variables, e)[0] != 0 for e in nonzero)))
    budget.check()
    try:
        answer = check(solver, budget.left)
        if answer == z3.unsat:
            return Found(none=True)
        if answer != z3.sat:
            return Found()
        model = solver.model()
        values = {n: _fraction(z3, model.eval(v, model_completion=True)) for n, v in variables.items()}
    except z3.Z3Exception:
        return Found()
    shown = {n: v for n, v in values.items() if v is not None}
    return Found(shown) if len(shown) == len(values) else Found()


def _polynomials(z3: Any, variables: Any, expression: Expression) -> tuple[Any, Any]:
    """Return numerator and denominator."""
    above, below = (_polynomial(z3, variables, p, expression.names) for p in (expression.above, expression.below))
    return above, below


def _polynomial(z3: Any, variables: Any, polynomial: Any, names: Sequence[str]) -> Any:
    terms = []
    for exponents, coefficient in polynomial.to_dict().items():
        term = z3.RealVal(exact_text(Fraction(int(coefficient.p), int(coefficient.q))))
        for name, e in zip(names, exponents, strict=True):
            for _ in range(int(e)):
                term = term * variables[name]
        terms.append(term)
    return z3.Sum(*terms) if terms else z3.RealVal(0)


def _fraction(z3: Any, value: Any) -> Fraction | None:
    return fraction_of(value) if z3.is_rational_value(value) else None
