"""Makes a CTMC a DTMC subordinated to a Poisson process, and bounds the error of Poisson probabilities.

With a rate q at least as large as every exit rate, ``P = I + Q / q`` is stochastic and the distribution at time t is
``sum over k of Poisson(q t; k) p0 P^k`` (Jensen 1953). P is exact; only the Poisson probabilities are not rational.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.analysis.result import MAX_STEPS
from lumpform.chains.analysis.sparse import SLACK, UNIT, gamma
from lumpform.chains.chain import MarkovChain
from lumpform.errors import ModelError, OptionError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.field import require_numbers
from lumpform.numbers.make import column_of_table
from lumpform.numbers.rational import as_rational


def highest_exit_rate(chain: MarkovChain) -> Fraction:
    """Return the largest exit rate of a CTMC, self-loops left out."""
    q = chain.generator
    rows = q.row_of_entries()
    return max((-v for v in q.values.take(rows == q.indices).coded().table), default=Fraction(0))


def uniformised(chain: MarkovChain, rate: Any = None) -> MarkovChain:
    """Return the uniformised DTMC ``P = I + Q / rate`` of a CTMC, exactly.

    Parameters
    ----------
    chain : MarkovChain
        A CTMC; its self-loops have no effect.
    rate : exact number, optional
        At least the largest exit rate, which is the default (1 if that is zero). Give a chain and its quotient the
        same rate to compare them step by step.

    Returns
    -------
    MarkovChain
        A DTMC with the same labels, initial distribution and names. Its rewards are divided by the rate, so that a
        reward per unit of time becomes the mean reward of one step.

    Raises
    ------
    ModelError
        For a DTMC, or rates with parameters.
    OptionError
        If the rate is too small.
    """
    if chain.kind != "ctmc":
        raise ModelError("only a CTMC is uniformised; a DTMC has its steps already")
    require_numbers("uniformisation", chain.weights.values.field)
    highest = highest_exit_rate(chain)
    try:
        q = (highest or Fraction(1)) if rate is None else as_rational(rate)
    except ValueError as error:
        raise OptionError(f"rate: {error}") from None
    if q < highest or q <= 0:
        raise OptionError(f"rate is {q}, expected a positive number of at least {highest}, the largest exit rate")
    generator, n = chain.generator, chain.states
    coded = generator.values.coded()
    # One column with the scaled generator and n ones: parallel entries on the diagonal are added by from_coo.
    values = CodedValues(
        np.concatenate((coded.codes.astype(np.int64), np.full(n, len(coded.table), dtype=np.int64))),
        (*(v / q for v in coded.table), Fraction(1)),
    )
    diagonal = np.arange(n)
    matrix = SparseWeights.from_coo(
        np.concatenate((generator.row_of_entries(), diagonal)),
        np.concatenate((generator.indices, diagonal)),
        values,
        (n, n),
    )
    rewards = {}
    for name, column in chain.rewards.items():
        per_time = column.coded()
        rewards[name] = column_of_table(per_time.codes, [v / q for v in per_time.table])
    return MarkovChain(
        matrix, labels=chain.labels, rewards=rewards, initial=chain.initial, state_names=chain.state_names
    )


@dataclass(frozen=True)
class Poisson:
    """Holds Poisson probabilities from `first` on, and a bound of the sum of their errors (cut tails included)."""

    first: int
    weights: NDArray[np.float64]
    error: float

    @property
    def last(self) -> int:
        """Return the largest number of steps with a weight."""
        return self.first + len(self.weights) - 1


def poisson(mean: Fraction, error: float) -> Poisson:
    """Return Poisson probabilities around the mode; both cut tails together have at most the probability `error`.

    Parameters
    ----------
    mean : Fraction
    error : float
        Between 1e-15 and 1, excluded.

    Notes
    -----
    Weights relative to the mode by the recurrence ``w(k + 1) = w(k) mean / (k + 1)``, as Fox and Glynn (1988) do, then
    divided by their sum. Beyond R > mean the tail is at most ``w(R) a / (1 - a)`` with ``a = mean / (R + 1)``; below
    L < mean it is at most ``w(L) a / (1 - a)`` with ``a = L / mean`` (geometric series). Each weight carries at most
    2 + 2 abs(k - mode) roundings. The rounded mean moves the distribution by at most its own rounding error.
    """
    if not 1e-15 < error < 1:
        raise OptionError(f"error is {error!r}, expected a number between 1e-15 and 1")
    if mean > MAX_STEPS:
        raise OptionError(f"rate times time is about {float(mean):.3g}, which needs more than {MAX_STEPS} steps")
    m = float(mean)
    if m == 0.0:
        return Poisson(0, np.ones(1), 0.0 if mean == 0 else float(mean) + UNIT)
    mode = int(m)
    up, right_tail = _side(lambda k: m / (k + 1), mode, 1, error / 4, None)
    down, left_tail = _side(lambda k: k / m, mode, -1, error / 4, 0)
    weights = np.array([*reversed(down), 1.0, *up])
    total = float(weights.sum())
    rounding = gamma(3 * (len(weights) + 2)) * 2
    tails = (right_tail + left_tail) / total * (1 + rounding)
    return Poisson(mode - len(down), weights / total, (2 * tails + rounding + 2 * UNIT * m) * SLACK)


def _side(ratio: Any, mode: int, step: int, share: float, stop: int | None) -> tuple[list[float], float]:
    """Return weights on one side of the mode until the rest is below `share` of the mode's, and a bound of the rest."""
    found: list[float] = []
    k, weight = mode, 1.0
    while k != stop:
        factor = ratio(k)
        rest = weight * factor / (1 - factor) if factor < 1 else float("inf")
        if rest <= share:
            return found, rest * SLACK
        weight *= factor
        found.append(weight)
        k += step
    return found, 0.0
