"""Sweeps: neurons of both networks that simulate alike are proved alike one by one, from the inputs up.

The idea comes from equivalence checking of circuits (A. Kuehlmann, F. Krohm, DAC 1997: cut points that are proved and
merged). Here a new ReLU is first simulated at sample points. Where it looks like a known one times a constant, like
the opposite of one, or as if it never changed its phase, a small query that contains only its own past proves or
refutes that. What is proved is merged, so that later neurons have less past. Samples only suggest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.equivalence.budget import Budget
from lumpform.equivalence.forms import UNIT, ZERO, Atoms, Form, Interval, needed, plus, times
from lumpform.equivalence.goals import Goal, difference
from lumpform.equivalence.shown import near

SAMPLES = 256
SECONDS = 0.5
"""For one query."""

PAST = 64
"""Neurons with more ReLUs before them are not asked about."""

DENOMINATOR = 10_000
"""Ratios with larger denominators are not guessed."""


@dataclass
class Sweep(Atoms):
    """Holds atoms that are merged where a proof is found; `proved` and `asked` count the queries."""

    inputs: int = 0
    budget: Budget = field(default_factory=lambda: Budget(10.0))
    values: list[Any] = field(default_factory=list)
    proved: int = 0
    asked: int = 0

    @classmethod
    def begin(
        cls,
        inputs: int,
        box: tuple[Interval, ...] | None,
        budget: Budget,
        tick: Callable[[], None] = lambda: None,
        seed: int = 0,
    ) -> Sweep:
        """Return the unit node and the inputs, with samples of the box (or of a normal distribution).

        When `budget` is used up nothing more is merged; `tick` may raise at any time.
        """
        atoms = cls(box, inputs=inputs, budget=budget, tick=tick)
        plain = Atoms.start(inputs, box)
        atoms.listed = plain.listed
        rng = np.random.default_rng(seed)
        if box is None:
            points = rng.normal(size=(inputs, SAMPLES)) * np.exp2(rng.integers(-3, 4, SAMPLES))
        else:
            low, high = (np.array([[near(pair[k])] for pair in box]).reshape(-1, 1) for k in (0, 1))
            at = rng.uniform(size=(inputs, SAMPLES))
            points = low * (1 - at) + high * at
        atoms.values = [np.ones(SAMPLES), *points]
        return atoms

    def relu(self, form: Form) -> Form:
        """Return the ReLU of a form: a known atom where one is proved to be the same."""
        merged = self._merged(form)
        if merged is not None:
            return merged
        before = len(self.listed)
        result = super().relu(form)
        for a in range(before, len(self.listed)):
            self.values.append(np.maximum(self._simulated(self.listed[a].form or {}), 0.0))
        return result

    def _merged(self, form: Form) -> Form | None:
        if not set(form) - {UNIT} or self._known(form) or self.budget.left <= 0:
            return None
        past = needed(self, [form])
        if not past or len(past) > PAST:  # without a past, equal ReLUs are equal forms
            return None
        z = self._simulated(form)
        if (z >= 0).all():
            return form if self._never(past, times(form, Fraction(-1)), ZERO) else None
        if (z <= 0).all():
            return {} if self._never(past, form, ZERO) else None
        return self._alike(form, z) or self._opposite(form, z)

    def _known(self, form: Form) -> bool:
        """Tell whether the form's ReLU is there already, so that nothing need be asked."""
        first = min(a for a in form if a != UNIT)
        return frozenset(times(form, 1 / form[first]).items()) in self.known

    def _alike(self, form: Form, z: Any) -> Form | None:
        found = self._candidate(np.maximum(z, 0.0))
        if found is None:
            return None
        a, ratio = found
        inside = times(self.listed[a].form or {}, ratio)
        return {a: ratio} if self._same_relu(form, inside) else None

    def _opposite(self, form: Form, z: Any) -> Form | None:
        found = self._candidate(np.maximum(-z, 0.0))
        if found is None:
            return None
        a, ratio = found
        inside = times(self.listed[a].form or {}, ratio)
        if self._same_relu(times(form, Fraction(-1)), inside):
            return plus(form, {a: ratio})  # relu(z) = z + relu(-z)
        return None

    def _candidate(self, y: Any) -> tuple[int, Fraction] | None:
        """Return the first known ReLU that looks like these values but for a simple ratio."""
        size = y.max()
        if not size > 0:
            return None
        for a in range(1 + self.inputs, len(self.values)):
            self.tick()
            other = self.values[a]
            top = other.max()
            if top > 0 and np.allclose(y / size, other / top, rtol=0, atol=1e-9):
                ratio = Fraction(float(size / top)).limit_denominator(DENOMINATOR)
                if ratio > 0 and np.allclose(y, other * float(ratio), rtol=1e-9, atol=1e-9 * size):
                    return a, ratio
        return None

    def _same_relu(self, left: Form, right: Form) -> bool:
        """Tell whether ``relu(left) = relu(right)`` everywhere: where one is positive, both are and are equal."""
        apart = difference(left, right)
        past = needed(self, [left, right])
        if len(past) > PAST:
            return False
        negative = times(apart, Fraction(-1))
        return self._unreachable(past, [Goal(apart, (left,)), Goal(negative, (right,))])

    def _never(self, past: list[int], form: Form, above: Fraction) -> bool:
        return self._unreachable(past, [Goal(form, (), above)])

    def _unreachable(self, past: list[int], asked: list[Goal]) -> bool:
        from lumpform.equivalence.smt import solve

        self.asked += 1
        found = solve(self, asked, self.inputs, self.budget.part(SECONDS)).outcome == "proved"
        self.proved += found
        return found

    def _simulated(self, form: Form) -> Any:
        """Return a form at the samples, in floats; cut to their range where it overflows."""
        self.tick()
        total = np.zeros(SAMPLES)
        with np.errstate(all="ignore"):
            for a, c in form.items():
                total = total + near(c) * self.values[a]
        return np.nan_to_num(total)
