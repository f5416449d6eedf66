"""Sorting exact numbers, and common denominators that are given up in time."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lumpform.numbers.column import MODERATE_BITS, CodedValues, ascending
from lumpform.numbers.rational import bounded_denominator, lcm_of_denominators

NUMBERS = st.lists(st.fractions(max_denominator=50), max_size=12)


@given(NUMBERS, st.integers(0, 3))
def test_sorting_by_floats_first_is_sorting(numbers: list[Fraction], how: int) -> None:
    """Also of different numbers that are one float, and of numbers that are none."""
    tiny, huge = Fraction(1, 10**40), Fraction(10**400)
    listed = [*numbers, *(v + tiny * k for v in numbers for k in (1, -1) if how & 1)]
    listed += [huge, -huge, huge + 1] if how & 2 else []
    assert ascending(set(listed)) == sorted(set(listed))


@given(NUMBERS)
def test_a_common_denominator_or_none(numbers: list[Fraction]) -> None:
    exact = lcm_of_denominators(numbers)
    assert bounded_denominator(numbers, exact.bit_length()) == exact
    assert bounded_denominator(numbers, exact.bit_length() - 1) == (None if exact > 1 else 1)


def test_columns_without_a_moderate_denominator_have_no_numerators_but_equal_sums() -> None:
    table = tuple(Fraction(1, 2 ** (400 + i) + 1) for i in range(20))
    column = CodedValues(np.arange(20), table)
    assert bounded_denominator(table, MODERATE_BITS) is None
    assert column.numerators() is None
    assert column.coded() == column
    assert CodedValues(np.array([0, 0]), (Fraction(1, 3),)).numerators().tolist() == [1, 1]  # type: ignore[union-attr]
