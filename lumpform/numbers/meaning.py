"""Says what numbers of other libraries mean, and makes columns of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.make import exact_values, from_fractions

Floats = Literal["dyadic", "decimal"]

DUST = {2: Fraction(1, 1 << 6), 4: Fraction(1, 1 << 16), 8: Fraction(1, 1 << 40)}
"""By bytes of a float: sums that are wrong by no more than this are rounding, most likely of decimals."""


DECIMAL_OPTION = "floats='decimal' takes every float for the decimal that it shows"
"""What messages about sums that rounding spoils expect."""


def is_dust(difference: Fraction, dust: Fraction) -> bool:
    """Tell whether a difference between a sum of floats and what it should be is a rounding error."""
    return not getattr(difference, "parametric", False) and 0 < abs(difference) <= dust


def check_floats(floats: str) -> None:
    """Raise `OptionError` unless `floats` is one of the known values."""
    if floats not in ("dyadic", "decimal"):
        raise OptionError(f"floats is {floats!r}, expected 'dyadic' or 'decimal'")


def number_of(value: Any, floats: Floats) -> Any:
    """Return one number as it is meant: a float as text if its decimal counts, a SymPy expression as one of ours."""
    if floats == "decimal" and isinstance(value, float | np.floating):
        return str(value)
    if getattr(value, "free_symbols", None):
        from lumpform.numbers.symbolic import from_sympy

        return from_sympy(value)
    if isinstance(value, bytes):
        return value.decode("ascii", "replace")
    if isinstance(value, np.floating) and value.dtype.itemsize > 8:  # a long double, which float() would round
        return Fraction(*value.as_integer_ratio())
    return value


def column_of_array(data: Any, floats: Floats) -> Values:
    """Return the exact column of a one-dimensional array or list; coded when it has few distinct values.

    Raises
    ------
    ValueError
        If an entry is not a finite number.
    """
    if not isinstance(data, np.ndarray):
        return from_fractions(data)
    if data.dtype.kind != "f":
        return exact_values(data)
    if floats == "decimal":
        distinct, codes = np.unique(data, return_inverse=True)
        return CodedValues(codes.reshape(-1), tuple(from_fractions(map(str, distinct)).fractions()))
    if data.dtype.itemsize > 8:
        return from_fractions([number_of(v, floats) for v in data])
    column = exact_values(data)
    few = len(data) < 1 << 16 or len(np.unique(data[:: max(1, len(data) >> 12)])) < 1 << 11
    return column.coded() if few else column


def dust_of(data: NDArray[Any] | list[Any], floats: Floats) -> Fraction:
    """Return how far a sum of these numbers may be off by the rounding of floats.

    It is 0 if none is a float, or all are taken for decimals.
    """
    if floats == "decimal":
        return Fraction(0)
    if isinstance(data, np.ndarray) and data.dtype.kind != "O":
        return DUST.get(data.dtype.itemsize, DUST[8]) if data.dtype.kind == "f" else Fraction(0)
    sizes = {v.dtype.itemsize if isinstance(v, np.floating) else 8 for v in data if isinstance(v, float | np.floating)}
    return max((DUST.get(size, DUST[8]) for size in sizes), default=Fraction(0))
