"""Describes float formats, and rounds exact numbers to them: once, to nearest, ties to even."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError, OptionError


@dataclass(frozen=True)
class FloatFormat:
    """Describe a binary float format of IEEE 754.

    Parameters
    ----------
    digits : int
        Bits of precision.
    lowest : int
        The exponent of the least positive number, ``2^lowest``.
    highest : int
        The exponent of the largest power of two.
    """

    digits: int
    lowest: int
    highest: int

    @property
    def unit_roundoff(self) -> Fraction:
        """Return the largest relative error of rounding to nearest, where nothing underflows."""
        return Fraction(1, 1 << self.digits)

    @property
    def smallest_normal(self) -> Fraction:
        """Return the least positive number with full precision."""
        return Fraction(1, 1 << (-self.lowest - self.digits + 1))

    @property
    def largest(self) -> Fraction:
        """Return the largest finite number."""
        return (2 - Fraction(1, 1 << (self.digits - 1))) * (1 << self.highest)


FORMATS = {
    "float16": FloatFormat(11, -24, 15),
    "float32": FloatFormat(24, -149, 127),
    "float64": FloatFormat(53, -1074, 1023),
}


def round_to(value: Fraction, dtype: str) -> Fraction:
    """Return the float nearest to a rational (ties to even), as a rational; one rounding, never two.

    Raises
    ------
    OptionError
        If the value is beyond the format's range.
    """
    if value == 0:
        return value
    form = FORMATS[dtype]
    magnitude = abs(value)
    exponent = magnitude.numerator.bit_length() - magnitude.denominator.bit_length()
    if magnitude < Fraction(2) ** exponent:
        exponent -= 1
    step = Fraction(2) ** max(exponent - form.digits + 1, form.lowest)
    rounded = round(value / step) * step  # Fraction rounds half to even
    if abs(rounded) > form.largest:
        raise OptionError(f"a number of about 2^{exponent} is beyond the range of {dtype}, expected a smaller one")
    return rounded


def nearest_float(value: Any) -> float:
    """Return the float64 nearest to an exact number.

    Raises
    ------
    ModelError
        If it depends on parameters, or is beyond the range.
    """
    if getattr(value, "parametric", False):
        raise ModelError(f"{value} has parameters and is no float, expected numbers: instantiate the chain first")
    try:
        return float(value)
    except OverflowError:
        raise ModelError("a number beyond the range of floats, expected exact numbers (floats=False)") from None


def floats_of(values: Iterable[Any]) -> NDArray[np.float64]:
    """Return exact numbers rounded to the nearest float64 each; see `nearest_float` for what is refused."""
    return np.array([nearest_float(v) for v in values], dtype=np.float64)
