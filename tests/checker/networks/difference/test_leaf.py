"""A leaf's bound is that of the rule in fractions and a little more, and no difference is above it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from difference_cases import (
    Box,
    Layers,
    exact,
    network,
    perturbed,
    random_layers,
    side_by_side,
    without,
)
from difference_reference import bound
from hypothesis import given
from hypothesis import strategies as st

from lumpform.checker.effort import TooLarge
from lumpform.checker.limits import DEFAULT, Limits
from lumpform.checker.networks.difference.judge import UNIT_BITS, WIDTH, bounded
from lumpform.checker.networks.difference.lanes import Narrow
from lumpform.checker.networks.difference.leaf import Leaf
from lumpform.checker.networks.difference.tree import whole

UNIT = Fraction(1, 1 << UNIT_BITS)
ALPHAS = st.sampled_from([Fraction(0), Fraction(1, 8), Fraction(1, 3), Fraction(5, 2), Fraction(-1, 2)])
SIZES = st.sampled_from([(1, 2, 1), (2, 4, 2), (2, 3, 3, 2), (3, 4, 4, 4, 1)])
ENDS = st.tuples(st.fractions(-2, 2, max_denominator=50), st.fractions(0, 1, max_denominator=50))


def checked(first: Any, second: Any, box: Box, matchings: Sequence[Any], width: int = WIDTH) -> Fraction:
    pairs = whole([(low.as_integer_ratio(), high.as_integer_ratio()) for low, high in box])
    return bounded(side_by_side(first, second, matchings), pairs, width, DEFAULT)[0] * UNIT


def value(layers: Any, x: Sequence[Fraction], alpha: Fraction) -> list[Fraction]:
    """What a network gives, exactly."""
    for k, (w, b) in enumerate(layers):
        x = [sum((p * q for p, q in zip(row, x, strict=True)), bias) for row, bias in zip(w, b, strict=True)]
        if k < len(layers) - 1:
            x = [v if v >= 0 else alpha * v for v in x]
    return list(x)


@st.composite
def cases(draw: Any) -> tuple[Layers, Layers, Box, Fraction, Any, Any]:
    """Two networks that nearly agree or do not, a box, a slope, and which neurons are left of one layer."""
    sizes, seed = draw(SIZES), draw(st.integers(0, 2**30))
    first = random_layers(sizes, seed)
    second = perturbed(first, draw(st.sampled_from([0.0, 1e-6, 1e-3, 0.1, 1.0])), seed + 1)
    matchings: list[Any] = [None] * (len(sizes) - 2)
    places: list[Any] = [range(n) for n in sizes[1:-1]]
    if draw(st.booleans()):
        k = draw(st.integers(0, len(sizes) - 3))
        kept = draw(st.permutations(range(sizes[k + 1])))[: draw(st.integers(1, sizes[k + 1]))]
        second = without(second, k, kept)
        matchings[k] = places[k] = tuple(kept)
    box = [(low, low + width) for low, width in draw(st.lists(ENDS, min_size=sizes[0], max_size=sizes[0]))]
    return first, second, box, draw(ALPHAS), matchings, places


@given(cases(), st.integers(0, 2**30))
def test_no_difference_is_above_the_bound(case: Any, seed: int) -> None:
    first, second, box, alpha, matchings, _ = case
    found = checked(network(first, alpha), network(second, alpha), box, matchings)
    one, other = exact(first), exact(second)
    for shares in np.random.default_rng(seed).choice([0, 0.25, 0.5, 0.8125, 1], size=(12, len(box))):
        x = [low + (high - low) * Fraction(share) for (low, high), share in zip(box, shares, strict=True)]
        both = zip(value(one, x, alpha), value(other, x, alpha), strict=True)
        assert max(abs(a - b) for a, b in both) <= found


@given(cases())
def test_it_is_the_bound_of_the_rule_and_a_little_more(case: Any) -> None:
    first, second, box, alpha, matchings, places = case
    found = checked(network(first, alpha), network(second, alpha), box, matchings)
    wanted = bound(exact(first), exact(second), box, alpha, places)
    assert wanted <= found <= wanted + Fraction(1, 10**9) * (1 + wanted)


def test_what_is_wide_is_bounded_in_wider_lanes_and_the_bound_is_the_same() -> None:
    first = random_layers((2, 4, 4, 2), 5)
    nets = network(first), network(perturbed(first, 0.01, 6))
    box = [(Fraction(-1), Fraction(1))] * 2
    found = {checked(*nets, box, [None, None], width) for width in (20, 100, 150, 300)}
    assert len(found) == 1
    far = [(Fraction(10) ** 40, Fraction(10) ** 40 + 1)] * 2
    pair = side_by_side(*nets, [None, None])
    with pytest.raises(Narrow):
        Leaf(pair, WIDTH, DEFAULT).bound(whole([(a.as_integer_ratio(), b.as_integer_ratio()) for a, b in far]))
    assert checked(*nets, far, [None, None]) > 10**30


def test_equal_networks_differ_by_rounding_alone() -> None:
    nets = [network(random_layers((3, 8, 8, 2), 1))] * 2
    assert 0 < checked(*nets, [(Fraction(-1), Fraction(1))] * 3, [None, None]) < Fraction(1, 10**12)


def line(first: float, then: float) -> Layers:
    """Two layers of one neuron each."""
    return [(np.array([[float(w)]]), np.zeros(1)) for w in (first, then)]


LOST = 2.0**-60
"""A weight that is rounded to 0."""

FAR, LOUD = 2.0**20, 2.0**30

ROUNDED: dict[str, tuple[Layers, Layers, Fraction, float, float]] = {
    "a weight, and its remainder times a difference of weights": (
        line(LOST, LOUD),
        line(LOST, 0),
        Fraction(0),
        FAR,
        FAR,
    ),
    "a weight of one network, and its remainder times a weight": (
        line(LOST, LOUD),
        line(0, LOUD),
        Fraction(0),
        FAR,
        FAR,
    ),
    "a weight of the last layer": (line(1, LOST), line(1, 0), Fraction(0), FAR, FAR),
    "a slope": (line(1, LOUD), line(1, 0), Fraction(1, 3), -FAR, -FAR),
    "a slope, of a difference": (line(1, LOUD), line(0.5, LOUD), Fraction(2, 3), -FAR, -FAR),
    "a slope next to that of ReLU": (line(1, LOUD), line(1, 0), Fraction(LOST), -FAR, -FAR),
    "an end of the box": (line(1, 2.0**60), line(1, 0), Fraction(0), 1 / 3 * 2.0**-20, 1 / 3 * 2.0**-20),
    "an undecided value without a symbol": (line(1, LOUD), line(1, 0), Fraction(0), -(2.0**-42), 2.0**-42),
    "an undecided difference without a symbol": (line(1, LOUD), line(-1, LOUD), Fraction(0), -(2.0**-42), 2.0**-42),
}


@pytest.mark.parametrize("case", ROUNDED.values(), ids=ROUNDED)
def test_what_rounding_takes_away_counts(case: tuple[Layers, Layers, Fraction, float, float]) -> None:
    """Later weights make it large, so that it cannot hide."""
    first, second, alpha, *ends = case
    low, high = map(Fraction, ends)
    found = checked(network(first, alpha), network(second, alpha), [(low, high)], [None])
    ways = [[value(exact(net), [x], alpha)[0] for x in (low, high)] for net in (first, second)]
    most = max(abs(one - other) for one, other in zip(*ways, strict=True))
    assert 0 < most <= found


def test_too_large_a_zonotope_is_refused_before_it_is_made() -> None:
    net = network(random_layers((2, 6, 6, 2), 1))
    pair = side_by_side(net, net, [None, None])
    box = whole([((-1, 1), (1, 1))] * 2)
    with pytest.raises(TooLarge, match="zonotopes of more than 500 bytes"):
        bounded(pair, box, WIDTH, Limits(max_zonotope=500))
