"""Decides exactly whether two chains have equal distributions of label sets and equal expected rewards at all times.

First both side by side are lumped, what is compared being respected: equal class masses are a proof. Otherwise the
difference of the two distributions is followed, step by step, on the classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.krylov import follow
from lumpform.equivalence.observed import Compared, Observer, compared
from lumpform.equivalence.parameters import parameters_of
from lumpform.equivalence.shown import about
from lumpform.equivalence.side_by_side import side_by_side
from lumpform.errors import ModelError

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain


@dataclass(frozen=True)
class ChainAnswer:
    """Says whether two chains are equal, and why.

    Attributes
    ----------
    equal : bool or None
        None if it was not decided.
    reason : str
    compared : Compared
        What was compared and what was left out; the reason says it too.
    step : int or None
        Of a difference: the first step (of a CTMC: derivative at time zero) at which something differs.
    labels : frozenset of str or None
        The label set whose probability differs there, if it is one.
    reward : str or None
        The reward whose expected value differs there, if it is one.
    difference : Fraction or None
        First minus second.
    """

    equal: bool | None
    reason: str
    compared: Compared
    step: int | None = None
    labels: frozenset[str] | None = None
    reward: str | None = None
    difference: Fraction | None = None


def compare_chains(
    first: MarkovChain, second: MarkovChain, budget: Budget | None = None, *, respect: Iterable[str] | None = None
) -> ChainAnswer:
    """Decide whether two chains with initial distributions behave the same at all times.

    Parameters
    ----------
    first, second : MarkovChain
        With rational weights.
    budget : Budget, optional
        By default as much as it takes.
    respect : iterable of {"labels", "rewards"}, optional
        What is compared: the probability of every label set, and the expected value of every state reward, by name.
        By default both. A label or reward that only one chain has holds nowhere, or is zero, in the other.

    Returns
    -------
    ChainAnswer
        Exact. O(transitions * log states) for chains that a joint lumping proves equal.

    Raises
    ------
    ModelError
        If they are of different kinds, one has no initial distribution, or weights have parameters.
    OptionError
        If `respect` names something else.
    """
    what = compared(first, second, respect)
    if first.kind != second.kind:
        kinds = f"a {first.kind.upper()} and a {second.kind.upper()}"
        raise ModelError(f"{kinds} cannot be compared, expected two chains of one kind")
    if parameters_of(first, second):
        raise ModelError("a chain has parameters, expected numbers: `agreement` compares chains with parameters")
    same = f"equal {what.text} at all times"
    if first.initial is not None and first == second:
        return ChainAnswer(True, f"{same}: both are the same chain{what.remarks}", what)
    budget = budget or Budget(float("inf"))
    try:
        budget.check()
        sides = side_by_side(first, second, what, budget)
    except OutOfBudget as error:
        return ChainAnswer(None, f"{what.text}: nothing is known, {error}{what.remarks}", what)
    if not sides.masses:
        count = sides.partition.count
        why = f"joint lumping into {count} class{'es' if count != 1 else ''}: equal masses in each"
        return ChainAnswer(True, f"{same}: {why}{what.remarks}", what)
    found = follow(sides, Observer(sides.both, what), budget)
    unit = "step" if first.kind == "dtmc" else "derivative"
    if found.equal:
        return ChainAnswer(True, f"{same}: {found.why}{what.remarks}", what)
    if found.observation is None:
        known = f"no difference in the first {found.steps} {unit}s" if found.steps else "nothing is known"
        size = f"{sides.partition.count} classes of the joint lumping"
        return ChainAnswer(None, f"{what.text}: {known} ({size}), then {found.why}{what.remarks}", what)
    seen = found.observation
    where = f"differs first at {unit} {found.steps}, by {about(found.difference)}"
    reason = f"{seen.text} {where}; compared: {what.text}{what.remarks}"
    return ChainAnswer(False, reason, what, found.steps, seen.labels, seen.reward, found.difference)
