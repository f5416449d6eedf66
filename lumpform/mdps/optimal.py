"""Finds optimal values of a decision process exactly: the graph first, then policy iteration.

Policies are improved in floats until nothing is gained beyond rounding; the last one is solved exactly, component by
component, and improved exactly, as a rule not once more. A choice is only changed for one that is strictly better, so
that a policy that reaches the goal surely stays one (Bertsekas, Tsitsiklis 1991): every linear system has one solution.

References
----------
.. [1] Howard, *Dynamic programming and Markov processes* (1960).
.. [2] Bertsekas, Tsitsiklis, *An analysis of stochastic shortest path problems*, Mathematics of OR 16 (1991).
.. [3] Baier, Katoen, *Principles of model checking* (2008), section 10.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.result import Shown, numbers_said
from lumpform.mdps.data import MDPData
from lumpform.mdps.iteration import float_matrix, of_choices
from lumpform.mdps.objective import Objective, Optimise, objective_of
from lumpform.mdps.policy import first_scheduler, float_policy_values, policy_values

ROUNDS = 1000
"""Improvements in floats before the exact ones; it is a matter of time only."""


@dataclass(frozen=True, eq=False, repr=False)
class Optimum(Shown):
    """Holds exact optimal values.

    Attributes
    ----------
    values : list of n Fractions, or `math.inf`
    scheduler : (n,) int64 array
        A choice of every state that attains them; -1 where a state has none.
    """

    values: list[Any]
    scheduler: NDArray[np.int64]

    def headline(self) -> str:
        """Return the first values."""
        return numbers_said(self.values)

    def header(self) -> Sequence[str]:
        """Return the columns' names."""
        return ("state", "value", "choice")

    def cells(self) -> Iterable[Sequence[object]]:
        """Yield a row per state."""
        return ((s, *row) for s, row in enumerate(zip(self.values, self.scheduler.tolist(), strict=True)))


def optimal_values(
    mdp: MDPData,
    *,
    reach: str | None = None,
    reward: str | None = None,
    until: str | None = None,
    optimise: Optimise = "max",
) -> Optimum:
    """Return the exact optimal probability of reaching a label, or expected reward until it, from every state.

    Parameters
    ----------
    mdp : MDP
    reach, reward, until, optimise
        As for `lumpform.mdps.iteration.iterate_values`.

    Returns
    -------
    Optimum
        A reward is infinite where the label may be missed: by some scheduler (max), by every one (min).

    Raises
    ------
    OptionError
        For options that do not fit together, or a label or reward that the process has not.
    ModelError
        For parameters, a negative reward, or solutions with numbers that are too long.

    Notes
    -----
    `lumpform.mdps.optimality.verify_optimal` proves the result again, in O(m) exact operations.
    """
    objective = objective_of(mdp, reach, reward, until, optimise)
    scheduler = first_scheduler(objective)
    improve_in_floats(objective, scheduler)
    while True:
        values = policy_values(objective, scheduler)
        if not _improve(objective, scheduler, values):
            return Optimum(values, scheduler)


def improve_in_floats(objective: Objective, scheduler: NDArray[np.int64]) -> None:
    """Improve a scheduler in place by solutions in floats, as long as more is gained than rounding explains."""
    matrix, paid = float_matrix(objective)
    known = objective.known[0]
    sign = 1.0 if objective.maximise else -1.0
    has = np.flatnonzero(~known & (scheduler >= 0))
    if not has.size:
        return
    start = objective.mdp.first_choice[has]
    usable = objective.usable
    for _ in range(ROUNDS):
        value = float_policy_values(objective, scheduler, matrix, paid)
        if value is None:
            return
        gain = np.where(usable, sign * (paid + matrix @ value), -inf)
        own = gain[scheduler[has]]
        best = np.full(objective.mdp.states, -inf)
        np.maximum.at(best, objective.mdp.state_of, gain)
        better = best[has] > own + 1e-9 * np.maximum(np.abs(own), 1e-3)
        if not better.any():
            return
        for state, first in zip(has[better].tolist(), start[better].tolist(), strict=True):
            end = int(objective.mdp.first_choice[state + 1])
            scheduler[state] = first + int(np.argmax(gain[first:end]))


def _improve(objective: Objective, scheduler: NDArray[np.int64], values: list[Any]) -> bool:
    """Improve a scheduler in place where a choice is strictly better; tell whether there was one."""
    finite = [Fraction(0) if v == inf else v for v in values]
    gain = of_choices(objective, finite)
    known, usable = objective.known[0].tolist(), objective.usable.tolist()
    first, better = objective.mdp.first_choice.tolist(), False
    for state, decided in enumerate(known):
        if decided:
            continue
        best = int(scheduler[state])
        for choice in range(first[state], first[state + 1]):
            if usable[choice] and (gain[choice] > gain[best] if objective.maximise else gain[choice] < gain[best]):
                best = choice
        if best != scheduler[state]:
            scheduler[state], better = best, True
    return better
