"""What changes a model in a known way changes its lumping in a known way, on both domains."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.transform import disjoint_union, permute
from lumpform.graph.graph import Arrow
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU
from lumpform.numbers.make import from_fractions
from lumpform.reduction.needed import submatrix

KINDS = ("ordinary", "exact", "strict")
NETWORKS = ("dense", "convolutional", "residual")


def scaled(weights, rows=None, columns=None):
    """A full matrix with rows and columns multiplied by numbers."""
    height, width = weights.shape
    flat = [Fraction(0)] * (height * width)
    for u in range(height):
        for v, w in weights.row(u):
            flat[u * width + v] = w * (rows[u] if rows else 1) * (columns[v] if columns else 1)
    return DenseWeights((height, width), from_fractions(flat))


def relabelled(network, orders):
    """The network with hidden groups in other orders: node i of a group is old node ``orders[group][i]``."""
    import numpy as np

    place = {g.name: np.array(orders.get(g.name, range(g.size)), dtype=np.int64) for g in network.graph.groups}
    arrows = [replace(a, weights=submatrix(a.weights, place[a.source], place[a.target])) for a in network.graph.arrows]
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_relabelling_a_chain(kind, data):
    chain = data.draw(ls.chains())
    order = data.draw(st.permutations(range(chain.states)))
    here, there = lf.lump(chain, kind).partition, lf.lump(permute(chain, order), kind).partition
    assert there == lf.Partition([here.class_at(s) for s in order])


@pytest.mark.parametrize("structure", NETWORKS)
@given(data=st.data())
def test_relabelling_a_network(structure, data):
    network = data.draw(ls.networks(structure=structure))
    orders = {g.name: data.draw(st.permutations(range(g.size))) for g in network.hidden}
    moved = [0]
    for g in network.graph.groups[1:]:
        start = network.graph.offset(g.name)
        moved += [start + i for i in orders.get(g.name, range(g.size))]
    here, there = lf.lump(network).partition, lf.lump(relabelled(network, orders)).partition
    assert there == lf.Partition([here.class_at(u) for u in moved])


@given(data=st.data())
def test_splitting_a_state_in_two_equal_ones(data):
    """A new state with the row of s, and what went to s shared between the two: one class more members."""
    chain = data.draw(ls.chains(rewards=False, initial=False))
    s = data.draw(st.integers(0, chain.states - 1))
    share = data.draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)]))
    rows = [[*row, row[s] * share] for row in chain.weights.to_fractions()]
    for row in rows:
        row[s] *= 1 - share
    rows.append(list(rows[s]))
    labels = {name: [*mask.tolist(), bool(mask[s])] for name, mask in chain.labels.items()}
    split = lf.MarkovChain(rows, kind=chain.kind, labels=labels)
    here, there = lf.lump(chain), lf.lump(split)
    assert there.partition == lf.Partition([*here.partition.class_of.tolist(), here.partition.class_at(s)])
    assert there.quotient == here.quotient


@pytest.mark.parametrize("structure", NETWORKS)
@given(data=st.data())
def test_a_parallel_arrow_that_repeats_another_changes_nothing_but_numbers(structure, data):
    """Twice the weights between two hidden groups: the scaled sums of one class and operator double."""
    network = data.draw(ls.networks(structure=structure, rational=True))
    extra = [replace(a, name=f"{a.name} again") for a in network.graph.arrows]
    doubled = network.with_graph(replace(network.graph, arrows=(*network.graph.arrows, *extra)))
    twice = network.with_graph(
        replace(
            network.graph,
            arrows=tuple(
                Arrow(a.name, a.source, a.target, scaled(a.weights, [2] * a.weights.shape[0]), a.operator)
                for a in network.graph.arrows
            ),
        )
    )
    here, there = lf.lump(network).partition, lf.lump(doubled).partition
    assert there == lf.lump(twice).partition
    if (here.class_of[1:] != 0).all():  # what a constant adds to a bias is doubled twice
        assert there == here


@pytest.mark.parametrize("kind", ["ordinary", "exact"])
@given(chain=ls.chains(kind="ctmc", initial=False, rewards=False))
def test_reversing(kind, chain):
    other = {"ordinary": "exact", "exact": "ordinary"}[kind]
    graph = chain.weights.transpose()
    turned = lf.MarkovChain(graph, kind="ctmc", labels=chain.labels)
    exits = lf.Partition(chain.exit_rates().coded().codes)  # exact lumping of rates asks for equal exit rates
    backwards = lf.Partition(turned.exit_rates().coded().codes)
    options = {"semantics": "rates", "respect": ("labels",)}
    start = exits if kind == "exact" else backwards
    assert (
        lf.lump(chain, kind, initial=start, **options).partition
        == lf.lump(turned, other, initial=start, **options).partition
    )


@given(data=st.data())
def test_scaling_a_neuron_and_its_outputs(data):
    """A ReLU neuron times c > 0, and what it gives divided by c: the same function, the same classes, other scales."""
    network = data.draw(ls.networks(structure="dense", functions=st.just(RELU), min_layers=2))
    group = data.draw(st.sampled_from([g.name for g in network.hidden]))
    size = network.graph.group(group).size
    ratios = data.draw(
        st.lists(st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 3)]), min_size=size, max_size=size)
    )
    arrows = []
    for a in network.graph.arrows:
        columns = ratios if a.target == group else None
        rows = [1 / r for r in ratios] if a.source == group else None
        arrows.append(replace(a, weights=scaled(a.weights, rows, columns)))
    other = network.with_graph(replace(network.graph, arrows=tuple(arrows)))
    here, there = lf.lump(network), lf.lump(other)
    assert here.partition == there.partition
    x = [[Fraction(i - j, 2) for j in range(network.graph.groups[1].size)] for i in range(3)]
    assert (network.forward(x, exact=True) == other.forward(x, exact=True)).all()
    start = network.graph.offset(group)
    for i, ratio in enumerate(ratios):
        first = int(here.partition.representatives[here.partition.class_at(start + i)])
        if first == 0:
            assert there.scales[start + i] == ratio * here.scales[start + i]
        else:
            assert there.scales[start + i] * ratios[first - start] == ratio * here.scales[start + i]


@pytest.mark.parametrize("kind", KINDS)
@given(chain=ls.chains())
def test_a_chain_beside_itself(kind, chain):
    """In the disjoint union of a chain with itself every state falls together with its copy."""
    respect = ("labels", "rewards")
    here = lf.lump(chain, kind, respect=respect).partition.class_of.tolist()
    there = lf.lump(disjoint_union(chain, chain), kind, respect=respect).partition.class_of.tolist()
    n = chain.states
    assert there[:n] == there[n:]
    assert lf.Partition(here).refines(lf.Partition(there[:n]))
    if kind == "ordinary":
        assert lf.Partition(there[:n]) == lf.Partition(here)


@pytest.mark.parametrize("structure", NETWORKS)
@given(data=st.data())
def test_lumping_twice_is_lumping_once(structure, data):
    network = data.draw(ls.networks(structure=structure))
    once = lf.lump(network).quotient
    again = lf.lump(once)
    assert again.partition.count == once.graph.nodes
    assert all(s == 1 for s in again.scales)
