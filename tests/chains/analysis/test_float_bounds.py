"""Float results lie within their stated, proved bounds of the exact ones; every bound is small on small chains."""

from fractions import Fraction
from math import exp, inf

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lumpform import MarkovChain
from lumpform import strategies as ls
from lumpform.chains.analysis import (
    cumulative_reward,
    long_run_average,
    reachability,
    reward_until,
    sparse,
    stationary,
    transient,
)
from lumpform.chains.analysis.uniformise import highest_exit_rate, poisson


def within_bound(exact, approximate):
    """Compare in exact arithmetic; entries that are infinite must be so in both."""
    assert exact.arithmetic == "exact"
    assert approximate.arithmetic == "float"
    errors = []
    for a, b in zip(exact.values, approximate.values.tolist(), strict=True):
        assert (a == inf) == (b == inf)
        if a != inf:
            errors.append(abs(a - Fraction(b)))
    assert approximate.error_bound is not None
    size = sum(errors) if exact.norm == "sum" else max(errors, default=0)
    assert size <= Fraction(approximate.error_bound)


@given(chain=ls.chains(kind="dtmc"), k=st.integers(0, 8))
def test_steps(chain, k):
    within_bound(transient(chain, steps=k), transient(chain, steps=k, arithmetic="float"))
    within_bound(reachability(chain, [0], steps=k), reachability(chain, [0], steps=k, arithmetic="float"))
    if chain.rewards:
        within_bound(cumulative_reward(chain, steps=k), cumulative_reward(chain, steps=k, arithmetic="float"))


@pytest.mark.parametrize("iterative", [False, True])
@given(chain=ls.chains(), data=st.data())
def test_linear_systems(iterative, chain, data):
    targets = data.draw(st.sets(st.integers(0, chain.states - 1), min_size=1))
    kept = sparse.DIRECT_UNKNOWNS
    try:
        sparse.DIRECT_UNKNOWNS = 0 if iterative else kept
        within_bound(stationary(chain), stationary(chain, arithmetic="float"))
        within_bound(reachability(chain, targets), reachability(chain, targets, arithmetic="float"))
        if chain.rewards:
            within_bound(reward_until(chain, targets), reward_until(chain, targets, arithmetic="float"))
            within_bound(long_run_average(chain), long_run_average(chain, arithmetic="float"))
    finally:
        sparse.DIRECT_UNKNOWNS = kept


@given(mean=st.fractions(0, 400, max_denominator=50), exponent=st.integers(2, 14))
def test_poisson_probabilities(mean, exponent):
    """Against a recurrence in Fractions from exp(-mean), which is summed exactly far beyond the mean."""
    found = poisson(mean, 10.0**-exponent)
    assert found.error <= 10.0**-exponent + 1e-11
    assume(mean <= 30)
    weight = term = Fraction(1)
    for k in range(1, 200):
        term = -term * mean / k
        weight += term
    assert abs(float(weight) - exp(-mean)) <= 1e-15
    total = Fraction(0)
    for k in range(200):
        inside = found.first <= k <= found.last
        total += abs(weight - (Fraction(float(found.weights[k - found.first])) if inside else 0))
        weight = weight * mean / (k + 1)
    assert total <= Fraction(found.error) + Fraction(1, 10**12)


@given(chain=ls.chains(kind="ctmc", max_states=4), time=st.fractions(0, 3, max_denominator=8))
def test_continuous_time_against_the_exact_series(chain, time):
    """All terms of uniformisation up to 150 steps in Fractions, with exp(-qt) by its own exact series."""
    from lumpform.chains.analysis import uniformised

    rate = highest_exit_rate(chain) or Fraction(1)
    mean = rate * time
    assume(mean <= 20)
    e, term = Fraction(1), Fraction(1)
    for k in range(1, 150):
        term = -term * mean / k
        e += term
    matrix = uniformised(chain, rate).weights.to_fractions()
    row, weight = [float(v) for v in chain.initial.fractions()], float(e)
    dense = np.array([[float(v) for v in r] for r in matrix])
    total = np.zeros(chain.states)
    for k in range(150):
        total += weight * np.array(row)
        row = np.array(row) @ dense
        weight *= float(mean) / (k + 1)
    found = transient(chain, time=time)
    assert found.error_bound is not None
    assert found.error_bound <= 2e-10
    assert np.abs(found.values - total).sum() <= found.error_bound + 1e-10


def test_two_states_in_continuous_time():
    """The closed form of a two-state chain: p(t) = b/(a+b) + a/(a+b) exp(-(a+b) t)."""
    chain = MarkovChain([[0, 3], [1, 0]], kind="ctmc", initial=0)
    for time in ("0", "0.1", "1", "7.5", "1000"):
        found = transient(chain, time=time)
        p = 0.25 + 0.75 * exp(-4 * float(time))
        assert abs(found[0] - p) <= found.error_bound + 1e-15
    assert stationary(chain).values == [Fraction(1, 4), Fraction(3, 4)]


@pytest.mark.medium
def test_a_birth_death_chain_whose_probabilities_span_many_orders():
    n = 3000
    rows, columns, rates = [], [], []
    for s in range(n - 1):
        rows += [s, s + 1]
        columns += [s + 1, s]
        rates += [2, 1]
    from lumpform.graph.weights import SparseWeights

    chain = MarkovChain(SparseWeights.from_coo(rows, columns, rates, (n, n)), kind="ctmc", initial=0)
    found = stationary(chain)
    assert found.arithmetic == "float"
    assert found.error_bound is not None
    assert abs(found[n - 1] - 0.5) <= found.error_bound
    assert abs(found[n - 1] - 0.5) <= 1e-11
