"""Computes expected rewards: until a set is reached, over k steps, and per unit of time in the long run.

A state reward is gained for every step spent in the state (DTMC) or per unit of time (CTMC, so the mean sojourn time
weights it). Rewards of target states are not gained: accumulation stops on arrival.
"""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.analysis.reachability import restricted
from lumpform.chains.analysis.result import (
    Arithmetic,
    Result,
    arithmetic_for,
    reward_column,
    step_count,
    target_mask,
)
from lumpform.chains.analysis.sparse import SLACK, MSystem, float_matrix, floats, gamma, longest_row, solve_bounded
from lumpform.chains.analysis.stationary import float_on_class, outside
from lumpform.chains.analysis.transient import exact_steps
from lumpform.chains.chain import MarkovChain
from lumpform.chains.equilibrium import exact_on_class
from lumpform.chains.generator import generator_of
from lumpform.errors import ModelError
from lumpform.graph.structure import never_and_surely, recurrent_classes
from lumpform.numbers.column import Values
from lumpform.numbers.field import require_numbers
from lumpform.numbers.linear_system import solve


def reward_until(
    chain: MarkovChain, targets: Any, reward: str | None = None, *, arithmetic: Arithmetic | None = None
) -> Result:
    """Return the expected reward accumulated until `targets` is reached, from every state.

    Parameters
    ----------
    chain : MarkovChain
    targets : str, state, states or (n,) bool array
    reward : str, optional
        The name of a state reward; may be left out if there is exactly one.
    arithmetic : {"exact", "float"}, optional
        Exact by default up to 300 states.

    Returns
    -------
    Result
        (n,) expectations; ``math.inf`` from states that do not reach the set with probability one, whatever their
        rewards (the convention of model checkers), also in exact results. The bound is in the maximum norm.
    """
    require_numbers("an expected reward", chain.weights.values.field)
    mask = target_mask(chain, targets)
    column = reward_column(chain, reward)
    surely = never_and_surely(chain.weights, mask)[1]
    unknown = np.flatnonzero(surely & ~mask)
    generator = generator_of(chain.weights)
    method = f"{len(unknown)} unknowns after the graph decided the rest"
    if arithmetic_for(chain, arithmetic) == "exact":
        values: list[Any] = [Fraction(0) if finite else inf for finite in surely.tolist()]
        rows, _ = restricted(generator, unknown)
        exact_gain = [column.value(s) for s in unknown.tolist()]
        for state, v in zip(unknown.tolist(), solve(rows, [exact_gain])[0], strict=True):
            values[state] = v
        return Result(values, "exact", 0, "maximum", method)
    result = np.where(surely, 0.0, inf)
    block = float_matrix(generator)[unknown]
    gained = floats(column.take(unknown))
    v, bound, residual = solve_bounded(MSystem(-block[:, unknown]), gained, gamma(1) * np.abs(gained))
    result[unknown] = v
    return Result(result, "float", bound, "maximum", method, residual)


def cumulative_reward(
    chain: MarkovChain, reward: str | None = None, *, steps: int, arithmetic: Arithmetic | None = None
) -> Result:
    """Return the expected reward accumulated in the first `steps` steps of a DTMC, from every state.

    Counts the states at steps 0 to ``steps - 1``. For a CTMC use ``uniformised(chain)``, whose rewards are per step.

    Raises
    ------
    ModelError
        For a CTMC.
    """
    if chain.kind != "dtmc":
        raise ModelError("a CTMC has no steps; use uniformised(chain)")
    require_numbers("an expected reward", chain.weights.values.field)
    column, k = reward_column(chain, reward), step_count(steps)
    if arithmetic_for(chain, arithmetic) == "exact":
        total = exact_steps(chain.weights, [Fraction(0)] * chain.states, k, column.fractions())
        return Result(total, "exact", 0, "maximum", f"{k} exact steps backwards")
    matrix, per_step = float_matrix(chain.weights), floats(column)
    result = np.zeros(chain.states)
    for _ in range(k):
        result = per_step + matrix @ result
    longest = int(np.diff(matrix.indptr).max(initial=0))
    largest = float(np.abs(per_step).max(initial=0.0))
    bound = gamma(k * (longest + 2) + 1) * k * largest * SLACK
    return Result(result, "float", bound, "maximum", f"{k} steps backwards in float64")


def long_run_average(chain: MarkovChain, reward: str | None = None, *, arithmetic: Arithmetic | None = None) -> Result:
    """Return the expected long-run average of a reward, per step (DTMC) or per unit of time (CTMC), from every state.

    Notes
    -----
    The mean of the reward in every recurrent class, weighted with the probability of ending there. Bound in the
    maximum norm.
    """
    require_numbers("an expected reward", chain.weights.values.field)
    column = reward_column(chain, reward)
    classes = recurrent_classes(chain.weights)
    method = f"means over {len(classes)} recurrent classes"
    if arithmetic_for(chain, arithmetic) == "exact":
        return Result(_exact_average(chain, column, classes), "exact", 0, "maximum", method)
    values, bound, residual = _float_average(chain, column, classes)
    return Result(values, "float", bound, "maximum", method, residual)


def _exact_average(chain: MarkovChain, column: Values, classes: list[NDArray[np.int64]]) -> list[Fraction]:
    generator = generator_of(chain.weights)
    values = [Fraction(0)] * chain.states
    for members in classes:
        on_class = exact_on_class(generator, members)
        mean = sum((p * column.value(s) for s, p in zip(members.tolist(), on_class, strict=True)), Fraction(0))
        for s in members.tolist():
            values[s] = mean
    transient_states = outside(classes, chain.states)
    rows, leaving = restricted(generator, transient_states)
    right = [sum((v * values[t] for t, v in row), Fraction(0)) for row in leaving]
    for s, mean in zip(transient_states.tolist(), solve(rows, [right])[0], strict=True):
        values[s] = mean
    return values


def _float_average(
    chain: MarkovChain, column: Values, classes: list[NDArray[np.int64]]
) -> tuple[NDArray[np.float64], float | None, float]:
    """Average in floats: transient states get weighted means, to which the errors of the means pass unchanged."""
    per_state, matrix = floats(column), float_matrix(generator_of(chain.weights))
    values, worst, residual = np.zeros(chain.states), 0.0, 0.0
    for members in classes:
        on_class, error, rest = float_on_class(matrix, members)
        values[members] = float(on_class @ per_state[members])
        largest = float(np.abs(per_state[members]).max())
        worst = max(worst, inf if error is None else largest * (error + gamma(len(members) + 3)))
        residual = max(residual, rest)
    transient_states = outside(classes, chain.states)
    block = matrix[transient_states]
    right_error = gamma(longest_row(block) + 2) * (abs(block) @ np.abs(values))
    mean, bound, rest = solve_bounded(MSystem(-block[:, transient_states]), block @ values, right_error)
    values[transient_states] = mean
    total = None if bound is None or worst == inf else (worst + bound) * SLACK
    return values, total, max(residual, rest)
