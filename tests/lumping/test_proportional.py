"""Proportional kinds of lumping on chains: T7 and T8."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import lumpable, proportional_by_definition, two_sided

import lumpform as lf
from lumpform import strategies as ls
from lumpform.certificates.format import write_certificate
from lumpform.chains.analysis import stationary
from lumpform.chains.families import proportional_example
from lumpform.chains.proportional import (
    perturbed,
    stationary_from_perturbed,
    stationary_of_irreducible,
    time_reversed,
)
from lumpform.checker import check
from lumpform.graph.partition import Partition
from lumpform.lumping.oracle import partitions

TWO, ONE = "proportional-exact", "proportional-exact-one-sided"


def ergodic(**options):
    return ls.chains(structure="ergodic", rewards=False, initial=False, max_states=5, **options)


def exact_stationary(chain):
    return list(stationary(chain, arithmetic="exact").values)


def coarsest(good):
    """The partition that all others refine."""
    best = min(good, key=lambda p: p.count)
    assert all(p.refines(best) for p in good)
    return best


@given(chain=ergodic(kind="ctmc"))
def test_proportional_is_the_coarsest_by_definition(chain):
    start = chain.respected(("labels",))
    good = [
        p
        for p in partitions(chain.states)
        if p.refines(start) and proportional_by_definition(chain.weights, p, own=False)
    ]
    assert lf.lump(chain, kind="proportional").partition == coarsest(good)


@given(chain=ergodic(kind="ctmc"))
def test_one_sided_is_the_coarsest_by_definition(chain):
    into, start = chain.arrow().transpose(), chain.respected(("labels",))
    good = [p for p in partitions(chain.states) if p.refines(start) and proportional_by_definition(into, p, own=True)]
    assert lf.lump(chain, kind=ONE).partition == coarsest(good)


@given(chain=ergodic())
def test_two_sided_both_ways(chain):
    """T8 c: by the weighted sums of the definition, over all partitions, and by way of the reversed chain."""
    p = stationary_of_irreducible(chain)
    good = []
    for partition in partitions(chain.states):
        if not partition.refines(chain.respected(("labels",))):
            continue
        scales = [p[v] / p[partition.representatives[partition.class_at(v)]] for v in range(chain.states)]
        if two_sided(chain.arrow(), partition, scales):
            good.append(partition)
    lumping = lf.lump(chain, kind=TWO)
    assert lumping.partition == coarsest(good)
    assert lumping.partition == lf.lump(time_reversed(chain), respect=("labels",)).partition
    assert two_sided(chain.arrow(), lumping.partition, lumping.scales)


@given(chain=ergodic(kind="ctmc"))
def test_t7_the_perturbed_chain_is_ordinarily_lumpable_and_gives_the_stationary_distribution(chain):
    lumping = lf.lump(chain, kind="proportional", respect=())
    other = perturbed(chain, lumping.scales)
    assert lumpable(other.arrow().to_fractions(), lumping.partition, "ordinary")
    back = stationary_from_perturbed(exact_stationary(other), lumping.scales)
    assert back == exact_stationary(chain)
    aggregated = exact_stationary(lumping.quotient)
    sums = [Fraction(0)] * lumping.partition.count
    for s, share in enumerate(exact_stationary(other)):
        sums[lumping.partition.class_at(s)] += share
    assert sums == aggregated


@given(chain=ergodic())
def test_t8_stationary_distributions_of_both_forms(chain):
    p = exact_stationary(chain)
    if chain.kind == "ctmc":
        one = lf.lump(chain, kind=ONE).partition
        assert all(p[s] == p[one.representatives[one.class_at(s)]] for s in range(chain.states))  # (a)
    two = lf.lump(chain, kind=TWO)
    first = two.partition.representatives
    assert all(p[s] == two.scales[s] * p[first[two.partition.class_at(s)]] for s in range(chain.states))  # (b)


@given(chain=ergodic(kind="dtmc"), parts=st.lists(st.integers(1, 3), min_size=5, max_size=5))
def test_t8_started_in_the_span_of_the_scales_the_chain_follows_the_quotient(chain, parts):
    lumping = lf.lump(chain, kind=TWO)
    partition, scales = lumping.partition, lumping.scales
    raw = [scales[s] * parts[partition.class_at(s)] for s in range(chain.states)]
    start = [v / sum(raw) for v in raw]
    masses = [sum(start[s] for s in block) for block in partition.classes()]
    rows, small = chain.weights.to_fractions(), lumping.quotient.weights.to_fractions()
    for _ in range(3):
        start = [sum(start[s] * rows[s][t] for s in range(chain.states)) for t in range(chain.states)]
        masses = [sum(masses[b] * small[b][c] for b in range(len(masses))) for c in range(len(masses))]
        assert masses == [sum(start[s] for s in block) for block in partition.classes()]
        for block in partition.classes():
            assert len({start[s] / scales[s] for s in block}) == 1


@given(chain=ergodic(kind="ctmc"))
def test_exact_lumpability_is_the_two_sided_kind_with_equal_probabilities(chain):
    p = exact_stationary(chain)
    codes = {v: i for i, v in enumerate(dict.fromkeys(p))}
    equal = Partition([codes[v] for v in p])
    by_reversal = lf.lump(time_reversed(chain), respect=(), initial=equal).partition
    assert by_reversal == lf.lump(chain, kind="exact", respect=()).partition


def test_the_example_with_eight_states_and_classes_of_1_3_3_1():
    chain = proportional_example()
    lumping = lf.lump(chain, kind=TWO)
    assert chain.states == 8
    assert lumping.partition.sizes.tolist() == [1, 3, 3, 1]
    assert set(lumping.scales) != {1}
    assert lf.lump(chain, kind="exact", respect=("labels",)).partition.count == 7
    assert lf.lump(chain, kind="ordinary").partition.count == 7
    assert lumping.dropped == ()


def test_one_sided_and_two_sided_differ():
    """T8 e: the smallest chains that are one and not the other.

    Two states in one class are always two-sided, with d = p, and one-sided only if their probabilities are equal. With
    three states, {1, 2} is one-sided if p(1) = p(2), and two-sided only if state 0 feeds them equally as well.
    """
    two_not_one = lf.MarkovChain([[0, 1], [2, 0]], kind="ctmc")
    assert lf.lump(two_not_one, kind=TWO).partition.count == 1
    assert lf.lump(two_not_one, kind=ONE).partition.count == 2
    one_not_two = lf.MarkovChain([[0, 1, 2], [2, 0, 0], [1, 1, 0]], kind="ctmc", labels={"a": [0]})
    assert lf.lump(one_not_two, kind=ONE).partition == Partition([0, 1, 1])
    assert lf.lump(one_not_two, kind=TWO).partition.count == 3


def test_what_does_not_apply_is_one_line():
    dtmc = lf.MarkovChain([[0, 1], [1, 0]])
    split = lf.MarkovChain([[1, 0], [0, 1]])
    for call, expected in (
        (lambda: lf.lump(dtmc, kind="proportional"), "expected a CTMC"),
        (lambda: lf.lump(split, kind=TWO), "not irreducible"),
        (lambda: lf.lump(dtmc, kind=TWO, semantics="rates"), "expected 'generator'"),
        (lambda: lf.lump(dtmc, kind=ONE), "expected a CTMC"),
        (lambda: lf.lump(proportional_example(), kind=ONE).quotient, "has no quotient"),
    ):
        with pytest.raises(lf.LumpFormError, match=expected):
            call()


@pytest.mark.parametrize("kind", ["proportional", TWO])
@given(data=st.data())
def test_certificates_are_verified(kind, data, tmp_path_factory):
    chain = data.draw(ls.chains(structure="ergodic", kind="ctmc" if kind == "proportional" else None, max_states=5))
    lumping = lf.lump(chain, kind=kind)
    folder = tmp_path_factory.mktemp("scaled")
    paths = [str(folder / name) for name in ("model.npz", "reduced.npz", "certificate.json")]
    lf.write(chain, paths[0])
    lf.write(lumping.quotient, paths[1])
    write_certificate(lumping.certificate, paths[2])
    verdict = check(*paths)
    assert verdict.verified, verdict.line
