"""Lumping of feed-forward graphs: fast path against the plain reference, and the regression set."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_cases import networks, rational_inputs
from plain import by_layers, lump_by_reference

import lumpform as lf
from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.lumping.layered import lump_layers
from lumpform.networks.functions import RELU, SIGMOID, SOFTMAX, leaky_relu
from lumpform.networks.network import Network


def same(network):
    fast = by_layers(network.graph)
    plain = lump_by_reference(network.graph)
    assert lf.Partition(fast.class_of) == lf.Partition(plain.class_of)
    assert fast.scales == plain.scales
    return fast


def classes(network, group="x1"):
    """The classes of a group's nodes, constants as None."""
    state = same(network)
    start = network.graph.offset(group)
    found = state.class_of[start : start + network.graph.group(group).size].tolist()
    return [None if c == 0 else c for c in found]


@given(networks())
def test_the_fast_path_agrees_with_the_reference(network):
    same(network)


@given(networks(functions=st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])))
def test_the_quotient_computes_the_same_function(network):
    """T1, on rational inputs, exactly."""
    x = rational_inputs(network, 5)
    assert (network.forward(x, exact=True) == lf.lump(network).quotient.forward(x, exact=True)).all()


@given(networks())
def test_the_quotient_is_minimal(network):
    """T10: lumping twice is lumping once."""
    once = lf.lump(network).quotient
    again = lf.lump(once)
    assert again.partition.count == once.graph.nodes


def test_unweighted_sums_are_not_enough():
    """THEORY, section 2: x2 = 2 x1, then weights (3, 0) and (0, 3): equal unweighted sums, different values."""
    network = Network.from_layers([([[1, 2]], None), ([[3, 0], [0, 3]], None), ([[1, 0], [0, 1]], None)])
    first, second = classes(network, "x1"), classes(network, "x2")
    assert first[0] == first[1]
    assert second[0] == second[1]
    scales = lf.lump(network).scales
    assert scales[network.graph.offset("x2") + 1] == 2  # proportional with ratio 2, not equal
    assert network.forward(np.array([[1]]), exact=True).tolist() == [[3, 6]]
    assert lf.lump(network).quotient.forward(np.array([[1]]), exact=True).tolist() == [[3, 6]]


def test_a_bias_of_zero_does_not_divide():
    network = Network.from_layers([([[1, 2, 1]], [0, 0, 5]), ([[1], [1], [1]], None)])
    a, b, c = classes(network)
    assert a == b != c


def test_negative_ratios_do_not_merge_under_relu_but_do_when_linear():
    weights = [[1, -1]], [1, -1]
    assert len(set(classes(Network.from_layers([(*weights, RELU), ([[1], [1]], None)])))) == 2
    assert len(set(classes(Network.from_layers([(*weights, IDENTITY), ([[1], [1]], None)])))) == 1


def test_ratios_other_than_one_do_not_merge_under_sigmoid():
    network = Network.from_layers([([[1, 2, 1]], [1, 2, 1], SIGMOID), ([[1], [1], [1]], None)])
    a, b, c = classes(network)
    assert a == c != b


def test_leaky_relus_with_different_slopes_are_different_groups():
    """One group has one function, so different slopes never meet; each keeps its own."""
    layers = [([[1, 2]], None, leaky_relu(Fraction(1, 2))), ([[1, 0], [0, 1]], None, leaky_relu(Fraction(1, 4)))]
    network = Network.from_layers([*layers, ([[1], [1]], None)])
    x = np.array([[-3], [2]])
    assert (lf.lump(network).quotient.forward(x, exact=True) == network.forward(x, exact=True)).all()


def test_inputs_and_outputs_are_never_merged():
    network = Network.from_layers([([[1, 1], [1, 1]], None), ([[1, 1], [1, 1]], None)])
    quotient = lf.lump(network).quotient
    assert [quotient.graph.group(g).size for g in ("x0", "x1", "x2")] == [2, 1, 2]


def test_dead_and_constant_neurons_join_the_unit_node():
    """T12: no weights and bias 3 is the constant 3; bias -3 under ReLU is zero."""
    network = Network.from_layers([([[0, 0, 0, 1]], [3, -3, 0, 1]), ([[1], [10], [100], [1]], [5])])
    assert classes(network)[:3] == [None, None, None]
    scales = lf.lump(network).scales
    start = network.graph.offset("x1")
    assert scales[start : start + 3] == (3, 0, 0)
    quotient = lf.lump(network).quotient
    assert quotient.neurons == 1
    assert (
        quotient.forward(np.array([[2]]), exact=True).tolist() == network.forward(np.array([[2]]), exact=True).tolist()
    )


