"""The quotient of a graph, by its definition, for dense and sparse weights; what keeps its place and name."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient as quotient_graph
from lumpform.graph.weights import DenseWeights, SparseWeights


def entries(weights):
    rows, columns = weights.shape
    dense = [[Fraction(0)] * columns for _ in range(rows)]
    for u in range(rows):
        for v, w in weights.row(u):
            dense[u][v] += w
    return dense


def sparse(graph):
    arrows = []
    for a in graph.arrows:
        dense = entries(a.weights)
        made = (
            SparseWeights.from_dense(dense)
            if any(any(row) for row in dense)
            else SparseWeights.from_coo([], [], [], a.weights.shape)
        )
        arrows.append(replace(a, weights=made if a.operator is None else a.weights))
    return replace(graph, arrows=tuple(arrows))


def by_definition(graph, partition, scales):
    """Weights into every representative, summed over all arrows between two groups, by class; unit class included."""
    table = {}
    for arrow in graph.arrows:
        s, t = graph.offset(arrow.source), graph.offset(arrow.target)
        for u, row in enumerate(entries(arrow.weights)):
            for v, w in enumerate(row):
                if partition.representatives[partition.class_of[t + v]] == t + v and w * scales[s + u]:
                    key = (int(partition.class_of[s + u]), int(partition.class_of[t + v]))
                    table[key] = table.get(key, Fraction(0)) + w * scales[s + u]
    return {k: v for k, v in table.items() if v}


def as_table(quotient, graph, partition):
    """The same of a quotient graph, whose nodes are the representatives in order."""
    order = []
    for g in graph.groups:
        start = graph.offset(g.name)
        nodes = range(start, start + g.size)
        order += [int(partition.class_of[v]) for v in nodes if partition.representatives[partition.class_of[v]] == v]
    table = {}
    for arrow in quotient.arrows:
        s, t = quotient.offset(arrow.source), quotient.offset(arrow.target)
        for u, row in enumerate(entries(arrow.weights)):
            for v, w in enumerate(row):
                key = (order[s + u], order[t + v])
                table[key] = table.get(key, Fraction(0)) + w
    return {k: v for k, v in table.items() if v}


@given(found=ls.lumpable_networks(structure="dense"))
def test_dense_and_sparse_quotients_are_the_definition(found):
    graph = found.network.graph
    lumping = lf.lump(found.network)
    partition, scales = lumping.partition, lumping.scales
    expected = by_definition(graph, partition, scales)
    for each in (graph, sparse(graph)):
        quotient = quotient_graph(each, partition, scales)
        assert as_table(quotient, graph, partition) == expected
        for before, after in zip(each.arrows, quotient.arrows, strict=False):
            assert type(after.weights) is type(before.weights) or after.source == "one"


@given(data=st.data())
def test_any_partition_has_the_quotient_of_the_definition(data):
    """Also where it is not a lumping: constants with any value join the unit node's class."""
    graph = data.draw(ls.networks(structure="dense", max_layers=2, max_width=3)).graph
    labels = list(range(graph.nodes))
    scales = [Fraction(1)] * graph.nodes
    for g in graph.groups[2:-1]:
        start = graph.offset(g.name)
        for v in range(start, start + g.size):
            choice = data.draw(st.integers(-1, 1))
            if choice:
                labels[v] = labels[start] if choice == 1 else 0
                scales[v] = (
                    Fraction(1)
                    if v == start
                    else data.draw(st.sampled_from([Fraction(2), Fraction(0), Fraction(1, 3)]))
                )
                if choice == -1:
                    scales[v] = data.draw(st.sampled_from([Fraction(1), Fraction(0), Fraction(-5, 2)]))
    partition = Partition(labels)
    scales = [Fraction(1) if partition.representatives[partition.class_of[v]] == v else s for v, s in enumerate(scales)]
    for each in (graph, sparse(graph)):
        quotient = quotient_graph(each, partition, scales)
        assert as_table(quotient, graph, partition) == by_definition(graph, partition, scales)


