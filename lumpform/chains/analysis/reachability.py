"""Computes the probability of reaching a set of states: ever, within k steps, or by time t."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.analysis.result import (
    Arithmetic,
    Result,
    arithmetic_for,
    step_count,
    steps_or_time,
    target_mask,
    time_span,
)
from lumpform.chains.analysis.sparse import SLACK, MSystem, float_matrix, gamma, longest_row, solve_bounded
from lumpform.chains.analysis.transient import exact_steps, float_steps, mixture
from lumpform.chains.analysis.uniformise import highest_exit_rate, poisson, uniformised
from lumpform.chains.chain import MarkovChain
from lumpform.chains.generator import generator_of
from lumpform.graph.structure import Mask, never_and_surely
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.field import require_numbers
from lumpform.numbers.linear_system import solve


def reachability(
    chain: MarkovChain,
    targets: Any,
    *,
    steps: int | None = None,
    time: Any = None,
    arithmetic: Arithmetic | None = None,
    error: float = 1e-10,
) -> Result:
    """Return the probability of reaching `targets`, from every state.

    Parameters
    ----------
    chain : MarkovChain
    targets : str, state, states or (n,) bool array
        A label or a set of states.
    steps : int, optional
        Within how many steps of a DTMC; without it (and without `time`), ever.
    time : exact number, optional
        By what time in a CTMC; float only.
    arithmetic : {"exact", "float"}, optional
        Exact by default up to 300 states.
    error : float
        With `time`, how much the cut-off of uniformisation may cost.

    Returns
    -------
    Result
        (n,) probabilities, with a proved bound in the maximum norm.

    Raises
    ------
    OptionError, ModelError
        For an unknown label, impossible steps or time.

    Notes
    -----
    Ever: states that reach the set with probability 0 or 1 are found on the graph (O(m)), the rest is one linear
    system. A CTMC is analysed on its jumps. Mean over the initial distribution: ``result.under(chain.initial)``.
    """
    require_numbers("reachability", chain.weights.values.field)
    mask = target_mask(chain, targets)
    if steps is None and time is None:
        return hitting(chain, np.flatnonzero(mask), arithmetic_for(chain, arithmetic))
    steps_or_time(chain, steps, time, arithmetic)
    if chain.kind == "dtmc":
        k = step_count(steps)
        stopped = absorbing_at(chain.weights, mask)
        if arithmetic_for(chain, arithmetic) == "exact":
            values = exact_steps(stopped, [Fraction(int(b)) for b in mask.tolist()], k)
            return Result(values, "exact", 0, "maximum", f"{k} exact steps backwards")
        vector, bound = float_steps(float_matrix(stopped), mask.astype(np.float64), k)
        return Result(vector, "float", bound, "maximum", f"{k} steps backwards in float64")
    moves = poisson(highest_exit_rate(chain) * time_span(time), error)
    matrix = float_matrix(absorbing_at(uniformised(chain).weights, mask))
    vector, rounding = mixture(matrix, mask.astype(np.float64), moves.first, moves.weights)
    bound = (moves.error + rounding) * SLACK
    return Result(vector, "float", bound, "maximum", f"uniformisation with {moves.last} steps backwards")


def absorbing_at(weights: SparseWeights, mask: Mask) -> SparseWeights:
    """Return the transition matrix with every state of `mask` made absorbing."""
    from lumpform.numbers.column import CodedValues

    rows = weights.row_of_entries()
    keep = ~mask[rows]
    stay = np.flatnonzero(mask)
    coded = weights.values.take(keep).coded()
    codes = np.concatenate((coded.codes.astype(np.int64), np.full(len(stay), len(coded.table), dtype=np.int64)))
    values = CodedValues(codes, (*coded.table, Fraction(1)))
    return SparseWeights.from_coo(
        np.concatenate((rows[keep], stay)), np.concatenate((weights.indices[keep], stay)), values, weights.shape
    )


def hitting(chain: MarkovChain, targets: NDArray[np.int64], arithmetic: Arithmetic) -> Result:
    """Solve unbounded reachability of the states in `targets`."""
    mask = np.zeros(chain.states, dtype=bool)
    mask[targets] = True
    never, surely = never_and_surely(chain.weights, mask)
    unknown = np.flatnonzero(~never & ~surely)
    generator = generator_of(chain.weights)
    method = f"{len(unknown)} unknowns after the graph decided the rest"
    if arithmetic == "exact":
        values = [Fraction(int(b)) for b in surely.tolist()]
        rows, right = restricted(generator, unknown)
        into = [sum((v for j, v in outside if surely[j]), Fraction(0)) for outside in right]
        for state, p in zip(unknown.tolist(), solve(rows, [into])[0], strict=True):
            values[state] = p
        return Result(values, "exact", 0, "maximum", method)
    result = surely.astype(np.float64)
    block = float_matrix(generator)[unknown]
    right = block @ result
    p, bound, residual = solve_bounded(MSystem(-block[:, unknown]), right, gamma(longest_row(block) + 2) * right)
    result[unknown] = np.clip(p, 0.0, 1.0)
    return Result(result, "float", bound, "maximum", method, residual)


def restricted(
    generator: SparseWeights, unknown: NDArray[np.int64]
) -> tuple[list[dict[int, Fraction]], list[list[tuple[int, Fraction]]]]:
    """Return minus the generator among the unknown states, and for each of them its entries to other states."""
    position = {s: i for i, s in enumerate(unknown.tolist())}
    rows, outside = [], []
    for s in unknown.tolist():
        entries = generator.row(s)
        rows.append({position[t]: -v for t, v in entries if t in position})
        outside.append([(t, v) for t, v in entries if t not in position])
    return rows, outside
