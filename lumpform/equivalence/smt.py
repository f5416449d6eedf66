"""Asks Z3 about what is left: an exact rational encoding of the atoms on which the difference of two networks depends.

With `lumpform.equivalence.polynomials` the only files that import z3.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.forms import UNIT, Atoms, Form, needed
from lumpform.equivalence.goals import Goal, all_forms
from lumpform.equivalence.shown import exact_text

LONGEST = 1e6
"""Seconds; a longer limit is none, and Z3 counts milliseconds in 32 bits."""

LATE = 0.1
"""So many seconds after its own limit Z3 is interrupted."""


@dataclass(frozen=True)
class Solved:
    """Says ``proved`` (no input answers with no), ``found`` (with an input to be replayed) or ``gave up`` (and why)."""

    outcome: str
    point: list[Fraction] | None = None
    reason: str = ""


def solve(atoms: Atoms, goals: Sequence[Goal], inputs: int, budget: Budget) -> Solved:
    """Tell whether one of the goals can be reached, as far as time and memory allow.

    The formulas share one encoding; goals are asked for one after the other.
    """
    import z3

    if budget.memory is not None:
        z3.set_param("memory_max_size", max(64, int(budget.memory)))
    try:
        solver = z3.SolverFor("QF_LRA")
        variables = _encode(z3, solver, atoms, needed(atoms, all_forms(goals)), inputs, budget)
        for goal in goals:
            budget.check()
            solver.push()
            solver.add(_linear(z3, variables, goal.form) > _number(z3, goal.above))
            solver.add(*(_linear(z3, variables, f) > 0 for f in goal.conditions))
            answer = check(solver, budget.left)
            if answer == z3.sat:
                model = solver.model()
                return Solved("found", [_value(model, variables[i + 1]) for i in range(inputs)])
            solver.pop()
            if answer != z3.unsat:
                return Solved("gave up", reason=f"Z3 did not decide in {budget.seconds:.3g} s")
    except OutOfBudget as error:
        return Solved("gave up", reason=str(error))
    except z3.Z3Exception as error:
        return Solved("gave up", reason=f"Z3 stopped: {error}")
    finally:
        if budget.memory is not None:
            z3.set_param("memory_max_size", 0)  # the limit is of the whole process, and others use Z3 too
    return Solved("proved")


def check(solver: Any, seconds: float) -> Any:
    """Ask Z3, within so many seconds: its own limit is not kept inside of long pivots, an interrupt is."""
    seconds = min(seconds, LONGEST)
    solver.set("timeout", max(1, int(seconds * 1000)))
    timer = threading.Timer(seconds + LATE, solver.ctx.interrupt)
    timer.daemon = True
    timer.start()
    try:
        return solver.check()
    finally:
        timer.cancel()


def _encode(z3: Any, solver: Any, atoms: Atoms, used: Sequence[int], inputs: int, budget: Budget) -> dict[int, Any]:
    """Return variables for the inputs and atoms, with what defines them."""
    variables: dict[int, Any] = {UNIT: z3.RealVal(1)}
    for i in range(inputs):
        variables[i + 1] = z3.Real(f"x{i}")
        if atoms.box is not None:
            low, high = atoms.box[i]
            solver.add(variables[i + 1] >= _number(z3, low), variables[i + 1] <= _number(z3, high))
    for a in used:
        budget.check()
        atom = atoms.listed[a]
        variables[a] = z3.Real(f"r{a}")
        inner = _linear(z3, variables, atom.form or {})
        solver.add(variables[a] >= 0, variables[a] >= inner, z3.Or(variables[a] <= 0, variables[a] <= inner))
        if atom.bounds is not None:
            solver.add(variables[a] <= _number(z3, atom.bounds[1]))
    return variables


def _linear(z3: Any, variables: Any, form: Form) -> Any:
    terms = [_number(z3, c) * variables[a] for a, c in form.items()]
    return z3.Sum(*terms) if terms else z3.RealVal(0)


def _number(z3: Any, value: Fraction) -> Any:
    return z3.RealVal(exact_text(value))


def _value(model: Any, variable: Any) -> Fraction:
    return fraction_of(model.eval(variable, model_completion=True))


def fraction_of(found: Any) -> Fraction:
    """Return a rational number of Z3; by way of decimals, since `int` refuses texts of more than 4,300 digits."""
    above, below = (int(Decimal(part.as_string())) for part in (found.numerator(), found.denominator()))
    return Fraction(above, below)
