"""Computes transient distributions: where the chain is after k steps, or at time t."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.analysis.result import (
    Arithmetic,
    Result,
    arithmetic_for,
    distribution_of,
    step_count,
    steps_or_time,
    time_span,
)
from lumpform.chains.analysis.sparse import SLACK, TINY, float_matrix, floats, gamma
from lumpform.chains.analysis.uniformise import highest_exit_rate, poisson, uniformised
from lumpform.chains.chain import MarkovChain
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.field import require_numbers
from lumpform.numbers.rational import lcm_of_denominators


def transient(
    chain: MarkovChain,
    *,
    steps: int | None = None,
    time: Any = None,
    initial: Any = None,
    arithmetic: Arithmetic | None = None,
    error: float = 1e-10,
) -> Result:
    """Return the distribution over states after `steps` steps (DTMC) or at time `time` (CTMC).

    Parameters
    ----------
    chain : MarkovChain
    steps : int, for a DTMC
    time : exact number, for a CTMC
    initial : state, mapping or (n,) numbers, optional
        Where to start; by default the chain's initial distribution.
    arithmetic : {"exact", "float"}, optional
        Exact by default up to 300 states. A CTMC at a time is always float: its probabilities are not rational.
    error : float
        For a CTMC, how much of the distribution the cut-off of uniformisation may cost (sum norm). The bound of the
        result says what it did cost, with rounding.

    Returns
    -------
    Result
        (n,) probabilities. The bound is in the sum norm and proved.

    Raises
    ------
    OptionError, ModelError
        For missing or impossible arguments, or without an initial distribution.

    Notes
    -----
    O(k m) additions for k steps, with k about ``q t`` for a CTMC of highest exit rate q; exact numbers grow by the
    bits of the common denominator with every step.
    """
    steps_or_time(chain, steps, time, arithmetic)
    require_numbers("a transient distribution", chain.weights.values.field)
    start = distribution_of(chain, initial)
    if chain.kind == "dtmc":
        k = step_count(steps)
        if arithmetic_for(chain, arithmetic) == "exact":
            values = exact_steps(chain.weights.transpose(), start.fractions(), k)
            return Result(values, "exact", 0, "sum", f"{k} exact steps")
        vector, bound = float_steps(float_matrix(chain.weights.transpose()), floats(start), k)
        return Result(vector, "float", bound, "sum", f"{k} steps in float64")
    span = time_span(time)
    moves = poisson(highest_exit_rate(chain) * span, error)
    matrix = float_matrix(uniformised(chain).weights.transpose())
    vector, rounding = mixture(matrix, floats(start), moves.first, moves.weights)
    bound = (moves.error + rounding) * SLACK
    return Result(vector, "float", bound, "sum", f"uniformisation with {moves.last} steps")


def exact_steps(
    matrix: SparseWeights, vector: list[Fraction], steps: int, gain: list[Fraction] | None = None
) -> list[Fraction]:
    """Repeat ``v <- gain + matrix v`` exactly, `steps` times from `vector`.

    Integer arithmetic over one common denominator, reduced once at the end.
    """
    denominator = matrix.values.denominator
    scale = lcm_of_denominators([*vector, *(gain or [])])
    whole = [v.numerator * (scale // v.denominator) for v in vector]
    added = None if gain is None else [v.numerator * (scale // v.denominator) for v in gain]
    rows = [
        [(j, v.numerator * (denominator // v.denominator)) for j, v in matrix.row(i)] for i in range(matrix.shape[0])
    ]
    for _ in range(steps):
        whole = [sum(w * whole[j] for j, w in row) for row in rows]
        scale *= denominator
        if added is not None:
            added = [v * denominator for v in added]
            whole = [v + a for v, a in zip(whole, added, strict=True)]
    return [Fraction(v, scale) for v in whole]


def float_steps(matrix: Any, vector: NDArray[np.float64], steps: int) -> tuple[NDArray[np.float64], float]:
    """Return ``matrix^steps vector`` for non-negative ones, and a bound of the error if sums or maxima stay below 1.

    All numbers are non-negative, so each entry carries a relative error of at most one rounding per operation
    (Higham 2002, section 3.1): longest row + 1 roundings a step. Underflow adds at most 2^-1074 per product.
    """
    longest = int(np.diff(matrix.indptr).max(initial=0))
    for _ in range(steps):
        vector = matrix @ vector
    scale = max(1.0, float(np.abs(vector).max(initial=0.0)))
    return vector, (gamma(steps * (longest + 1) + 1) * scale + steps * matrix.nnz * TINY) * SLACK


def mixture(
    matrix: Any, vector: NDArray[np.float64], first: int, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Return ``sum over k of weights[k - first] matrix^k vector``, and a bound of its rounding (weights exact)."""
    for _ in range(first):
        vector = matrix @ vector
    total = np.zeros(matrix.shape[0])
    for index, weight in enumerate(weights.tolist()):
        if index:
            vector = matrix @ vector
        total += weight * vector
    steps = first + len(weights)
    longest = int(np.diff(matrix.indptr).max(initial=0))
    scale = max(1.0, float(np.abs(total).max(initial=0.0)))
    return total, (gamma(steps * (longest + 1) + len(weights) + 2) * scale + (steps + 1) * matrix.nnz * TINY) * SLACK
