"""Linear lumping of channels: nothing changes when all stay, what is planted is found, borders and ties are minded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.assumed_inputs import Inputs, assumed_inputs, given_inputs
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.port import Port
from lumpform.reduction import candidates as module
from lumpform.reduction.channels import combinable, handed_on, keeps_constants
from lumpform.reduction.linear_lumping import linear_lumping
from lumpform.reduction.nearly import approximate, mean_deviation

SHIFTS = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
SIDES = (6, 6)
POOL = NodeFunction("max_pool", parameters=((2, 2), (2, 2), (0, 0, 0, 0)))


def dense(array):
    return DenseWeights.from_array(np.asarray(array, dtype=np.float64))


def kernel(source, target, weights):
    """The arrows of a convolution with zero padding; weights are (9, channels, channels)."""
    operators = [None if s == (0, 0) else ("shift", s, (1, 1), SIDES) for s in SHIFTS]
    return [
        Arrow(f"{source} {target} {i}", source, target, dense(w), o)
        for i, (w, o) in enumerate(zip(weights, operators, strict=True))
    ]


def residual(rng, channels=4, copies=0):
    """x -> a; a -> b; a + b -> c; the mean of c -> y. The last `copies` channels of a, b and c are multiples."""
    groups = (
        Group(ONE, 1, pinned=True),
        Group("x", 1, pinned=True, shape=SIDES),
        *(Group(name, channels + copies, RELU, shape=SIDES) for name in "abc"),
        Group("y", 3, pinned=True),
    )

    def planted(weights):
        multiples = weights[..., :copies] * np.arange(2, 2 + copies)
        return np.concatenate([weights, multiples], axis=-1)

    arrows = [*kernel("x", "a", planted(rng.normal(size=(9, 1, channels))))]
    arrows += kernel("a", "b", planted(rng.normal(size=(9, channels + copies, channels)) / 4))
    arrows += kernel("b", "c", planted(rng.normal(size=(9, channels + copies, channels)) / 4))
    arrows += [
        Arrow("past", "a", "c", dense(np.diag([1.0] * channels + [0.0] * copies)[:, :channels] @ mix(channels, copies)))
    ]
    arrows += [Arrow("end", "c", "y", dense(rng.normal(size=(channels + copies, 3))), ("mean",))]
    arrows += [Arrow(f"bias {g}", ONE, g, dense(planted(rng.normal(size=(1, channels))))) for g in "abc"]
    ports = (Port("x", "x", (None, 1, *SIDES)), Port("y", "y", (None, 3)))
    return Network(WeightedGraph(groups, tuple(arrows)), ports[:1], ports[1:])


def mix(channels, copies):
    """The identity matrix, and the multiples of its first columns."""
    one = np.eye(channels)
    return np.concatenate([one, one[:, :copies] * np.arange(2, 2 + copies)], axis=1)


@pytest.mark.medium
@given(data=st.data())
def test_with_all_channels_nothing_changes(data):
    network = data.draw(ls.networks(structure="convolutional"))
    assert approximate(network, keep=1.0).model.graph is network.graph


@pytest.mark.medium
@settings(max_examples=examples(25), deadline=None)
@given(data=st.data())
def test_planted_channels_are_found(data):
    """As many as exact lumping has classes are enough: on the samples nothing changes."""
    network = data.draw(ls.lumpable_networks(structure="convolutional")).network
    inputs = few(assumed_inputs(network, 0), 32)
    classes = lf.lump(network).partition.class_of
    sizes = {g.name: len(set(classes[network.graph.offset(g.name) :][: g.size].tolist())) for g in network.graph.groups}
    found, _ = linear_lumping(network, inputs, lambda group: sizes[group.name], ridge=1e-13)
    assert mean_deviation(network, found, inputs) < 1e-6


def few(inputs, count):
    weights = inputs.weights[:count]
    return Inputs(tuple(p[:count] for p in inputs.parts), weights / weights.sum(), inputs.source)


@pytest.mark.parametrize("seed", range(3))
def test_a_residual_network_with_planted_channels_is_reproduced(seed):
    network = residual(np.random.default_rng(seed), copies=2)
    inputs = few(assumed_inputs(network, seed), 64)
    found, combined = linear_lumping(network, inputs, lambda group: group.size - 2, ridge=1e-13)
    assert [len(c.kept) for c in combined] == [4, 4, 4]
    assert max(c.unexplained for c in combined) < 1e-9
    fresh = np.random.default_rng(9).normal(size=(20, 36))
    assert np.allclose(found.forward(fresh), network.forward(fresh), rtol=1e-5, atol=1e-5)


def test_the_unexplained_share_is_what_the_readers_miss():
    """Of the first group that is reduced: measured on the samples, sum by sum, without moments."""
    network = residual(np.random.default_rng(1))
    inputs = few(assumed_inputs(network, 1), 40)
    _, combined = linear_lumping(network, inputs, lambda group: 2 if group.name == "c" else group.size)
    from lumpform.networks.forward import group_values

    means = group_values(network, inputs.parts)["c"].mean(axis=(2, 3))
    (arrow,) = [a for a in network.graph.arrows if a.source == "c"]
    wanted = means @ arrow.weights.floats()
    (one,) = combined
    got = np.concatenate([np.ones((40, 1)), means[:, one.kept]], axis=1) @ one.combination @ arrow.weights.floats()
    centred = wanted - inputs.weights @ wanted
    share = (inputs.weights @ (wanted - got) ** 2).sum() / (inputs.weights @ centred**2).sum()
    assert one.unexplained == pytest.approx(share, rel=1e-4)  # values are in single precision


def test_constants_do_not_pass_through_zero_padding():
    network = residual(np.random.default_rng(0))
    graph = network.graph
    assert [keeps_constants(graph, graph.group(name)) for name in "abc"] == [False, False, True]
    inputs = few(assumed_inputs(network, 0), 64)
    _, combined = linear_lumping(network, inputs, lambda group: 2)
    assert [bool(c.combination[0].any()) for c in combined] == [False, False, True]


def test_maps_that_are_only_pooled_go_with_what_is_pooled():
    rng = np.random.default_rng(2)
    groups = (
        Group(ONE, 1, pinned=True),
        Group("x", 1, pinned=True, shape=SIDES),
        Group("a", 5, RELU, shape=SIDES),
        Group("p", 5, POOL, shape=(3, 3)),
        Group("y", 2, pinned=True),
    )
    arrows = (
        *kernel("x", "a", rng.normal(size=(9, 1, 5))),
        Arrow("pool", "a", "p", dense(np.eye(5))),
        Arrow("end", "p", "y", dense(rng.normal(size=(5, 2))), ("pixel", (1, 1))),
    )
    ports = (Port("x", "x", (None, 1, *SIDES)), Port("y", "y", (None, 2)))
    network = Network(WeightedGraph(groups, arrows), ports[:1], ports[1:])
    assert handed_on(network.graph, groups[2])
    assert [g.name for g in groups if combinable(network.graph, g)] == ["p"]
    found, combined = linear_lumping(network, few(assumed_inputs(network), 64), lambda group: 2)
    assert [(g.name, g.size) for g in found.hidden] == [("a", 2), ("p", 2)]
    kept = combined[0].kept
    first = found.graph.arrows_between("x", "a")[0].weights.floats()
    assert np.array_equal(first, network.graph.arrows_between("x", "a")[0].weights.floats()[:, kept])


def test_chunks_change_nothing(monkeypatch):
    network = residual(np.random.default_rng(3))
    inputs = given_inputs(network, np.random.default_rng(4).normal(size=(10, 36)))
    whole, _ = linear_lumping(network, inputs, lambda group: 2)
    monkeypatch.setattr(module, "CHUNK", 1000)
    parts, _ = linear_lumping(network, inputs, lambda group: 2)
    x = np.random.default_rng(5).normal(size=(10, 36))
    assert np.allclose(whole.forward(x), parts.forward(x), rtol=1e-6)


def test_a_group_that_nothing_reads_is_left():
    network = residual(np.random.default_rng(6))
    graph = network.graph
    unread = replace(graph, groups=(*graph.groups, Group("unread", 4, RELU)))
    found, combined = linear_lumping(network.with_graph(unread), few(assumed_inputs(network), 8), lambda group: 1)
    assert [c.group for c in combined] == ["a", "b", "c"]
    assert found.graph.group("unread").size == 4
