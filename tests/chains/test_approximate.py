"""Chains within epsilon: zero is lumping, bounds are never exceeded, perturbed chains give back their classes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sizes import examples, medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.analysis import stationary, transient
from lumpform.chains.approximate import approximate_chain
from lumpform.theorems.approximate import distance
from lumpform.theorems.common import after, distribution, one_step

KINDS = st.sampled_from(["ordinary", "exact"])
QUOTIENTS = st.sampled_from(["average", "best"])


@given(chain=ls.chains(), kind=KINDS, quotient=QUOTIENTS)
def test_epsilon_zero_is_exact_lumping(chain, kind, quotient):
    found = approximate_chain(chain, 0, kind=kind, quotient=quotient)
    exact = lf.lump(chain, kind=kind)
    assert found.partition == exact.partition
    assert found.distance == 0
    bound = found.bound(steps=7) if chain.kind == "dtmc" else found.bound(time=7)
    assert bound == 0
    same = lf.equivalent(found.model, exact.quotient) if found.model.initial is not None else None
    assert same is None or same.answer == "EQUIVALENT"
    assert found.model.weights.values.fractions() == exact.quotient.weights.values.fractions()


@pytest.mark.medium
@given(chain=ls.chains(rewards=False), kind=KINDS, quotient=QUOTIENTS, epsilon=st.fractions(0, 2, max_denominator=8))
def test_every_step_is_within_epsilon(chain, kind, quotient, epsilon):
    """By the definition: V for the classes and U for the uniform distributions on them."""
    found = approximate_chain(chain, epsilon, kind=kind, quotient=quotient)
    assert found.distance <= epsilon
    assert found.partition.refines(chain.start(kind, "generator", found.respect))
    assert lf.lump(chain, kind=kind).partition.count >= found.partition.count
    large, small = (rows_of(c) for c in (chain, found.model))
    class_of, sizes = found.partition.class_of.tolist(), found.partition.sizes.tolist()
    worst = [Fraction(0)] * found.partition.count
    if kind == "ordinary":
        for s, c in enumerate(class_of):
            worst[c] = max(worst[c], distance(found.partition.push(large[s]), small[c]))
    else:
        for c, members in enumerate(found.partition.classes()):
            into = [sum(large[s][t] for s in members) / sizes[c] for t in range(chain.states)]
            worst[c] = distance(into, [small[c][d] / sizes[d] for d in class_of])
    assert tuple(worst) == found.distances


def rows_of(chain):
    """Rows of the matrix, or of the generator."""
    rows = []
    for s in range(chain.states):
        row = [Fraction(0)] * chain.states
        for t, w in chain.arrow().row(s):
            row[t] = w
        rows.append(row)
    return rows


@pytest.mark.medium
@settings(max_examples=examples(100))
@given(chain=ls.chains(kind="dtmc", max_states=5, initial=False, rewards=False), data=st.data())
def test_distributions_stay_within_the_bound(chain, data):
    kind, quotient, epsilon = data.draw(KINDS), data.draw(QUOTIENTS), data.draw(st.fractions(0, 1, max_denominator=8))
    found = approximate_chain(chain, epsilon, kind=kind, quotient=quotient)
    p = start_of(data, found)
    given_start, q = list(p), found.partition.push(p)
    large, small = one_step(chain, None), one_step(found.model, None)
    for k in range(1, 6):
        p, q = after(p, large), after(q, small)
        apart = distance(found.partition.push(p), q)
        known, anywhere = (found.bound(steps=k, initial=start) for start in (given_start, "any"))
        assert apart <= known <= anywhere


def start_of(data, found):
    """A start: any, for kind exact one that is uniform inside classes."""
    p = distribution(data, len(found.partition))
    if found.kind == "exact":
        mass, sizes = found.partition.push(p), found.partition.sizes.tolist()
        p = [mass[c] / sizes[c] for c in found.partition.class_of.tolist()]
    return p


@pytest.mark.medium
@settings(max_examples=examples(60))
@given(chain=ls.chains(kind="ctmc", max_states=4, initial=False, rewards=False), data=st.data())
def test_a_ctmc_stays_within_the_bound(chain, data):
    kind, epsilon = data.draw(KINDS), data.draw(st.fractions(0, 2, max_denominator=4))
    time = data.draw(st.fractions(0, 3, max_denominator=4))
    found = approximate_chain(chain, epsilon, kind=kind)
    start = start_of(data, found)
    p = np.array(transient(chain, time=time, initial=start, error=1e-13).values, dtype=float)
    q = np.array(
        transient(found.model, time=time, initial=found.partition.push(start), error=1e-13).values, dtype=float
    )
    apart = 0.5 * np.abs(np.array(found.partition.push(p)) - q).sum()
    known, anywhere = (found.bound(time=time, initial=each) for each in (start, "any"))
    assert apart <= float(known) + 1e-9
    assert known <= anywhere


def test_bounds_that_are_attained():
    """From state 0 surely to the goal, from state 1 never: the averages miss by 1/2 in one step, as the bound says."""
    chain = lf.MarkovChain([[0, 0, 1], [0, 1, 0], [0, 1, 0]], labels={"goal": [2]})
    found = approximate_chain(chain, 1, respect=("labels",))
    assert found.partition.count == 2
    p, q = after([Fraction(1), Fraction(0), Fraction(0)], one_step(chain, None)), [Fraction(1), Fraction(0)]
    assert (
        distance(found.partition.push(p), after(q, one_step(found.model, None)))
        == found.bound(steps=1)
        == found.bound(steps=1, initial=0)
        == Fraction(1, 2)
    )
    pi, small = (stationary(c, arithmetic="exact").values for c in (chain, found.model))
    assert distance(found.partition.push(list(pi)), list(small)) == found.stationary_bound == Fraction(1, 3)


def test_a_bound_that_does_not_add_up_the_worst_state():
    """Rates 1 and 3 of states that are left for good: an error of 1, but only as long as the chain is there."""
    chain = lf.MarkovChain([[0, 0, 1], [0, 0, 3], [0, 0, 0]], kind="ctmc", labels={"goal": [2]}, initial=0)
    found = approximate_chain(chain, 1)
    assert (found.partition.count, found.distances) == (2, (1, 0))
    assert found.bound(time=20) <= found.bound(time=20, initial="any") <= Fraction(51, 100)  # 1/2 of a unit of time
    p, q = (transient(c, time=Fraction(1, 100), initial=0, error=1e-13).values for c in (chain, found.model))
    apart = 0.5 * np.abs(found.partition.push(np.array(p, dtype=float)) - np.array(q, dtype=float)).sum()
    assert 0.9 * float(found.bound(time=Fraction(1, 100))) < apart <= float(found.bound(time=Fraction(1, 100)))


@pytest.mark.parametrize("wrong", [{"time": -1}, {"time": "soon"}])
def test_times_that_are_refused(wrong):
    chain = lf.MarkovChain([[0, 1], [1, 0]], kind="ctmc")
    with pytest.raises(lf.OptionError, match="time is"):
        approximate_chain(chain, 0).bound(**wrong)
    with pytest.raises(lf.OptionError, match="steps is -1"):
        approximate_chain(lf.MarkovChain([[1]]), 0).bound(steps=-1)


@pytest.mark.medium
@settings(max_examples=examples(60))
@given(chain=ls.chains(structure="ergodic", max_states=5, initial=False, rewards=False), epsilon=st.fractions(0, 1))
def test_stationary_distributions_stay_within_the_bound(chain, epsilon):
    found = approximate_chain(chain, epsilon, respect=())
    if found.stationary_bound is None:
        return
    pi, small = (stationary(c, arithmetic="exact").values for c in (chain, found.model))
    assert distance(found.partition.push(list(pi)), list(small)) <= found.stationary_bound


@given(found=ls.lumpable_chains(), seed=st.integers(0, 99))
def test_perturbed_chains_give_back_their_classes(found, seed):
    """Noise far below the gaps between different sums, an epsilon between the two."""
    chain, rng = found.chain, np.random.default_rng(seed)
    assume(all(w.denominator <= 12 and abs(w) <= 50 for w in chain.weights.values.fractions()))
    exact = lf.lump(chain, respect=("labels",))
    noisy = perturbed(chain, rng, Fraction(1, 10**9))
    again = approximate_chain(noisy, Fraction(1, 10**6), respect=("labels",))
    assert again.partition == exact.partition
    assert again.distance <= Fraction(1, 10**6)


def perturbed(chain, rng, size):
    """Every entry off the diagonal changed by at most `size` of itself; a DTMC's rows sum to one still."""
    rows = []
    for s in range(chain.states):
        row = dict(chain.weights.row(s))
        largest = max(row, key=lambda t: row[t]) if row else None
        for t in row:
            change = row[t] * size * Fraction(int(rng.integers(-1000, 1001)), 1000)
            if chain.kind == "dtmc" and t != largest:
                row[largest] -= change
            if chain.kind == "ctmc" or t != largest:
                row[t] += change
        rows.append([row.get(t, Fraction(0)) for t in range(chain.states)])
    return lf.MarkovChain(rows, kind=chain.kind, labels={n: np.flatnonzero(m) for n, m in chain.labels.items()})


