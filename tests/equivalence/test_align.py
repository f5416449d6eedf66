"""Inputs and outputs that correspond: by name or by place, and the answer says which."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import lumpform as lf
from lumpform.equivalence import jointly_equal
from lumpform.equivalence.align import aligned
from lumpform.equivalence.pipeline import STAGES
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, SIGMOID
from lumpform.networks.network import ONE, Network, Port


def matrix(rows):
    return DenseWeights.from_array(np.array(rows, dtype=np.float32))


def several(inputs="ab", outputs="yz", sizes=(2, 2), swap_in=False, swap_out=False, weight=1.0):
    """Return a network with two inputs and two outputs around one hidden group."""
    groups = [Group(ONE, 1, pinned=True), Group("i", sizes[0], pinned=True), Group("j", sizes[1], pinned=True)]
    groups += [Group("h", 3, RELU), Group("o", 1, pinned=True), Group("p", 1, pinned=True)]
    arrows = [
        Arrow("1", "i", "h", matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]][: sizes[0]])),
        Arrow("2", "j", "h", matrix([[1, -2, 1], [0, 1, -1]][: sizes[1]])),
        Arrow("3", "h", "o", matrix([[1], [1], [weight]])),
        Arrow("4", "h", "p", matrix([[1], [-1], [2]])),
    ]
    ports_in = [Port(g, n, (None, s)) for g, n, s in zip("ij", inputs, sizes, strict=True)]
    ports_out = [Port(g, n, (None, 1)) for g, n in zip("op", outputs, strict=True)]
    graph = WeightedGraph(tuple(groups), tuple(arrows))
    ports = (ports_in[::-1] if swap_in else ports_in, ports_out[::-1] if swap_out else ports_out)
    return Network(graph, tuple(ports[0]), tuple(ports[1]))


CASES = [
    (several(), "EQUIVALENT", "inputs and outputs matched by name"),
    (several(swap_in=True), "EQUIVALENT", "inputs and outputs matched by name"),
    (several(swap_in=True, swap_out=True), "EQUIVALENT", "inputs and outputs matched by name"),
    (several(inputs="pq"), "EQUIVALENT", "inputs matched by place, outputs matched by name"),
    (several(inputs="pq", swap_in=True), "DIFFERENT", "inputs matched by place, outputs matched by name"),
    (several(inputs="ba"), "DIFFERENT", "inputs and outputs matched by name"),
    (several(outputs="zy"), "DIFFERENT", "inputs and outputs matched by name"),
    (several(outputs="uv"), "EQUIVALENT", "inputs matched by name, outputs matched by place"),
    (several(inputs="aa"), "EQUIVALENT", "inputs matched by place, outputs matched by name"),
    (several(weight=1.5, swap_out=True), "DIFFERENT", "inputs and outputs matched by name"),
]


@pytest.mark.parametrize(("other", "answer", "matched"), CASES)
@pytest.mark.parametrize("stages", [STAGES, ("joint", "falsify"), ("forms", "falsify")])
def test_matching(other, answer, matched, stages):
    first = several()
    verdict = lf.equivalent(first, other, stages=stages)
    assert (verdict.answer, verdict.reason.endswith(matched)) == (answer, True)
    assert all(verdict.compared[what] in ("name", "place") for what in ("inputs", "outputs"))
    if verdict.witness is not None:
        x = verdict.witness.inputs
        ports = aligned(first, other)
        for network, said in ((ports.first, verdict.witness.first), (ports.second, verdict.witness.second)):
            out = network.forward([list(x[:2])], [list(x[2:])], exact=True)
            assert tuple(o[0, 0] for o in out) == said


def test_names_that_do_not_fit_are_matched_by_place():
    """The names are the same, the shapes are not, but they are in order."""
    first, second = several(sizes=(3, 2)), several(inputs="ba", sizes=(3, 2))
    ports = aligned(first, second)
    assert (ports.inputs, ports.outputs) == ("place", "name")
    assert lf.equivalent(first, second).answer == "EQUIVALENT"
    with pytest.raises(lf.ModelError, match=r"have \[3, 2\] and \[2, 2\] inputs, expected the same numbers and shapes"):
        aligned(first, several())


def test_maps_and_numbers_do_not_correspond():
    def network(shape, size):
        groups = (Group(ONE, 1, pinned=True), Group("x", size, pinned=True, shape=shape))
        ports = (Port("x", "x", (None, size, *shape)),)
        return Network(WeightedGraph(groups, ()), ports, ports)

    with pytest.raises(lf.ModelError, match=r"have \[1x2x2\] and \[4\] inputs"):
        lf.equivalent(network((2, 2), 1), network((), 4))


def through(output, weight=1.0):
    """One output is an input itself."""
    groups = (
        Group(ONE, 1, pinned=True),
        Group("x", 2, pinned=True),
        Group("u", 2, pinned=True),
        Group("y", 1, pinned=True),
    )
    graph = WeightedGraph(groups, (Arrow("1", "x", "y", matrix([[1], [weight]])),))
    inputs = (Port("x", "x", (None, 2)), Port("u", "u", (None, 2)))
    return Network(graph, inputs, (Port(output, "o", (None, 2)), Port("y", "y", (None, 1))))


EACH = (STAGES, ("joint",), ("falsify",), ("forms", "z3"), ("forms", "sweep", "z3"), ("forms", "bounds", "branch"))


@pytest.mark.parametrize("stages", EACH)
@pytest.mark.parametrize("options", [{}, {"box": (0, 1)}, {"box": (0, 1), "epsilon": "0.1"}, {"argmax": True}])
def test_an_output_that_is_an_input(options, stages):
    assert lf.equivalent(through("x"), through("x"), **options).answer == "EQUIVALENT"
    for other in (through("u"), through("x", 2.0)):
        verdict = lf.equivalent(through("x"), other, stages=stages, **options)
        assert verdict.answer != "EQUIVALENT"
        if stages == STAGES:
            assert verdict.answer == "DIFFERENT"


def test_an_output_that_is_an_input_through_files(tmp_path):
    for name in ("x", "u"):
        lf.write(through(name), tmp_path / f"{name}.onnx")
    x, u = (lf.read(tmp_path / f"{name}.onnx") for name in ("x", "u"))
    assert lf.equivalent(x, through("x"), stages=("joint",)).answer == "EQUIVALENT"
    assert lf.equivalent(x, u).answer == "DIFFERENT"


def test_groups_that_only_hand_on_are_left_out():
    def network(last, copies):
        layers = [([[1, 2], [3, 4]], None, SIGMOID)]
        layers += [([[1, 0], [0, 1]], None, IDENTITY)] * copies
        return lf.Network.from_layers([*layers, (last, None, IDENTITY)])

    for last in ([[1, 0], [0, 1]], [[5, 6], [7, 8]]):
        for copies in range(3):
            assert jointly_equal(network(last, 0), network(last, copies))
            assert jointly_equal(network(last, copies), network(last, 0))
    assert not jointly_equal(network([[1, 0], [0, 1]], 0), network([[1, 0], [0, 2]], 1))
    assert not jointly_equal(network([[1, 0], [0, 1]], 1), network([[0, 1], [1, 0]], 1))


def test_epsilon_for_every_output_of_a_map():
    """One number for every channel holds for all of its positions."""

    def network(shift):
        groups = (Group(ONE, 1, pinned=True), Group("x", 1, pinned=True, shape=(2, 2)))
        groups += (Group("y", 2, pinned=True, shape=(2, 2)),)
        arrows = (Arrow("w", "x", "y", matrix([[1, 1]])), Arrow("b", ONE, "y", matrix([shift])))
        ports = Port("x", "x", (None, 1, 2, 2)), Port("y", "y", (None, 2, 2, 2))
        return Network(WeightedGraph(groups, arrows), ports[:1], ports[1:])

    first, second = network([0, 0]), network([0.5, 2.0])
    for epsilon, answer in ((["0.5", "2"], "EQUIVALENT"), (["0.5", "1.9"], "DIFFERENT"), (["0.4", "2"], "DIFFERENT")):
        verdict = lf.equivalent(first, second, epsilon=epsilon, box=(0, 0))
        assert verdict.answer == answer, verdict.reason
    with pytest.raises(lf.OptionError, match="epsilon has 3 numbers, expected 2"):
        lf.equivalent(first, second, epsilon=[1, 1, 1])


def test_first_and_second_may_be_one_object():
    network = several()
    assert lf.equivalent(network, replace(network, outputs=network.outputs[::-1])).answer == "EQUIVALENT"
    assert lf.equivalent(network, network, epsilon=Fraction(1, 10**9)).answer == "EQUIVALENT"


@pytest.mark.parametrize("orders", [((1, 0), None), (None, (1, 0)), ((1, 0), (1, 0))])
def test_a_witness_of_several_tensors_in_other_orders(orders):
    """Every tensor has an order of its own; the witness has the numbers of the tensors one after the other."""
    first, second = several(), several(weight=1.5)
    first, second = (
        replace(n, inputs=tuple(replace(p, order=o) for p, o in zip(n.inputs, orders, strict=True)))
        for n in (first, second)
    )
    places = [[0, 1] if o is None else list(o) for o in orders]
    assert aligned(first, second).order_in == [*places[0], *(2 + k for k in places[1])]
    witness = lf.equivalent(first, second).witness
    assert witness is not None
    x = [np.array([witness.inputs[k : k + 2]], dtype=object) for k in (0, 2)]
    for network, expected in ((first, witness.first), (second, witness.second)):
        assert tuple(y.item() for y in network.forward(*x, exact=True)) == expected
