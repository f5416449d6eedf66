"""Computes with rational numbers as pairs (numerator, denominator) in lowest terms, with limits on their size.

Pairs of integers are quicker to hash and to compare than `fractions.Fraction`, and the limits keep hostile files from
turning a few kilobytes into hours of arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from math import gcd, isfinite

from .effort import FREE_BITS, FREE_EXPONENT, TooLarge, limits_in_force, spend, words
from .limits import DEFAULT, Limits

Pair = tuple[int, int]

ZERO: Pair = (0, 1)
ONE: Pair = (1, 1)

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?", re.ASCII)
_FRACTION = re.compile(r"([+-]?)\s*(\d+)\s*/\s*(\d+)", re.ASCII)


def reduced(numerator: int, denominator: int) -> Pair:
    """Return the pair in lowest terms; the denominator must be positive."""
    if denominator.bit_length() > FREE_BITS:
        spend(8 * words(numerator) * words(denominator))
    common = gcd(numerator, denominator)
    return (numerator // common, denominator // common)


def parse(text: str, limits: Limits = DEFAULT) -> Pair:
    """Return the number that a text shows: an integer, a decimal or a fraction. Raises `ValueError`."""
    text = text.strip()
    if len(text) > limits.max_digits:
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
    if abs(exponent) > limits.max_exponent:
        raise ValueError("too large an exponent")
    value = int(match[1] + digits)
    if abs(exponent) > FREE_EXPONENT:
        spend(64 * abs(exponent))
    return (value * 10**exponent, 1) if exponent >= 0 else reduced(value, 10**-exponent)


def from_float(value: float) -> Pair:
    """Return the dyadic rational that a float is. Raises `ValueError` if it is not finite."""
    if not isfinite(value):
        raise ValueError("a number that is not finite")
    return value.as_integer_ratio()


def common_denominator(denominators: Iterable[int], limit: int) -> int | None:
    """Return the least common multiple, or None if it has more than `limit` bits."""
    result, bits = 1, 1
    for d in denominators:
        if bits > FREE_BITS:
            spend(words(result) * words(d))
        if result % d:
            if bits > FREE_BITS or d.bit_length() > FREE_BITS:
                spend(8 * words(result) * words(d))
            result = result // gcd(result, d) * d
            bits = result.bit_length()
            if bits > limit:
                return None
    return result


def bounded_denominator(denominators: Iterable[int]) -> int:
    """Return the least common multiple; `TooLarge` beyond `max_sum_bits` bits."""
    most = limits_in_force().max_sum_bits
    result = common_denominator(denominators, most)
    if result is None:
        raise TooLarge(f"numbers with a common denominator of more than {most} bits")
    return result


def small_denominator(denominators: Iterable[int]) -> int | None:
    """Return the least common multiple, or None if it is too long to serve for a whole model (`small_bits`)."""
    return common_denominator(denominators, limits_in_force().small_bits)


def total(values: Iterable[Pair]) -> Pair:
    """Return the exact sum."""
    listed = list(values)
    common = bounded_denominator({d for _, d in listed})
    return reduced(sum(scaled(listed, common)), common)


def product(left: Pair, right: Pair) -> Pair:
    """Return the exact product."""
    numerator = left[0] * right[0]
    if numerator.bit_length() > FREE_BITS:
        spend(words(left[0]) * words(right[0]))
    return reduced(numerator, left[1] * right[1])


def ascending(values: Iterable[Pair]) -> list[Pair]:
    """Return the values sorted by size."""
    listed = list(values)
    common = small_denominator({d for _, d in listed})
    if common is not None:
        numbers = scaled(listed, common)
        return [listed[i] for i in sorted(range(len(listed)), key=numbers.__getitem__)]
    exactly = cmp_to_key(_compared)
    return sorted(listed, key=lambda value: (*_leading(value), exactly(value)))


LEADING = 128
"""Bits of a number by which long numbers are sorted, before they are multiplied out."""


def _leading(value: Pair) -> tuple[int, int, int]:
    """Return sign, exponent and leading bits: in the order of the numbers, but equal for numbers that are close."""
    numerator, denominator = abs(value[0]), value[1]
    if not numerator:
        return 0, 0, 0
    exponent = numerator.bit_length() - denominator.bit_length()
    bits = _shifted(numerator, denominator, LEADING - exponent)
    if not bits >> LEADING:
        exponent -= 1
        bits = _shifted(numerator, denominator, LEADING - exponent)
    return (1, exponent, bits) if value[0] > 0 else (-1, -exponent, -bits)


def _shifted(numerator: int, denominator: int, shift: int) -> int:
    """Return the integer part of ``numerator / denominator * 2^shift``."""
    return (numerator << shift) // denominator if shift >= 0 else numerator // (denominator << -shift)


def _compared(left: Pair, right: Pair) -> int:
    """Return a number below, equal to or above zero, as `left` is to `right`."""
    spend(words(left[0]) * words(right[1]) + words(right[0]) * words(left[1]))
    return left[0] * right[1] - right[0] * left[1]


def scaled(table: Sequence[Pair], denominator: int) -> list[int]:
    """Return the numerators over a common denominator."""
    if denominator.bit_length() > FREE_BITS:
        width = words(denominator)
        spend(width * sum(words(n) + words(d) for n, d in table))
    return [n * (denominator // d) for n, d in table]


def show(value: Pair) -> str:
    """Return a number for a message: the fraction, or how long it is."""
    numerator, denominator = value
    if max(abs(numerator).bit_length(), denominator.bit_length()) > 1000:
        return f"a fraction of {abs(numerator).bit_length()} over {denominator.bit_length()} bits"
    return str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