@pytest.mark.parametrize("name", medium_but(["herman_11"], ["herman_11", "leader_sync_4_5"]))
def test_real_chains_with_noisy_rates(name, shared):
    chain = lf.read(shared / "data" / "chains" / f"{name}.npz")
    exact = lf.lump(chain, respect=("labels",))
    if chain.transitions > 20_000:
        chain = exact.quotient
        exact = lf.lump(chain, respect=("labels",))
    noisy = perturbed(chain, np.random.default_rng(0), Fraction(1, 10**9))
    assert approximate_chain(noisy, Fraction(1, 10**6), respect=("labels",)).partition == exact.partition


def test_the_best_quotient_is_better_than_averages():
    rows = [["0.5", "0.5", 0, 0], ["0.5", 0, "0.5", 0], ["0.1", "0.1", "0.1", "0.7"], ["0.4", "0.4", "0.1", "0.1"]]
    chain = lf.MarkovChain([*rows], labels={"a": [0]})
    plain, best = (approximate_chain(chain, 1, quotient=q) for q in ("average", "best"))
    assert best.partition == plain.partition
    assert best.distance < plain.distance
    assert best.bound(steps=3) < plain.bound(steps=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": -1}, "expected a number from 0 on"),
        ({"epsilon": "x"}, "epsilon is not usable"),
        ({"epsilon": 0, "kind": "strict"}, "expected ordinary or exact with epsilon"),
        ({"epsilon": 0, "quotient": "worst"}, "expected best or average"),
        ({"epsilon": 0, "semantics": "rates"}, "semantics goes with exact reduction"),
        ({"epsilon": 0, "residual": 0.5}, "for networks"),
    ],
)
def test_what_is_refused(options, message):
    chain = lf.MarkovChain([[1]])
    with pytest.raises(lf.OptionError, match=message):
        lf.reduce(chain, **options)
    with pytest.raises(lf.OptionError, match="expected steps for a DTMC"):
        lf.reduce(chain, epsilon=0).bound(time=1)
