"""Values computed group by group: those of the forward pass, no more held than is read, samples as many as fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

from lumpform import strategies as ls
from lumpform.networks.assumed_inputs import Inputs, given_inputs
from lumpform.networks.samples import embedded_digits, embedded_network
from lumpform.reduction import values as module
from lumpform.reduction.values import Values, affordable, outputs


@pytest.mark.medium
@settings(max_examples=examples(20), deadline=None)
@given(data=st.data())
def test_outputs_are_those_of_the_forward_pass(data):
    network = data.draw(ls.networks(structure="convolutional"))
    x = np.random.default_rng(0).normal(size=(3, int(np.prod(network.inputs[0].sample_shape))))
    inputs = Inputs((x,), np.full(3, 1 / 3), "some")
    wanted = network.forward(x)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    for found, one in zip(outputs(network, inputs, np.float64), wanted, strict=True):
        assert np.allclose(found, one.reshape(3, -1), rtol=1e-12)


def test_no_more_is_held_than_is_read():
    network, x = embedded_network(), embedded_digits().x[:7]
    values = Values(network, Inputs((x,), np.full(7, 1 / 7), "digits"), np.float64)
    most = 0
    for group in network.graph.groups:
        values.compute(group, values.arrived(network.graph, group))
        most = max(most, sum(v.size for v in values.of.values()))
        values.forget(group)
    assert list(values.of) == ["one"]
    assert most == 7 * (1 + 64 + 64)
    assert affordable(network.graph) == module.LIVE // (1 + 64 + 64)


def test_too_many_given_inputs_are_thinned_and_it_is_said(monkeypatch):
    monkeypatch.setattr(module, "LIVE", 129 * 100)
    network, x = embedded_network(), embedded_digits(test=False).x
    inputs = given_inputs(network, x)
    found = inputs.at_most(affordable(network.graph))
    assert found.source.endswith(f"100 samples of {4 * len(x)} because of their size")
    assert len(found.weights) == 100
    assert abs(found.weights.sum() - 1) < 1e-12
    few = given_inputs(network, x[:20])
    assert few.at_most(affordable(network.graph)) is few
