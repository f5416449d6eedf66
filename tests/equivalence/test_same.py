"""The same network but for names: every part counts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from equivalence_cases import any_networks
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.equivalence.same import same_network
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, SIGMOID, leaky_relu
from lumpform.numbers.make import from_fractions


@given(any_networks())
def test_renamed_and_written_in_another_way(network):
    """Names of groups and arrows, and how columns keep their numbers, do not count."""
    names = {g.name: f"group {i}" if i else g.name for i, g in enumerate(network.graph.groups)}
    arrows = []
    for i, a in enumerate(network.graph.arrows):
        weights = DenseWeights(a.weights.shape, from_fractions(a.weights.values.fractions()))
        arrows.append(replace(a, name=str(i), source=names[a.source], target=names[a.target], weights=weights))
    groups = tuple(replace(g, name=names[g.name]) for g in network.graph.groups)
    sides = network.inputs, network.outputs
    ports = [tuple(replace(p, group=names[p.group], name="z") for p in side) for side in sides]
    renamed = lf.Network(WeightedGraph(groups, tuple(arrows)), *ports)
    assert same_network(network, renamed)


def plain():
    matrix = np.array([[1.5, 2.0], [0.0, -1.0]], dtype=np.float32)
    return lf.Network.from_layers([(matrix, None, leaky_relu(Fraction(1, 10))), (matrix, [1, 2])])


def part(place, **changes):
    network = plain()
    groups = list(network.graph.groups)
    groups[place] = replace(groups[place], **changes)
    return network.with_graph(replace(network.graph, groups=tuple(groups)))


def arrow(place, **changes):
    network = plain()
    arrows = list(network.graph.arrows)
    arrows[place] = replace(arrows[place], **changes)
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


def weights(*values):
    return DenseWeights.from_array(np.array(values).reshape(2, 2))


OTHERS = [
    part(2, function=RELU),
    part(2, function=SIGMOID),
    part(2, function=leaky_relu(Fraction(1, 11))),
    part(2, shape=(1, 1)),
    arrow(0, operator=("pixel", (0, 0))),
    arrow(0, weights=weights(1.5, 2.0, 0.0, -1.0 + 2**-52)),
    arrow(1, weights=weights(1.5, 2.0, 0.0, -1.0).transpose()),
    lf.Network.from_layers([(np.array([[1.5, 2.0], [0.0, -1.0]]), None, leaky_relu(Fraction(1, 10)))]),
    replace(plain(), outputs=(replace(plain().outputs[0], group="x0"),)),
]


@pytest.mark.parametrize("other", OTHERS)
def test_what_differs_in_one_part(other):
    assert same_network(plain(), plain())
    assert not same_network(plain(), other)
    assert not same_network(other, plain())


@given(any_networks(), any_networks(), st.booleans())
def test_the_same_means_equal_outputs(first, second, swap):
    if same_network(first, second):
        assert lf.equivalent(second, first, stages=("joint",)).answer == "EQUIVALENT"
