"""Exact numbers: from text, floats and other number types to rationals, and residues that prove equality.

Three doors, three meanings (THEORY.md section 4): a decimal in a *text* is the decimal that it shows (``0.1`` is
1/10); a *float* is the dyadic rational that it is; everything rational is itself. Nothing here rounds.

Residues. Weights over a common denominator D become integers; sums of integers are compared modulo one or more
pairwise coprime moduli. When the product of the moduli exceeds twice the largest possible absolute sum, equal
residues prove equal sums (Chinese remainder theorem). Since weights are multiplied by D, never divided, a
denominator that is a multiple of a prime does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import gcd, isfinite
from numbers import Rational
from typing import Any

from lumpform.limits import MAX_DIGITS, MAX_EXPONENT

WORD = 1 << 64
"""The modulus of wrapping 64-bit machine integers; coprime to every odd prime, so it takes part in remainders."""

PRIME = (1 << 61) - 1
"""The Mersenne prime of 61 bits: the field in which fingerprints are computed."""

PRIMES: tuple[int, ...] = (
    PRIME,
    *((1 << 61) - k for k in (31, 45, 229, 259, 283, 339, 391, 403, 465)),
)
"""Primes just below 2^61, largest first; checked to be prime by a test."""

_LONG = 1 << 14
"""Bits from which on numbers are multiplied by FLINT, whose time grows hardly faster than their length."""

_NUMBER = re.compile(
    r"""\s*(?P<sign>[+-]?)\s*
    (?:(?P<num>\d+)\s*/\s*(?P<den>\d+)
      |(?P<whole>\d*)(?:\.(?P<frac>\d*))?(?:[eE](?P<exp>[+-]?\d{1,9}))?)\s*""",
    re.VERBOSE | re.ASCII,
)


def parse_rational(text: str) -> Fraction:
    """The rational number written in `text`: an integer, a fraction ``1/3`` or a decimal ``1.5e-3``.

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
    """`value` as an exact `Fraction`: a float is taken as the dyadic rational that it is, a string as its text.

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
    """``numerator/denominator`` in lowest terms, or just the numerator of an integer; `parse_rational` reads it."""
    return str(value)


def lcm_of_denominators(values: Any) -> int:
    """The least common denominator of an iterable of `Fraction`; 1 if it is empty."""
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


def primes_beyond(bound: int) -> list[int]:
    """Primes below 2^61, largest first, whose product exceeds `bound`; as many as it takes."""
    product, chosen = 1, []
    for prime in _primes():
        if product > bound:
            return chosen
        product *= prime
        chosen.append(prime)
    raise OverflowError("unreachable: there are more than enough primes of 61 bits")


def _primes() -> Iterator[int]:
    yield from PRIMES
    candidate = PRIMES[-1] - 2
    while True:
        if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5)) and _is_prime(candidate):
            yield candidate
        candidate -= 2


def _is_prime(n: int) -> bool:
    """Miller and Rabin with the first twelve primes as bases: right for all n < 2^64 (Sorenson, Webster 2015)."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        x = pow(base, odd, n)
        if x in (1, n - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def moduli_beyond(bound: int) -> tuple[int, ...]:
    """Pairwise coprime moduli whose product exceeds `bound`, the 64-bit word first.

    With ``bound = 2 * B``, two integers of absolute value at most B are equal if and only if they agree modulo
    all of them. Costs one modulus while B < 2^63.

    Raises
    ------
    OverflowError
        If the ten known primes do not suffice (bounds beyond 673 bits): the caller compares rationals then.
    """
    product, chosen = WORD, [WORD]
    for prime in PRIMES:
        if product > bound:
            break
        product *= prime
        chosen.append(prime)
    if product <= bound:
        raise OverflowError(f"a bound of {bound.bit_length()} bits is beyond the known moduli")
    return tuple(chosen)
