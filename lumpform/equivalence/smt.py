"""What is left for Z3: an exact rational encoding of the atoms on which the difference of two networks depends.

The only file that imports z3.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.equivalence.normal import UNIT, Atoms, Form, needed, plus, times
from lumpform.equivalence.verdict import Question


@dataclass(frozen=True)
class Solved:
    """``proved`` (no input answers with no), ``found`` (with an input to be replayed) or ``gave up``."""

    outcome: str
    point: list[Fraction] | None = None


def solve(atoms: Atoms, first: list[Form], second: list[Form], question: Question, inputs: int, limit: float) -> Solved:
    """Decide the question for two networks given as forms, within so many seconds."""
    import z3

    deadline = time.perf_counter() + limit
    solver = z3.SolverFor("QF_LRA")
    variables = _encode(z3, solver, atoms, first, second, question, inputs)
    for formula in _violations(z3, variables, first, second, question):
        left = deadline - time.perf_counter()
        if left <= 0:
            return Solved("gave up")
        solver.set("timeout", max(1, int(left * 1000)))
        solver.push()
        solver.add(formula)
        answer = solver.check()
        if answer == z3.sat:
            model = solver.model()
            return Solved("found", [_value(model, variables[i + 1]) for i in range(inputs)])
        solver.pop()
        if answer != z3.unsat:
            return Solved("gave up")
    return Solved("proved")


def _encode(z3: Any, solver: Any, atoms: Atoms, first: Any, second: Any, question: Question, inputs: int) -> Any:
    variables: dict[int, Any] = {UNIT: z3.RealVal(1)}
    for i in range(inputs):
        variables[i + 1] = z3.Real(f"x{i}")
        if question.box is not None:
            low, high = question.box[i]
            solver.add(variables[i + 1] >= _number(z3, low), variables[i + 1] <= _number(z3, high))
    forms = _differences(first, second) if not question.argmax else [*first, *second]
    for a in needed(atoms, forms):
        atom = atoms.listed[a]
        variables[a] = z3.Real(f"r{a}")
        inner = _linear(z3, variables, atom.form or {})
        solver.add(variables[a] >= 0, variables[a] >= inner, z3.Or(variables[a] <= 0, variables[a] <= inner))
        if atom.bounds is not None:
            solver.add(variables[a] <= _number(z3, atom.bounds[1]))
    return variables


def _differences(first: list[Form], second: list[Form]) -> list[Form]:
    return [plus(a, times(b, Fraction(-1))) for a, b in zip(first, second, strict=True)]


def _violations(z3: Any, variables: Any, first: list[Form], second: list[Form], question: Question) -> Any:
    """Formulas of which one holds where the answer is no."""
    if question.argmax:
        for one, other in ((first, second), (second, first)):
            a, b = ([_linear(z3, variables, f) for f in forms] for forms in (one, other))
            for i in range(len(a)):
                best = [a[i] > a[k] for k in range(len(a)) if k != i]
                yield from (z3.And(*best, b[j] > b[i]) for j in range(len(b)) if j != i)
        return
    epsilon = _number(z3, question.epsilon)
    for form in _differences(first, second):
        if form:
            difference = _linear(z3, variables, form)
            yield difference > epsilon
            yield difference < -epsilon


def _linear(z3: Any, variables: Any, form: Form) -> Any:
    terms = [_number(z3, c) * variables[a] for a, c in form.items()]
    return z3.Sum(*terms) if terms else z3.RealVal(0)


def _number(z3: Any, value: Fraction) -> Any:
    return z3.RealVal(f"{value.numerator}/{value.denominator}")


def _value(model: Any, variable: Any) -> Fraction:
    found = model.eval(variable, model_completion=True)
    return Fraction(found.numerator_as_long(), found.denominator_as_long())
