"""Z3 on polynomial conditions over the parameters of chains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.symbolic import Expression


@dataclass(frozen=True)
class Found:
    """Values that satisfy the conditions, or that there are none (proved); neither: not decided."""

    values: Mapping[str, Fraction] | None = None
    none: bool = False


def search(
    valid: Sequence[tuple[Expression, bool]],
    *,
    zero: Sequence[Expression],
    nonzero: Sequence[Expression],
    seconds: float,
) -> Found:
    """Parameter values at which weights are valid, some functions are all zero, or others not all.

    Values that Z3 gives as roots, not as fractions, prove that there are some, but are not shown.
    """
    import z3

    solver = z3.Solver()
    solver.set("timeout", max(1, int(seconds * 1000)))
    names = sorted({n for e in (*(w for w, _ in valid), *zero, *nonzero) for n in e.names})
    variables = {n: z3.Real(n) for n in names}
    for weight, probability in valid:
        above, below = _polynomials(z3, variables, weight)
        solver.add(below != 0, above * below >= 0)
        if probability:
            solver.add((below - above) * below >= 0)
    solver.add(*(_polynomials(z3, variables, e)[0] == 0 for e in zero))
    if nonzero:
        solver.add(z3.Or(*(_polynomials(z3, variables, e)[0] != 0 for e in nonzero)))
    answer = solver.check()
    if answer == z3.unsat:
        return Found(none=True)
    if answer != z3.sat:
        return Found()
    values = {n: _fraction(z3, solver.model().eval(v, model_completion=True)) for n, v in variables.items()}
    shown = {n: v for n, v in values.items() if v is not None}
    return Found(shown if len(shown) == len(values) else None)


def _polynomials(z3: Any, variables: Any, expression: Expression) -> tuple[Any, Any]:
    """Numerator and denominator."""
    above, below = (_polynomial(z3, variables, p, expression.names) for p in (expression.above, expression.below))
    return above, below


def _polynomial(z3: Any, variables: Any, polynomial: Any, names: Sequence[str]) -> Any:
    terms = []
    for exponents, coefficient in polynomial.to_dict().items():
        term = z3.RealVal(str(coefficient))
        for name, e in zip(names, exponents, strict=True):
            for _ in range(int(e)):
                term = term * variables[name]
        terms.append(term)
    return z3.Sum(*terms) if terms else z3.RealVal(0)


def _fraction(z3: Any, value: Any) -> Fraction | None:
    return Fraction(value.as_string()) if z3.is_rational_value(value) else None
