"""No input of a box has a larger difference than the bound, whatever the numbers, the functions and the match."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from differential_cases import exact_gaps, nearby_pairs, points
from hypothesis import given, settings
from hypothesis import strategies as st
from sizes import examples

import lumpform as lf
from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.lines import difference_lines, value_lines
from lumpform.equivalence.differential.pair import NotPaired, layers_of, paired
from lumpform.equivalence.differential.splitting import float_box
from lumpform.networks.functions import leaky_relu


def bounds_of(first, second, box, found=None):
    sides = layers_of(first, second)
    if found is None:
        found = [tuple((i, i) for i in range(layer.weights.shape[1])) for layer in sides[0][:-1]]
    low, high = float_box(box)
    return bounds_on(paired(*sides, found), low[None], high[None])


def violations(first, second, box, bounds, seed=0):
    for x in points(box, 6, seed):
        gaps = exact_gaps(first, second, x)
        for k, gap in enumerate(gaps):
            low, high = bounds.low[0, k], bounds.high[0, k]
            if (low > -np.inf and gap < Fraction(low)) or (high < np.inf and gap > Fraction(high)):
                yield x, k, gap, low, high


@pytest.mark.medium
@settings(max_examples=examples(60))
@given(case=nearby_pairs(), seed=st.integers(0, 9))
def test_no_point_is_outside_of_the_bounds(case, seed):
    first, second, box = case
    assert not list(violations(*case, bounds_of(first, second, box), seed))


@pytest.mark.parametrize("bias", ["0.5", "0.1"])
def test_differences_of_weights_are_rounded_once_whatever_the_numbers_are_kept_in(bias):
    """A bias of few numbers is kept as a table of rationals: doubles (1/2) or not (1/10)."""
    text, float_bias = [Fraction(bias)] * 4, [0.3] * 4
    weights = np.random.default_rng(5).normal(size=(3, 4))
    nets = [lf.Network.from_layers([(w, b)]) for w, b in ((weights, text), (weights * 1.001, float_bias))]
    layer = paired(*layers_of(*nets), [])[0]
    assert (layer.gap == (weights - weights * 1.001).T).all()
    assert layer.gap_bias.tolist() == [float(Fraction(bias) - Fraction(0.3))] * 4


@pytest.mark.slow
def test_hundreds_of_pairs_and_boxes_never_violate_a_bound():
    """Search with numbers from one generator: faster than drawing them one by one."""
    assert not many(300)


def many(count, seed=0):
    """Return the violations among many pairs of networks that nearly agree, and boxes."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        widths = rng.integers(1, 6, rng.integers(2, 5))
        layers = [[rng.normal(size=s) for s in ((a, b), b)] for a, b in pairwise(widths)]
        amount = 10.0 ** rng.uniform(-16, 0)
        others = [[m * (1 + amount * rng.normal(size=m.shape)) for m in layer] for layer in layers]
        first, second = lf.Network.from_layers(layers), lf.Network.from_layers(others)
        middle, radius = rng.normal(size=widths[0]), 10.0 ** rng.uniform(-8, 1)
        box = tuple((Fraction(v - radius), Fraction(v + radius)) for v in middle.tolist())
        found += violations(first, second, box, bounds_of(first, second, box), int(rng.integers(99)))
    return found


@pytest.mark.medium
@settings(max_examples=examples(30))
@given(case=nearby_pairs(), data=st.data())
def test_any_match_is_sound(case, data):
    """Neurons in any order, any of them left alone: bounds hold; only how good they are depends on it."""
    first, second, box = case
    found = []
    for layer in layers_of(first, second)[0][:-1]:
        size = layer.weights.shape[1]
        order = data.draw(st.permutations(range(size)))
        cut = data.draw(st.integers(0, size))
        pairs = [*zip(range(size), order, strict=True)]
        found.append((*pairs[:cut], *((i, None) for i, _ in pairs[cut:]), *((None, j) for _, j in pairs[cut:])))
    assert not list(violations(*case, bounds_of(first, second, box, found)))


NUMBERS = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 1e-300, -1e-18, 3.0]), st.floats(-9, 9))


