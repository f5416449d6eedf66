"""Rounds columns of exact numbers to floats, and says what was rounded: the named door out of exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.floats import round_to
from lumpform.numbers.numerals import ceiling


@dataclass(frozen=True)
class Rounding:
    """Says what writing a network changed.

    Parameters
    ----------
    values : int
        Number of weights and biases that were written.
    rounded : int
        How many of them differ from the exact ones.
    largest : Fraction
        The largest absolute difference.
    beside : bool
        Whether the exact numbers stand beside the rounded ones, so that reading the file gives them.
    larger : str
        One line with both sizes if an ONNX file is larger than the one that its network was read from; else nothing.
    """

    values: int = 0
    rounded: int = 0
    largest: Fraction = Fraction(0)
    beside: bool = False
    larger: str = ""

    @property
    def exact(self) -> bool:
        """Return whether the file holds exactly the network's numbers."""
        return self.rounded == 0 or self.beside

    def __add__(self, other: Rounding) -> Rounding:
        values, rounded = self.values + other.values, self.rounded + other.rounded
        beside = self.exact and other.exact and rounded > 0
        larger = "; ".join(filter(None, (self.larger, other.larger)))
        return Rounding(values, rounded, max(self.largest, other.largest), beside, larger)

    def __str__(self) -> str:
        said = rounded = f"{self.rounded} of {self.values} weights rounded, by at most {ceiling(self.largest)}"
        if self.exact:
            said = f"all {self.values} weights written exactly"
            said += f"; in the floats beside them {rounded}" if self.rounded else ""
        return f"{said}; {self.larger}" if self.larger else said


def total(parts: Iterable[Rounding]) -> Rounding:
    """Return the account of several columns together."""
    result = Rounding()
    for part in parts:
        result = result + part
    return result


def as_floats(values: Values, dtype: str) -> tuple[NDArray[Any], Rounding]:
    """Return a column as an array of ``float16``, ``float32`` or ``float64``, every entry rounded once, to nearest.

    O(n) for floats that fit already, O(n log n) otherwise.

    Raises
    ------
    OptionError
        If a value is beyond the range of the format.
    """
    kind = np.dtype(dtype)
    if isinstance(values, DyadicValues) and values.array.dtype.itemsize <= kind.itemsize:
        return values.array.astype(kind), Rounding(len(values))
    coded: CodedValues = values.coded()
    table = [round_to(v, dtype) for v in coded.table]
    wrong = np.array([a != b for a, b in zip(table, coded.table, strict=True)] or [False], dtype=bool)
    largest = max((abs(a - b) for a, b in zip(table, coded.table, strict=True)), default=Fraction(0))
    floats = np.array([float(v) for v in table] or [0.0], dtype=kind)
    return floats[coded.codes], Rounding(len(values), int(np.count_nonzero(wrong[coded.codes])), largest)
