"""Computes stationary and long-run distributions.

A chain with one recurrent class has exactly one stationary distribution. With several of them the long-run (Cesaro)
distribution depends on where the chain starts: the stationary distributions of the classes, weighted with the
probabilities of ending in each (Kemeny, Snell 1976, chapter V). Both are computed from the generator (``P - I``
of a DTMC), so self-loops do no harm.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.analysis.reachability import restricted
from lumpform.chains.analysis.result import Arithmetic, Result, arithmetic_for, distribution_of
from lumpform.chains.analysis.sparse import SLACK, MSystem, float_matrix, floats, gamma
from lumpform.chains.chain import MarkovChain
from lumpform.chains.equilibrium import exact_on_class
from lumpform.chains.generator import generator_of
from lumpform.errors import ModelError
from lumpform.graph.structure import recurrent_classes
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.field import require_numbers
from lumpform.numbers.linear_system import solve


def stationary(chain: MarkovChain, *, initial: Any = None, arithmetic: Arithmetic | None = None) -> Result:
    """Return the stationary distribution; for several recurrent classes, the long-run one from the initial one.

    Parameters
    ----------
    chain : MarkovChain
    initial : state, mapping or (n,) numbers, optional
        Where to start, by default the chain's initial distribution. Matters only if there are several recurrent
        classes.
    arithmetic : {"exact", "float"}, optional
        Exact by default up to 300 states.

    Returns
    -------
    Result
        (n,) probabilities: the limit of the mean over time, which exists for periodic chains too. The bound of a float
        result is in the sum norm and proved.

    Raises
    ------
    ModelError
        If there are several recurrent classes and no initial distribution, or no states.

    Notes
    -----
    Exact: one linear system per recurrent class. Float: sparse LU, an iterative method beyond 2000 states.
    """
    require_numbers("a stationary distribution", chain.weights.values.field)
    if chain.states == 0:
        raise ModelError("a chain without states has no stationary distribution")
    classes = recurrent_classes(chain.weights)
    if len(classes) > 1 and initial is None and chain.initial is None:
        raise ModelError(
            f"the chain has {len(classes)} recurrent classes, so its long-run distribution depends on the initial one; "
            "give initial="
        )
    exact = arithmetic_for(chain, arithmetic) == "exact"
    generator = generator_of(chain.weights)
    method = f"one linear system for each of {len(classes)} recurrent classes"
    if exact:
        return Result(_exact(chain, generator, classes, initial), "exact", 0, "sum", method)
    return _float(chain, generator, classes, initial, method)


def outside(classes: list[NDArray[np.int64]], n: int) -> NDArray[np.int64]:
    """Return the states in none of the classes: the transient ones."""
    inside = np.zeros(n, dtype=bool)
    for members in classes:
        inside[members] = True
    return np.flatnonzero(~inside)


def _exact(
    chain: MarkovChain, generator: SparseWeights, classes: list[NDArray[np.int64]], initial: Any
) -> list[Fraction]:
    shares = [Fraction(1)]
    if len(classes) > 1:
        start = distribution_of(chain, initial).fractions()
        arrived = _exact_arrivals(generator, outside(classes, chain.states), start)
        shares = [sum((arrived[s] for s in members.tolist()), Fraction(0)) for members in classes]
    result = [Fraction(0)] * chain.states
    for members, share in zip(classes, shares, strict=True):
        if share:
            for state, p in zip(members.tolist(), exact_on_class(generator, members), strict=True):
                result[state] = share * p
    return result


def _exact_arrivals(
    generator: SparseWeights, transient_states: NDArray[np.int64], start: list[Fraction]
) -> list[Fraction]:
    """Return where a chain from `start` first is recurrent: ``start + z Q``, z the mean time in transient states."""
    rows, leaving = restricted(generator, transient_states)
    turned: list[dict[int, Fraction]] = [{} for _ in rows]
    for i, row in enumerate(rows):
        for j, v in row.items():
            turned[j][i] = v
    inside = transient_states.tolist()
    arrived = list(start)
    for z, row in zip(solve(turned, [[start[s] for s in inside]])[0], leaving, strict=True):
        for t, v in row:
            arrived[t] += z * v
    return arrived


def _float(
    chain: MarkovChain, generator: SparseWeights, classes: list[NDArray[np.int64]], initial: Any, method: str
) -> Result:
    matrix = float_matrix(generator)
    shares: list[float] = [1.0]
    known, bound, residual = True, 0.0, 0.0
    if len(classes) > 1:
        start = floats(distribution_of(chain, initial))
        arrived, bound, residual = _float_arrivals(matrix, outside(classes, chain.states), start)
        shares = [float(arrived[members].sum()) for members in classes]
    result = np.zeros(chain.states)
    for members, share in zip(classes, shares, strict=True):
        if share > 0:
            values, error, rest = float_on_class(matrix, members)
            result[members] = share * values
            known = known and error is not None
            bound += share * ((error or 0.0) + 4 * gamma(len(members) + 1))
            residual = max(residual, rest)
    return Result(result, "float", bound * SLACK if known else None, "sum", method, residual)


def _float_arrivals(
    matrix: Any, transient_states: NDArray[np.int64], start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float, float]:
    """Return the same as `_exact_arrivals`, a bound of the error in the sum norm, and the residual.

    A residual rho of z changes what arrives by ``rho inverse(M) Q``, and the rows of ``inverse(M) Q`` sum to one: the
    error is at most the sum of the absolute residuals.
    """
    block = matrix[transient_states]
    system = MSystem(-block[:, transient_states])
    z = np.maximum(system.solve(start[transient_states], transposed=True), 0.0)
    rest, rest_bound = system.residual(z, start[transient_states], transposed=True)
    arrived = start + z @ block
    arrived[transient_states] = 0.0
    bound = (float(rest_bound.sum()) + 2 * gamma(system.n + 4) * float(arrived.sum())) * SLACK
    return arrived, bound, float(np.abs(rest).max(initial=0.0))


def float_on_class(matrix: Any, members: NDArray[np.int64]) -> tuple[NDArray[np.float64], float | None, float]:
    """Return the stationary distribution on one recurrent class, a proved bound (sum norm; or None), and the residual.

    One state p of large probability gets weight 1; the others solve ``M^T z = q`` with the M-matrix M of the rest. If
    ``M y >= w > 0`` for w = 1, the error of z in the sum norm is at most ``abs(residual) . y``; dividing by the sum S
    of all weights at most doubles it relative to S.
    """
    size = len(members)
    if size == 1:
        return np.ones(1), 0.0, 0.0
    block = matrix[members][:, members].tocsr()
    pivot = _likely(block)
    others = np.delete(np.arange(size), pivot)
    system = MSystem(-block[others][:, others])
    right = block[[pivot]][:, others].toarray().ravel()
    z = np.maximum(system.solve(right, transposed=True), 0.0)
    rest, rest_bound = system.residual(z, right, transposed=True)
    residual = float(np.abs(rest).max())
    values = np.empty(size)
    values[pivot], values[others] = 1.0, z
    total = float(values.sum())
    if not np.isfinite(total) or residual > 1e-3 * max(1.0, float(np.abs(block.data).max())):
        raise ModelError(
            f"the stationary distribution was not found in floats (residual {residual:.3g}); use arithmetic='exact'"
        )
    above = system.inverse_times(np.ones(size - 1))
    if above is None:
        return values / total, None, residual
    error = float(rest_bound @ above) * (1 + gamma(size)) * SLACK
    return values / total, (2 * error / total + 2 * gamma(size + 1)) * SLACK, residual


def _likely(block: Any) -> int:
    """Return a state of large probability after some lazy steps: any would do, this one keeps the numbers small."""
    rate = float(np.abs(block.diagonal()).max()) * 2
    turned = block.T.tocsr()
    p = np.full(block.shape[0], 1.0 / block.shape[0])
    for _ in range(100):
        p = p + turned @ p / rate
    return int(p.argmax())
