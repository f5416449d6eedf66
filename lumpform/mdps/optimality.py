"""Proves that values of a decision process are optimal: by the Bellman equations, in exact arithmetic.

A solution of the equations need not be the optimum, which is one particular solution; what singles it out is checked
besides (Baier, Katoen 2008, section 10.6; Bertsekas, Tsitsiklis 1991).

* Maximal reaching is the least solution: from every state of positive value, choices that attain the maximum lead to
  the goal with positive probability. The scheduler that takes them attains the values, and nothing does better, since
  a solution is above the least one.
* Minimal reaching: the values are 0 where the goal can be avoided, and there the solution is the only one.
* Maximal reward: infinite exactly where some scheduler may miss the goal; elsewhere the solution is the only one.
* Minimal reward: infinite exactly where every scheduler may miss the goal; elsewhere choices that attain the minimum
  and stay there lead to the goal, so that a scheduler attains the values, and none that reaches the goal does better.

Nothing here uses how the values were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.mdps.data import MDPData
from lumpform.mdps.iteration import best_of, of_choices
from lumpform.mdps.objective import Objective, Optimise, objective_of
from lumpform.mdps.schedulers import checked_scheduler
from lumpform.numbers.numerals import show
from lumpform.numbers.rational import as_rational


def verify_optimal(
    mdp: MDPData,
    values: Sequence[Any],
    *,
    reach: str | None = None,
    reward: str | None = None,
    until: str | None = None,
    optimise: Optimise = "max",
    scheduler: Any = None,
) -> None:
    """Prove that values are exactly the optimal ones, and that a scheduler, if given, attains them; else raise.

    Parameters
    ----------
    mdp : MDP
    values : sequence of n exact numbers, or `math.inf`
    reach, reward, until, optimise
        As for `lumpform.mdps.iteration.iterate_values`.
    scheduler : (n,) array of choices, optional

    Raises
    ------
    ModelError
        With the first state whose value is not the optimal one, or is not attained.
    OptionError
        For options that do not fit, or another number of values than of states.

    Notes
    -----
    O(m) exact operations, and for maximal or minimal sets at worst O(n m) on the graph.
    """
    objective = objective_of(mdp, reach, reward, until, optimise)
    if len(values) != mdp.states:
        raise OptionError(f"{counted(len(values), 'value')} for {counted(mdp.states, 'state')}")
    exact = [v if isinstance(v, float) and v == inf else as_rational(v) for v in values]
    infinite = np.array([v == inf for v in exact], dtype=bool)
    _compare(objective, exact, infinite)
    finite = [Fraction(0) if v == inf else v for v in exact]
    gain, usable = of_choices(objective, finite), objective.usable
    worst = -inf if objective.maximise else inf
    gain = [g if u else worst for g, u in zip(gain, usable.tolist(), strict=True)]
    best = best_of(objective, gain)
    goal = objective.goal.tolist()
    for state, value in enumerate(exact):
        if not goal[state] and value != inf and value != best[state]:
            _fail(state, value, f"the {optimise}imum over its choices, {_shown(best[state])}")
    _check_attained(objective, exact, gain, scheduler)


def _check_attained(objective: Objective, exact: list[Any], gain: list[Any], scheduler: Any) -> None:
    """Raise `ModelError` unless choices that attain the values lead to the goal, where the values depend on that."""
    mdp = objective.mdp
    infinite = np.array([v == inf for v in exact], dtype=bool)
    attains = (
        np.array([g == exact[s] for g, s in zip(gain, mdp.state_of.tolist(), strict=True)], dtype=bool)
        & objective.usable
    )
    needs = ~infinite & np.array([v != 0 or objective.reward is not None for v in exact], dtype=bool)
    if scheduler is not None:
        chosen = np.zeros(mdp.choices, dtype=bool)
        choices = checked_scheduler(mdp, scheduler)
        chosen[choices[choices >= 0]] = True
        slack = np.flatnonzero(chosen & ~attains & ~(objective.goal | infinite)[mdp.state_of])
        if slack.size:
            state = int(mdp.state_of[slack[0]])
            _fail(state, exact[state], f"what its scheduler gives, {_shown(gain[int(slack[0])])}")
        attains &= chosen
    if scheduler is not None or objective.maximise == (objective.reward is None):
        stuck = np.flatnonzero(needs & ~objective.reaching.possible(objective.goal, attains))
        if stuck.size and not (scheduler is not None and objective.reward is None and not objective.maximise):
            state = int(stuck[0])
            _fail(state, exact[state], "less: no choices that attain it lead to the goal")


def _compare(objective: Objective, values: list[Any], infinite: NDArray[np.bool_]) -> None:
    """Raise `ModelError` where values differ from what the graph decides: at goals, zeros and infinite ones."""
    for state, decided in enumerate(objective.known[1]):
        if decided is not None and values[state] != decided:
            _fail(state, values[state], f"{_shown(decided)}, which the graph decides")
        if decided is None and (infinite[state] or values[state] < 0):
            _fail(state, values[state], "a finite number from 0 on")


def _fail(state: int, value: Any, expected: str) -> None:
    raise ModelError(f"state {state} has the value {_shown(value)}, expected {expected}")


def _shown(value: Any) -> str:
    return "infinite" if value in (inf, -inf) else show(value)
