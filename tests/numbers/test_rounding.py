"""What was rounded, of several columns together."""

from __future__ import annotations

from fractions import Fraction

import pytest

from lumpform.numbers.rounding import Rounding, total

ROUNDED, BESIDE = Rounding(4, 1, Fraction(1, 8)), Rounding(6, 2, Fraction(1, 16), beside=True)


def test_a_sum_is_exact_if_all_that_was_rounded_stands_beside() -> None:
    assert total([BESIDE, Rounding(3), BESIDE]) == Rounding(15, 4, Fraction(1, 16), beside=True)
    assert total([BESIDE, ROUNDED]) == Rounding(10, 3, Fraction(1, 8))
    assert not total([ROUNDED, BESIDE]).exact
    assert total([Rounding(3), Rounding(2)]) == Rounding(5)


def test_it_is_said_in_words() -> None:
    assert str(Rounding(3)) == "all 3 weights written exactly"
    assert str(ROUNDED) == "1 of 4 weights rounded, by at most 0.125"
    beside = "in the floats beside them 2 of 6 weights rounded, by at most 0.0625"
    assert str(BESIDE) == f"all 6 weights written exactly; {beside}"


@pytest.mark.parametrize(("value", "text"), [("1/3", "0.334"), ("1/8", "0.125"), ("993/1000", "0.993"), (0, "0")])
def test_what_weights_are_rounded_by_at_most_is_rounded_up(value: str, text: str) -> None:
    assert str(Rounding(1, 1, Fraction(value))).endswith(f"by at most {text}")
