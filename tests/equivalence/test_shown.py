"""Numbers in answers: true as they stand, of any size."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lumpform.equivalence.shown import about, at_least, at_most, box_text, exact_text, json_number, near

HUGE = Fraction(10) ** 4000 / 7
NUMBERS = st.one_of(
    st.fractions(),
    st.floats(allow_nan=False, allow_infinity=False).map(Fraction),
    st.builds(lambda n, e: Fraction(n) * Fraction(10) ** e, st.integers(-(10**9), 10**9), st.integers(-3500, 3500)),
)


@given(NUMBERS)
@example(Fraction(0))
@example(HUGE)
@example(-HUGE)
@example(1 / HUGE)
@example(Fraction(1, 3))
@example(Fraction(2) ** -1074)
def test_rounded_texts_are_on_their_side(value):
    low, high = Fraction(at_least(value)), Fraction(at_most(value))
    assert low <= value <= high
    assert high - low <= Fraction(2, 10**5) * abs(value)
    text = about(value)
    shown = Fraction(text.removeprefix("about "))
    assert shown == value or text.startswith("about ")
    assert abs(shown - value) <= abs(value) / 10**5
    assert len(text) < 40


@given(NUMBERS)
@example(HUGE)
@example(1 / HUGE)
def test_floats_never_overflow(value):
    assert math.isfinite(near(value))
    for up in (False, True):
        number = json_number(value, up=up)
        exact = value if isinstance(number, str) else Fraction(number)
        assert exact >= value if up else abs(exact - value) <= abs(value) / 2**52 or abs(value) < 1e-300
        assert (not number) is (not value)  # what is not zero is not shown as zero


@given(NUMBERS)
@example(HUGE)
def test_exact_texts_have_all_digits(value):
    assert Fraction(exact_text(value)) == value


def test_more_digits_than_python_converts():
    """The interpreter refuses texts of more than 4,300 digits."""
    huge = Fraction(10) ** 6000 / 7
    assert exact_text(huge) == "1" + "0" * 6000 + "/7"
    assert exact_text(1 / huge) == "7/1" + "0" * 6000
    assert (about(huge), at_least(1 / huge), at_most(-huge)) == ("about 1.42857e+5999", "7e-6000", "-1.42857e+5999")
    assert isinstance(json_number(huge), str)


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ([(-1, 1)], "[-1, 1]"),
        ([(-1, 1)] * 784, "[-1, 1] in all 784 inputs"),
        ([(-1, 1), (0, Fraction(1, 3))], "[-1, 1] in input 0, [0, 1/3] in input 1"),
        ([(0, 1)] * 3 + [(0, 2)], "[0, 1] in input 0 to 2, [0, 2] in input 3"),
        (
            [(0, k + 1) for k in range(9)],
            "[0, 1] in input 0, [0, 2] in input 1, [0, 3] in input 2, [0, 4] in input 3, other bounds in inputs 4 to 8",
        ),
        ([(Fraction(0.1), HUGE)], "[about 0.1, about 1.42857e+3999]"),
        ([], "no inputs"),
    ],
)
def test_boxes_in_short(box, text):
    assert box_text([(Fraction(low), Fraction(high)) for low, high in box]) == text
