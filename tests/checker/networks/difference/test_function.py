"""Lines along a function enclose it, and lines along the difference of two values enclose that."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from lumpform.checker.networks.difference.function import (
    ONE,
    Line,
    Ranges,
    apart,
    line_of_differences,
    line_of_values,
)

VALUES = st.integers(-(2**70), 2**70)
BELOW = st.sampled_from([0, ONE, ONE // 4, ONE // 10 * 2, 3 * ONE, -ONE // 2])


def phi(x: int, below: int) -> Fraction:
    return Fraction(x) if x >= 0 else Fraction(x * below, ONE)


def beside(line: Line, x: int, value: Fraction) -> Fraction:
    """How far a value is from the line at x."""
    return abs(value - Fraction(line.slope * x, ONE) - line.middle)


def inner(low: int, high: int, share: float) -> int:
    return low + int((high - low) * Fraction(share))


@given(VALUES, VALUES, BELOW, st.floats(0, 1))
def test_a_line_encloses_the_function(one: int, other: int, below: int, share: float) -> None:
    low, high = sorted((one, other))
    line = line_of_values(low, high, below)
    for x in (low, high, inner(low, high, share), min(max(0, low), high)):
        assert beside(line, x, phi(x, below)) <= line.half


@given(VALUES, VALUES, VALUES, st.lists(VALUES, min_size=4, max_size=4), BELOW)
def test_a_line_encloses_the_difference(z: int, other: int, third: int, more: list[int], below: int) -> None:
    """At three points of the polygon of any ranges that hold them."""
    points = [(z, other), (third, more[0]), (more[1], more[2])]
    least, greatest = (f(a - b for a, b in points) for f in (min, max))
    low, high = (f(a for a, _ in points) for f in (min, max))
    other_low, other_high = (f(b for _, b in points) for f in (min, max))
    ranges = Ranges(low, high, other_low, other_high, least, greatest).tightened()
    line = line_of_differences(ranges, below)
    most = apart(ranges, below)
    for a, b in points:
        assert ranges.has(a, b)
        assert beside(line, a - b, phi(a, below) - phi(b, below)) <= line.half
        assert abs(phi(a, below) - phi(b, below)) <= most


@given(st.integers(0, 2**70), st.integers(0, 2**70), st.integers(0, 2**70), st.integers(0, 2**70), BELOW)
def test_where_both_are_in_one_part_nothing_is_left_beside(a: int, b: int, c: int, d: int, below: int) -> None:
    (low, high), (other_low, other_high) = sorted((a, b)), sorted((c, d))
    ranges = Ranges(low, high, other_low, other_high, low - other_high, high - other_low)
    assert line_of_differences(ranges, below) == Line(ONE, 0, 0)
    assume(high > 0 and other_high > 0)
    turned = Ranges(-high, -low, -other_high, -other_low, other_low - high, other_high - low)
    assert line_of_differences(turned, below) == Line(below, 0, 0)


def test_ranges_say_something_about_each_other() -> None:
    assert Ranges(0, 10, -5, 20, -1, 2).tightened() == Ranges(0, 10, -2, 11, -1, 2)
    assert Ranges(0, 10, 0, 1, -100, 100).tightened() == Ranges(0, 10, 0, 1, -1, 10)
    assert Ranges(-100, 100, 0, 1, -2, 3).tightened() == Ranges(-2, 4, 0, 1, -2, 3)
