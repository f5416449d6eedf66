"""Exact rational numbers as pairs (numerator, denominator) in lowest terms, with limits on their size.

Pairs of integers are quicker to hash and to compare than `fractions.Fraction`, and the limits keep hostile files from
turning a few kilobytes into hours of arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from math import gcd, isfinite

Pair = tuple[int, int]

MAX_DIGITS = 4000
MAX_EXPONENT = 4000
SMALL_BITS = 4096
"""A common denominator of up to so many bits serves for a whole model."""

MAX_BITS = 1 << 16
"""A denominator beyond this many bits is refused."""

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?", re.ASCII)
_FRACTION = re.compile(r"([+-]?)\s*(\d+)\s*/\s*(\d+)", re.ASCII)


class TooLarge(ValueError):
    """Numbers whose common denominator is beyond `MAX_BITS`."""


def reduced(numerator: int, denominator: int) -> Pair:
    """The pair in lowest terms; the denominator must be positive."""
    common = gcd(numerator, denominator)
    return (numerator // common, denominator // common)


def parse(text: str) -> Pair:
    """The number that a text shows: an integer, a decimal or a fraction. Raises `ValueError`."""
    text = text.strip()
    if len(text) > MAX_DIGITS:
        raise ValueError("too many digits")
    match = _FRACTION.fullmatch(text)
    if match is not None:
        if int(match[3]) == 0:
            raise ValueError("a zero denominator")
        return reduced(int(match[1] + match[2]), int(match[3]))
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise ValueError("no number")
    digits, exponent = match[2] + (match[3] or ""), int(match[4] or 0) - len(match[3] or "")
    if abs(exponent) > MAX_EXPONENT:
        raise ValueError("too large an exponent")
    value = int(match[1] + digits)
    return (value * 10**exponent, 1) if exponent >= 0 else reduced(value, 10**-exponent)


def from_float(value: float) -> Pair:
    """The dyadic rational that a float is. Raises `ValueError` if it is not finite."""
    if not isfinite(value):
        raise ValueError("a number that is not finite")
    return value.as_integer_ratio()


def common_denominator(denominators: Iterable[int], limit: int) -> int | None:
    """The least common multiple, or None if it has more than `limit` bits."""
    result = 1
    for d in denominators:
        if result % d:
            result = result // gcd(result, d) * d
        if result.bit_length() > limit:
            return None
    return result


def bounded_denominator(denominators: Iterable[int]) -> int:
    """The least common multiple; `TooLarge` beyond `MAX_BITS` bits."""
    result = common_denominator(denominators, MAX_BITS)
    if result is None:
        raise TooLarge(f"numbers with a common denominator of more than {MAX_BITS} bits")
    return result


def total(values: Iterable[Pair]) -> Pair:
    """The exact sum."""
    listed = list(values)
    common = bounded_denominator({d for _, d in listed})
    return reduced(sum(n * (common // d) for n, d in listed), common)


def product(left: Pair, right: Pair) -> Pair:
    """The exact product."""
    return reduced(left[0] * right[0], left[1] * right[1])


def ascending(values: Iterable[Pair]) -> list[Pair]:
    """The values sorted by size."""
    listed = list(values)
    common = common_denominator({d for _, d in listed}, SMALL_BITS)
    if common is not None:
        return sorted(listed, key=lambda v: v[0] * (common // v[1]))
    return sorted(listed, key=cmp_to_key(lambda a, b: a[0] * b[1] - b[0] * a[1]))


def scaled(table: Sequence[Pair], denominator: int) -> list[int]:
    """Numerators over a common denominator."""
    return [n * (denominator // d) for n, d in table]


def show(value: Pair) -> str:
    """A number for a message: the fraction, or how long it is."""
    numerator, denominator = value
    if max(abs(numerator).bit_length(), denominator.bit_length()) > 1000:
        return f"a fraction of {abs(numerator).bit_length()} over {denominator.bit_length()} bits"
    return str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
