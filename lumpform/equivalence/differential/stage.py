"""Decides questions with an epsilon by differential bounds, and prepares them for the largest difference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from lumpform.equivalence.budget import Budget, OutOfBudget
from lumpform.equivalence.differential.match import matches
from lumpform.equivalence.differential.pair import NotPaired, layers_of, paired
from lumpform.equivalence.differential.splitting import Splitting, allowances, float_box
from lumpform.equivalence.shown import at_most
from lumpform.equivalence.verdict import Question, Witness

if TYPE_CHECKING:
    from lumpform.equivalence.falsify import Falsifier


FEW = 32
BRIEFLY = 0.02
"""Up to so many hidden neurons, what comes after is cheap: bounds of the difference are only tried."""


@dataclass(frozen=True)
class Decided:
    """Says what differential bounds found.

    Attributes
    ----------
    text : str
    within : bool
        Whether the outputs are proved to be within what is allowed.
    bound : Fraction or None
        A proved bound of the difference on the box.
    witness : Witness or None
    """

    text: str
    within: bool = False
    bound: Fraction | None = None
    witness: Witness | None = None


def splitting_of(
    first: Any, second: Any, question: Question, visit: Callable[[Any], bool], budget: Budget
) -> Splitting:
    """Return a search by differential bounds that has not begun.

    Parameters
    ----------
    first, second : Network
        Inputs and outputs in the same order.
    question : Question
        With a box.
    visit : function
        See `Splitting`.
    budget : Budget

    Raises
    ------
    NotPaired
        If the networks do not have as many dense layers with the same functions, or numbers are too large.
    """
    sides = layers_of(first, second)
    low, high = float_box(question.box or ())
    found = matches(*sides, low, high)
    budget.check()
    layers = paired(*sides, found, budget.check)
    return Splitting(layers, low, high, allowances(question, len(layers[-1].bias)), visit, budget)


def decided(first: Any, second: Any, question: Question, falsifier: Callable[[], Falsifier], budget: Budget) -> Decided:
    """Bound the difference neuron by neuron, and split the box until it is small enough or time is used up."""
    if question.box is None:
        return Decided("no box")
    if question.exact or question.argmax:
        return Decided("for questions with an epsilon")
    found: list[Witness] = []
    if max(sum(g.size for g in network.hidden) for network in (first, second)) <= FEW:
        budget = budget.share(BRIEFLY)

    def visit(points: Any) -> bool:
        probe = falsifier().probe
        x = probe.on_box(points[int(probe.gaps(points).argmax())])
        witness = falsifier().replay(x, budget) if probe.looks_violated(x) else None
        found.extend([] if witness is None else [witness])
        return witness is not None

    late = ""
    try:
        search = splitting_of(first, second, question, visit, budget)
    except NotPaired as error:
        return Decided(str(error))
    try:
        search.run()
    except OutOfBudget as error:
        late = f", {len(search.open)} of them open: {error}"
    parts = "one box" if search.parts == 1 else f"{search.parts} boxes"
    if not isfinite(search.bound):
        return Decided(f"no bound on {parts}{late}", witness=found[0] if found else None)
    bound = Fraction(search.bound)
    if not (search.open or found):
        return Decided(f"differential bounds of the outputs are within {at_most(bound)} on {parts}", True, bound)
    return Decided(f"the difference is at most {at_most(bound)}, on {parts}{late}", False, bound, *found[:1])
