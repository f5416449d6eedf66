"""Assumed inputs: what is known overrides what is assumed, scales follow the first layer, seeds decide alone."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.networks.assumed_inputs import assumed_inputs, first_layer
from lumpform.networks.assumed_mixture import CENTRED, KINDS, SIZES, components, is_image
from lumpform.networks.nnet_normalisation import Normalisation


def network(size, width=12, factor=1.0, seed=0, bias=None):
    rng = np.random.default_rng(seed)
    first = rng.normal(size=(size, width)) * factor
    offset = None if bias is None else (bias * np.abs(first).mean() * rng.normal(size=width)).tolist()
    return lf.Network.from_layers([(first.tolist(), offset), (rng.normal(size=(width, 2)).tolist(), None)])


@pytest.mark.parametrize("size", [3, 36])
@given(seed=st.integers(0, 5))
def test_the_seed_decides_alone(size, seed):
    a, b, other = (assumed_inputs(network(size), s, samples=50) for s in (seed, seed, seed + 1))
    assert np.array_equal(a.parts[0], b.parts[0])
    assert not np.array_equal(a.parts[0], other.parts[0])
    assert a.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("size", [3, 36])
@given(power=st.integers(-6, 6))
def test_inputs_are_in_units_of_the_first_layer(size, power):
    """Weights 16 times as large: inputs 16 times as small, and the values behind are the same."""
    plain, scaled = (assumed_inputs(network(size, factor=f), 1, samples=50) for f in (1.0, 2.0**power))
    assert np.allclose(plain.parts[0], scaled.parts[0] * 2.0**power)
    assert np.allclose(plain.weights, scaled.weights)


@given(low=st.floats(-100, 100), width=st.floats(0.1, 10))
def test_a_box_overrides(low, width):
    found = assumed_inputs(network(4), box=(low, low + width), samples=50)
    assert "the box" in found.source
    assert low <= found.parts[0].min() <= found.parts[0].max() <= low + width * (1 + 1e-9)


@pytest.mark.parametrize(
    ("minima", "maxima", "limits"),
    [
        ((2, 20), (4, 40), ((2, 4), (20, 40))),
        (None, None, ((9, 11), (90, 110))),
        ((-(10**38),) * 2, (10**38,) * 2, ((9, 11), (90, 110))),
    ],
)
def test_the_normalisation_of_a_file_overrides(minima, maxima, limits):
    found = Normalisation(
        minima, maxima, (Fraction(10), Fraction(100), Fraction(0)), (Fraction(2), Fraction(20), Fraction(1))
    )
    small = network(2)
    named = lf.Network(small.graph, small.inputs, small.outputs, {"nnet": found})
    drawn = assumed_inputs(named, samples=200)
    assert "normalisation" in drawn.source
    for column, (low, high) in zip(drawn.parts[0].T, limits, strict=True):
        assert low <= column.min() < column.max() <= high
        assert column.max() - column.min() > 0.9 * (high - low)


def test_a_normalisation_that_says_nothing_is_none():
    small = network(2)
    named = lf.Network(small.graph, small.inputs, small.outputs, {"nnet": Normalisation.none(2)})
    assert "normalisation" not in assumed_inputs(named, samples=10).source


@pytest.mark.parametrize("low", [0.0, 10.0, -200.0])
def test_inputs_are_where_first_layers_switch(low):
    """ReLUs that switch between low and low + 6, as those of a network trained there do."""
    rng = np.random.default_rng(0)
    slopes = rng.choice([-1.0, 1.0], 16) * rng.uniform(0.5, 2, 16)
    offset = -slopes * rng.uniform(low, low + 6, 16)
    net = lf.Network.from_layers([([slopes.tolist()], offset.tolist()), (rng.normal(size=(16, 1)).tolist(), None)])
    found = assumed_inputs(net, samples=500)
    assert "switches" in found.source
    assert low - 2 < found.parts[0].min() < low + 2
    assert low + 4 < found.parts[0].max() < low + 8


def test_biases_that_are_zero_say_nothing():
    assert "switches" not in assumed_inputs(network(1, bias=0.0), samples=10).source


def test_what_is_bright_can_be_left_out():
    net = network(36)
    centred, whole = (assumed_inputs(net, samples=600, centred=c) for c in (True, False))
    assert "mean zero" in centred.source
    assert "mean zero" not in whole.source
    assert abs(centred.parts[0].mean()) < 0.1 * centred.parts[0].std() < whole.parts[0].mean()


def test_what_an_image_is():
    assert [n for n in range(30, 200) if is_image(n)] == [36, 49, 64, 81, 100, 108, 121, 144, 147, 169, 192, 196]


@given(seed=st.integers(0, 5))
def test_components_have_the_sizes_and_the_last_are_bright(seed):
    """What bright fields show is mostly of one sign; every other component has as much above as below zero."""
    net = network(36, seed=seed)
    found = components(np.random.default_rng(seed), 100, first_layer(net, net.inputs[0]))
    assert len(found) == 2 * len(KINDS)
    for i, x in enumerate(found):
        sizes = np.sqrt((x**2).mean(axis=1))
        assert ((sizes > SIZES[0] * (1 - 1e-9)) & (sizes < SIZES[1] * (1 + 1e-9)) | (sizes == 0)).all()
        positive = (x > 0).sum() / (x != 0).sum()
        assert positive > 0.75 if i >= 2 * len(CENTRED) else 0.4 < positive < 0.6


def test_the_middle_input_reaches_the_first_layer_with_norm_one_and_a_quarter():
    net = network(5, factor=3.0)
    first = first_layer(net, net.inputs[0])
    assert np.median(first.norms) * first.scale == pytest.approx(1.25)
