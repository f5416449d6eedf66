"""Channels removed by size: the formula on a small residual network, and ties."""

from __future__ import annotations

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
