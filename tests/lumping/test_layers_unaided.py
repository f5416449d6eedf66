"""The fast path alone: it falls back to the definition only for collisions, so elsewhere it must do without."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from network_cases import networks, sparse
from plain import by_layers, lump_by_reference

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.lumping.layered import Claim, Layer, lump_layers
from lumpform.lumping.scaled import UNIT, ScaledPartition, arrows_in_order
from lumpform.lumping.within_epsilon import weighted_sums
from lumpform.networks.functions import RELU, SIGMOID, TANH
from lumpform.numbers.make import from_fractions
from lumpform.numbers.residues import PRIME


def agrees(network):
    fast, primes = lump_layers(network.graph)
    plain = lump_by_reference(network.graph)
    assert lf.Partition(fast.class_of) == lf.Partition(plain.class_of)
    assert fast.scales == plain.scales
    merged = len(fast.class_of) - len(fast.representatives)
    assert (primes > 0) == (merged > 0)


@given(network=networks())
def test_any_network(network):
    agrees(network)
    agrees(network.with_graph(sparse(network.graph)))


@pytest.mark.parametrize("structure", ["dense", "residual", "convolutional"])
@given(data=st.data())
def test_planted_networks(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    agrees(found.network)


@pytest.mark.parametrize("function", [IDENTITY, SIGMOID])
def test_ratios_and_constants(function):
    """Linear nodes merge with any ratio but zero, others with ratio one; what is constant joins the unit node."""
    first = [[1, -2, 1, 0, 3], [2, -4, 2, 0, 5]]
    agrees(lf.Network.from_layers([(first, [1, -2, 1, 4, 0], function), ([[1], [1], [1], [1], [1]], None)]))
    agrees(lf.Network.from_layers([(first, [1, -1, 1, 4, 0], function), ([[1], [1], [1], [1], [1]], None)]))


def test_scales_with_denominators_in_the_next_layer():
    first = [[1, "1/3", "2/7", 5, "1/2"], [1, "1/3", "2/7", -5, "1/2"]]
    second = [[3, 1, 6], [3, 1, 0], [7, 9, 0], [1, 1, 2], [4, 0, 4]]
    agrees(lf.Network.from_layers([(first, None), (second, ["1/5", "1/5", "2/5"]), ([[1], [2], [3]], None)]))


def last_layer(network):
    """The layer object of the last hidden group, classified."""
    state = ScaledPartition.start(network.graph)
    found = None
    for group, arrows in arrows_in_order(network.graph):
        if group.pinned:
            state.keep_apart(network.graph, group)
            continue
        found = Layer(network.graph, group, arrows, state, 0)
        assert found.classify()
    assert found is not None
    return found


def test_false_claims_are_not_proved():
    network = lf.Network.from_layers([([[1, 2, 3, 0], [1, 2, 4, 0]], [1, 2, 3, 5]), ([[1]] * 4, None)])
    layer = last_layer(network)
    assert layer.claims == [Claim(3, -1, Fraction(5)), Claim(1, 0, Fraction(2))]
    assert layer.prove() == 1
    for false in (
        Claim(1, 0, Fraction(3)),
        Claim(2, 0, Fraction(3)),
        Claim(0, 1, Fraction(2)),
        Claim(0, -1, Fraction(1)),
        Claim(1, 2, Fraction(1, 2)),
    ):
        layer.claims = [false]
        assert layer.prove() == -1
        layer.claims = [Claim(1, 0, Fraction(2)), false, Claim(1, 0, Fraction(2))]
        assert layer.prove() == -1
    layer.claims = []
    assert layer.prove() == 0


def test_claims_are_proved_in_blocks():
    network = lf.Network.from_layers([([[1, 2, 3, 4, 5, 6, 7]], None), ([[1]] * 7, None)])
    layer = last_layer(network)
    assert len(layer.claims) == 6
    assert layer.prove(block=2) == 1
    layer.claims[5] = replace(layer.claims[5], scale=Fraction(8))
    assert layer.prove(block=2) == -1


def test_large_numbers_need_more_primes():
    big = 10**30
    network = lf.Network.from_layers([([[big, 2 * big, 1]], [1, 2, big]), ([[1]] * 3, None)])
    layer = last_layer(network)
    assert layer.prove() > 1
    assert layer.bound() > 2 * 3 * big
    layer.claims = [Claim(1, 0, Fraction(2 * big + 1, big))]
    assert layer.prove() == -1


@given(network=networks(max_width=3), data=st.data())
def test_claims_are_proved_exactly_where_the_definition_holds(network, data):
    """Any claim about the last hidden layer, after layers with scales and constants, dense and sparse."""
    assume(len(network.graph.groups) > 3)
    graph = network.graph if data.draw(st.booleans()) else sparse(network.graph)
    layer = last_layer(network.with_graph(graph))
    size = layer.group.size
    sums = [weighted_sums(graph, layer.arrows, v, layer.state) for v in range(size)]
    scales = st.sampled_from([Fraction(n, d) for n in (-3, -1, 1, 2, 3) for d in (1, 2, 3)])
    for index in range(size):
        for head in range(-1, size):
            r = data.draw(scales)
            layer.claims = [Claim(index, head, r)]
            if head == -1:
                holds = all(key == UNIT for key in sums[index])
            else:
                holds = sums[index] == {key: r * value for key, value in sums[head].items()}
            assert (layer.prove() > 0) == holds


def test_nodes_without_inputs_are_equal():
    """The value of a sigmoid at zero is not rational, so such nodes are a class and not constants."""
    agrees(lf.Network.from_layers([([[0, 1, 0, 0], [0, 2, 0, 0]], None, SIGMOID), ([[1], [1], [2], [3]], None)]))


@pytest.mark.parametrize("function", [RELU, SIGMOID, TANH])
@pytest.mark.parametrize("size", [2, 3])
def test_nodes_without_any_arrow_are_equal(function, size):
    """Nothing arrives at the group, not even zeros, so what is claimed is about empty sums."""
    network = lf.Network.from_layers([([[1] * size], None, function), ([[1]] * size, None)])
    graph = network.graph
    agrees(network.with_graph(replace(graph, arrows=tuple(a for a in graph.arrows if a.target != "x1"))))


@pytest.mark.parametrize(("more", "merged"), [(3, True), (4, False)])
def test_constants_and_biases_over_different_denominators(more, merged):
    """What a constant of value 2/3 gives and the bias 1/3 are one sum: 1 and 2 for two neurons with inputs 1 and 2."""
    first = ([[0, 1], [0, 2]], [Fraction(2, 3), 0])
    second = ([[1, more], [1, 2]], [Fraction(1, 3), 0])
    network = lf.Network.from_layers([first, second, ([[1], [1]], None)])
    agrees(network)
    agrees(network.with_graph(sparse(network.graph)))
    assert lump_layers(network.graph)[0].scales[5:7] == [1, 2 if merged else 1]


@pytest.mark.parametrize("function", [RELU, SIGMOID, IDENTITY])
@pytest.mark.parametrize("scale", [Fraction(2), Fraction(1, 3), 2**80 + 1, Fraction(1, 3**50), Fraction(3**60, 5**40)])
@pytest.mark.parametrize("ratio", [1, 2, 2**70 + 1])
def test_weighted_sums_that_are_proportional_where_sums_are_not(function, scale, ratio):
    """A pair of neurons with the ratio `scale` and a third one; each of two readers takes one of the pair."""
    first = [[1, scale, 1], [1, scale, 2]]
    second = [[2 * scale, 0], [0, 2 * ratio], [5, 5 * ratio]]
    network = lf.Network.from_layers([(first, None), (second, None, function), ([[1], [1]], None)])
    agrees(network)
    state, primes = lump_layers(network.graph)
    assert state.scales[4] == scale
    assert (state.class_of[6] == state.class_of[7]) == (ratio == 1 or function is not SIGMOID)
    wrong = lf.Network.from_layers([(first, None), ([*second[:2], [5, 6 * ratio]], None, function), ([[1], [1]], None)])
    agrees(wrong)
    assert lump_layers(wrong.graph)[0].scales[7] == 1
    assert primes > (1 if scale == 2**80 + 1 else 0)


def test_the_number_of_primes_is_the_largest_of_all_layers():
    big = 2**80 + 1
    network = lf.Network.from_layers([([[1, big]], None), ([[1, 1], [1, 1]], None), ([[1], [1]], None)])
    front = lf.Network.from_layers([([[1, big]], None), ([[1], [1]], None)])
    assert lump_layers(front.graph)[1] > 1
    end = lf.Network.from_layers([([[1, 2]], None), ([[1, big], [1, big]], None), ([[1], [1]], None)])
    assert lump_layers(network.graph)[1] == lump_layers(end.graph)[1] > 1


def test_a_group_that_has_become_empty_is_read_by_nobody():
    """Quotients keep empty groups, so that every arrow keeps its place; they are lumped again."""
    once = lf.lump(
        lf.Network.from_layers([([[0, 0]], [1, 2]), ([[1, 2], [1, 2]], [1, 1]), ([[1], [1]], None)])
    ).quotient
    assert [g.size for g in once.graph.groups] == [1, 1, 0, 0, 1]
    agrees(once)


def test_a_field_that_cannot_hold_a_scale_leaves_the_layer_to_the_definition():
    network = lf.Network.from_layers([([[PRIME, 1]], None), ([[1, 2], [3, 6]], None), ([[1], [1]], None)])
    turned = lf.Network.from_layers([([[1, Fraction(1, PRIME)]], None), ([[1, 2], [3, 6]], None), ([[1], [1]], None)])
    for each in (network, turned):
        fast, plain = by_layers(each.graph), lump_by_reference(each.graph)
        assert (fast.class_of.tolist(), fast.scales) == (plain.class_of.tolist(), plain.scales)
        assert "primes" not in fast.evidence


def test_a_sum_over_a_class_of_which_only_some_members_are_read():
    """x1 has two proportional neurons; one reader takes three times the first, another one both."""
    network = lf.Network.from_layers([([[1, 2]], None), ([[3, 1], [0, 1]], None), ([[1], [1]], None)])
    agrees(network)
    agrees(network.with_graph(sparse(network.graph)))
    assert lump_layers(sparse(network.graph))[0].scales[4:6] == [1, 1]


def test_constant_feature_maps_are_no_multiples_of_the_unit_node():
    """Beyond its border a later kernel reads zeros, so only a map that is zero is a constant."""

    def arrow(source, target, rows, operator=None):
        return Arrow(f"{source} to {target}", source, target, DenseWeights.from_array(rows), operator)

    pixel = ("shift", 0, 0, (1, 1), (0, 0), (2, 2))
    groups = (
        Group("one", 1, pinned=True),
        Group("x", 1, pinned=True, shape=(2, 2)),
        Group("c", 4, RELU, shape=(2, 2)),
        Group("y", 1, pinned=True, shape=(2, 2)),
    )
    arrows = (
        arrow("one", "c", [[3, 6, -1, 1]]),
        arrow("x", "c", [[0, 0, 0, 1]], pixel),
        arrow("c", "y", [[1]] * 4, pixel),
    )
    graph = WeightedGraph(groups, arrows)
    fast, plain = lump_layers(graph)[0], lump_by_reference(graph)
    assert (fast.class_of.tolist(), fast.scales) == (plain.class_of.tolist(), plain.scales)
    assert fast.class_of.tolist() == [0, 1, 2, 2, 0, 3, 4]
    assert fast.scales[3:5] == [2, 0]


@pytest.mark.parametrize(("p", "q", "h"), [(5, 7, 3), (5**40, 7**30, 3**50)])
def test_the_bound_is_twice_the_largest_sum_by_definition(p, q, h):
    """Weights over 2 h, scales 1/p and 3/q in one class, and a claim of 11/13: all integers are smaller."""
    scales = [1, Fraction(1, p), Fraction(3, q)]
    first = [[*scales, 1], [*scales, 2]]
    second = [[Fraction(5, 2), 0], [0, 1], [1, 0], [0, 0]]
    network = lf.Network.from_layers([(first, None), (second, [Fraction(1, h), 0]), ([[1], [1]], None)])
    layer = last_layer(network)
    assert layer.denominator == 2 * h
    layer.claims = [Claim(0, 1, Fraction(11, 13)), Claim(0, 1, Fraction(1))]
    weight, common = (
        5 * h,
        p * q,
    )  # the largest numerator over 2 h of the arrow, and the denominator of the class's scales
    assert layer.bound() == 2 * (11 + 13) * weight * (common + common // p + 3 * common // q)


def test_the_bound_of_nothing():
    alone = lf.Network.from_layers([([[1, 2]], None), ([[0], [0]], [0]), ([[1]], None)])
    small = last_layer(alone)
    small.claims = [Claim(0, -1, Fraction(0))]
    assert small.bound() == 2


def test_an_arrow_from_an_empty_group_is_part_of_a_proof():
    groups = (Group("one", 1, pinned=True), Group("x", 1, pinned=True), Group("e", 0), Group("h", 2, RELU))
    groups += (Group("y", 1, pinned=True),)
    arrows = (
        Arrow("W", "x", "h", DenseWeights.from_array([[1, 2]])),
        Arrow("E", "e", "h", DenseWeights((0, 2), from_fractions([]))),
        Arrow("V", "h", "y", DenseWeights.from_array([[1], [1]])),
    )
    state, primes = lump_layers(WeightedGraph(groups, arrows))
    assert state.class_of.tolist() == [0, 1, 2, 2, 3]
    assert (state.scales[3], primes) == (2, 1)
