"""Time limits: seconds are what is promised, for every stage, and no stage takes the time of those after it."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from equivalence_cases import hidden_surplus

import lumpform as lf
from lumpform.equivalence.pipeline import equivalent
from lumpform.equivalence.stages import LAST, SHARES
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU, SIGMOID
from lumpform.networks.network import ONE, Network, Port

SLACK = 0.3
"""Seconds for a machine that is busy with other tests."""


def matrix(array):
    return DenseWeights.from_array(np.ascontiguousarray(array, dtype=np.float32))


def convolutional(channels, side, function=RELU, seed=0):
    """Return convolutions with kernels of 3 x 3 and strides of 2, then all pixels into ten outputs."""
    rng = np.random.default_rng(seed)
    groups = [Group(ONE, 1, pinned=True), Group("x", channels[0], pinned=True, shape=(side, side))]
    arrows, before = [], "x"
    for layer, (a, b) in enumerate(pairwise(channels)):
        side = (side - 3) // 2 + 1
        name = f"c{layer}"
        groups.append(Group(name, b, function, shape=(side, side)))
        for i, j in np.ndindex(3, 3):
            weights = matrix(rng.normal(size=(a, b)) / np.sqrt(9 * a))
            shift = ("shift", (i, j), (2, 2), (side, side))
            arrows.append(Arrow(f"w{layer} {i} {j}", before, name, weights, shift))
        arrows.append(Arrow(f"b{layer}", ONE, name, matrix(rng.normal(size=(1, b)))))
        before = name
    groups.append(Group("y", 10, pinned=True))
    for i, j in np.ndindex(side, side):
        weights = matrix(rng.normal(size=(channels[-1], 10)) / side)
        arrows.append(Arrow(f"d {i} {j}", before, "y", weights, ("pixel", (i, j))))
    shape = groups[1].shape
    ports = Port("x", "x", (None, channels[0], *shape)), Port("y", "y", (None, 10))
    return Network(WeightedGraph(tuple(groups), tuple(arrows)), ports[:1], ports[1:])


def fully_connected(widths, function=RELU, seed=0):
    rng = np.random.default_rng(seed)
    layers = []
    for i, (a, b) in enumerate(pairwise(widths)):
        last = i == len(widths) - 2
        weights = (rng.normal(size=(a, b)) / np.sqrt(a)).astype(np.float32)
        layers.append((weights, rng.normal(size=b).astype(np.float32), IDENTITY if last else function))
    return lf.Network.from_layers(layers)


def changed(network, amount, place=0):
    """Return the network with the first weight of one arrow larger by an amount."""
    arrows = list(network.graph.arrows)
    floats = arrows[place].weights.values.floats().reshape(arrows[place].weights.shape).copy()
    floats[0, 0] += amount
    arrows[place] = replace(arrows[place], weights=DenseWeights.from_array(floats))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


def reordered(network, group):
    """Return the network with the nodes of one hidden group the other way round."""
    arrows = []
    for arrow in network.graph.arrows:
        w = arrow.weights.values.floats().reshape(arrow.weights.shape)
        w = w[:, ::-1] if arrow.target == group else w
        w = w[::-1] if arrow.source == group else w
        arrows.append(replace(arrow, weights=matrix(w)))
    return network.with_graph(replace(network.graph, arrows=tuple(arrows)))


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """The kernels are compiled, or read from their cache, before a clock runs."""
    network = fully_connected([4, 60, 60, 2])
    equivalent(network, changed(network, 1e-3), box=(-1, 1))
    small, other = hidden_surplus(2)
    for options in ({}, {"epsilon": "0.001"}):
        equivalent(small, other, box=(-1, 1), timeout=2, stages=("forms", "bounds", "sweep", "branch", "z3"), **options)


def timed(first, second, limit, **options):
    """Compare within a limit; a machine that is busy may be late, but not three times."""
    for attempt in range(3):
        began = time.perf_counter()
        verdict = equivalent(first, second, timeout=limit, **options)
        seconds = time.perf_counter() - began
        late = _late(verdict, limit)
        if seconds <= 1.2 * limit + SLACK and late is None:
            break
        assert attempt < 2, (seconds, late, verdict.stages)
    return verdict


def _late(verdict, limit):
    """Return the first stage that took more than its share."""
    left = limit
    for stage in verdict.stages:
        share = LAST if stage.name == "falsify" else SHARES[stage.name]
        if stage.seconds > share * left + 0.2 * limit + SLACK:
            return stage
        left -= stage.seconds
    return None


@pytest.mark.medium
@pytest.mark.usefixtures("own_clock")
def test_nearly_identical_convolutional_networks():
    """Joint lumping answers before a long search for differences; a change is found in time."""
    network = convolutional((1, 16, 32), 28)
    began = time.perf_counter()
    verdict = equivalent(network, reordered(network, "c0"))
    assert verdict.answer == "EQUIVALENT"
    assert verdict.stages[-1].name == "joint"
    assert time.perf_counter() - began < 4
    assert timed(network, changed(network, 2.0**-30), 20).answer == "DIFFERENT"


PAIRS = {
    "convolutional, reordered": lambda: (convolutional((3, 32, 64, 64), 64), "c1"),
    "convolutional, changed": lambda: (convolutional((3, 32, 64, 64), 64), 2.0**-40),
    "convolutional, sigmoid": lambda: (convolutional((3, 32, 64), 64, SIGMOID), 2.0**-40),
    "wide": lambda: (fully_connected([784, 512, 512, 10]), 2.0**-30),
    "wide, reordered": lambda: (fully_connected([784, 512, 512, 10]), "x1"),
    "deep": lambda: (fully_connected([20, 100, 100, 100, 5]), 2.0**-30),
    "deep sigmoid": lambda: (fully_connected([20, *[64] * 8, 5], SIGMOID), 2.0**-50),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAIRS)
def test_time_limits_hold(name):
    network, change = PAIRS[name]()
    other = reordered(network, change) if isinstance(change, str) else changed(network, change)
    for limit in (1.0, 3.0):
        for options in ({}, {"box": (-1, 1)}, {"box": (-1, 1), "epsilon": "1e-14"}, {"box": (-1, 1), "argmax": True}):
            verdict = timed(network, other, limit, **options)
            if isinstance(change, str):
                assert verdict.answer != "DIFFERENT"
            if not isinstance(change, str) and not options.get("argmax") and "epsilon" not in options:
                assert verdict.answer != "EQUIVALENT"


@pytest.mark.slow
@pytest.mark.parametrize("width", [16, 64])
@pytest.mark.parametrize("stages", [tuple(SHARES), ("forms", "branch", "z3"), ("forms", "z3"), ("forms", "sweep")])
def test_time_limits_hold_where_nothing_is_decided(width, stages):
    first, second = hidden_surplus(width)
    for options in ({}, {"epsilon": "0.5"}):
        for limit in (1.0, 4.0):
            verdict = timed(first, second, limit, box=(-1, 1), stages=stages, **options)
            assert verdict.answer == "UNKNOWN"
            ends_by_itself = stages[-1] == "sweep"
            assert ends_by_itself or "limit" in verdict.reason or "did not decide" in verdict.reason
