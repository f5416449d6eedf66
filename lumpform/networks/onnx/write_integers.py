"""Write weights as integers with a scale where that is exact: what a quantised network keeps of its file's size."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.tape import Tape

Coded = tuple[NDArray[Any], NDArray[Any], int]
"""Integers, the scales that they are multiplied by, and their axis."""


def as_integers(array: NDArray[np.float64]) -> Coded | None:
    """Return weights as bytes times scales, one for every place along the first or second axis; None if there are none.

    The scales are float32, and every product is exactly the weight.
    """
    for axis in range(min(array.ndim, 2)):
        rows = np.moveaxis(array, axis, 0).reshape(array.shape[axis], -1)
        found = [_row(row) for row in rows]
        if all(step is not None for step in found):
            scales = np.array([float(step or 1) for step in found])
            along = scales.reshape([-1 if i == axis else 1 for i in range(array.ndim)])
            return np.rint(array / along).astype(np.int8), scales.astype(np.float32), axis
    return None


def _row(row: NDArray[np.float64]) -> Fraction | None:
    """Return a float32 of which all numbers are multiples by at most 127; None if there is none."""
    numbers = [Fraction(v) for v in row.tolist() if v]
    if not numbers:
        return Fraction(1)
    common = max(v.denominator for v in numbers)  # powers of two
    whole = np.array([abs(int(v * common)) for v in numbers], dtype=object)
    divisor, most = int(np.gcd.reduce(whole)), int(max(whole))
    for parts in range(1, 127 * divisor // most + 1):
        step = Fraction(divisor, parts * common)
        if divisor % parts == 0 and Fraction(float(np.float32(float(step)))) == step:
            return step
    return None


def float_parts(values: list[Fraction]) -> list[NDArray[Any]]:
    """Return arrays of float32 whose exact sums are these numbers; `Inexact` if seven do not do."""
    parts, left = [], list(values)
    while any(left) and len(parts) < 7:
        part = np.array([float(v) for v in left], dtype=np.float64).astype(np.float32)
        parts.append(part)
        left = [v - Fraction(float(f)) for v, f in zip(left, part, strict=True)]
    if any(left):
        raise Inexact
    return parts or [np.zeros(len(values), dtype=np.float32)]


class Inexact(Exception):
    """Say that a network has numbers that cannot be written without rounding."""


class IntegerTape(Tape):
    """Collect constants as doubles, and write each exactly: as floats, or as integers with scales."""

    def __init__(self, names: Any) -> None:
        super().__init__("float64", names)
        self.element = "float32"

    def initialiser(self, array: NDArray[Any]) -> str:
        """Append a constant, which must be exact; returns the name of what holds its numbers."""
        if array.dtype != np.float64:
            return super().initialiser(array)
        found = as_integers(array) if array.size >= 16 else None
        if found is None:
            near = array.astype(np.float32)
            if not np.array_equal(near, array):
                found = as_integers(array)
                if found is None:
                    raise Inexact
            else:
                return super().initialiser(near)
        integers, scales, axis = found
        operands = [super().initialiser(integers), super().initialiser(scales)]
        return self.add("DequantizeLinear", operands, axis=axis)