@pytest.mark.medium
@settings(max_examples=examples(200))
@given(data=st.data(), alpha=st.sampled_from([0.0, 1.0, 0.25, -0.5, 3.0]))
def test_lines_enclose_the_function_and_its_difference(data, alpha):
    """At the ends and inside, in rationals: nothing of the rounding is left uncounted."""
    z, other = ([data.draw(NUMBERS) for _ in range(2)] for _ in range(2))
    low, high = (np.array([f(z)]) for f in (min, max))
    other_low, other_high = (np.array([f(other)]) for f in (min, max))
    deltas = [Fraction(a) - Fraction(b) for a in z for b in other]
    delta_low, delta_high = (np.array([np.nextafter(float(f(deltas)), s * np.inf)]) for f, s in ((min, -1), (max, 1)))
    lines = (
        value_lines(low, high, alpha),
        difference_lines(low, high, other_low, other_high, delta_low, delta_high, alpha),
    )

    def applied(v):
        return v if v >= 0 else Fraction(alpha) * v

    at = [Fraction(data.draw(st.integers(0, 8)), 8) for _ in range(2)]
    for s in (*at, Fraction(0), Fraction(1)):
        for t in (*at, Fraction(0), Fraction(1)):
            x = Fraction(z[0]) + s * (Fraction(z[1]) - Fraction(z[0]))
            y = Fraction(other[0]) + t * (Fraction(other[1]) - Fraction(other[0]))
            for line, argument, value in zip(lines, (x, x - y), (applied(x), applied(x) - applied(y)), strict=True):
                up = Fraction(line.up_slope[0]) * argument + Fraction(line.up_shift[0])
                down = Fraction(line.low_slope[0]) * argument + Fraction(line.low_shift[0])
                assert down <= value <= up


def test_rounding_is_counted_where_it_is_all_there_is():
    """Copies that differ in the last bits only: the bounds are of the size of the rounding, and hold."""
    rng = np.random.default_rng(3)
    layers = [(rng.normal(size=(6, 6)) * 10.0**k, rng.normal(size=6)) for k in (0, 3, -3, 0)]
    first = lf.Network.from_layers(layers)
    second = lf.Network.from_layers([(np.nextafter(w, np.inf), b) for w, b in layers])
    box = ((Fraction(1), Fraction(1)),) * 6
    found = bounds_of(first, second, box)
    assert not list(violations(first, second, box, found))
    assert 0 < float(np.abs(found.high).max()) < 1e-8


def test_numbers_beyond_safe_rounding_have_no_bounds():
    small = lf.Network.from_layers([([[1.0]], [0.0]), ([[1.0]], None)])
    huge = lf.Network.from_layers([([[1e200]], [0.0]), ([[1.0]], None)])
    with pytest.raises(NotPaired, match="range"):
        bounds_of(small, huge, ((Fraction(0), Fraction(1)),))
    found = bounds_of(small, small, ((Fraction(0), Fraction(10) ** 300),))
    assert found.low[0, 0] == -np.inf
    assert found.high[0, 0] == np.inf


def test_what_does_not_correspond_is_refused_in_words():
    two = lf.Network.from_layers([([[1, 0], [0, 1]], None), ([[1], [1]], None)])
    three = lf.Network.from_layers([([[1, 0], [0, 1]], None), ([[1, 0], [0, 1]], None), ([[1], [1]], None)])
    with pytest.raises(NotPaired, match="other layers"):
        layers_of(two, three)


def test_what_cancels_in_floats_is_counted():
    """The sum 1e16 + 1 - 1e16 is 0 in floats: only counted rounding keeps the bounds right."""
    first, second = (lf.Network.from_layers([([[1e16 * k], [1.0 * k], [-1e16 * k]], None)]) for k in (1, 0))
    box = ((Fraction(1), Fraction(1)),) * 3
    assert not list(violations(first, second, box, bounds_of(first, second, box)))


@pytest.mark.parametrize("slope", [Fraction(1, 2**1200), 1 + Fraction(1, 2**60)])
def test_slopes_that_are_rounded_to_those_of_relu_or_the_identity_are_not_paired(slope):
    """These two are taken as exact: what their rounding takes away is not counted."""
    layers = layers_of(*[lf.Network.from_layers([([[1]], [0], leaky_relu(slope)), ([[1]], [0])])] * 2)
    with pytest.raises(NotPaired, match="nearly 0 or 1"):
        paired(*layers, [((0, 0),)])
