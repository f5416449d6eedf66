"""Float formats: numbers are rounded as NumPy rounds them, and what is beyond the largest is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lumpform.errors import OptionError
from lumpform.numbers.floats import FORMATS, round_to


@pytest.mark.parametrize("dtype", FORMATS)
def test_the_numbers_of_a_format_are_those_of_numpy(dtype: str) -> None:
    form, info = FORMATS[dtype], np.finfo(dtype)
    assert form.largest == Fraction(float(info.max))
    assert form.smallest_normal == Fraction(float(info.smallest_normal))
    assert form.unit_roundoff * 2 == Fraction(float(info.eps))
    assert Fraction(2) ** form.lowest == Fraction(float(info.smallest_subnormal))


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("sign", [1, -1])
def test_what_rounds_beyond_the_largest_number_is_refused(dtype: str, sign: int) -> None:
    form = FORMATS[dtype]
    half = Fraction(2) ** (form.highest - form.digits)  # half of the distance to the next number that would be
    assert round_to(sign * (form.largest + half * Fraction(99, 100)), dtype) == sign * form.largest
    for value in (form.largest + half, 2 * form.largest):
        with pytest.raises(OptionError, match=f"beyond the range of {dtype}"):
            round_to(sign * value, dtype)
