"""A pair restricted to a box says the same there, and in every part of it: with short rows, and rounding counted."""

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
from lumpform.equivalence.budget import Budget
from lumpform.equivalence.differential import splitting
from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.pair import layers_of, paired
from lumpform.equivalence.differential.restrict import restricted
from lumpform.equivalence.differential.splitting import Splitting, float_box


def side_by_side(first, second):
    sides = layers_of(first, second)
    by_place = [tuple((i, i) for i in range(layer.weights.shape[1])) for layer in sides[0][:-1]]
    return paired(*sides, by_place)


def outside(first, second, box, bounds):
    """Return the points of a box where a difference is not between the bounds."""
    for x in points(box, 6):
        for k, gap in enumerate(exact_gaps(first, second, x)):
            if not Fraction(bounds.low[0, k]) <= gap <= Fraction(bounds.high[0, k]):
                yield x


def part_of(box, shares):
    ends = [
        (low + (high - low) * min(s), low + (high - low) * max(s)) for (low, high), s in zip(box, shares, strict=True)
    ]
    return tuple(ends)


@pytest.mark.medium
@settings(max_examples=examples(60))
@given(case=nearby_pairs(), data=st.data())
def test_bounds_of_a_restricted_pair_hold_on_parts_of_the_box(case, data):
    """Restricted once, and then again to a part of the box: no point of a part of that is outside of the bounds."""
    first, second, box = case
    layers = side_by_side(first, second)
    for _ in range(3):
        low, high = float_box(box)
        found = bounds_on(layers, low[None], high[None])
        if not np.isfinite(found.undecided[0]):
            return
        assert not list(outside(first, second, box, found))
        layers = restricted(found, 0)
        eighths = st.tuples(st.integers(0, 8), st.integers(0, 8))
        shares = [tuple(Fraction(s, 8) for s in data.draw(eighths)) for _ in box]
        box = part_of(box, shares)


def deep(seed, widths=(3, 20, 20, 20, 2)):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(a, b)) / np.sqrt(a), rng.normal(size=b) / 4) for a, b in pairwise(widths)]


def test_a_restricted_pair_is_smaller_and_its_bounds_are_the_same_but_for_rounding():
    first = deep(1)
    second = [(w * (1 + 1e-4 * np.random.default_rng(2).normal(size=w.shape)), b) for w, b in first]
    layers = side_by_side(*(lf.Network.from_layers(side) for side in (first, second)))
    low, high = np.full((1, 3), 0.1), np.full((1, 3), 0.2)
    found = bounds_on(layers, low, high)
    short = restricted(found, 0)
    kept = sum(len(p.bias) for p in short[:-1])
    assert kept == found.undecided[0] < 30
    assert all(p.first.shape[1] <= 3 + kept for p in short)
    again = bounds_on(short, low, high)
    assert np.allclose(again.high, found.high, rtol=1e-6, atol=1e-12)
    assert np.all(again.high >= found.high - 1e-9 * np.abs(found.high))


def test_what_rounding_takes_from_a_restricted_row_is_in_its_errors():
    """A sum that cancels: 1e16 + 1 - 1e16 is 0 in floats, as a weight of a restricted pair too."""
    into = [[1.0, 1.0, 1.0]]
    nets = [lf.Network.from_layers([(into, [0.0] * 3), ([[1e16 * k], [1.0 * k], [-1e16 * k]], [0.0])]) for k in (1, 0)]
    found = bounds_on(side_by_side(*nets), np.array([[1.0]]), np.array([[2.0]]))
    short = restricted(found, 0)
    assert len(short) == 1
    assert abs(short[0].gap[0, 0] - 1) <= short[0].errors[1, 0]
    assert not list(
        outside(*nets, ((Fraction(1), Fraction(2)),), bounds_on(short, np.ones((1, 1)), np.full((1, 1), 2.0)))
    )


@pytest.mark.medium
@settings(max_examples=examples(20))
@given(case=nearby_pairs(max_width=4))
def test_a_search_that_restricts_early_and_often_proves_no_less_than_what_is_there(case):
    first, second, box = case
    low, high = float_box(box)
    layers = side_by_side(first, second)
    seen = max(abs(g) for x in points(box, 12) for g in exact_gaps(first, second, x))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "FEWER", 1.01)
        patch.setattr(splitting, "SMALL", 0)
        for most in (1, 9, 80):
            search = Splitting(layers, low, high, np.zeros(len(layers[-1].bias)), lambda x: False, Budget(60))
            search.run(lambda excess, search=search, most=most: search.parts >= most)
            assert seen <= Fraction(search.bound) if np.isfinite(search.bound) else True
