"""Kernels, plain reference and definition of proportional class sums give the same partition and the same ratios."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import by_directions, proportional_by_definition, refine_directions

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import directions
from lumpform.lumping.directions import Directions, proved_ratios
from lumpform.lumping.oracle import partitions

# Few values that are multiples of each other, negative ones too: opposite directions and sums that cancel.
WEIGHT = st.sampled_from([Fraction(v) for v in (0, 0, 1, 2, 3, -1, -2)] + [Fraction(1, 2), Fraction(2, 3)])


@st.composite
def matrices(draw, max_nodes=5):
    n = draw(st.integers(1, max_nodes))
    rows = draw(st.lists(st.lists(WEIGHT, min_size=n, max_size=n), min_size=n, max_size=n))
    start = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return SparseWeights.from_dense(rows), Partition(start)


@pytest.mark.parametrize("own", [False, True])
@given(case=matrices())
def test_three_speeds_agree(own, case):
    weights, start = case
    partition, ratios, how = by_directions(weights, start, own=own)
    assert how == "class sums compared as primitive integer vectors"
    assert (partition, ratios) == refine_directions(weights, start, own=own)
    good = [p for p in partitions(len(start)) if p.refines(start) and proportional_by_definition(weights, p, own=own)]
    best = min(good, key=lambda p: p.count)
    assert partition == best
    assert all(p.refines(best) for p in good)


@pytest.mark.slow
@pytest.mark.parametrize("own", [False, True])
@given(case=matrices(max_nodes=40))
def test_kernels_and_reference_agree_on_larger_matrices(own, case):
    weights, start = case
    assert by_directions(weights, start, own=own)[:2] == refine_directions(weights, start, own=own)


@pytest.mark.parametrize("own", [False, True])
@given(case=matrices(max_nodes=4))
def test_the_proof_agrees_with_the_definition_on_every_partition(own, case):
    weights, _ = case
    for partition in partitions(weights.shape[0]):
        ratios = proved_ratios(weights, weights.values.numerators(), partition, own=own)
        assert (ratios is not None) == proportional_by_definition(weights, partition, own=own)


@given(chain=ls.chains(kind="ctmc", max_states=6), start=st.lists(st.integers(0, 1), min_size=6, max_size=6))
@pytest.mark.parametrize("kind", ["proportional", "proportional-exact-one-sided"])
def test_engines_agree_on_chains_and_refine_what_they_are_given(kind, chain, start):
    given_one = Partition(start[: chain.states])
    one, other = (lf.lump(chain, kind=kind, initial=given_one, engine=e) for e in ("kernel", "reference"))
    assert (one.partition, one.scales) == (other.partition, other.scales)
    assert one.partition.refines(given_one)
    assert one.evidence != other.evidence


@given(chain=ls.chains(structure="ergodic", max_states=5), start=st.lists(st.integers(0, 1), min_size=5, max_size=5))
def test_engines_agree_on_the_two_sided_kind(chain, start):
    given_one = Partition(start[: chain.states])
    one, other = (
        lf.lump(chain, kind="proportional-exact", initial=given_one, engine=e) for e in ("kernel", "reference")
    )
    assert (one.partition, one.scales) == (other.partition, other.scales)
    assert one.partition.refines(given_one)


@pytest.mark.parametrize("largest", [(1 << 63) - 2, (1 << 63) + 1, 3 << 70])
def test_numbers_at_the_edge_of_64_bits_and_beyond(largest):
    """A node with the largest sum, one with a third of it, and one that differs in the last place."""
    rows = [[0, 0, 0, largest], [0, 0, 0, largest // 3], [0, 0, 0, 1], [0, 0, 0, 0]]
    weights = SparseWeights.from_dense(rows)
    partition, ratios, how = by_directions(weights, Partition([0, 0, 1, 2]), own=False)
    assert partition == Partition([0, 0, 1, 2])
    assert ratios == (1, Fraction(1, 3), 1, 1)
    assert ("primitive" in how) == (largest < 1 << 63)


def test_sums_beyond_64_bits_of_numbers_within_are_for_the_reference():
    rows = [[0, 0, 1 << 62, 1 << 62], [0, 0, 1 << 61, 1 << 61], [0] * 4, [0] * 4]
    weights = SparseWeights.from_dense(rows)
    partition, ratios, how = by_directions(weights, Partition([0, 0, 1, 1]), own=False)
    assert (partition, ratios[1]) == (Partition([0, 0, 1, 1]), Fraction(1, 2))
    assert "directions" in how


def test_a_collision_of_fingerprints_is_found_and_repaired(monkeypatch):
    rows = [[0, 0, 0, 1, 1], [0, 0, 0, 1, 2], [0, 0, 0, 2, 4], [0] * 5, [0] * 5]
    weights, start = SparseWeights.from_dense(rows), Partition([0, 0, 0, 1, 2])

    class Blind(Directions):
        def fingerprint(self, live, lives, edges, everything, residue_of):
            self.cells["value"] = 0

    monkeypatch.setattr(directions, "Directions", Blind)
    partition, ratios, how = by_directions(weights, start, own=False)
    assert partition == Partition([0, 1, 1, 2, 3])
    assert ratios == (1, 1, 2, 1, 1)
    assert "directions" in how


def test_many_states_and_more_than_one_thread(monkeypatch):
    """A chain above the size from which ranges go to threads: pairs of states with rates in the ratio of 1 to 3."""
    n = 40_000
    random = np.random.default_rng(7)
    columns = random.integers(0, n, size=(n // 2, 4))
    rates = random.integers(1, 4, size=(n // 2, 4))
    rows = np.repeat(np.arange(n), 4)
    targets = np.repeat(columns, 2, axis=0).ravel()
    values = (np.repeat(rates, 2, axis=0) * np.tile([[1], [3]], (n // 2, 1))).ravel()
    weights = SparseWeights.from_coo(rows, targets, values, (n, n))
    start = Partition(np.repeat(random.integers(0, 5, n // 2), 2))
    monkeypatch.setenv("LUMPFORM_THREADS", "3")
    partition, ratios, _ = by_directions(weights, start, own=True)
    assert proved_ratios(weights, weights.values.numerators(), partition, own=True) == ratios
    assert all(partition.class_at(s) == partition.class_at(s + 1) for s in range(0, n, 2))
    monkeypatch.setenv("LUMPFORM_THREADS", "1")
    assert by_directions(weights, start, own=True)[0] == partition


def test_no_states():
    empty = SparseWeights.from_coo([], [], [], (0, 0))
    partition, ratios, _ = by_directions(empty, Partition([]), own=True)
    assert (len(partition), ratios) == (0, ())
