"""Turns text, floats and other number types into rationals.

Three doors, three meanings (THEORY.md section 4): a decimal in a *text* is the decimal that it shows (``0.1`` is
1/10); a *float* is the dyadic rational that it is; everything rational is itself. Nothing here rounds.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from math import gcd, isfinite
from numbers import Rational
from typing import Any

from lumpform.errors import OptionError
from lumpform.files.limits import MAX_DIGITS, MAX_EXPONENT

_LONG = 1 << 14
"""Bits from which on numbers are multiplied by FLINT, whose time grows hardly faster than their length."""

_NUMBER = re.compile(
    r"""\s*(?P<sign>[+-]?)\s*
    (?:(?P<num>\d+)\s*/\s*(?P<den>\d+)
      |(?P<whole>\d*)(?:\.(?P<frac>\d*))?(?:[eE](?P<exp>[+-]?\d{1,9}))?)\s*""",
    re.VERBOSE | re.ASCII,
)


def parse_rational(text: str) -> Fraction:
    """Return the rational number written in `text`: an integer, a fraction ``1/3`` or a decimal ``1.5e-3``.

    Parameters
    ----------
    text : str
        At most `MAX_DIGITS` characters, exponent at most `MAX_EXPONENT` in absolute value.

    Returns
    -------
    Fraction
        The exact value; the text never passes through a float.

    Raises
    ------
    ValueError
        If the text is no finite rational (``nan``, ``inf``, a zero denominator), or is too large to be meant.
    """
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} characters (at most {MAX_DIGITS})")
    match = _NUMBER.fullmatch(text)
    if match is None or not (match["num"] or match["whole"] or match["frac"]):
        raise ValueError(f"{text.strip()!r} is not a rational number")
    sign = -1 if match["sign"] == "-" else 1
    if match["num"]:
        if int(match["den"]) == 0:
            raise ValueError(f"{text.strip()!r} has a zero denominator")
        return Fraction(sign * int(match["num"]), int(match["den"]))
    frac = match["frac"] or ""
    exponent = int(match["exp"] or 0) - len(frac)
    if abs(exponent) > MAX_EXPONENT:
        raise ValueError(f"{text.strip()!r} has an exponent beyond {MAX_EXPONENT}")
    digits = sign * int((match["whole"] or "") + frac)
    return Fraction(digits * 10**exponent) if exponent >= 0 else Fraction(digits, 10**-exponent)


def as_rational(value: Any) -> Fraction:
    """Return `value` as an exact `Fraction`: a float is the dyadic rational that it is, a string its text.

    Raises
    ------
    ValueError
        If `value` is not finite or not a number.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        return parse_rational(value)
    if getattr(value, "parametric", False):  # an expression in parameters, which may be a constant
        if value.constant is None:
            raise ValueError(f"{value!r} depends on a parameter, expected a number")
        return value.constant
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not finite")
        return Fraction(value)
    if isinstance(value, Rational):  # int, bool, numpy integers, gmpy2 mpz and mpq
        return Fraction(int(value.numerator), int(value.denominator))
    if getattr(value, "is_Rational", False):  # sympy, without importing it
        return Fraction(int(value.p), int(value.q))
    try:
        as_float = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{_shown(value)} is not a number") from None
    if not isfinite(as_float):
        raise ValueError(f"{value!r} is not finite")
    return Fraction(as_float)


def _shown(value: Any) -> str:
    """Return the repr of any object as one line of at most 60 characters."""
    text = "".join(c if c.isprintable() else " " for c in repr(value)[:61])
    return text if len(text) <= 60 else text[:57] + "..."


def is_negative(value: Any) -> bool:
    """Return whether an exact value is a number below zero; what depends on a parameter has no sign."""
    number = value.constant if getattr(value, "parametric", False) else value
    return number is not None and number < 0


def format_rational(value: Fraction) -> str:
    """Return ``numerator/denominator`` in lowest terms, or the numerator of an integer; `parse_rational` reads it."""
    return str(value)


def lcm_of_denominators(values: Any) -> int:
    """Return the least common denominator of an iterable of `Fraction`; 1 if it is empty."""
    denominators = {value.denominator for value in values}
    result = 1
    while denominators:
        d = denominators.pop()
        if result % d:
            result = result // gcd(result, d) * d
            if result.bit_length() > _LONG:
                return _long_lcm([result, *denominators])
    return result


def _long_lcm(numbers: list[int]) -> int:
    """Return the least common multiple of long numbers, in pairs of equal length, so that fast multiplication helps."""
    from flint import fmpz

    level = [fmpz(n) for n in sorted(numbers)]
    while len(level) > 1:
        pairs = [a.lcm(b) for a, b in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[len(pairs) * 2 :]
    return int(level[0])


def bounded_denominator(values: Any, bits: int) -> int | None:
    """Return the least common denominator of an iterable of `Fraction`, or None as soon as it has more than `bits`."""
    result = 1
    for value in values:
        d = value.denominator
        if result % d:
            result = result // gcd(result, d) * d
            if result.bit_length() > bits:
                return None
    return result


def not_negative(value: Any, name: str) -> Fraction:
    """Return an exact number from 0 on.

    Parameters
    ----------
    value : exact number, float (dyadic) or text
    name : str
        Of the option, for the message.

    Raises
    ------
    OptionError
        If it is no number, or negative.
    """
    try:
        number = as_rational(value)
    except (TypeError, ValueError) as error:
        raise OptionError(f"{name} is not usable: {error}") from None
    if number < 0:
        raise OptionError(f"{name} is {number}, expected a number from 0 on")
    return number
