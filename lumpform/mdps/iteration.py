"""Iterates values of a decision process: a number of steps, exactly or in floats, or floats until they stand still."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError, OptionError
from lumpform.mdps.data import MDPData
from lumpform.mdps.objective import Objective, Optimise, objective_of
from lumpform.mdps.policy import first_scheduler, float_policy_values

MAX_STEPS = 1_000_000


def iterate_values(
    mdp: MDPData,
    *,
    reach: str | None = None,
    reward: str | None = None,
    until: str | None = None,
    optimise: Optimise = "max",
    steps: int | None = None,
    arithmetic: str = "float",
) -> list[Any]:
    """Return the optimal values within `steps` steps, or in floats the limit of value iteration.

    Parameters
    ----------
    mdp : MDP
    reach : str, optional
        A label: the probability of reaching it.
    reward, until : str, optional
        A reward and a label: what is expected to be earned before the label is reached.
    optimise : {"max", "min"}
    steps : int, optional
        How many choices are made; without it, until no value changes by more than 1e-12 of it, where infinite values
        are those that the graph decides. That is no bound of the error: `optimal_values` is exact.
    arithmetic : {"float", "exact"}
        Exact only with `steps`.

    Returns
    -------
    list of n numbers
        Fractions, or floats.

    Raises
    ------
    OptionError
        For options that do not fit together, or a label or reward that the process has not.
    ModelError
        For parameters, a negative reward, or values that still change after a million steps.

    Notes
    -----
    O(m) for each step. A Markov automaton is taken by its jumps.
    """
    goal = objective_of(mdp, reach, reward, until, optimise)
    if arithmetic not in ("float", "exact"):
        raise OptionError(f"arithmetic is {arithmetic!r}, expected 'float' or 'exact'")
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or steps < 0):
        raise OptionError(f"steps is {steps!r}, expected a whole number from 0 on")
    if arithmetic == "exact":
        if steps is None:
            raise OptionError("exact value iteration has no end, expected a number of steps (or optimal_values)")
        return exact_steps(goal, steps)
    return _float_steps(goal, steps).tolist()


def exact_steps(objective: Objective, steps: int) -> list[Fraction]:
    """Return the values of k steps, exactly. O(k m) exact operations."""
    goal = objective.goal.tolist()
    value = [Fraction(int(g and objective.reward is None)) for g in goal]
    for _ in range(steps):
        value = [
            old if is_goal else new
            for old, new, is_goal in zip(value, best_of(objective, of_choices(objective, value)), goal, strict=True)
        ]
    return value


def of_choices(objective: Objective, value: list[Any]) -> list[Any]:
    """Return for every choice what it pays and the mean of the values after it."""
    weights = objective.probabilities
    numbers, targets, pointers = weights.values.fractions(), weights.indices.tolist(), weights.indptr.tolist()
    result = []
    for choice, paid in enumerate(objective.paid):
        total = paid
        for e in range(pointers[choice], pointers[choice + 1]):
            p = numbers[e]
            total = total + (value[targets[e]] if p == 1 else p * value[targets[e]])
        result.append(total)
    return result


def best_of(objective: Objective, values: list[Any]) -> list[Any]:
    """Return for every state the best value of its choices; 0 without any."""
    first = objective.mdp.first_choice.tolist()
    best = max if objective.maximise else min
    return [best(values[a:b]) if b > a else Fraction(0) for a, b in pairwise(first)]


def float_matrix(objective: Objective) -> tuple[Any, NDArray[np.float64]]:
    """Return the probabilities of choices as a scipy matrix, and what they pay, both rounded."""
    try:
        return objective.probabilities.to_scipy(), np.array([float(v) for v in objective.paid], dtype=np.float64)
    except OverflowError:
        raise ModelError("a number of the process is beyond the range of floats") from None


def float_best(objective: Objective, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for every state the best value of its choices; 0 without any."""
    first = objective.mdp.first_choice
    has = np.diff(first) > 0
    result = np.zeros(len(has))
    if has.any():
        best = np.maximum if objective.maximise else np.minimum
        result[has] = best.reduceat(values, first[:-1][has])
    return result


def _float_steps(objective: Objective, steps: int | None) -> NDArray[np.float64]:
    matrix, paid = float_matrix(objective)
    goal = objective.goal
    value = (goal & (objective.reward is None)).astype(np.float64)
    known = np.zeros(len(goal), dtype=bool)
    usable = np.ones(len(paid), dtype=bool)
    if steps is None:
        known, decided = objective.known
        value = np.array([float(v) if v is not None and v != inf else 0.0 for v in decided])
        usable = objective.usable
        if objective.reward is not None and not objective.maximise:  # from above: cycles that cost nothing end nowhere
            above = float_policy_values(objective, first_scheduler(objective), matrix, paid)
            if above is None:
                raise ModelError("a float linear system has no factors, expected optimal_values for this process")
            value = above
    unusable = -inf if objective.maximise else inf
    for _ in range(MAX_STEPS if steps is None else steps):
        after = np.where(usable, paid + matrix @ value, unusable)
        new = np.where(goal | known, value, float_best(objective, after))
        if steps is None and (np.abs(new - value) <= 1e-12 * np.maximum(1e-300, np.abs(new))).all():
            break
        value = new
    else:
        if steps is None:
            raise ModelError(f"the values still change after {MAX_STEPS} steps, expected optimal_values for these")
    if steps is None:
        value = np.where([v == inf for v in objective.known[1]], inf, value)
    return value
