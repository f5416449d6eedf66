"""Joint lumping proves copies equal: permuted, rescaled, split, lumped; and never two that differ."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.equivalence import jointly_equal
from lumpform.equivalence.copies import without_copies
from lumpform.equivalence.correspond import corresponding
from lumpform.equivalence.joint_graph import moved
from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.networks.functions import SIGMOID, SOFTMAX, TANH

STRUCTURES = ("dense", "convolutional", "residual")


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_a_network_and_what_it_was_made_from(structure, data):
    found = data.draw(ls.lumpable_networks(structure=structure))
    assert jointly_equal(found.network, found.quotient)
    assert jointly_equal(found.quotient, found.network)


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_a_network_and_its_quotient(structure, data):
    network = data.draw(ls.networks(structure=structure))
    assert jointly_equal(network, lf.lump(network).quotient)


@pytest.mark.parametrize("structure", ["dense", "residual"])
@given(data=st.data())
def test_equal_means_equal_outputs(structure, data):
    miss = data.draw(ls.network_near_misses(structure=structure))
    x = [[Fraction(i + j, 3) for j in range(miss.network.graph.groups[1].size)] for i in (-2, 0, 1)]
    outputs = [n.forward(x, exact=True) for n in (miss.network, miss.lumpable)]
    if jointly_equal(miss.network, miss.lumpable):
        assert (outputs[0] == outputs[1]).all()


@given(found=ls.lumpable_chains())
def test_a_chain_and_its_quotient(found):
    assert jointly_equal(found.chain, found.quotient)


def test_chains_that_differ():
    here = lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [0]}, initial=0)
    there = lf.MarkovChain([[0, 1], [1, 0]], labels={"a": [0]}, initial=1)
    assert jointly_equal(here, here)
    assert not jointly_equal(here, there)


def test_networks_of_different_depth_and_function():
    net = lf.Network.from_layers([([[1, 2]], [0, 0]), ([[1], [1]], [0])])
    three = lf.Network.from_layers([([[3]], [0]), ([[1]], [0])])
    other = lf.Network.from_layers([([[3]], [0]), ([[2]], [0])])
    sigmoid = lf.Network.from_layers([([[3]], [0], SIGMOID), ([[1]], [0])])
    deeper = lf.Network.from_layers([([[3]], [0]), ([[1]], [0], IDENTITY), ([[1]], [0])])
    wrong = lf.Network.from_layers([([[5]], [0]), ([[1]], [0])])
    constant = [lf.Network.from_layers([([[0]], [b]), ([[c]], [0])]) for b, c in ((1, 6), (2, 3), (2, 4))]
    assert jointly_equal(net, three)
    assert not jointly_equal(net, other)
    assert not jointly_equal(three, sigmoid)
    assert not jointly_equal(three, deeper)  # equal, but not by classes inside groups: nothing is proved
    assert not jointly_equal(three, wrong)
    assert jointly_equal(constant[0], constant[1])
    assert not jointly_equal(constant[0], constant[2])


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (lambda a, b: (a, lf.Network.from_layers([([[1], [1]], [0])])), "different inputs or outputs"),
        (lambda a, b: (a, b), "of one domain"),
        (lambda a, b: (b, lf.MarkovChain([[1]])), "no initial distribution"),
        (lambda a, b: (b, lf.MarkovChain([[1]], kind="ctmc", initial=0)), "not defined"),
    ],
)
def test_what_cannot_be_compared(pair, message):
    network = lf.Network.from_layers([([[1]], [0])])
    chain = lf.MarkovChain([[1]], initial=0)
    with pytest.raises(lf.ModelError, match=message):
        jointly_equal(*pair(network, chain))


def test_softmax_inside_and_at_the_end():
    """Groups that mix their nodes are paired: permuted, with equal nodes among them, one after the other."""
    matrix, second = [[1, -2, -2, 3], [0, 1, 1, -1]], [[1, 2, 0, 1], [3, 0, 1, 1], [1, 1, 1, 1], [0, 2, 5, 1]]

    def network(order, other, last=SOFTMAX, function=SOFTMAX, bias=0):
        first = [[row[k] for k in order] for row in matrix]
        middle = [[second[i][j] for j in other] for i in order]
        out = [[k + 1, 2 - k] for k in other]
        layers = [(first, [bias] * 4, function), (middle, None, function), (out, None, last)]
        return lf.Network.from_layers(layers, output=last)

    plain = network(range(4), range(4))
    for order in ((0, 1, 2, 3), (1, 0, 3, 2), (3, 2, 1, 0)):
        for other in ((0, 1, 2, 3), (2, 0, 3, 1)):
            assert jointly_equal(plain, network(order, other))
            assert not jointly_equal(plain, network(order, other, IDENTITY))
            assert not jointly_equal(plain, network(order, other, bias=1))  # equal, but not by classes
    swapped = lf.Network.from_layers([(matrix, None, SOFTMAX), (second[::-1], None, SOFTMAX)], output=SOFTMAX)
    kept = lf.Network.from_layers([(matrix, None, SOFTMAX), (second, None, SOFTMAX)], output=SOFTMAX)
    assert not jointly_equal(kept, swapped)
    assert jointly_equal(kept, kept)


def test_a_function_that_mixes_nodes_in_their_order():
    """Only the same order counts where a function is not known to be symmetric."""
    mixing = NodeFunction("mixing", homogeneous=False, couples=True)

    def network(order):
        first = [[row[k] for k in order] for row in ([1, -2, 3], [0, 1, -1])]
        return lf.Network.from_layers([(first, None, mixing), ([[k + 1] for k in order], None)])

    assert jointly_equal(network((0, 1, 2)), network((0, 1, 2)))
    assert not jointly_equal(network((0, 1, 2)), network((2, 1, 0)))


def test_groups_correspond_though_one_network_has_more():
    """A layer more, or less, that changes nothing for the others."""
    long = lf.Network.from_layers([([[1, 2]], None), ([[1, 0], [0, 1]], None, TANH), ([[1], [1]], None)])
    zero = lf.Network.from_layers(
        [([[1, 2]], None), ([[1, 0], [0, 1]], None, TANH), ([[0], [0]], None, SIGMOID), ([[0]], None)]
    )
    assert jointly_equal(long, long)
    pairs = [(a and a.function.name, b and b.function.name) for a, b in corresponding(long, zero)]
    assert pairs == [("relu", "relu"), ("tanh", "tanh"), (None, "sigmoid"), ("identity", "identity")]


@pytest.mark.parametrize(
    "weights", [[[2, 0], [0, 1]], [[1, 0], [0, -1]], [[1, 0], [1, 1]], [[0, 1], [1, 0]], [[1, 0], [0, 0]]]
)
@pytest.mark.parametrize("sparse", [False, True])
def test_only_an_identity_is_a_copy(weights, sparse):
    """A last layer that hands on what a softmax gives is left out; one that changes it is not."""

    def network(*layers):
        made = lf.Network.from_layers([([[1, -2], [3, 1]], None, SOFTMAX), *((w, None, IDENTITY) for w in layers)])
        if not sparse:
            return made
        arrows = (replace(a, weights=moved(a.weights, 0, 0, a.weights.shape)) for a in made.graph.arrows)
        return made.with_graph(replace(made.graph, arrows=tuple(arrows)))

    same, end = [[1, 0], [0, 1]], [[1, 2], [3, 5]]
    assert without_copies(network(same, end)).graph.nodes == network(end).graph.nodes
    assert jointly_equal(network(same, end), network(end))
    other = network(weights, end)
    assert without_copies(other) is other
    assert not jointly_equal(other, network(end))


@pytest.mark.parametrize("sizes", [(2, 3), (3, 2), (1, 4)])
def test_groups_that_mix_different_numbers_of_nodes_differ(sizes):
    """One node more takes its share of a softmax, also where the sums that both have are the same."""
    first, second = (
        lf.Network.from_layers([([[1] * size], None, SOFTMAX), ([[1], *[[0]] * (size - 1)], None)]) for size in sizes
    )
    assert not jointly_equal(first, second)


def test_outputs_correspond_to_outputs():
    """Hidden groups that look alike are not paired where that would part the outputs."""
    long = lf.Network.from_layers([([[1]], None, IDENTITY), ([[3]], None, IDENTITY)])
    short = lf.Network.from_layers([([[3]], None)])
    for pair in ((long, short), (short, long)):
        ends = tuple(n.outputs[0].group for n in pair)
        assert ends in [(a and a.name, b and b.name) for a, b in corresponding(*pair)]
