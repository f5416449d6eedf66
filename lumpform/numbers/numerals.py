"""Writes exact numbers as text for files and messages; makes initial distributions and names of what files say."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.files.limits import MAX_VARIABLE
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.rational import format_rational


def uniform(states: NDArray[Any], n: int) -> CodedValues | None:
    """Return the uniform distribution over the given states, as a column of length n; None if there are none."""
    mask = np.zeros(n, dtype=np.uint8)
    mask[np.asarray(states, dtype=np.int64)] = 1
    count = int(np.count_nonzero(mask))
    return CodedValues(mask, (Fraction(0), Fraction(1, count))) if count else None


def uniform_support(initial: Values) -> NDArray[np.bool_] | None:
    """Return the states over which a distribution is uniform, as a mask; None if it is not uniform on a set."""
    coded = initial.coded()
    positive = [i for i, v in enumerate(coded.table) if v != 0]
    return coded.codes == positive[0] if len(positive) == 1 else None


def number_text(value: Fraction) -> str:
    """Return the text of an exact number; `ModelError` if it is longer than the readers accept."""
    if getattr(value, "parametric", False):
        return str(value)
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > 6600:  # 2 * 6600 bits < 4000 digits
        raise ModelError("a number of about 2000 digits or more cannot be written to a file")
    return format_rational(value)


def valuation_names(texts: Sequence[str]) -> list[str]:
    """Return the names of states from Storm's texts of their variables: ``x=1, !b`` for ``[x=1\t& !b]``.

    Storm leaves out the name of a Boolean variable that is true. It is put back where a state in which it is false
    gives it away; a variable that is true everywhere tells no states apart.
    """
    rows = [[p.strip() for p in t.strip().removeprefix("[").removesuffix("]").split("&")] for t in texts]
    names: dict[int, str] = {}
    for row in rows:
        for place, part in enumerate(row):
            if part.startswith("!") and len(part) <= MAX_VARIABLE:
                names[place] = part[1:]
    return [", ".join(filter(None, (part or names.get(i, "") for i, part in enumerate(row)))) for row in rows]


def show(value: Fraction) -> str:
    """Return a number for an error message: a short decimal, else the fraction and about how much it is."""
    if getattr(value, "parametric", False):
        return str(value)[:200]
    numerator, denominator = value.numerator, value.denominator
    bits = max(abs(numerator).bit_length(), denominator.bit_length())
    if bits > 1000:
        return f"a number of {bits} bits"
    if denominator == 1:
        return str(numerator)
    text = decimal_text(value)
    return text if text is not None and len(text) <= 24 else f"{value} (about {float(value):.17g})"


def leading(value: Fraction, rounding: str, digits: int) -> Decimal:
    """Return the leading digits of a rational, rounded in one step."""
    context = decimal.Context(prec=digits, rounding=rounding, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)


def ceiling(value: Fraction | float, digits: int = 3) -> str:
    """Return a decimal of few digits that is not below a number, for what is at most so much."""
    number = leading(Fraction(value), decimal.ROUND_CEILING, digits)
    return f"{float(number):.{digits}g}" if float(number) or not number else format(number, "e")


def short(value: Any) -> str:
    """Return a number as the fraction that it is; one of many digits as messages show it."""
    if not getattr(value, "parametric", False) and value.numerator.bit_length() + value.denominator.bit_length() < 1000:
        return str(value)
    return show(value)


def decimal_text(value: Fraction) -> str | None:
    """Return the finite decimal expansion of a rational, or None if it has none (or one of more than 60 digits)."""
    if value.denominator.bit_length() > 200 or value.numerator.bit_length() > 4000:
        return None
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 60:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
