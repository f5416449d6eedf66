"""Differences that come from rounded weights are explained: how large, how it compares with float noise, what to do."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples, medium_but

import lumpform as lf
from lumpform.equivalence.budget import Budget
from lumpform.equivalence.noise import noise_of
from lumpform.equivalence.pipeline import equivalent
from lumpform.networks.functions import RELU, SIGMOID

WAYS = ("--epsilon", ".npz")


def trained(seed, function=RELU):
    """Return a network with neurons that are multiples of others: merging adds weights that floats do not hold."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-9, 10, (5, 6))
    first = np.concatenate([first, first[:, :3] if function is SIGMOID else 3 * first[:, :3]], axis=1)
    second = rng.normal(size=(9, 4)).astype(np.float32)
    return lf.Network.from_layers(
        [(first.astype(np.float32), None, function), (second, rng.normal(size=4).astype(np.float32))]
    )


@pytest.mark.medium
@pytest.mark.parametrize("seed", medium_but([0], range(4)))
@pytest.mark.parametrize("box", [None, (-1, 1), (0, 255)])
def test_a_reduction_that_was_rounded(seed, box, tmp_path):
    network = trained(seed)
    small = lf.reduce(network).model
    for suffix in (".onnx", ".npz"):
        lf.write(small, tmp_path / f"small{suffix}")
    verdict = equivalent(network, lf.read(tmp_path / "small.onnx"), box=box)
    assert verdict.answer == "DIFFERENT"
    assert verdict.noise is not None
    assert verdict.noise.below
    assert verdict.noise.largest == verdict.witness.difference <= verdict.noise.bound
    assert "below the float32 noise of the networks there (proved: at most " in verdict.reason
    assert all(way in verdict.reason for way in WAYS)
    if box is not None:  # the way out that is named leads out
        enough = equivalent(network, lf.read(tmp_path / "small.onnx"), box=box, epsilon=2 * verdict.noise.largest)
        assert enough.answer == "EQUIVALENT"
    assert equivalent(network, lf.read(tmp_path / "small.npz"), box=box).answer == "EQUIVALENT"


def test_functions_without_a_proved_bound(tmp_path):
    network = trained(0, SIGMOID)
    lf.write(lf.reduce(network).model, tmp_path / "small.onnx")
    verdict = equivalent(network, lf.read(tmp_path / "small.onnx"), box=(-1, 1))
    assert verdict.answer == "DIFFERENT"
    assert verdict.noise.bound is None
    assert "float noise has no proved bound (no error bound for the node function 'sigmoid'" in verdict.reason
    assert all(way in verdict.reason for way in WAYS)


def test_large_differences_are_no_noise():
    first = lf.Network.from_layers([([[1, 2]], [0, 1]), ([[1], [1]], None)])
    second = lf.Network.from_layers([([[1, 2]], [0, 1]), ([[1], [2]], None)])
    verdict = equivalent(first, second, box=(0, 1))
    assert verdict.noise is None
    assert "noise" not in verdict.reason
    slight = lf.Network.from_layers([([[1, 2]], [0, 1]), ([[1], ["1.0001"]], None)])
    verdict = equivalent(first, slight, box=(0, 1))
    assert "above the float32 noise of the networks there" in verdict.reason
    assert all(way in verdict.reason for way in WAYS)
    for options in ({"epsilon": "0.00001"}, {"argmax": True}):  # then something else was asked
        assert equivalent(first, slight, box=(0, 1), **options).noise is None


@pytest.mark.parametrize("place", ["3.3", "6.125", "8.7"])
@pytest.mark.parametrize("box", [None, (0, 10)])
def test_a_slight_difference_beside_a_large_one_is_no_noise(place, box):
    """The networks differ by a millionth nearly everywhere, and by about a hundred around one input."""
    at = 20 * Fraction(place)
    hidden = ([[1, 20, 20, 20]], [0, 1 - at, -at, -1 - at])
    first = lf.Network.from_layers([hidden, ([[0]] * 4, [5])])
    second = lf.Network.from_layers([hidden, ([[0], [100], [-200], [100]], ["5.000001"])])
    verdict = equivalent(first, second, box=box)
    assert verdict.answer == "DIFFERENT"
    assert verdict.witness.difference > 1
    assert verdict.noise is None
    assert "noise" not in verdict.reason


@pytest.mark.medium
@settings(max_examples=examples(25))
@given(st.integers(0, 10**6), st.integers(10, 60))
def test_below_means_below(seed, exponent):
    """The bound is that of the package at the witness, and is compared output by output."""
    rng = np.random.default_rng(seed)
    layers = [
        (rng.normal(size=(3, 4)).astype(np.float32), None),
        (rng.normal(size=(4, 2)).astype(np.float32), None),
    ]
    network = lf.Network.from_layers(layers)
    moved = [v.tolist() for v in layers[1][0]]
    moved = [[Fraction(v) for v in row] for row in moved]
    moved[0][0] += Fraction(1, 2**exponent)
    verdict = equivalent(network, lf.Network.from_layers([layers[0], (moved, None)]), box=(-1, 1))
    if verdict.answer == "EQUIVALENT":  # the neuron is off on the box
        return
    found = verdict.noise
    if found is None:
        assert verdict.witness.difference > Fraction(1, 1000) * max(map(abs, verdict.witness.first))
        return
    gaps = [abs(a - b) for a, b in zip(verdict.witness.first, verdict.witness.second, strict=True)]
    x = np.array([[float(v) for v in verdict.witness.inputs]], dtype=np.float32)
    assert found.below is (gaps[0] <= found.bound) or gaps[1] == 0
    hidden = np.maximum(x @ layers[0][0], 0)
    off = np.abs((hidden @ layers[1][0])[0] - np.array([float(v) for v in verdict.witness.first]))
    if [Fraction(float(v)) for v in x[0]] == list(verdict.witness.inputs):
        assert off.max() <= float(found.bound)


def test_every_output_is_compared_with_its_own_bound():
    """A difference above the noise of its own output is not below that of another."""
    first = lf.Network.from_layers([([[1, 1]], [0, 10**6])])
    second = lf.Network.from_layers([([[1, 1]], ["0.0005", 10**6])])
    found = equivalent(first, second, box=(0, 1))
    assert found.noise.below is False
    assert found.noise.largest < found.noise.bound
    third = lf.Network.from_layers([([[1, 1]], [0, "1000000.0005"])])
    assert equivalent(first, third, box=(0, 1)).noise.below is True


def test_without_time_there_is_no_bound():
    network, other = trained(1), trained(1)
    verdict = equivalent(network, lf.Network.from_layers([([[0]] * 5, None), ([[0] * 4], None)]), box=(0, 1))
    assert verdict.answer == "DIFFERENT"
    found = noise_of(network, other, verdict.witness, True, Budget(0.0))
    assert found is None or "no time for a proved bound" in found.text
