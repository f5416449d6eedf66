"""Runs a theorem: many instances, and a shrunk counterexample if one fails."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from lumpform.errors import OptionError
from lumpform.theorems.base import Theorem

QUIET = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.nested_given)
"""Health checks that say nothing here: instances may be filtered, and T11 runs other theorems."""


def searching(examples: int, *, derandomize: bool = True, shrink: bool = True) -> settings:
    """Return settings of a search for one counterexample: nothing is stored or printed, all time is taken."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=derandomize,
        suppress_health_check=QUIET,
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
        print_blob=False,
        report_multiple_bugs=False,
    )


@dataclass(frozen=True)
class Outcome:
    """Holds what came of running a theorem on one kind of models.

    Attributes
    ----------
    theorem, model : str
    dropped : str or None
        The hypothesis that was left out.
    examples : int
        Instances that were tried until the end, or until one failed.
    counterexample : str or None
        The smallest instance that was found on which the conclusion fails, in words and exact numbers.
    """

    theorem: str
    model: str
    dropped: str | None
    examples: int
    counterexample: str | None


class _Fails(AssertionError):
    """Carries a counterexample out of Hypothesis."""


def run_theorem(
    theorem: Theorem,
    model: str,
    *,
    examples: int = 100,
    drop: str | None = None,
    number: int | None = None,
    shrink: bool = True,
) -> Outcome:
    """Try a theorem on instances of one kind of models.

    Parameters
    ----------
    theorem : Theorem
    model : str
        One of ``theorem.models``.
    examples : int
        How many instances.
    drop : str, optional
        A hypothesis to leave out.
    number : int, optional
        The seed; without it the run is the same every time.
    shrink : bool
        Whether to look for a smaller counterexample once there is one, which takes most of the time.

    Raises
    ------
    OptionError
        If the theorem does not apply to the model, or has no such hypothesis.
    """
    if model not in theorem.models:
        raise OptionError(f"{theorem.name} does not apply to {model!r}, expected one of {', '.join(theorem.models)}")
    names = [h.name for h in theorem.hypotheses]
    if drop is not None and drop not in names:
        raise OptionError(f"{theorem.name} has no hypothesis {drop!r}, expected one of {', '.join(names) or 'none'}")
    if examples < 1:
        raise OptionError(f"examples is {examples}, expected at least 1")
    tried = 0

    @searching(examples, derandomize=number is None, shrink=shrink)
    @given(st.data())
    def attempt(data: st.DataObject) -> None:
        nonlocal tried
        found = theorem.check(theorem.instances(data, model, drop))
        tried += 1
        if found is not None:
            raise _Fails(found)

    run = attempt if number is None else seed(number)(attempt)
    counterexample = None
    try:
        run()
    except _Fails as failed:
        counterexample = str(failed)
    except HypothesisException as error:
        raise OptionError(f"{theorem.name} on {model} could not be run: {error}") from None
    return Outcome(theorem.name, model, drop, tried, counterexample)
