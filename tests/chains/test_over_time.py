"""Bounds of aggregated chains over time are never violated: exact distributions, probabilities to reach, rewards."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from math import exp, factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.analysis import transient
from lumpform.chains.approximate import approximate_chain
from lumpform.chains.near.mixing import coefficients
from lumpform.chains.near.over_time import ONE, Coupled, poisson, power
from lumpform.theorems import theorem
from lumpform.theorems.common import Instance, after, class_sums, one_step

pytestmark = pytest.mark.medium
EPSILON = st.fractions(0, 1, max_denominator=8)


@settings(max_examples=examples(2000), deadline=None)
@given(seed=st.integers(0, 2**63))
def test_bounds_of_2000_random_chains_are_never_violated(seed: int) -> None:
    """Any chain, partition, rows and start; exact distributions (T23, which the catalogue runs on other ones)."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    large, partition = [random_row(rng, n) for _ in range(n)], lf.Partition(rng.integers(0, k, n))
    rows = [class_sums(large[s], partition) for s in partition.representatives.tolist()]
    for c in range(partition.count):
        share, other = Fraction(int(rng.integers(0, 4)), 9), random_row(rng, partition.count)
        rows[c] = [share * x + (1 - share) * y for x, y in zip(other, rows[c], strict=True)]
    start = random_row(rng, n)
    extra = (large, rows, start, class_sums(start, partition), Fraction(1), int(rng.integers(0, 4)))
    assert theorem("T23").check(Instance(lf.MarkovChain(large), partition, extra=extra)) is None


def random_row(rng: np.random.Generator, size: int) -> list[Fraction]:
    parts = (rng.integers(0, 5, size) * rng.integers(0, 2, size)).tolist()
    parts[int(rng.integers(0, size))] += 1
    return [Fraction(p, sum(parts)) for p in parts]


@settings(max_examples=examples(60), deadline=None)
@given(chain=ls.chains(kind="dtmc", max_states=5, initial=False), epsilon=EPSILON)
def test_probabilities_to_reach_a_label_stay_within_the_bound(chain: lf.MarkovChain, epsilon: Fraction) -> None:
    found = approximate_chain(chain, epsilon, respect=("labels",))
    for label in chain.labels:
        start = [Fraction(int(s == 0)) for s in range(chain.states)]
        sides = [(chain, start), (found.model, found.partition.push(start))]
        for k in range(1, 5):
            reached = [reaching(model, label, p, k) for model, p in sides]
            bounds = [found.bound(steps=k, initial=p, reach=label) for p in (0, "any")]
            assert abs(reached[0] - reached[1]) <= min(bounds)


def reaching(chain: lf.MarkovChain, label: str, p: list[Fraction], steps: int) -> Fraction:
    """The probability to have reached a label, exactly: its states are made absorbing."""
    goal = chain.labels[label]
    rows = one_step(chain, None)
    rows = [[Fraction(int(s == t)) for t in range(len(rows))] if goal[s] else row for s, row in enumerate(rows)]
    for _ in range(steps):
        p = after(p, rows)
    return sum((v for v, inside in zip(p, goal, strict=True) if inside), Fraction(0))


@settings(max_examples=examples(60), deadline=None)
@given(
    chain=ls.chains(max_states=4, initial=False, rewards=False, labels=False),
    epsilon=EPSILON,
    discount=st.fractions(Fraction(1, 8), Fraction(7, 8), max_denominator=8),
    values=st.lists(st.integers(-2, 3), min_size=4, max_size=4),
)
def test_discounted_rewards_stay_within_the_bound(
    chain: lf.MarkovChain, epsilon: Fraction, discount: Fraction, values: list[int]
) -> None:
    rows = one_step(chain, None) if chain.kind == "dtmc" else chain.weights.to_fractions()
    chain = lf.MarkovChain(rows, kind=chain.kind, rewards={"cost": values[: chain.states]})
    found = approximate_chain(chain, epsilon, respect=("rewards",))
    large, small = (discounted(c, discount) for c in (chain, found.model))
    bound = found.discounted_bound(discount, "cost")
    for s, c in enumerate(found.partition.class_of.tolist()):
        assert abs(large[s] - small[c]) <= float(bound) + 1e-9


def discounted(chain: lf.MarkovChain, discount: Fraction) -> Any:
    """The expected discounted reward from every state, by linear equations in floats."""
    reward = np.array([float(v) for v in chain.rewards["cost"].fractions()])
    matrix = np.array(chain.arrow().to_fractions(), dtype=float)
    identity = np.eye(chain.states)
    system = identity - float(discount) * matrix if chain.kind == "dtmc" else float(discount) * identity - matrix
    return np.linalg.solve(system, reward)


