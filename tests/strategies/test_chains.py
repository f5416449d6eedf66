"""The strategies generate what they promise, find the hard cases, and shrink to small ones."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from plain import in_sum, lumpable, out_sum
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.transform import permute
from lumpform.graph.partition import Partition
from lumpform.graph.structure import recurrent_classes

KINDS = ("ordinary", "exact", "strict")
FIND = settings(
    max_examples=1000, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def minimal(strategy, condition=lambda _: True):
    return find(strategy, condition, settings=FIND)


@pytest.mark.parametrize("semantics", medium_but(["generator"], ["generator", "rates"]))
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_planted_partitions_are_lumpings_with_the_planted_quotient(kind, semantics, data):
    found = data.draw(ls.lumpable_chains(kind=kind, semantics=semantics))
    assert lumpable(found.chain.arrow(semantics).to_fractions(), found.partition, kind)
    quotient, dropped = found.chain.quotient(found.partition, kind, semantics)
    assert quotient == found.quotient
    assert dropped == ()


@pytest.mark.medium
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_near_misses_miss_by_the_stated_amount(kind, data):
    miss = data.draw(ls.near_misses(kind=kind))
    p, rows = miss.partition, miss.chain.arrow().to_fractions()
    assert lumpable(miss.lumpable.arrow().to_fractions(), p, kind)
    assert not lumpable(rows, p, kind)
    assert p.class_at(miss.state) == p.class_at(miss.other)
    assert miss.state != miss.other
    side = (lambda s, c: in_sum(rows, c, s)) if kind == "exact" else (lambda s, c: out_sum(rows, s, c))
    gaps = [abs(side(miss.state, c) - side(miss.other, c)) for c in p.classes()]
    assert miss.amount in gaps
    assert set(gaps) <= {0, miss.amount}


@pytest.mark.medium
def test_symbolic_weights_are_small_polynomials_and_shrink_to_a_parameter():
    assert minimal(ls.symbolic_weights()) == lf.parameters("p")[0]
    assert len(minimal(ls.symbolic_weights("a", "b"), lambda w: len(w.names) == 2).above) <= 2


@given(found=ls.chains(structure="ergodic"))
def test_ergodic_chains_have_one_recurrent_class_with_all_states(found):
    assert [len(c) for c in recurrent_classes(found.weights)] == [found.states]


@given(found=ls.chains(structure="absorbing"))
def test_absorbing_chains_end_in_one_state(found):
    assert [c.tolist() for c in recurrent_classes(found.weights)] == [[found.states - 1]]


@given(found=ls.chains(structure="reducible"))
def test_reducible_chains_have_several_recurrent_classes(found):
    assert len(recurrent_classes(found.weights)) >= 2


@given(found=ls.chains(kind="dtmc", structure="periodic"))
def test_periodic_chains_alternate(found):
    assert all((s - t) % 2 for s in range(found.states) for t, _ in found.weights.row(s))
    assert len(recurrent_classes(found.weights)) == 1


@given(data=st.data(), chain=ls.chains())
def test_relabelling_back_gives_the_same_chain(data, chain):
    other, order = data.draw(ls.relabellings(chain))
    back = sorted(range(chain.states), key=lambda i: order[i])
    assert permute(other, back) == chain


@given(ls.exact_weights())
def test_weights_are_positive_and_exact(weight):
    assert isinstance(weight, Fraction)
    assert weight > 0


@pytest.mark.slow
def test_smallest_examples():
    assert minimal(ls.exact_weights()) == 1
    assert minimal(ls.partitions(min_size=3), lambda p: p.count == 2) == Partition([0, 0, 1])
    chain = minimal(ls.chains(kind="dtmc"))
    assert (chain.states, chain.transitions, chain.labels, chain.rewards) == (1, 1, {}, {})
    chain = minimal(ls.chains(kind="ctmc"), lambda c: c.transitions >= 1)
    assert chain.weights.to_fractions() == [[1]]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_smallest_lumpable_chain_with_two_classes(kind):
    found = minimal(ls.lumpable_chains(kind=kind), lambda x: x.partition.count == 2 and x.chain.states > 2)
    assert found.chain.states == 3
    assert found.chain.labels == {}
    assert found.chain.rewards == {}


@pytest.mark.slow
def test_an_exact_lumping_that_is_not_ordinary_is_found():
    found = minimal(
        ls.lumpable_chains(kind="exact", model="dtmc"),
        lambda x: not lumpable(x.chain.arrow().to_fractions(), x.partition, "ordinary"),
    )
    assert found.chain.states <= 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_tiny_near_misses_are_found_and_small(kind):
    miss = minimal(ls.near_misses(kind=kind, model="dtmc"), lambda m: m.amount < Fraction(1, 2**60))
    assert miss.chain.states <= 6  # three would do; shrinking ends in local minima


@pytest.mark.parametrize(
    "strategy",
    [
        lambda: ls.chains(structure="cyclic"),  # type: ignore[arg-type]
        lambda: ls.chains(kind="mdp"),  # type: ignore[arg-type]
        lambda: ls.chains(structure="periodic", max_states=1),
        lambda: ls.lumpable_chains(kind="weak"),  # type: ignore[arg-type]
        lambda: ls.partitions(min_size=3, max_size=2),
        lambda: ls.exact_weights(max_value=0),
    ],
)
def test_impossible_arguments_are_refused(strategy):
    with pytest.raises(InvalidArgument):
        find(strategy(), lambda _: True)
