"""Networks that lack something: hidden neurons, inputs, arrows."""

from __future__ import annotations

import numpy as np
import pytest
from equivalence_cases import check as check_all

from lumpform.equivalence.pipeline import STAGES, equivalent
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, SIGMOID, SOFTMAX
from lumpform.networks.network import ONE, Network, Port


def odd(inputs, groups, arrows):
    """Return a network from groups and matrices, with one output y."""
    ports = tuple(Port(g.name, g.name, (None, g.size)) for g in inputs)
    made = [Arrow(f"{a} to {b}", a, b, DenseWeights.from_array(np.array(m, dtype=np.float32))) for a, b, m in arrows]
    graph = WeightedGraph((Group(ONE, 1, pinned=True), *inputs, *groups), tuple(made))
    return Network(graph, ports, (Port("y", "y", (None, groups[-1].size)),))


def nothing_hidden(bias):
    hidden = np.zeros((2, 0)), np.zeros((0, 1))
    groups = [Group("h", 0, RELU), Group("y", 1, pinned=True)]
    return odd([X], groups, [("x", "h", hidden[0]), ("h", "y", hidden[1]), (ONE, "y", [[bias]])])


def no_inputs(bias, function=IDENTITY):
    return odd([], [Group("y", 1, function, pinned=True)], [(ONE, "y", [[bias]])])


def no_arrows(function, weight):
    return odd([X], [Group("h", 2, function), Group("y", 1, pinned=True)], [("h", "y", [[weight]] * 2)])


X = Group("x", 2, pinned=True)


ODD = [
    (nothing_hidden(1), nothing_hidden(1.5)),
    (no_inputs(1), no_inputs(2)),
    (no_inputs(1, SIGMOID), no_inputs(2, SIGMOID)),
    (no_inputs(1, SOFTMAX), no_inputs(2)),
    (no_arrows(SIGMOID, 1), no_arrows(SIGMOID, 2)),
    (no_arrows(SOFTMAX, 1), no_arrows(SOFTMAX, 2)),
]


@pytest.mark.parametrize(("first", "second"), ODD)
@pytest.mark.parametrize("box", [None, (-1, 1)])
def test_networks_that_lack_something(first, second, box):
    """No hidden neurons, no inputs, no arrows: outputs are constants, and differ."""
    for network in (first, second):
        for stages in (STAGES, ("joint",)):
            assert equivalent(network, network, box=box, stages=stages).answer == "EQUIVALENT"
    verdict = equivalent(first, second, box=box)
    assert verdict.answer == "DIFFERENT"
    check_all(verdict, first, second, [])
    for stages in ((s,) for s in STAGES):
        assert equivalent(first, second, box=box, stages=stages).answer in ("DIFFERENT", "UNKNOWN")
