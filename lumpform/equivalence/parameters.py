"""Finds the parameters of models, and compares two networks at some values of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from lumpform.equivalence.budget import OutOfBudget
from lumpform.equivalence.shown import about
from lumpform.equivalence.verdict import Stage, Verdict
from lumpform.errors import LumpFormError
from lumpform.numbers.field import joined
from lumpform.numbers.symbolic import Expression

if TYPE_CHECKING:
    from lumpform.equivalence.stages import Stages
    from lumpform.numbers.column import Values

WITH_PARAMETERS = ("same", "joint")
"""The stages that apply to networks with parameters: what they prove holds at all values."""

VALUES = tuple(Fraction(n, d) for n, d in ((2, 1), (3, 1), (-5, 2), (7, 3), (-1, 3), (11, 5)))
"""What is tried for parameters, each in its turn."""

TRIES = 3
SHARE = 0.2
"""Of the time that is left, for each try."""


def symbols_of(column: Values) -> list[Expression]:
    """Return the entries of a column that are not numbers, each once."""
    table = getattr(column, "table", None) or getattr(column, "items", ())
    return [v for v in table if isinstance(v, Expression) and v.constant is None]


def parameters_of(*models: Any) -> tuple[str, ...]:
    """Return the names of all parameters of chains (weights, rewards, initial distribution) and networks, sorted."""
    return joined(model.field for model in models).names


def at_some_values(run: Stages, names: Sequence[str], verdict: Verdict) -> Verdict:
    """Look for a difference at some parameter values; the verdict with one more stage if there is none."""
    from lumpform.equivalence.falsify import Falsifier
    from lumpform.reduction.parametric import instantiate

    began, outcome = time.perf_counter(), "no difference at some values of the parameters"
    for shift in range(TRIES):
        values = {n: VALUES[(i + shift) % len(VALUES)] for i, n in enumerate(names)}
        try:
            first, second = (instantiate(n, {k: values[k] for k in parameters_of(n)}) for n in (run.first, run.second))
            budget = run.budget.share(SHARE)
            witness = Falsifier(first, second, run.question).search(budget)
        except (LumpFormError, OutOfBudget) as error:
            outcome = str(error)
            continue
        if witness is not None:
            where = ", ".join(f"{n} = {about(v)}" for n, v in values.items())
            found = run.different(witness)
            stage = Stage("falsify", found.answer, time.perf_counter() - began)
            reason = f"at {where} {found.reason}"
            return replace(found, reason=reason, stages=(*verdict.stages, stage), parameters=values)
    stage = Stage("falsify", outcome, time.perf_counter() - began)
    reason = f"{verdict.reason}; falsify: {outcome} (parameters: only lumping decides for all values)"
    return replace(verdict, reason=reason, stages=(*verdict.stages, stage))
