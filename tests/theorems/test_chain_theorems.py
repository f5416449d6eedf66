"""T3, T4, T5 on exact chains: every number of the quotient is the pushed-down or lifted one of the original, exactly.

The partitions come from `lump` (the coarsest) and from the strategies (planted, often finer), so the theorems are
tested on both.
"""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import coarsest

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.analysis import (
    cumulative_reward,
    long_run_average,
    reachability,
    reward_until,
    stationary,
    transient,
    uniformised,
)
from lumpform.chains.analysis.uniformise import highest_exit_rate
from lumpform.chains.transform import disjoint_union
from lumpform.graph.partition import Partition
from lumpform.graph.structure import recurrent_classes
from lumpform.lumping.oracle import MAX_NODES

STEPS = range(4)
SEMANTICS = ("generator", "rates")


@st.composite
def lumped(draw, kind, **options):
    """A chain, a partition that lumps it, and the quotient: planted or the coarsest."""
    semantics = draw(st.sampled_from(SEMANTICS))
    found = draw(ls.lumpable_chains(kind=kind, semantics=semantics, **options))
    lumping = lf.lump(found.chain, kind=kind, semantics=semantics)
    if kind != "exact":  # labels and rewards are constant on planted classes, so the coarsest cannot be finer
        assert kind == "strict" or found.partition.refines(lumping.partition)
    if draw(st.booleans()):
        return found.chain, found.partition, found.quotient
    return found.chain, lumping.partition, lumping.quotient


def in_steps(chain, quotient):
    """Both as DTMCs: CTMCs are uniformised with one common rate."""
    if chain.kind == "dtmc":
        return chain, quotient
    rate = max(highest_exit_rate(chain), highest_exit_rate(quotient)) or Fraction(1)
    return uniformised(chain, rate), uniformised(quotient, rate)


@given(case=lumped("ordinary"))
def test_ordinary_the_transient_distribution_pushes_down(case):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    for k in STEPS:
        assert partition.push(transient(slow, steps=k).values) == transient(fast, steps=k).values


@given(case=lumped("ordinary"), data=st.data())
def test_ordinary_every_initial_distribution_will_do(case, data):
    """T3 holds from every state, not only from the initial distribution of the chain."""
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    state = data.draw(st.integers(0, chain.states - 1))
    for k in STEPS:
        after = transient(slow, steps=k, initial=state).values
        assert partition.push(after) == transient(fast, steps=k, initial=partition.class_at(state)).values


@given(case=lumped("ordinary"))
def test_ordinary_reachability_lifts(case):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    for label in chain.labels:
        assert reachability(chain, label).values == partition.lift(reachability(quotient, label).values)
        assert reachability(slow, label, steps=3).values == partition.lift(reachability(fast, label, steps=3).values)


@given(case=lumped("ordinary"))
def test_ordinary_rewards_lift(case):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    for reward in chain.rewards:
        assert long_run_average(chain, reward).values == partition.lift(long_run_average(quotient, reward).values)
        gained = cumulative_reward(slow, reward, steps=3).values
        assert gained == partition.lift(cumulative_reward(fast, reward, steps=3).values)
        for label in chain.labels:
            until = reward_until(chain, label, reward).values
            assert until == partition.lift(reward_until(quotient, label, reward).values)


@pytest.mark.parametrize("structure", ["any", "ergodic", "reducible", "periodic"])
@given(data=st.data())
def test_ordinary_the_long_run_distribution_pushes_down(structure, data):
    chain, partition, quotient = data.draw(lumped("ordinary", structure=structure))
    assert partition.push(stationary(chain).values) == stationary(quotient).values


def uniform_inside(values, partition):
    return all(len({values[s] for s in members}) == 1 for members in partition.classes())


@given(case=lumped("exact"))
def test_exact_started_uniform_it_stays_uniform_and_follows_the_quotient(case):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    assert uniform_inside(chain.initial.fractions(), partition)
    for k in STEPS:
        after = transient(slow, steps=k).values
        assert uniform_inside(after, partition)
        assert partition.push(after) == transient(fast, steps=k).values


@given(case=lumped("exact"), data=st.data())
def test_exact_any_uniform_start_will_do(case, data):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    c = data.draw(st.integers(0, partition.count - 1))
    members = partition.members(c).tolist()
    after = transient(slow, steps=3, initial={s: Fraction(1, len(members)) for s in members}).values
    assert uniform_inside(after, partition)
    assert partition.push(after) == transient(fast, steps=3, initial=c).values


@given(case=lumped("exact"))
def test_exact_the_long_run_distribution_is_uniform_inside(case):
    """Also for reducible chains: the Cesaro limit of distributions that are uniform inside classes."""
    chain, partition, quotient = case
    found = stationary(chain).values
    assert uniform_inside(found, partition)
    assert partition.push(found) == stationary(quotient).values


@given(case=lumped("exact", structure="ergodic"))
def test_exact_with_one_recurrent_class_every_start_ends_uniform_inside(case):
    chain, partition, _ = case
    if len(recurrent_classes(chain.weights)) == 1:
        assert uniform_inside(stationary(chain, initial=0).values, partition)


