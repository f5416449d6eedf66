"""Round numbers to multiples of a scale, and clip them: what quantised networks do to their values."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantised(value: Fraction, scale: Fraction, zero: int, lowest: int, highest: int) -> Fraction:
    """Return ``scale (q - zero)``, where q is ``value / scale`` rounded, plus zero, clipped to lowest and highest.

    Rounded is to the nearest integer, ties to even. Exact.
    """
    return scale * (min(max(round(value / scale) + zero, lowest), highest) - zero)


def quantised_array(x: NDArray[Any], scale: Fraction, zero: int, lowest: int, highest: int) -> NDArray[Any]:
    """Return all numbers of an array quantised: `Fraction` objects exactly, floats in float arithmetic."""
    if x.dtype == object:
        out = np.empty(x.size, dtype=object)
        out[:] = [quantised(Fraction(v), scale, zero, lowest, highest) for v in x.reshape(-1).tolist()]
        return out.reshape(x.shape)
    step = x.dtype.type(float(scale))
    return step * (np.clip(np.rint(x / step) + zero, lowest, highest) - zero)
