"""Finds the parameter values at which two parametric chains behave the same at all times.

The difference of the two distributions is followed as in `lumpform.equivalence.krylov`, with rational functions as
masses. At any values of the parameters the first n steps decide (n classes of the joint lumping: a vector that a
matrix multiplies satisfies a recurrence of that length), so the chains agree exactly where the differences of these
steps are all zero. Z3 looks for values, valid for both chains, at which they agree and at which they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from lumpform.display.result import Shown
from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.ideal import conditions_of
from lumpform.equivalence.observed import Compared, Observer, compared
from lumpform.equivalence.parameters import parameters_of, symbols_of
from lumpform.equivalence.polynomials import Condition, search, simple_values
from lumpform.equivalence.shown import about
from lumpform.equivalence.side_by_side import SideBySide, side_by_side
from lumpform.errors import LumpFormError
from lumpform.numbers.symbolic import Expression

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain

TERMS = 2_000
"""Rational functions with more terms are not followed: one operation on them may take any time."""

LONGEST = 200
"""Longer lists of conditions are counted in the text."""

TRIES = 20
"""So many values are tried where functions became too large."""

FOLLOWING = 0.6
"""The share of the time for the steps; the rest is for finding parameter values."""


@dataclass(frozen=True, repr=False)
class Agreement(Shown):
    """Says where two parametric chains agree.

    Attributes
    ----------
    conditions : tuple of str
        They agree exactly where these polynomials of the parameters are all zero; empty: everywhere.
    step : int or None
        The first step (of a CTMC: derivative) with a condition.
    agree_at, differ_at : mapping from parameter to Fraction, or None
        Valid values at which they agree and differ, as far as found.
    always, never : bool
        Proved: they agree at all valid values, or at none.
    compared : Compared
        What was compared.
    stopped : str
        Why not all steps were looked at, and how many were; then the conditions are necessary only. Empty: all.
    """

    conditions: tuple[str, ...]
    step: int | None
    agree_at: Mapping[str, Fraction] | None
    differ_at: Mapping[str, Fraction] | None
    always: bool
    never: bool
    compared: Compared
    stopped: str = ""

    def headline(self) -> str:
        """Return the answer and the conditions in one line."""
        return f"{self.answer}, {self.text}"

    @property
    def answer(self) -> Literal["EQUIVALENT", "DIFFERENT", "UNKNOWN"]:
        """Return whether the chains agree at all valid values, not at all of them, or neither is known."""
        return "EQUIVALENT" if self.always else "UNKNOWN" if self.differ_at is None else "DIFFERENT"

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        what = self.compared.text
        if self.always:
            return f"equal {what} at all times, for all valid parameter values{self.compared.remarks}"
        if self.step is None:
            known = f"they differ at {_shown(self.differ_at)}; {self.stopped}" if self.differ_at else self.stopped
            return f"{what}: {known}{self.compared.remarks}"
        conditions = f"{' = 0, '.join(self.conditions)} = 0"
        if len(conditions) > LONGEST:
            count = len(self.conditions)
            which = "a polynomial is" if count == 1 else f"{count} polynomials are"
            conditions = f"{which} zero (see `agreement`)"
        where = "nowhere" if self.never else f"{'at most' if self.stopped else 'exactly'} where {conditions}"
        text = f"they agree {where}; the first condition is at step {self.step}"
        for verb, values in (("agree", self.agree_at), ("differ", self.differ_at)):
            if values:
                text += f"; they {verb} at {_shown(values)}"
        return text + (f"; {self.stopped}" if self.stopped else "") + f"; compared: {what}{self.compared.remarks}"


def _shown(values: Mapping[str, Fraction]) -> str:
    return ", ".join(f"{n} = {about(v)}" for n, v in sorted(values.items()))


def agreement(
    first: MarkovChain,
    second: MarkovChain,
    *,
    timeout: float = 60.0,
    memory: float | None = None,
    respect: Iterable[str] | None = None,
    terms: int = TERMS,
) -> Agreement:
    """Find out at which parameter values two chains agree.

    Parameters
    ----------
    first, second : MarkovChain
        With weights, rewards or initial distributions that are rational functions; parameters of one name are the
        same parameter.
    timeout : float
        Seconds.
    memory : float, optional
        Mebibytes that may be used on top of what is used now; None: no limit.
    respect : iterable of {"labels", "rewards"}, optional
        What is compared, by default both; see `lumpform.equivalence.compare_chains.compare_chains`.
    terms : int
        Rational functions with more terms are not followed.

    Returns
    -------
    Agreement
        With `stopped` where time or memory ran out, or functions became too large.

    Raises
    ------
    ModelError
        If they are of different kinds, or one has no initial distribution.
    """
    what = compared(first, second, respect)
    budget = Budget(timeout, memory)
    try:
        sides = side_by_side(first, second, what, budget)
    except OutOfBudget as error:
        return Agreement((), None, None, None, False, False, what, f"nothing is known, {error}")
    found = _follow(sides, Observer(sides.both, what), budget.part(FOLLOWING * timeout), terms)
    valid = _validity(first, second)
    if not found.differences:
        somewhere = _different_at(first, second, valid, budget, respect) if found.stopped else None
        return Agreement((), None, None, somewhere, not found.stopped, False, what, found.stopped)
    differ = search(valid, zero=(), nonzero=found.differences, budget=budget.part(budget.left / 2))
    # where not all conditions are known, values at which the known ones hold prove nothing
    agree = search(valid, zero=found.differences, nonzero=(), budget=budget.part(budget.left / 2))
    agree_at = None if found.stopped else agree.values
    conditions = conditions_of(found.differences)
    return Agreement(
        conditions, found.step, agree_at, differ.values, differ.none and not found.stopped, agree.none, what,
        found.stopped,
    )  # fmt: skip


@dataclass
class _Differences:
    """Holds the differences that are not zero as functions, the first step with one, and why the search stopped."""

    step: int | None = None
    differences: list[Expression] = field(default_factory=list)
    stopped: str = ""


def _follow(sides: SideBySide, observer: Observer, budget: Budget, terms: int) -> _Differences:
    """Follow the difference for as many steps as there are classes."""
    result = _Differences()
    masses, classes = sides.masses, sides.partition.count
    step = 0

    def follow_on(value: Any) -> None:
        budget.check()
        if isinstance(value, Expression) and len(value.above) + len(value.below) > terms:
            raise OutOfBudget(f"a rational function has more than {terms} terms")

    try:
        while step < classes and masses:
            budget.check()
            new = [_expression(v) for v in observer.shown(sides.of_states(masses), budget).values()]
            result.step = step if new and result.step is None else result.step
            result.differences += [v for v in new if v not in result.differences]
            masses = sides.step(masses, budget, follow_on)
            step += 1
    except OutOfBudget as error:
        known = "no condition" if result.step is None else "these conditions"
        result.stopped = f"{known} in the first {step} of {classes} steps, then {error}"
    return result


def _different_at(
    first: MarkovChain, second: MarkovChain, valid: list[Condition], budget: Budget, respect: Iterable[str] | None
) -> dict[str, Fraction] | None:
    """Return simple valid values at which the chains, as chains of numbers, are found to differ."""
    from lumpform.equivalence.compare_chains import compare_chains
    from lumpform.reduction.parametric import instantiate

    names = parameters_of(first, second)
    for values in islice(simple_values(names), TRIES):
        if budget.left <= 0:
            break
        if not all(c.holds(values) for c in valid):
            continue
        try:
            one, two = (instantiate(c, {n: values[n] for n in parameters_of(c)}) for c in (first, second))
            if compare_chains(one, two, budget.share(0.5), respect=respect).equal is False:
                return values
        except LumpFormError:  # the initial distribution has parameters, or a weight has no value there
            continue
    return None


def _expression(value: Any) -> Expression:
    return value if isinstance(value, Expression) else Expression.number(value)


def _validity(first: MarkovChain, second: MarkovChain) -> list[Condition]:
    """Return what must hold of values: rates are not negative, and probabilities lie between 0 and 1."""
    found: list[Condition] = []
    for chain in (first, second):
        parts = [(chain.weights.values, chain.kind == "dtmc")]
        parts += [(column, None) for column in chain.rewards.values()]  # a reward needs a value, no sign
        parts += [] if chain.initial is None else [(chain.initial, True)]
        for column, probability in parts:
            found += [c for e in symbols_of(column) if (c := Condition(e, probability)) not in found]
    return found
