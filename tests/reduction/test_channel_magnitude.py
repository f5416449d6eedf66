"""Channels removed by size or folded: the formulas on a small residual network, and ties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform import strategies as ls
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU
from lumpform.networks.network import ONE, Network
from lumpform.networks.port import Port
from lumpform.reduction.channel_folding import by_channel_folding
from lumpform.reduction.channel_magnitude import by_channel_magnitude, ties


def network():
    """x -> a -> c, and a itself into c; every value is a map of two positions. c -> y."""
    groups = (
        Group(ONE, 1, pinned=True),
        Group("x", 1, pinned=True, shape=(2,)),
        *(Group(name, 3, RELU, shape=(2,)) for name in "ac"),
        Group("y", 1, pinned=True),
    )
    weights = {
        ("x", "a"): [[1.0, -2.0, 3.0]],
        ("a", "c"): [[0.0, 4.0, 1.0], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        ("c", "y"): [[9.0], [0.0], [1.0]],
    }
    arrows = [
        Arrow(f"{s} {t}", s, t, DenseWeights.from_array(np.array(w)), ("mean",) if t == "y" else None)
        for (s, t), w in weights.items()
    ]
    arrows.append(Arrow("past", "a", "c", DenseWeights.from_array(np.eye(3))))
    ports = (Port("x", "x", (None, 1, 2)), Port("y", "y", (None, 1)))
    return Network(WeightedGraph(groups, tuple(arrows)), ports[:1], ports[1:])


def test_tied_groups_keep_the_same_channels():
    """Filters: 1 + 2, 2 + 5 and 3 + 1. Group: 1 + 4 + 17 + 81, 4 + 17 + 4 and 9 + 1 + 1 + 1."""
    assert ties(network().graph) == [["one"], ["x"], ["a", "c"], ["y"]]
    for how, kept in (("filters", [1, 2]), ("group", [0, 1])):
        found = by_channel_magnitude(network(), 2 / 3, how)
        first, second = (found.graph.arrows_between(*pair)[0].weights.floats() for pair in (("x", "a"), ("c", "y")))
        assert sorted(first[0].tolist()) == sorted(np.array([1.0, -2.0, 3.0])[kept].tolist())
        assert sorted(second[:, 0].tolist()) == sorted(np.array([9.0, 0.0, 1.0])[kept].tolist())


@pytest.mark.parametrize("how", ["filters", "group"])
@given(data=st.data())
def test_all_channels_change_nothing(how, data):
    drawn = data.draw(ls.networks(structure="convolutional"))
    shape = drawn.inputs[0].sample_shape
    x = np.ones((1, int(np.prod(shape))))
    assert np.array_equal(by_channel_magnitude(drawn, 1.0, how).forward(x), drawn.forward(x))


def test_tied_groups_have_the_same_clusters():
    """Into a and c come (1, 0 2 0), (-2, 4 0 1) and (3, 1 0 0): Ward joins channels 0 and 2 of both."""
    found = by_channel_folding(network(), 2 / 3)
    arrows = {a.name: a.weights.floats().tolist() for a in found.graph.arrows}
    assert arrows["x a"] == [[2.0, -2.0]]
    assert arrows["a c"] == [[0.5, 5.0], [1.0, 0.0]]
    assert arrows["past"] == [[1.0, 0.0], [0.0, 1.0]]
    assert arrows["c y"] == [[10.0], [0.0]]


@given(data=st.data())
def test_equal_channels_are_folded_without_loss(data):
    """Every channel twice, and half of them stay: nothing changes, up to the order of sums."""
    drawn = network()
    twice = np.repeat(np.eye(3), 2, axis=0)
    share = data.draw(st.sampled_from([0.25, 0.5, 0.75]))
    halves = twice * np.array([share, 1 - share] * 3)[:, None]
    groups = tuple(replace(g, size=6) if g.name in "ac" else g for g in drawn.graph.groups)
    arrows = []
    for arrow in drawn.graph.arrows:
        weights = arrow.weights.floats()
        if arrow.name == "past":
            weights = np.eye(6)
        else:
            weights = halves @ weights if arrow.source in "ac" else weights
            weights = weights @ twice.T if arrow.target in "ac" else weights
        arrows.append(replace(arrow, weights=DenseWeights.from_array(weights)))
    wide = drawn.with_graph(WeightedGraph(groups, tuple(arrows)))
    x = np.random.default_rng(0).normal(size=(5, 2))
    assert np.allclose(by_channel_folding(wide, 0.5).forward(x), wide.forward(x))