@settings(max_examples=examples(60), deadline=None)
@given(
    chain=ls.chains(structure="ergodic", kind="ctmc", max_states=5, initial=False, rewards=False),
    epsilon=EPSILON,
    time=st.integers(1, 40),
)
def test_a_mixing_ctmc_stays_within_the_bound_at_late_times(
    chain: lf.MarkovChain, epsilon: Fraction, time: int
) -> None:
    found = approximate_chain(chain, epsilon, respect=())
    p = np.array(transient(chain, time=time, initial=0, error=1e-13).values, dtype=float)
    q = np.array(
        transient(found.model, time=time, initial=int(found.partition.class_at(0)), error=1e-13).values, dtype=float
    )
    assert 0.5 * np.abs(found.partition.push(p) - q).sum() <= float(found.bound(time=time, initial=0)) + 1e-9


def test_a_bound_that_levels_off_where_the_chain_mixes() -> None:
    rows = [["0.5", "0.25", "0.25"], ["0.1", "0.9", 0], ["0.11", 0, "0.89"]]
    found = lf.reduce(lf.MarkovChain(rows, labels={"a": [0]}), epsilon="0.01")
    late = found.bound(steps=100_000)
    assert late < Fraction(9, 1000)  # what holds always
    assert found.bound(steps=1000) == pytest.approx(float(late), rel=1e-9)
    assert 1 - (1 - found.distance) ** 1000 > Fraction(99, 100)


def test_steps_beyond_those_that_are_followed_count_with_the_largest_distance(monkeypatch: Any) -> None:
    rows = [{0: Fraction(1, 2), 1: Fraction(1, 2)}, {1: Fraction(1)}]
    start, distances = [Fraction(1), Fraction(0)], [Fraction(1, 100), Fraction(1, 1000)]
    for together in (True, False):
        coupled = Coupled(rows, start, distances, together=together)
        whole = coupled.after(300)
        monkeypatch.setattr("lumpform.chains.near.over_time.MOST", 10 * coupled.size)
        assert whole < coupled.after(300) < 3
        monkeypatch.undo()
    monkeypatch.setattr("lumpform.chains.near.over_time.MOST", 3 * coupled.size)
    assert coupled.at_poisson(Fraction(50)) > Fraction(99, 100)  # what is not followed is 1
    assert coupled.at_poisson(Fraction(10**6)) == 1


def test_a_mean_that_is_rounded_up_gives_no_smaller_bound_where_bounds_fall(monkeypatch: Any) -> None:
    """The chain leaves the class in which steps are off, and forgets: after more steps less is known to be wrong."""
    rows = [{1: Fraction(1)}, {1: Fraction(1)}]
    forgetting = [Fraction(1), Fraction(0)]
    coupled = Coupled(rows, [Fraction(1), Fraction(0)], [Fraction(1, 8), Fraction(0)], forgetting=forgetting)
    bounds = [Fraction(b, ONE) for b in islice(coupled.bounds(), 40)]
    assert bounds[1] > bounds[2]
    monkeypatch.setattr("lumpform.chains.near.over_time.ROUND", 1)
    for mean in (Fraction(3, 2), Fraction(9, 4), Fraction(19, 8)):
        true = sum(exp(-float(mean)) * float(mean) ** k / factorial(k) * float(b) for k, b in enumerate(bounds))
        assert float(coupled.at_poisson(mean)) >= true


@given(mean=st.fractions(0, 60), most=st.integers(0, 90))
def test_chances_of_a_poisson_variable_are_rounded_up(mean: Fraction, most: int) -> None:
    *chances, beyond = poisson(mean, most)
    assert len(chances) == most + 1
    assert sum(chances) + beyond >= ONE
    for k in (0, most // 2, most):
        true = exp(-float(mean)) * float(mean**k) / factorial(k)
        assert true * (1 - 1e-9) <= chances[k] / ONE <= true * (1 + 1e-9) + 1e-25
    if most > 2 * mean + 20:
        assert beyond < ONE >> 10
    assert power(ONE, 10**9) == ONE


@given(chain=ls.chains(kind="dtmc", max_states=5, initial=False, rewards=False), window=st.integers(1, 5))
def test_coefficients_are_not_below_the_exact_ones(chain: lf.MarkovChain, window: int) -> None:
    rows = one_step(chain, None)
    found = coefficients([dict(enumerate(row)) for row in rows], window)
    if len(rows) == 1:
        assert found == []
        return
    power_of = rows
    for bound in islice(found, 1, None):
        apart = max(sum(abs(x - y) for x, y in zip(one, other, strict=True)) for one in power_of for other in power_of)
        assert apart / 2 <= bound <= min(Fraction(1), apart / 2 + Fraction(1, 10**12))
        power_of = [after(row, rows) for row in power_of]
