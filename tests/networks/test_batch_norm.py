"""The factor of a batch normalisation is the double nearest to a root, also where that is close to a midpoint."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nextafter

import pytest

from lumpform.networks.batch_norm import factor_of


def is_nearest(factor: Fraction, square: Fraction) -> bool:
    """Tell whether a positive double is the nearest one to the root of a rational, by the midpoints beside it."""
    below, above = (Fraction(nextafter(float(factor), end)) for end in (0.0, inf))
    return ((below + factor) / 2) ** 2 <= square <= ((factor + above) / 2) ** 2


@pytest.mark.parametrize("variance", [Fraction(3), Fraction(1, 7), Fraction(5, 1 << 60)])
def test_factors_are_the_nearest_doubles(variance: Fraction) -> None:
    for scale in map(Fraction, range(1, 1500)):
        factor = factor_of(scale, variance)
        assert is_nearest(factor, scale * scale / variance)
        assert factor_of(-scale, variance) == -factor


def test_a_root_just_above_a_midpoint_is_rounded_up() -> None:
    midpoint = 1 + Fraction(1, 1 << 53)  # between 1 and the next double; ties would go to 1
    square = midpoint**2
    assert factor_of(Fraction(1), 1 / square) == 1
    assert factor_of(Fraction(1), 1 / (square + Fraction(1, 1 << 200))) == 1 + Fraction(1, 1 << 52)
    assert factor_of(Fraction(1), 1 / (square - Fraction(1, 1 << 200))) == 1
    assert factor_of(Fraction(0), square) == 0
