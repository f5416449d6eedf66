"""Polishing: derivatives are right, no step harms, the result is nearer, and what cannot be polished is refused."""

from __future__ import annotations

from dataclasses import replace
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
from lumpform.networks.assumed_inputs import Inputs
from lumpform.networks.functions import RELU, SIGMOID
from lumpform.reduction import polish as module
from lumpform.reduction.gauss_newton import inner, minimise
from lumpform.reduction.nearly import approximate, mean_deviation


def classifier(outputs=3, width=12):
    rng = np.random.default_rng(0)
    sizes = [5, width, width, outputs]
    return lf.Network.from_layers(
        [(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) / 4) for a, b in pairwise(sizes)]
    )


@pytest.fixture
def short(monkeypatch):
    """Few samples: enough for small networks."""
    monkeypatch.setattr(module, "STEPS", 5)
    monkeypatch.setattr(module, "SAMPLES", 512)


SAMPLES = 50


def drawn_point(data, seed):
    """Draw a graph without maps, weights in float64, so that no sum is at a kink, and a direction."""
    network = data.draw(ls.networks(structure="residual", functions=st.just(RELU), max_width=3))
    rng = np.random.default_rng(seed)
    graph = network.graph
    weights, step = ([rng.normal(size=a.weights.shape) for a in graph.arrows] for _ in range(2))
    given_values = {p.group: rng.normal(size=(SAMPLES, graph.group(p.group).size)) for p in network.inputs}
    wanted = {p.group: rng.normal(size=(SAMPLES, graph.group(p.group).size)) for p in network.outputs}
    return module.Distillation(graph, given_values, wanted, np.full((SAMPLES, 1), 1 / SAMPLES), rng), weights, step


@pytest.mark.medium
@settings(max_examples=examples(10), deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_derivatives_are_those_of_differences(data, seed):
    """The gradient of the loss, and how values move, on any graph without maps."""
    task, weights, step = drawn_point(data, seed)
    ahead, behind = ([w + sign * 1e-7 * s for w, s in zip(weights, step, strict=True)] for sign in (1, -1))
    slope = (task.loss(ahead) - task.loss(behind)) / 2e-7
    assert inner(task.local(weights).gradient, step) == pytest.approx(slope, rel=1e-3, abs=1e-4)
    moved = task.point(weights).forward(step)
    for name in task.wanted:
        rise = (task.point(ahead).values[name] - task.point(behind).values[name]) / 2e-7
        assert moved[name] == pytest.approx(rise, rel=1e-3, abs=1e-3)


@pytest.mark.medium
@settings(max_examples=examples(10), deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_the_matrix_is_symmetric_and_not_negative(data, seed):
    task, weights, step = drawn_point(data, seed)
    local, other = task.local(weights), [task.rng.normal(size=w.shape) for w in weights]
    one, two = inner(other, local.product(step)), inner(step, local.product(other))
    assert one == pytest.approx(two, rel=1e-6, abs=1e-9)
    assert inner(step, local.product(step)) >= -1e-9
    assert all((d >= 0).all() for d in local.diagonal)


@pytest.mark.medium
@settings(max_examples=examples(10), deadline=None)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_no_step_makes_the_loss_larger(data, seed):
    task, weights, _ = drawn_point(data, seed)
    again = [replace(task, rng=np.random.default_rng(seed)) for _ in range(4)]  # of more steps the first are the same
    losses = [task.loss(minimise(one, weights, steps, 4)) for steps, one in enumerate(again)]
    assert losses == sorted(losses, reverse=True)


def test_one_step_solves_linear_least_squares():
    """Without hidden groups and with little damping, as `numpy.linalg.lstsq` does."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 4)), rng.normal(size=(200, 1))
    network = lf.Network.from_layers([(np.ones((4, 1)), np.ones(1))])
    task = module.Distillation(network.graph, {"x0": x}, {"x1": y}, np.full((200, 1), 1 / 200), rng)
    weights = [np.zeros(a.weights.shape) for a in network.graph.arrows]
    exact: Any = np.linalg.lstsq(np.concatenate([np.ones((200, 1)), x], axis=1), y, rcond=None)[0]
    found = minimise(task, weights, 12, 20)
    assert task.point(found).values["x1"][:, 0] == pytest.approx((x @ exact[1:] + exact[0])[:, 0], abs=1e-6)


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


def test_steps_that_go_astray_are_not_taken():
    """Where values are beyond float32, the start stays."""
    network = classifier()
    with np.errstate(all="ignore"):
        found = module.polish(network, network, lambda i: _huge(), 0)
    for before, after in zip(network.graph.arrows, found.graph.arrows, strict=True):
        assert after.weights.floats() == pytest.approx(before.weights.floats(), rel=1e-6)


def _huge():
    return Inputs((np.full((20, 5), 1e30),), np.full(20, 1 / 20), "huge")


def test_of_many_samples_some_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "SAMPLES", 7)
    inputs = Inputs((np.arange(40.0).reshape(20, 2),), np.arange(20) / 190, "given")
    some = module._some(inputs, np.random.default_rng(0))
    assert len(some.weights) == 7
    assert some.weights.sum() == pytest.approx(1)
    assert {tuple(r) for r in some.parts[0]} <= {tuple(r) for r in inputs.parts[0]}


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
