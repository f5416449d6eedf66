"""`reduce` for networks: planted sizes come back, options stay exact, real networks give the known counts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from network_cases import networks, planted, rational_inputs

import lumpform as lf
from lumpform.graph.graph import IDENTITY
from lumpform.networks.canonical import canonical
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.networks.network import Network
from lumpform.networks.signature import signature
from lumpform.reduction.needed import needed, restricted
from lumpform.reduction.steps import followed

RATIONAL = st.sampled_from([RELU, IDENTITY, leaky_relu(Fraction(1, 4))])


@given(planted())
def test_planted_networks_come_back_to_their_size(case):
    """A class can be smaller than planted only if its neurons are needed by nobody."""
    network, sizes = case
    quotient = lf.lump(network).quotient
    found = [quotient.graph.group(f"x{i + 1}").size for i in range(len(sizes))]
    assert found == sizes
    x = rational_inputs(network, 3)
    assert (network.forward(x, exact=True) == quotient.forward(x, exact=True)).all()


@given(networks(functions=RATIONAL), st.booleans(), st.booleans())
def test_options_keep_the_function_on_all_inputs(network, opposite, linear):
    reduction = lf.reduce(network, opposite=opposite, linear=linear)
    x = rational_inputs(network, 5)
    assert (network.forward(x, exact=True) == reduction.model.forward(x, exact=True)).all()
    assert reduction.model.neurons <= lf.reduce(network).model.neurons


@given(networks(functions=RATIONAL), st.integers(-3, 2), st.integers(0, 3))
def test_stable_neurons_keep_the_function_on_the_box(network, low, width):
    box = (low, low + width)
    reduction = lf.reduce(network, opposite=True, linear=True, stable=True, box=box)
    x = rational_inputs(network, 8)
    inside = np.array([[low + width * (v % 1) for v in row] for row in x], dtype=object)
    assert (network.forward(inside, exact=True) == reduction.model.forward(inside, exact=True)).all()
    assert reduction.box == ((low, low + width),) * len(x[0])


def test_an_opposite_pair_and_an_absolute_value():
    """|x| = relu(x) + relu(-x) needs one ReLU: 2 relu(x) - x."""
    network = Network.from_layers([([[1, -1]], None), ([[1], [1]], None)])
    reduction = lf.reduce(network, opposite=True)
    assert reduction.model.neurons == 1
    assert reduction.model.forward(np.array([[-7], [3]]), exact=True).tolist() == [[7], [3]]
    assert reduction.options == ("opposite",)


def test_a_difference_of_opposites_is_linear():
    """relu(z) - relu(-z) = z: no neuron is left."""
    network = Network.from_layers([([[2, -2]], [1, -1]), ([[1], [-1]], None)])
    reduction = lf.reduce(network, opposite=True)
    assert reduction.model.neurons == 0
    assert reduction.model.forward(np.array([[-7]]), exact=True).tolist() == [[-13]]


def test_linear_dependence_in_a_linear_layer():
    network = Network.from_layers(
        [([[1, 2, 3], [1, -1, 0]], [0, 0, 0], IDENTITY), ([[1, 2], [3, 4], [5, 6]], None), ([[1], [1]], None)]
    )
    reduction = lf.reduce(network, linear=True)
    assert reduction.model.graph.group("x1").size == 2
    x = rational_inputs(network, 4)
    assert (network.forward(x, exact=True) == reduction.model.forward(x, exact=True)).all()


def test_a_linear_layer_that_repeats_an_earlier_one_goes():
    network = Network.from_layers([([[1, 0], [0, -2]], [0, 3], IDENTITY), ([[1, 2], [3, 4]], None), ([[1], [1]], None)])
    assert lf.reduce(network).model.neurons == 4
    reduction = lf.reduce(network, linear=True)
    assert reduction.model.neurons == 2
    x = rational_inputs(network, 4)
    assert (network.forward(x, exact=True) == reduction.model.forward(x, exact=True)).all()


def test_always_active_and_never_active_neurons():
    network = Network.from_layers([([[1, 1]], [10, -10]), ([[1], [1]], None)])
    assert lf.reduce(network, stable=True, box=(-1, 1)).model.neurons == 0
    assert lf.reduce(network, stable=True, box=(-20, 20)).model.neurons == 2


def test_neurons_that_no_output_needs_are_dropped():
    network = Network.from_layers([([[1, 2]], [1, 0]), ([[1, 1], [1, 3]], None), ([[1], [0]], None)])
    mask = needed(network.graph)
    assert mask.tolist() == [True, True, True, True, True, False, True]
    assert restricted(network.graph, mask).group("x2").size == 1
    assert lf.reduce(network).model.graph.group("x3").function.name == "relu"  # the one neuron left is the output


def test_a_group_that_becomes_empty_is_left_out():
    network = Network.from_layers([([[0, 0]], [1, -1]), ([[1], [1]], [2])])
    model = lf.reduce(network).model
    assert model.neurons == 0
    assert model.forward(np.array([[5]]), exact=True).tolist() == [[3]]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stable": True}, "needs a box"),
        ({"stable": True, "box": [(0, 1), (0, 1)]}, "has 2 pairs, expected one for each of the 1 input"),
        ({"stable": True, "box": (1, 0)}, "lower bound first"),
        ({"kind": "exact"}, "expected one of proportional-exact"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(lf.OptionError, match=message):
        lf.reduce(Network.from_layers([([[1]], None)]), **options)


def test_network_options_are_refused_for_chains():
    with pytest.raises(lf.OptionError, match="'opposite' is for networks"):
        lf.reduce(lf.MarkovChain([[1]]), opposite=True)


def test_a_chain_is_reduced_to_its_quotient():
    chain = lf.MarkovChain([["0", "1/2", "1/2"], [1, 0, 0], [1, 0, 0]])
    assert lf.reduce(chain).model.states == 1


def test_counts_of_a_report():
    network = Network.from_layers([([[1, 2, 0]], [1, 2, 5]), ([[1], [1], [1]], None)])
    sizes = lf.reduce(network).report.to_json()
    assert sizes["total"]["neurons"] == {"before": 3, "after": 1}
    assert sizes["total"]["parameters"] == {"before": 9, "after": 4}


@pytest.mark.medium
@pytest.mark.parametrize(
    ("name", "before", "plain", "further"), [("tll_m8_0", 386, 180, 73), ("tll_m16_0", 1546, 631, 246)]
)
def test_lattice_networks(shared, name, before, plain, further):
    network = lf.read(shared / "data" / "nets" / f"{name}.onnx")
    reduced = lf.reduce(network).model
    small = lf.reduce(network, opposite=True, linear=True).model
    assert (network.neurons, reduced.neurons, small.neurons) == (before, plain, further)
    x = rational_inputs(network, 20)
    expected = network.forward(x, exact=True)
    assert (expected == reduced.forward(x, exact=True)).all()
    assert (expected == small.forward(x, exact=True)).all()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tll_m8_0", "tll_m16_0"])
def test_lattice_networks_at_a_thousand_inputs(shared, name):
    network = lf.read(shared / "data" / "nets" / f"{name}.onnx")
    x = rational_inputs(network, 1000)
    small = lf.reduce(network, opposite=True, linear=True).model
    assert (network.forward(x, exact=True) == small.forward(x, exact=True)).all()


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("acasxu_1_1.onnx", 300), ("pendulum_less_robust.onnx", 50), ("digits_s0.npz", 256), ("fashion_s1.npz", 512)],
)
def test_trained_networks_have_nothing_proportional(shared, name, hidden):
    network = lf.read(shared / "data" / "nets" / name)
    assert network.neurons == hidden
    assert lf.reduce(network).model.neurons == hidden


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box": (0, 1)}, "'box' is for networks"),
        ({"keep": 1, "epsilon": 0}, "epsilon"),
        ({"epsilon": 0, "engine": "oracle"}, "engine goes with exact reduction"),
        ({"quotient": "best"}, "quotient goes with keep or epsilon"),
    ],
)
def test_options_that_do_not_fit_a_chain_are_refused(options, message):
    with pytest.raises(lf.OptionError, match=message):
        lf.reduce(lf.MarkovChain([[1]]), **options)


def test_options_that_do_not_fit_a_network_are_refused():
    network = Network.from_layers([([[1]], None)])
    with pytest.raises(lf.OptionError, match="'respect' is for chains"):
        lf.reduce(network, respect=("labels",))
    with pytest.raises(TypeError, match="unexpected keyword argument 'boxes'"):
        lf.reduce(network, boxes=(0, 1))
    assert lf.reduce(network, semantics="generator", seed=0, linear=False).options == ()


@given(networks(functions=RATIONAL))
def test_steps_lead_to_the_reduced_network(network):
    """Applied one after the other, they end in the reduced network; each is described by name."""
    reduction = lf.reduce(network, opposite=True, linear=True)
    fates, graph = followed(network.graph, reduction.steps)
    assert signature(canonical(network.with_graph(graph))) == signature(reduction.model)
    assert {f.node for f in fates} - {None} <= set(range(graph.nodes))
    assert [s.described()["step"] for s in reduction.steps] == [s["step"] for s in reduction.certificate()["steps"]]
