"""Weights refitted by least squares: what was planted is found again, T18, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.forward import arriving
from lumpform.networks.network import ONE
from lumpform.reduction import refit as module
from lumpform.reduction.refit import refit

pytestmark = pytest.mark.medium

SHIFTS = [("shift", (i,), (1,), (6,)) if i else None for i in (-1, 0, 1)]


def made(seed, channels=3, nodes=2):
    """A convolution of maps with six positions, a number that is read as well, and samples of both."""
    rng = np.random.default_rng(seed)
    target = Group("y", nodes, pinned=True, shape=(6,))
    groups = (Group(ONE, 1, pinned=True), Group("x", channels, shape=(6,)), Group("z", 1), target)
    arrows = [
        Arrow(f"kernel {i}", "x", "y", DenseWeights.from_array(rng.normal(size=(channels, nodes))), operator)
        for i, operator in enumerate(SHIFTS)
    ]
    arrows.append(Arrow("number", "z", "y", DenseWeights.from_array(rng.normal(size=(1, nodes)))))
    arrows.append(Arrow("bias", ONE, "y", DenseWeights.from_array(rng.normal(size=(1, nodes)))))
    values = {ONE: np.ones((40, 1)), "x": rng.normal(size=(40, channels, 6)), "z": rng.normal(size=(40, 1))}
    return WeightedGraph(groups, tuple(arrows)), target, values


def sums(graph, target, values):
    return arriving(target, [a for a in graph.arrows if a.target == "y"], values)


def even(values):
    return np.full(len(values[ONE]), 1 / len(values[ONE]))


def missing(graph, target, values, wanted):
    return float(((sums(graph, target, values) - wanted) ** 2).mean())


@given(seed=st.integers(0, 100))
def test_weights_that_were_changed_are_found_again(seed):
    graph, target, values = made(seed)
    wanted = sums(graph, target, values)
    spoilt = replace(graph, arrows=tuple(replace(a, weights=scaled(a)) for a in graph.arrows if a.name != "bias"))
    found = refit(spoilt, target, values, wanted, even(values), ridge=1e-12)
    assert missing(spoilt, target, values, wanted) > 1e-3
    assert missing(found, target, values, wanted) < 1e-12
    assert [a.source for a in found.arrows if a.source == ONE] == [ONE]


def scaled(arrow):
    return DenseWeights.from_array(arrow.weights.floats() / 2)


@given(seed=st.integers(0, 100), ridge=st.sampled_from([1e-6, 1e-3, 1.0]))
def test_refitting_never_hurts(seed, ridge):
    """T18, with a ridge towards the weights as they are: on the samples it is at most what it was."""
    graph, target, values = made(seed)
    wanted = np.random.default_rng(seed + 1).normal(size=(40, 2, 6))
    found = refit(graph, target, values, wanted, even(values), ridge=ridge)
    assert missing(found, target, values, wanted) <= missing(graph, target, values, wanted) * (1 + 1e-9)


def test_some_positions_are_nearly_all(monkeypatch):
    graph, target, values = made(3)
    wanted = sums(graph, target, values)
    spoilt = replace(graph, arrows=tuple(replace(a, weights=scaled(a)) for a in graph.arrows))
    monkeypatch.setattr(module, "ROWS", 120)
    found = refit(spoilt, target, values, wanted, even(values), ridge=1e-12)
    assert missing(found, target, values, wanted) < 1e-12


@pytest.mark.parametrize("case", ["large", "own", "dead"])
def test_what_is_left_alone(monkeypatch, case):
    """More numbers than are affordable; nodes that hand on what is theirs; sources that are zero."""
    graph, target, values = made(4, nodes=3)
    wanted = sums(graph, target, values) + 1
    if case == "large":
        monkeypatch.setattr(module, "LARGEST", 9)
    elif case == "own":
        one = Arrow("own", "x", "y", DenseWeights.from_array(np.eye(3)))
        graph = replace(graph, arrows=(one, *(a for a in graph.arrows if a.name == "bias")))
    else:
        values = {name: value if name == ONE else value * 0 for name, value in values.items()}
    assert refit(graph, target, values, wanted, even(values)) is graph
