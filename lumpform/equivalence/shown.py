"""Turns rationals into text and floats: nothing overflows, and what is rounded says so.

A proved bound is rounded up and a difference that was found is rounded down or called "about", so that every number in
an answer is true as it stands. Floats are for searching only.
"""

from __future__ import annotations

import decimal
import sys
from collections.abc import Sequence
from fractions import Fraction

from lumpform.numbers.numerals import leading

DIGITS = 6
"""Significant digits of rounded numbers in texts."""

LONGEST = 16
"""Exact decimals with more digits are rounded in texts."""

EXPANDED = 4_000
"""Numbers with more bits are not tried as exact decimals."""

RUNS = 4
"""At most this many different pairs of bounds of a box stand in a text."""


def near(value: Fraction) -> float:
    """Return the double next to a rational; beyond the range of doubles, the largest one with its sign."""
    try:
        return float(value)
    except OverflowError:
        return sys.float_info.max if value > 0 else -sys.float_info.max


def exact_text(value: Fraction | int) -> str:
    """Return all digits of a rational (``str`` refuses more than 4,300)."""
    above, below = (format(decimal.Decimal(part), "f") for part in (value.numerator, value.denominator))
    return above if below == "1" else f"{above}/{below}"


def about(value: Fraction) -> str:
    """Return a rational as text: exact if that is short, else ``about`` and its leading digits."""
    return _short(value) or f"about {_digits(value, decimal.ROUND_HALF_EVEN)}"


def at_most(value: Fraction) -> str:
    """Return a decimal that is not below a rational, and equal to it if that is short."""
    return _short(value) or _digits(value, decimal.ROUND_CEILING)


def at_least(value: Fraction) -> str:
    """Return a decimal that is not above a rational, and equal to it if that is short."""
    return _short(value) or _digits(value, decimal.ROUND_FLOOR)


def json_number(value: Fraction, *, up: bool = False) -> float | str:
    """Return the double next to a rational (or, with `up`, not below it); as exact text if it has none."""
    number = near(value)
    if up and Fraction(number) < value:
        import math

        number = math.nextafter(number, math.inf)
    return exact_text(value) if abs(number) >= sys.float_info.max or (value and not number) else number


def box_text(box: Sequence[tuple[Fraction, Fraction]]) -> str:
    """Return the bounds of a box in short: equal bounds of neighbouring inputs once."""
    runs: list[tuple[int, int, tuple[Fraction, Fraction]]] = []
    for i, pair in enumerate(box):
        if runs and runs[-1][2] == pair:
            runs[-1] = (runs[-1][0], i, pair)
        else:
            runs.append((i, i, pair))
    if not runs:
        return "no inputs"
    if len(runs) == 1:
        return _interval(runs[0][2]) + (f" in all {len(box)} inputs" if len(box) > 1 else "")
    parts = [f"{_interval(pair)} in input {_range(first, last)}" for first, last, pair in runs[:RUNS]]
    if len(runs) > RUNS:
        parts.append(f"other bounds in inputs {_range(runs[RUNS][0], len(box) - 1)}")
    return ", ".join(parts)


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"


def _interval(pair: tuple[Fraction, Fraction]) -> str:
    return "[{}, {}]".format(*map(about, pair))


def _short(value: Fraction) -> str:
    """Return the rational in full, as a decimal if it is one of few digits; empty if it is long."""
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits <= EXPANDED:
        decimal_text = _digits(value, decimal.ROUND_HALF_EVEN, LONGEST)
        if Fraction(decimal_text) == value:
            return decimal_text
    text = str(value) if bits < 4 * DIGITS else ""
    return text if len(text) <= DIGITS + 2 else ""


def _digits(value: Fraction, rounding: str, digits: int = DIGITS) -> str:
    number = leading(value, rounding, digits)
    return format(number, "f" if -6 < number.adjusted() < 16 else "e")