def test_softmax_groups_are_left_alone():
    network = Network.from_layers([([[1, 1]], None, SOFTMAX), ([[1], [1]], None)])
    assert len(set(classes(network))) == 2


def test_weights_that_agree_modulo_the_prime():
    """1 and 1 + (2^61 - 1) have one residue: the definition decides."""
    p = (1 << 61) - 1
    network = Network.from_layers([([[1, 1], [1, 1 + p]], None), ([[1], [1]], None)])
    assert len(set(classes(network))) == 2


def test_denominators_divisible_by_the_prime():
    p = (1 << 61) - 1
    layers = [([[1, Fraction(1, p)]], None), ([[1, 2], [3, 6]], None), ([[1], [1]], None)]
    network = Network.from_layers(layers)
    same(network)
    assert len(set(classes(network, "x1"))) == 1
    assert len(set(classes(network, "x2"))) == 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_over_many_exponents(dtype):
    rng = np.random.default_rng(0)
    base = (rng.normal(size=(5, 3)) * 2.0 ** rng.integers(-40, 40, size=(5, 3))).astype(dtype)
    doubled = np.concatenate([base, base * dtype(4)], axis=1)
    network = Network.from_layers([(doubled, None), (np.ones((6, 1), dtype=dtype), None)])
    found = classes(network)
    assert found[:3] == found[3:]


def residual(weights_a, weights_b, kernel_like):
    """z = x + F(x) on two channels, then an output."""
    groups = (
        Group("one", 1, pinned=True),
        Group("x", 1, pinned=True),
        Group("h", 2, RELU),
        Group("f", 2, RELU),
        Group("z", 2, RELU),
        Group("y", 1, pinned=True),
    )
    dense = DenseWeights.from_array
    arrows = (
        Arrow("a", "x", "h", dense(np.array([weights_a]))),
        Arrow("b", "h", "f", dense(np.array(weights_b))),
        Arrow("skip", "h", "z", dense(np.eye(2, dtype=np.int64))),
        Arrow("main", "f", "z", dense(np.eye(2, dtype=np.int64)), kernel_like),
        Arrow("out", "z", "y", dense(np.array([[1], [1]]))),
    )
    return WeightedGraph(groups, arrows)


def test_residual_paths_must_agree_on_both_sides():
    merged = lump_layers(residual([1, 2], [[1, 2], [1, 2]], None))[0]
    graph = residual([1, 2], [[1, 2], [1, 2]], None)
    z = merged.class_of[graph.offset("z") :][:2]
    assert z[0] == z[1]
    graph = residual([1, 2], [[1, 3], [1, 3]], None)  # ratio 2 on the skip, 3 on the main path
    apart = lump_layers(graph)[0].class_of[graph.offset("z") :][:2]
    assert apart[0] != apart[1]
    assert (
        lump_by_reference(graph).class_of[graph.offset("z")] != lump_by_reference(graph).class_of[graph.offset("z") + 1]
    )


def test_parallel_arrows_with_different_operators_are_compared_one_by_one():
    """Two kernel positions: equal sums over both together are not enough."""
    groups = (Group("one", 1, pinned=True), Group("x", 1, pinned=True), Group("h", 2, RELU), Group("y", 1, pinned=True))
    dense = DenseWeights.from_array

    def graph(left, right):
        arrows = (
            Arrow("l", "x", "h", dense(np.array([left])), ("shift", 0, 0)),
            Arrow("r", "x", "h", dense(np.array([right])), ("shift", 0, 1)),
            Arrow("o", "h", "y", dense(np.array([[1], [1]]))),
        )
        return WeightedGraph(groups, arrows)

    assert len(set(lump_layers(graph([1, 2], [3, 6]))[0].class_of[2:4].tolist())) == 1
    assert len(set(lump_layers(graph([1, 3], [3, 1]))[0].class_of[2:4].tolist())) == 2


def test_a_cycle_is_refused():
    groups = (Group("one", 1, pinned=True), Group("a", 1), Group("b", 1, NodeFunction("relu")))
    one = DenseWeights.from_array(np.array([[1]]))
    graph = WeightedGraph(groups, (Arrow("ab", "a", "b", one), Arrow("ba", "b", "a", one)))
    with pytest.raises(lf.ModelError, match="cycle"):
        lump_layers(graph)


def test_options_that_do_not_apply_are_refused():
    network = Network.from_layers([([[1]], None)])
    with pytest.raises(lf.OptionError, match="kind is 'ordinary', expected one of proportional-exact"):
        lf.lump(network, "ordinary")
    with pytest.raises(lf.OptionError, match="no 'labels' to respect"):
        lf.lump(network, respect=("labels",))
