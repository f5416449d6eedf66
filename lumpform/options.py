"""Numbers that users give as options: exact, and refused in one line."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.exact import as_rational


def not_negative(value: Any, name: str) -> Fraction:
    """An exact number from 0 on.

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
