"""Polishing: gradients are right, the result is nearer to the original, and what cannot be polished is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, SIGMOID
from lumpform.reduction import polish as module
from lumpform.reduction.nearly import approximate, mean_deviation


def classifier(outputs=3, width=12):
    rng = np.random.default_rng(0)
    sizes = [5, width, width, outputs]
    return lf.Network.from_layers(
        [(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) / 4) for a, b in pairwise(sizes)]
    )


@pytest.fixture
def short(monkeypatch):
    """Fewer steps: enough for small networks."""
    monkeypatch.setattr(module, "STEPS", 150)
    monkeypatch.setattr(module, "BATCH", 128)
    monkeypatch.setattr(module, "RUNS", 2)


@pytest.mark.medium
@settings(max_examples=examples(10), deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_gradients_are_those_of_differences(data, seed):
    """Of a weighted sum of the outputs, on any graph without maps; float64, and no sum is at a kink."""
    network = data.draw(ls.networks(structure="residual", functions=st.just(RELU), max_width=3))
    rng = np.random.default_rng(seed)
    graph = network.graph
    weights = [rng.normal(size=a.weights.shape) for a in graph.arrows]
    batch = module.BATCH
    given_values: Any = {p.group: rng.normal(size=(batch, graph.group(p.group).size)) for p in network.inputs}
    directions: Any = {p.group: rng.normal(size=(batch, graph.group(p.group).size)) for p in network.outputs}

    def total(matrices):
        values = module._values(graph, matrices, given_values)
        return sum(float((values[name].astype(np.float64) * d).sum()) for name, d in directions.items())

    values = module._values(graph, weights, given_values)
    for i, gradient in enumerate(module._gradients(graph, weights, values, directions)):
        step = rng.normal(size=weights[i].shape)
        moved = [[w + sign * 1e-7 * step if j == i else w for j, w in enumerate(weights)] for sign in (1, -1)]
        slope = (total(moved[0]) - total(moved[1])) / 2e-7
        assert float((gradient * step).sum()) == pytest.approx(slope, rel=1e-3, abs=1e-2)


@pytest.mark.medium
@pytest.mark.parametrize("outputs", [1, 3])
def test_a_polished_network_is_nearer(outputs, short):
    network = classifier(outputs)
    x = np.random.default_rng(1).normal(size=(500, 5))
    plain, polished = (approximate(network, keep=0.34, polish=p) for p in (False, True))
    assert polished.polished
    assert not plain.polished
    assert [g.size for g in polished.model.hidden] == [g.size for g in plain.model.hidden]

    def apart(model):
        wanted, got = (
            n.forward(x) - n.forward(x).mean(axis=1, keepdims=True) * (outputs > 1) for n in (network, model)
        )
        return ((wanted - got) ** 2).sum()

    assert apart(polished.model) < 0.8 * apart(plain.model)
    again = approximate(network, keep=0.34, polish=True)
    assert (again.model.forward(x) == polished.model.forward(x)).all()
    for arrow in polished.model.graph.arrows:  # floats, taken exactly
        assert all(v == float(v) for v in arrow.weights.values.fractions())


@pytest.mark.medium
def test_polishing_on_data_is_better_there(short):
    network = classifier()
    x = np.random.default_rng(2).normal(size=(300, 5)) * 0.1 + 2.0
    with_data, without = (approximate(network, keep=0.34, polish=True, data=d).model for d in (x, None))
    errors = [((network.forward(x) - m.forward(x)).std(axis=0) ** 2).sum() for m in (with_data, without)]
    assert errors[0] < errors[1]


def test_steps_that_go_astray_leave_the_start(monkeypatch):
    network = classifier()
    monkeypatch.setattr(module, "STEPS", 2)
    monkeypatch.setattr(module, "RATE", float("inf"))
    found = approximate(network, keep=0.5, polish=True)
    assert np.isfinite(found.model.forward(np.ones((1, 5)))).all()


def test_what_is_refused():
    layers = [([[1.0, 2.0]], None, SIGMOID), ([[1.0], [1.0]], None, IDENTITY)]
    with pytest.raises(lf.OptionError, match="group 'x1' has the function sigmoid, expected numbers and piecewise"):
        lf.reduce(lf.Network.from_layers(layers), keep=0.5, polish=True)
    with pytest.raises(lf.OptionError, match="polish is for the method linear"):
        lf.reduce(classifier(), keep=0.5, method="proportional", polish=True)
    for options in ({"residual": 1}, {"epsilon": 1, "box": (0, 1)}):
        with pytest.raises(lf.OptionError, match="'polish' needs a budget of neurons, expected keep"):
            lf.reduce(classifier(), **options, polish=True)
    with pytest.raises(lf.OptionError, match="polish goes with keep or epsilon"):
        lf.reduce(classifier(), polish=True)
    with pytest.raises(lf.OptionError, match="box is for the method linear without data"):
        lf.reduce(classifier(), keep=0.5, box=(0, 1), data=[[0] * 5])


@pytest.mark.medium
def test_a_warning_where_assumed_inputs_disagree():
    """Of a network whose neurons switch near zero, and whose inputs may be anywhere; none where a box says where."""
    rng = np.random.default_rng(0)
    network = lf.Network.from_layers([(rng.normal(size=(2, 40)), None), (rng.normal(size=(40, 1)), np.zeros(1))])
    plain = approximate(network, keep=0.2)
    assert plain.warning == "" or ("--data" in plain.warning and "\n" not in plain.warning)
    from lumpform.networks.assumed_inputs import assumed_inputs
    from lumpform.reduction.linear_on_inputs import doubt

    dead = lf.Network.from_layers([(np.zeros((2, 1)), None), (np.ones((1, 1)), np.zeros(1))])
    assert "disagree" in doubt(_shifted(1.0), dead, assumed_inputs(network, box=(-9, -8)))
    assert approximate(network, keep=0.2, box=(0, 1)).warning == ""
    assert mean_deviation(network, network, assumed_inputs(network)) == 0


def _shifted(by):
    """A network that is zero for negative inputs."""
    return lf.Network.from_layers([(np.eye(2) * by, None), (np.ones((2, 1)), np.zeros(1))])
