"""Networks that hold a tensor as numbers or as maps, in its order or another one: the tensors are what is compared."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from equivalence_cases import POOLS, dense, pooled

import lumpform as lf
from lumpform.equivalence.arrange import with_plain_ports

RNG = np.random.default_rng(5)
ORDER = tuple(RNG.permutation(32).tolist())


def channels_last() -> tuple[int, ...]:
    """Number (i, j, c) of a tensor of 4 x 4 positions and two channels is entry (c, i, j)."""
    return tuple(np.arange(32).reshape(2, 4, 4).transpose(1, 2, 0).reshape(-1).tolist())


def with_order(network, order):
    """Return the network whose input tensor has another order than its maps."""
    return replace(network, inputs=(replace(network.inputs[0], order=order),))


def with_map_out(order=None):
    """Return a convolution whose maps are the output."""
    whole = pooled(POOLS[2])
    groups = tuple(replace(g, pinned=True) if g.name == "p" else g for g in whole.graph.groups if g.name != "y")
    graph = replace(whole.graph, groups=groups, arrows=tuple(a for a in whole.graph.arrows if a.target != "y"))
    port = replace(whole.outputs[0], group="p", shape=(None, 2, 2, 2), order=order)
    return replace(whole, graph=graph, outputs=(port,))


def changed(network):
    """Return the network with one more of the first weight of its last arrow."""
    *arrows, last = network.graph.arrows
    rows = [[Fraction(0)] * last.weights.shape[1] for _ in range(last.weights.shape[0])]
    for u, row in enumerate(rows):
        for v, w in last.weights.row(u):
            row[v] = w
    rows[0][0] += 1
    arrows.append(replace(last, weights=dense(rows, last.weights.shape)))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


@pytest.mark.parametrize("order", [None, ORDER, channels_last()], ids=["plain", "any", "channels last"])
@pytest.mark.parametrize("operator", POOLS[1:3], ids=str)
def test_inputs_as_numbers_compute_the_same(operator, order):
    network = with_order(pooled(operator), order)
    other = with_plain_ports(network, {0}, {0})
    x = RNG.integers(-4, 5, (3, 2, 4, 4))
    assert (network.forward(x, exact=True) == other.forward(x.reshape(3, 32), exact=True)).all()
    assert lf.equivalent(network, other).answer == "EQUIVALENT"
    assert lf.equivalent(other, network).answer == "EQUIVALENT"


@pytest.mark.parametrize("order", [None, ORDER, channels_last()], ids=["plain", "any", "channels last"])
def test_a_witness_is_in_the_order_of_the_tensor(order):
    network = with_order(pooled(POOLS[1]), order)
    for other in (changed(network), with_plain_ports(changed(network), {0}, {0})):
        verdict = lf.equivalent(network, other)
        assert verdict.answer == "DIFFERENT"
        x = np.array(verdict.witness.inputs, dtype=object)
        found = [n.forward(x.reshape(1, *n.inputs[0].sample_shape), exact=True) for n in (network, other)]
        assert [tuple(f.reshape(-1).tolist()) for f in found] == [verdict.witness.first, verdict.witness.second]


def test_the_same_maps_in_another_order_are_another_network():
    orders = [None, ORDER, channels_last()]
    for a, b in pairwise([*orders, None]):
        assert lf.equivalent(with_order(pooled(POOLS[2]), a), with_order(pooled(POOLS[2]), b)).answer == "DIFFERENT"


def test_outputs_are_compared_and_shown_by_tensor():
    order = tuple(np.arange(8).reshape(2, 2, 2).transpose(1, 2, 0).reshape(-1).tolist())
    first, second = with_map_out(order), with_map_out()
    assert lf.equivalent(first, first).answer == "EQUIVALENT"
    assert lf.equivalent(first, with_plain_ports(first, (), {0})).answer == "EQUIVALENT"
    for network, other in ((first, second), (first, changed(first)), (second, changed(second))):
        verdict = lf.equivalent(network, other)
        assert verdict.answer == "DIFFERENT"
        x = np.array(verdict.witness.inputs, dtype=object).reshape(1, 2, 4, 4)
        said = [verdict.witness.first, verdict.witness.second]
        assert [tuple(n.forward(x, exact=True).reshape(-1).tolist()) for n in (network, other)] == said


def test_a_box_for_every_number_of_a_map():
    """One pair for every pixel, as property files have them; the difference is only where pixel 0 is not 0."""
    network = pooled(POOLS[2])
    box = [(Fraction(-1), Fraction(1))] * 32
    assert lf.equivalent(network, network, box=box).answer == "EQUIVALENT"
    verdict = lf.equivalent(network, changed(network), box=box)
    assert verdict.answer == "DIFFERENT"
    assert all(-1 <= v <= 1 for v in verdict.witness.inputs)
    assert len(verdict.box) == 32


def test_tensors_of_other_shapes_do_not_correspond():
    network = pooled(POOLS[1])
    flat = replace(network, inputs=(replace(network.inputs[0], shape=(None, 32)),))
    assert lf.equivalent(network, flat).answer == "EQUIVALENT"  # held in the same way
    with pytest.raises(lf.ModelError, match=r"have \[2x4x4\] and \[32\] inputs"):
        lf.equivalent(network, with_plain_ports(flat, {0}, ()))
