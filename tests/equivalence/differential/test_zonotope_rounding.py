"""What floats take away in one step of a zonotope is in its remainder: each step alone, against exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from lumpform.equivalence.differential.bounds import bounds_on
from lumpform.equivalence.differential.pair import PairedLayer
from lumpform.equivalence.differential.zonotope import Affine, Ranges, _difference, _heights, _sums, _value

RATE = 144 * 2.0**-53
ALPHAS = st.sampled_from([Fraction(1, 3), Fraction(1, 10), Fraction(-2, 7), Fraction(5, 3)])
NUMBERS = st.integers(-(10**6), 10**6).map(lambda n: n / 7)
WHOLE = st.integers(-(10**6), 10**6).map(float)
GAPS = st.integers(-8, 8).map(float)
"""Differences that are small beside what they are differences of."""
RATIONALS = st.fractions(min_value=-9, max_value=9, max_denominator=97)


def image(z: Fraction, alpha: Fraction) -> Fraction:
    return z if z >= 0 else alpha * z


def at(value: float) -> np.ndarray:
    return np.array([[value]])


def point(value: float) -> Affine:
    return Affine(at(value), np.zeros((1, 1, 0)), at(0.0))


def ranges_at(z: float, y: float) -> Ranges:
    """Say that both sums, and so their difference, are known; all three are whole numbers."""
    return Ranges((at(z), at(z)), (at(y), at(y)), (at(z - y), at(z - y)), at(abs(z) + abs(y)))


def contains(found: list[Affine], exact: Fraction) -> bool:
    """Tell whether a number without symbols of its own is inside of a sum of enclosures."""
    centre = sum(Fraction(float(f.centre[0, 0])) for f in found)
    radius = sum(Fraction(float(f.rest[0, 0])) + sum(map(Fraction, np.abs(f.symbols[0, 0]).tolist())) for f in found)
    return abs(exact - centre) <= radius


@given(alpha=ALPHAS, z=WHOLE, gap=GAPS, nu=st.sampled_from([0.0, 0.5, 1.0]))
@example(alpha=Fraction(1, 3), z=-1000001.0, gap=-7.0, nu=0.0)
def test_heights_are_off_by_no_more_than_they_say(alpha: Fraction, z: float, gap: float, nu: float) -> None:
    ((least, greatest),), off = _heights(ranges_at(z, z - gap), float(alpha), (nu,), RATE)
    exact = image(Fraction(z), alpha) - image(Fraction(z - gap), alpha) - Fraction(nu) * Fraction(gap)
    assert Fraction(float((least - off)[0, 0])) <= exact <= Fraction(float((greatest + off)[0, 0]))


@given(slope=NUMBERS, z=NUMBERS, ends=st.tuples(NUMBERS, NUMBERS))
def test_a_multiple_and_an_interval_are_enclosed(slope: float, z: float, ends: tuple[float, float]) -> None:
    low, high = (at(end) for end in sorted(ends))
    found = point(z).scaled(at(slope), low, high, np.ones(1, dtype=bool), RATE)
    for end in ends:
        assert contains([found], Fraction(slope) * Fraction(z) + Fraction(end))


@given(alpha=ALPHAS, z=NUMBERS)
def test_a_value_is_enclosed(alpha: Fraction, z: float) -> None:
    found, _ = _value(point(z), float(alpha), (at(z), at(z)), np.zeros((1, 1)), RATE)
    assert contains([found], image(Fraction(z), alpha))


@given(alpha=ALPHAS, z=WHOLE, gap=GAPS)
def test_a_difference_is_enclosed(alpha: Fraction, z: float, gap: float) -> None:
    found = _difference(point(gap), point(0.0), 0, ranges_at(z, z - gap), float(alpha), RATE)
    assert contains(list(found), image(Fraction(z), alpha) - image(Fraction(z - gap), alpha))


@given(w=RATIONALS, v=RATIONALS, b=RATIONALS, c=RATIONALS, a=NUMBERS, d=NUMBERS)
def test_sums_are_enclosed(w: Fraction, v: Fraction, b: Fraction, c: Fraction, a: float, d: float) -> None:
    """The remainders, and the ranges of all three, with weights that are no floats."""
    gaps = [at(float(x)) for x in (w - v, b - c)]
    layer = PairedLayer(at(float(w)), at(float(v)), gaps[0], at(float(b))[0], gaps[1][0], 0.0, np.zeros((2, 1)))
    z, ranges, shared, own = _sums(layer, point(a), point(d), point(0.0), RATE)
    delta = v * Fraction(d) + (w - v) * Fraction(a) + b - c
    exact = w * Fraction(a) + b
    assert contains([z], exact)
    assert contains([shared, own], delta)
    for (low, high), number in ((ranges.first, exact), (ranges.second, exact - delta), (ranges.delta, delta)):
        assert Fraction(float(low[0, 0])) <= number <= Fraction(float(high[0, 0]))


@given(error=st.sampled_from([0.5, 1.0]), weight=st.sampled_from([-3.0, 2.0]), gap=st.sampled_from([0.0, 1.0]))
def test_errors_of_a_layer_are_carried_through_the_next(error: float, weight: float, gap: float) -> None:
    """What sums may be off by, times the weights that read them: of values by the gap, of differences by the weight."""
    one = np.ones((1, 1))
    inner = PairedLayer(one, one, 0 * one, np.zeros(1), np.zeros(1), 1.0, np.full((2, 1), error))
    last = PairedLayer(one * weight, one * (weight - gap), gap * one, np.zeros(1), np.zeros(1), 1.0, np.zeros((2, 1)))
    found = bounds_on([inner, last], at(0.0), at(0.0))
    assert found.high[0, 0] >= error * (abs(weight - gap) + gap)
    assert found.low[0, 0] <= -error * (abs(weight - gap) + gap)