def test_names_and_places_stay():
    network = lf.Network.from_layers([([[1, 2]], [0, 0]), ([[1], [1]], [5])])
    lumping = lf.lump(network)
    quotient = lumping.quotient.graph
    before = {(a.source, a.target): a.name for a in network.graph.arrows}
    after = {(a.source, a.target): a.name for a in quotient.arrows}
    assert after == {k: before[k] for k in after}
    assert [g.name for g in quotient.groups] == [g.name for g in network.graph.groups]
    no_bias = replace(network.graph, arrows=tuple(a for a in network.graph.arrows if a.source != "one"))
    assert all(a.source != "one" for a in quotient_graph(no_bias, lumping.partition, lumping.scales).arrows)


def test_a_constant_makes_a_bias_where_there_was_none():
    network = lf.Network.from_layers([([[0, 1]], [3, 0]), ([[2], [1]], None)])
    arrows = tuple(a for a in network.graph.arrows if (a.source, a.target) != ("one", network.graph.groups[-1].name))
    graph = replace(network.graph, arrows=arrows)
    lumping = lf.lump(network.with_graph(graph))
    quotient = quotient_graph(graph, lumping.partition, lumping.scales)
    added = [a for a in quotient.arrows if a.source == "one" and a.target == network.graph.groups[-1].name]
    assert [a.name for a in added] == [f"bias of {network.graph.groups[-1].name}"]
    assert entries(added[0].weights) == [[6]]


def test_constants_add_up():
    """Constants 3 and 5 in one group and 7 in another, read with weights 2, 1/5 and 1/7, beside a bias of 1/2."""
    first, second = [[0, 0, 1]], [[0, 1], [0, 0], [0, 2]]
    third = [[Fraction(1, 7)], [1]]
    layers = [(first, [3, 5, 0]), (second, [7, 0]), (third, [Fraction(1, 2)])]
    network = lf.Network.from_layers(layers)
    one, x, *hidden = network.graph.groups
    skip = Arrow("skip", hidden[0].name, hidden[2].name, DenseWeights.from_array([[2], [Fraction(1, 5)], [0]]))
    graph = replace(network.graph, arrows=(*network.graph.arrows, skip))
    lumping = lf.lump(network.with_graph(graph))
    for each in (graph, sparse(graph)):
        quotient = quotient_graph(each, lumping.partition, lumping.scales)
        biases = [entries(a.weights) for a in quotient.arrows if (a.source, a.target) == (one.name, hidden[2].name)]
        assert biases == [[[6 + 1 + 1 + Fraction(1, 2)]]]
        assert quotient.groups[1].size == x.size


def test_a_bias_keeps_its_own_name_and_one_that_stays_does_not_hide_the_next():
    """Three groups with a bias: one that is merged, one that nothing touches, and another one that is merged."""

    def arrow(source, target, rows):
        return Arrow(f"{source} to {target}", source, target, DenseWeights.from_array(rows))

    sizes = {"one": 1, "x": 1, "h": 2, "o": 1, "p": 2}
    groups = tuple(Group(name, size, pinned=name in ("one", "x")) for name, size in sizes.items())
    arrows = (
        arrow("one", "h", [[1, 1]]),
        arrow("x", "h", [[2, 2]]),
        arrow("one", "o", [[7]]),
        arrow("h", "o", [[3], [4]]),
        arrow("one", "p", [[5, 5]]),
        arrow("h", "p", [[1, 1], [1, 1]]),
    )
    graph = WeightedGraph(groups, arrows)
    quotient = quotient_graph(graph, Partition([0, 1, 2, 2, 3, 4, 4]), [Fraction(1)] * 7)
    found = {a.name: entries(a.weights) for a in quotient.arrows}
    assert found == {
        "one to h": [[1]],
        "x to h": [[2]],
        "one to o": [[7]],
        "h to o": [[7]],
        "one to p": [[5]],
        "h to p": [[2]],
    }


def test_a_first_node_that_is_zero_is_no_unit_node() -> None:
    """A single pinned node in front is the unit node of a network, but in any graph it may be zero: then it goes."""
    groups = Group("g0", 1, IDENTITY, pinned=True), Group("g1", 1, IDENTITY, pinned=True)
    for weight in (0.0, 1.0):
        graph = WeightedGraph(groups, (Arrow("a0", "g0", "g1", DenseWeights.from_array(np.array([[weight]]))),))
        small = quotient_graph(graph, Partition([0, 1]), [Fraction(0), Fraction(0)])
        assert [group.size for group in small.groups] == [0, 0]
