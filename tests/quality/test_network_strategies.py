"""Strategies of networks generate what they promise, find the hard cases, and shrink to small ones."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import lumpform as lf
from lumpform import strategies as ls
from lumpform.strategies.networks import STRUCTURES

FIND = settings(
    max_examples=2000, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def minimal(strategy, condition=lambda _: True):
    return find(strategy, condition, settings=FIND)


def weighted_sums(network, node, partition, scales):
    """The sums of the definition, by operator and class."""
    graph, result = network.graph, {}
    for arrow in graph.arrows:
        start, target = graph.offset(arrow.source), node - graph.offset(arrow.target)
        if 0 <= target < graph.group(arrow.target).size:
            for u in range(arrow.weights.shape[0]):
                for v, w in arrow.weights.row(u):
                    if v == target:
                        key = arrow.operator, partition.class_at(start + u)
                        result[key] = result.get(key, Fraction(0)) + scales[start + u] * w
    return {key: value for key, value in result.items() if value}


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_planted_partitions_satisfy_the_definition(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    partition, scales = found.partition, found.scales
    first = partition.representatives
    for node in range(1, found.network.graph.nodes):
        c = partition.class_at(node)
        sums = weighted_sums(found.network, node, partition, scales)
        if c == 0:
            assert sums == {}
            assert scales[node] == 0
        else:
            other = weighted_sums(found.network, int(first[c]), partition, scales)
            assert sums == {key: scales[node] * value for key, value in other.items()}


@pytest.mark.parametrize("structure", ["dense", "residual"])
@given(data=st.data())
def test_near_misses_miss_by_the_stated_amount(structure, data):
    miss = data.draw(ls.network_near_misses(structure=structure))
    sums = weighted_sums(miss.network, miss.node, miss.partition, miss.scales)
    other = weighted_sums(miss.network, miss.other, miss.partition, miss.scales)
    gaps = {k: sums.get(k, 0) - miss.scales[miss.node] * other.get(k, 0) for k in sums.keys() | other.keys()}
    assert [gap for gap in gaps.values() if gap] == [miss.amount]


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_networks_have_the_structure(structure, data):
    network = data.draw(ls.networks(structure=structure, max_layers=2))
    operators = {a.operator[0] for a in network.graph.arrows if a.operator}
    skips = [a for a in network.graph.arrows if a.target.startswith("stream")]
    if structure in ("dense", "residual"):
        assert not operators
    assert bool(skips) == (structure == "residual") or structure in ("any", "residual")
    if structure == "convolutional":
        assert any(g.shape for g in network.graph.groups)  # a kernel of one weight is a shift by nothing


@pytest.mark.slow
def test_minimal_networks():
    network = minimal(ls.networks())
    assert (network.neurons, network.graph.nodes) == (0, 3)
    lumped = minimal(ls.lumpable_networks(structure="dense"), lambda x: x.partition.count < x.network.graph.nodes)
    assert lumped.network.neurons == 2
    assert lumped.partition.count == lumped.network.graph.nodes - 1
    scaled = minimal(ls.lumpable_networks(structure="dense"), lambda x: any(s not in (0, 1) for s in x.scales))
    assert scaled.network.graph.nodes == 5
    assert sorted(scaled.scales)[-1] == 2
    miss = minimal(ls.network_near_misses(structure="dense"))
    assert miss.network.graph.nodes == 5
    assert miss.amount == Fraction(1, 2)


@pytest.mark.slow
def test_hard_cases_are_found():
    """A network with opposite neurons, one with a dead neuron, one where a neuron is constant without being dead."""
    for condition in (
        lambda n: lf.reduce(n, opposite=True).model.neurons < lf.reduce(n).model.neurons,
        lambda n: any(s == 0 for s in lf.lump(n).scales),
        lambda n: any(s > 0 and lf.lump(n).partition.class_at(u) == 0 for u, s in enumerate(lf.lump(n).scales) if u),
    ):
        assert minimal(ls.networks(structure="dense", rational=True), condition).neurons <= 3


def test_arguments_that_make_no_sense():
    for strategy in (
        ls.networks(structure="recurrent"),
        ls.networks(min_layers=3, max_layers=2),
        ls.lumpable_networks(structure="deep"),
        ls.lumpable_networks(max_copies=0),
    ):
        with pytest.raises(InvalidArgument):
            minimal(strategy)
