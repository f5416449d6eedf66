"""Networks within residuals and linear lumping: zero is lumping, bounds hold, and what is possible is not lost."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.equivalence import largest_difference
from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU, leaky_relu
from lumpform.reduction.moments import Moments, fit, select
from lumpform.reduction.nearly import approximate

FUNCTIONS = st.sampled_from([RELU, RELU, IDENTITY, leaky_relu(Fraction(1, 4))])
BOX = (Fraction(-1), Fraction(1))


@pytest.mark.parametrize("structure", ["dense", "residual", "convolutional"])
@given(data=st.data())
def test_residual_zero_is_exact_lumping(structure, data):
    planted = data.draw(st.booleans())
    network = (
        data.draw(ls.lumpable_networks(structure=structure)).network
        if planted
        else data.draw(ls.networks(structure=structure))
    )
    found, exact = approximate(network, residual=0), lf.lump(network)
    assert found.partition == exact.partition
    assert found.scales == tuple(exact.scales)
    if structure == "dense" and all(g.function.name in ("identity", "relu", "leaky_relu") for g in network.hidden):
        assert found.bound(BOX) == 0


@pytest.mark.medium
@settings(max_examples=examples(100))
@given(data=st.data(), residual=st.fractions(0, 4, max_denominator=4))
def test_no_input_deviates_more_than_the_bound(data, residual):
    network = data.draw(ls.networks(structure="dense", functions=FUNCTIONS, max_width=3))
    found = approximate(network, residual=residual)
    bound = found.bound(BOX)
    size = network.graph.groups[1].size
    x = np.array(
        [[data.draw(st.fractions(-1, 1, max_denominator=8)) for _ in range(size)] for _ in range(3)], dtype=object
    )
    before, after = (n.forward(x, exact=True) for n in (network, found.model))
    assert max(abs(v) for v in (before - after).reshape(-1)) <= bound


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_bounds_of_ten_thousand_cases(seed):
    """Random networks, both methods, random inputs and searched ones: no deviation above the bound."""
    rng = np.random.default_rng(seed)
    for _ in range(50):
        inputs, width = int(rng.integers(1, 4)), int(rng.integers(2, 6))
        sizes = [inputs, width, width, 2]
        network = lf.Network.from_layers(
            [(rng.normal(size=pair).tolist(), rng.normal(size=pair[1]).tolist()) for pair in pairwise(sizes)]
        )
        method = {"keep": 0.5} if rng.integers(2) else {"residual": Fraction(int(rng.integers(0, 40)), 8)}
        found = approximate(network, **method)
        bound = found.bound(BOX)
        x = rng.uniform(-1, 1, (50, inputs))
        x[:10] = np.sign(x[:10])
        exact = np.array([[Fraction(float(v)) for v in row] for row in x], dtype=object)
        gap = abs(network.forward(exact, exact=True) - found.model.forward(exact, exact=True)).max()
        assert gap <= bound
        searched = largest_difference(network, found.model, BOX, timeout=1)
        assert searched.found <= bound


@pytest.mark.slow
def test_bounds_on_small_networks_are_near_the_exact_deviation():
    """2 x 16 neurons: within a factor of ten."""
    for seed in range(3):
        rng = np.random.default_rng(seed)
        sizes = [4, 16, 16, 3]
        network = lf.Network.from_layers(
            [
                ((rng.normal(size=pair) / np.sqrt(pair[0])).tolist(), (rng.normal(size=pair[1]) / 4).tolist())
                for pair in pairwise(sizes)
            ]
        )
        for options in ({"keep": 0.75}, {"keep": 0.5}, {"residual": 2}):
            found = approximate(network, **options)
            both = found.deviation(BOX)
            assert both.found <= both.bound <= 10 * both.found
            assert both.bound <= found.bound(BOX)


def linear_network(rng, scale=1.0):
    """A layer in which neurons 4 to 7 are combinations of neurons 0 to 3 on the side where all are active."""
    base = np.abs(rng.normal(size=(3, 4)))
    mix = np.abs(rng.normal(size=(4, 4)))
    first = np.concatenate([base, base @ mix], axis=1)
    return lf.Network.from_layers([(first.tolist(), None), ((rng.normal(size=(8, 2)) * scale).tolist(), None)])


def test_linear_lumping_finds_what_is_linear_on_the_data():
    rng = np.random.default_rng(0)
    network = linear_network(rng)
    x = np.abs(rng.normal(size=(200, 3)))
    found = approximate(network, keep=0.5, data=x, ridge=1e-9)
    fresh = np.abs(rng.normal(size=(50, 3)))
    assert np.allclose(found.model.forward(fresh), network.forward(fresh), rtol=1e-2, atol=5e-2)
    assert found.combined[0].unexplained < 1e-3
    assert len(found.combined[0].kept) == 4
    assert found.model.neurons == 4


@pytest.mark.medium
def test_planted_duplicates_are_found_without_data():
    """Keeping half of a network that is twice as large as it need be costs nothing but rounding and the ridge."""
    rng = np.random.default_rng(1)
    w1, w2, w3 = rng.normal(size=(6, 8)), rng.normal(size=(16, 8)), rng.normal(size=(16, 2))
    d1, d2 = rng.uniform(0.5, 2, 8), rng.uniform(0.5, 2, 8)
    doubled = lf.Network.from_layers(
        [
            (np.concatenate([w1, w1 * d1], axis=1).tolist(), None),
            (np.concatenate([w2, w2 * d2], axis=1).tolist(), None),
            (w3.tolist(), None),
        ]
    )
    found = approximate(doubled, keep=0.5, ridge=1e-9)
    x = rng.normal(size=(50, 6))
    assert np.allclose(found.model.forward(x), doubled.forward(x), rtol=1e-4, atol=1e-4)


def test_the_choice_is_deterministic_and_so_is_the_model():
    network = linear_network(np.random.default_rng(2))
    a, b = (approximate(network, keep=0.5, seed=7) for _ in range(2))
    assert a.combined[0].kept == b.combined[0].kept
    x = np.ones((1, 3))
    assert (a.model.forward(x) == b.model.forward(x)).all()


@given(st.integers(1, 6), st.integers(0, 50))
def test_selection_and_fit(count, seed):
    """The fit is least squares; exchanges never make the choice worse than its start."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(60, 6)) @ rng.normal(size=(6, 6))
    targets = features @ rng.normal(size=(6, 3)) + 0.1 * rng.normal(size=(60, 3))
    moments = Moments.of(features, targets, np.full(60, 1 / 60))
    kept = select(moments, count, 1e-9)
    assert kept == sorted(set(kept))
    assert len(kept) == min(count, 6)
    design = np.concatenate([np.ones((60, 1)), features[:, kept]], axis=1)
    expected = np.linalg.lstsq(design, targets, rcond=None)[0]
    assert np.allclose(fit(moments, kept, 1e-12), expected, atol=1e-5)