@given(case=lumped("exact"))
def test_exact_mean_rewards_from_a_uniform_start(case):
    """Rewards are averaged within classes, which is right when the chain is uniform there."""
    chain, _, quotient = case
    slow, fast = in_steps(chain, quotient)
    for reward in chain.rewards:
        ours = cumulative_reward(slow, reward, steps=3).under(slow.initial)
        assert ours == cumulative_reward(fast, reward, steps=3).under(fast.initial)
        assert long_run_average(chain, reward).under(chain.initial) == long_run_average(quotient, reward).under(
            quotient.initial
        )


@given(case=lumped("strict"))
def test_strict_is_both(case):
    chain, partition, quotient = case
    slow, fast = in_steps(chain, quotient)
    for k in STEPS:
        after = transient(slow, steps=k).values
        assert uniform_inside(after, partition)
        assert partition.push(after) == transient(fast, steps=k).values
        alone = transient(slow, steps=k, initial=0).values
        assert partition.push(alone) == transient(fast, steps=k, initial=partition.class_at(0)).values
    for label in chain.labels:
        assert reachability(chain, label).values == partition.lift(reachability(quotient, label).values)
    assert partition.push(stationary(chain).values) == stationary(quotient).values


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@given(data=st.data())
def test_the_order_of_the_states_does_not_matter(kind, data):
    chain = data.draw(ls.lumpable_chains(kind=kind)).chain
    other, order = data.draw(ls.relabellings(chain))
    semantics = data.draw(st.sampled_from(SEMANTICS))
    before = lf.lump(chain, kind=kind, semantics=semantics).partition
    after = lf.lump(other, kind=kind, semantics=semantics).partition
    assert after == Partition(before.class_of[order])


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@given(data=st.data())
def test_the_coarsest_is_the_oracles_and_the_quotient_is_minimal(kind, data):
    found = data.draw(ls.lumpable_chains(kind=kind, max_classes=3))
    chain, semantics = found.chain, data.draw(st.sampled_from(SEMANTICS))
    lumping = lf.lump(chain, kind=kind, semantics=semantics)
    if chain.states <= min(7, MAX_NODES):
        rows = chain.arrow(semantics).to_fractions()
        assert lumping.partition == coarsest(rows, chain.respected(lumping.respect), kind)
    if kind == "ordinary":  # T10
        assert lf.lump(lumping.quotient, semantics=semantics).partition.count == lumping.partition.count


@pytest.mark.parametrize("kind", ["ordinary", "exact", "strict"])
@given(data=st.data())
def test_near_misses_are_not_merged(kind, data):
    """The planted partition is no lumping any more; a weight that moved by 2^-80 of itself is seen."""
    miss = data.draw(ls.near_misses(kind=kind))
    found = lf.lump(miss.chain, kind=kind, respect=()).partition
    assert found != miss.partition
    assert lf.lump(miss.chain, kind=kind, respect=(), initial=miss.partition).partition < miss.partition


@given(found=ls.lumpable_chains())
def test_a_chain_beside_its_quotient(found):
    """T17: in the union of both, every state is in one class with its class."""
    joint = lf.lump(disjoint_union(found.chain, found.quotient)).partition
    n = found.chain.states
    assert all(joint.class_at(s) == joint.class_at(n + found.partition.class_at(s)) for s in range(n))


@pytest.mark.parametrize("name", ["embedded_MAX_COUNT2.drn"])
def test_a_real_chain_and_its_quotient_in_floats(shared, name):
    chain = lf.read(shared / "data" / "chains" / name)
    lumping = lf.lump(chain)
    for time in ("0.5", "10"):
        slow, fast = transient(chain, time=time), transient(lumping.quotient, time=time)
        gap = abs(lumping.partition.push(slow.values) - fast.values).sum()
        assert gap <= slow.error_bound + fast.error_bound


@pytest.mark.medium
@pytest.mark.parametrize("name", ["brp_N64_MAX5", "herman_11", "polling_8", "cluster_N16"])
def test_real_chains_and_their_quotients_reach_alike(shared, name):
    chain = lf.read(shared / "data" / "chains" / f"{name}.npz")
    lumping = lf.lump(chain)
    for label in chain.labels:
        slow, fast = reachability(chain, label), reachability(lumping.quotient, label, arithmetic="float")
        gap = abs(slow.values - lumping.partition.lift(fast.values)).max()
        assert gap <= slow.error_bound + fast.error_bound
    if chain.initial is not None:
        slow, fast = stationary(chain), stationary(lumping.quotient, arithmetic="float")
        gap = abs(lumping.partition.push(slow.values) - fast.values).sum()
        assert gap <= slow.error_bound + fast.error_bound


def test_exact_under_rates_needs_equal_exit_rates():
    """States 0 and 1 get equal rates from every class but are left at the rates 4 and 2, so uniform is not kept."""
    chain = lf.MarkovChain([[0, 1, 3], [1, 0, 1], [1, 1, 0]], kind="ctmc", initial=["1/2", "1/2", 0])
    lumping = lf.lump(chain, kind="exact", semantics="rates")
    found = stationary(chain).values
    assert lumping.partition.push(found) == stationary(lumping.quotient).values
