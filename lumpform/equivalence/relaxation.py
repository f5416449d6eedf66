"""Bounds a linear form over the atoms on a box: a linear program suggests multipliers, rationals make the bound.

Every undecided ReLU is replaced by the triangle around it: above zero, above what is inside, below a line. For *any*
multipliers ``m >= 0`` of true inequalities ``h >= 0``, the form is at most the form plus ``sum m h``, and that has an
interval bound. The program, solved in floats, only says which multipliers are good: the bound is right whatever it
says, and exact where every phase is fixed and the floats were.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.forms import UNIT, ZERO, Atoms, Form, line_above, plus, times
from lumpform.equivalence.shown import near

Phases = Mapping[int, bool]
"""Atoms whose phase is fixed: True where what is inside is at least zero, False where it is at most zero."""

PENALTY = 1e4
"""Cost of violating a fixed phase by one, times the size of the objective: an impossible phase is bounded far below."""

BITS = 2**40
"""Multipliers are rounded to so many steps of one."""

LONGEST = 1e6
"""Seconds for one linear program."""


@dataclass(frozen=True)
class Bounded:
    """Holds a proved upper bound, the point where the relaxation has its maximum, and which ReLU to split next."""

    bound: Fraction
    point: Any
    split: int | None


class Relaxation:
    """Holds the inequalities of some atoms on a box.

    Parameters
    ----------
    atoms : Atoms
        With a box.
    used : sequence of int
        The ReLU atoms on which the objectives and side conditions depend (`lumpform.equivalence.forms.needed`).
    inputs : int
    budget : Budget
        Asked about all the time.
    """

    def __init__(self, atoms: Atoms, used: Sequence[int], inputs: int, budget: Budget) -> None:
        self.atoms, self.used, self.inputs, self.budget = atoms, list(used), inputs, budget
        self.variables = [*range(1, inputs + 1), *self.used]
        self.place = {a: i for i, a in enumerate(self.variables)}
        self.limits = [atoms.listed[a].bounds or (ZERO, ZERO) for a in self.variables]
        self.boxes = np.array([[near(low), near(high)] for low, high in self.limits]).reshape(-1, 2)
        self.above = [plus({a: Fraction(1)}, times(self._inside(a), Fraction(-1))) for a in self.used]  # a - z >= 0
        self.below = [self._line(a) for a in self.used]  # the line - a >= 0
        self.rows = {id(f): self._row(f) for f in (*self.above, *self.below)}

    def _inside(self, a: int) -> Form:
        return self.atoms.listed[a].form or {}

    def _line(self, a: int) -> Form:
        low, high = self.atoms.listed[a].inner or (ZERO, ZERO)
        slope, shift = line_above(low, high)
        return plus(plus(times(self._inside(a), slope), {UNIT: shift}), {a: Fraction(-1)})

    def _row(self, form: Form) -> tuple[list[int], list[float], float]:
        """Return a form in floats: places, coefficients and the constant."""
        self.budget.check()
        entries = [(self.place[a], near(c)) for a, c in form.items() if a != UNIT]
        return [p for p, _ in entries], [c for _, c in entries], near(form.get(UNIT, ZERO))

    def bound(self, objective: Form, phases: Phases, conditions: Sequence[Form] = ()) -> Bounded:
        """Return a bound of a form where phases are fixed and conditions (each at least zero) hold, low if nowhere.

        One linear program and O(size of the inequalities) rational operations.
        """
        strict = [*self.above, *(f for a, f in zip(self.used, self.below, strict=True) if a not in phases)]
        fixed = [*conditions]
        for a, f in zip(self.used, self.above, strict=True):
            if a in phases:
                fixed.append(times(f, Fraction(-1)) if phases[a] else {a: Fraction(-1)})
        multipliers, x = self._solve(objective, strict, fixed)
        total = objective
        for m, h in zip(multipliers, [*strict, *fixed], strict=True):
            if m > 0:
                self.budget.check()
                total = plus(total, times(h, Fraction(round(m * BITS), BITS)))
        return Bounded(self._interval(total), x[: self.inputs], self._split(x, phases, multipliers))

    def _solve(self, objective: Form, strict: list[Form], fixed: list[Form]) -> tuple[Any, Any]:
        """Return multipliers of the inequalities and the maximal point; zeros if the solver says nothing."""
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        n, k = len(self.variables), len(fixed)
        c = np.zeros(n + k)
        places, coefficients, _ = self._row(objective)
        c[places] = np.negative(coefficients)
        c[n:] = PENALTY * max(1.0, float(np.abs(c).max(initial=0.0)))
        forms = [*strict, *fixed]
        rows = [self.rows.get(id(f)) or self._row(f) for f in forms]
        lengths = [len(p) + (i >= len(strict)) for i, (p, _, _) in enumerate(rows)]
        columns: list[int] = []
        data: list[float] = []
        for i, (places, coefficients, _) in enumerate(rows):
            columns += places
            data += [-v for v in coefficients]
            if i >= len(strict):  # how far a fixed phase is violated
                columns.append(n + i - len(strict))
                data.append(-1.0)
        left = csr_array((data, columns, np.concatenate(([0], np.cumsum(lengths)))), shape=(len(forms), n + k))
        right = np.array([constant for *_, constant in rows])
        limits = [*map(tuple, self.boxes), *[(0.0, None)] * k]
        self.budget.check()
        options = {"time_limit": max(min(self.budget.left, LONGEST), 0.01)}
        nothing = np.zeros(len(forms)), self.boxes.mean(axis=1)
        try:
            with np.errstate(all="ignore"):
                found = linprog(c, left, right, bounds=limits, method="highs", options=options)
        except ValueError:  # numbers beyond what the solver takes
            return nothing
        if found.status != 0:
            return nothing
        return np.nan_to_num(np.maximum(-found.ineqlin.marginals, 0.0)), found.x[:n]

    def _interval(self, form: Form) -> Fraction:
        """Return the upper end of a form over the bounds of the variables."""
        total = form.get(UNIT, ZERO)
        for a, c in form.items():
            if a != UNIT:
                low, high = self.limits[self.place[a]]
                total += c * (high if c > 0 else low)
        return total

    def _split(self, x: Any, phases: Phases, multipliers: Any) -> int | None:
        """Return the undecided ReLU whose relaxation is furthest from it at the maximum, weighed by its cost there."""
        best, found = -1.0, None
        place = len(self.used)
        for a, above in zip(self.used, self.above, strict=True):
            if a in phases:
                continue
            places, coefficients, constant = self.rows[id(above)]
            value = x[self.place[a]]
            inside = value - float(np.dot(coefficients, x[places])) - constant
            gap = (value - max(inside, 0.0)) * (1e-9 + multipliers[place])
            place += 1
            if gap > best:
                best, found = gap, a
        return found