def test_the_constant_is_not_shrunk():
    """With any ridge the mean of the targets is reproduced, however far it is from zero."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(50, 3))
    features -= features.mean(axis=0)
    targets = features @ rng.normal(size=(3, 2)) + 100.0
    coefficients = fit(Moments.of(features, targets, np.full(50, 1 / 50)), [0, 2], ridge=0.5)
    assert np.allclose(coefficients[0], targets.mean(axis=0))


def test_given_inputs_are_repeated_with_noise_of_a_third_of_their_spread():
    from lumpform.networks.assumed_inputs import given_inputs

    network = linear_network(np.random.default_rng(3))
    data = np.random.default_rng(4).normal(size=(400, 3)) * 5
    found = given_inputs(network, data)
    copies = found.parts[0].reshape(4, 400, 3)
    assert np.array_equal(copies[0], data)
    spread = np.sqrt(data.var(axis=0).mean())
    assert [np.round((c - data).std() / spread, 1) for c in copies[1:]] == [0.3, 0.3, 0.3]
    assert np.isclose(found.weights.sum(), 1)


@pytest.mark.medium
def test_how_many_neurons_stay():
    network = lf.Network.from_layers(
        [(np.eye(8).tolist(), None), (np.eye(8).tolist(), None), (np.ones((8, 1)).tolist(), None)]
    )
    for method in ("linear", "proportional"):
        found = approximate(network, keep=0.25, method=method)
        assert [g.size for g in found.model.hidden] == [2, 2]
    assert approximate(network, keep=lambda group: 3).model.neurons == 6
    assert approximate(network, keep=1).model.neurons == 16
    assert lf.reduce(network, keep=0.25).model.neurons == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": 0}, "expected a share above 0"),
        ({"keep": 1.5}, "expected a share above 0"),
        ({"keep": "x"}, "keep is not usable"),
        ({"keep": -1}, "keep is -1"),
        ({"keep": 0.5, "epsilon": 1, "box": (0, 1)}, "either keep or epsilon"),
        ({"keep": 0.5, "residual": 1}, "either keep or residual"),
        ({"residual": -1}, "expected a number from 0 on"),
        ({"residual": "x"}, "residual is not usable"),
        ({"residual": 1, "method": "linear"}, "expected keep for linear"),
        ({"epsilon": 1}, "'epsilon' needs a box of inputs"),
        ({"keep": 0.5, "timeout": 3}, "'timeout' needs a search"),
        ({"keep": 0.5, "seed": -1}, "seed is -1, expected a whole number from 0 on"),
        ({"keep": 0.5, "method": "magic"}, "no method is called 'magic'"),
        ({"keep": 0.5, "data": [[1]]}, "rows of 2 numbers"),
        ({"keep": 0.5, "data": [["a", "b"]]}, "does not consist of numbers"),
        ({"keep": 0.5, "data": [[1, float("nan")]]}, "not finite"),
        ({"keep": 0.5, "method": "proportional", "data": [[1, 2]]}, "data is for the method linear"),
        ({"keep": 0.5, "opposite": True}, "opposite goes with exact reduction"),
        ({"data": [[1, 2]]}, "data goes with keep or epsilon"),
    ],
)
def test_what_is_refused(options, message):
    network = lf.Network.from_layers([([[1, 2], [3, 4]], [0, 0]), ([[1], [1]], [0])])
    with pytest.raises(lf.OptionError, match=message):
        lf.reduce(network, **options)
