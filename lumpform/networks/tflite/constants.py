"""Make constants of a TensorFlow Lite file tensors of ONNX, exactly.

Halves become floats. An integer that stands for a number is (integer - zero point) times scale, a float with 24 bits:
at most 33 bits, so a double holds it.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.files.limits import MAX_ENTRIES

TYPES = {"FLOAT32": "<f4", "FLOAT64": "<f8", "FLOAT16": "<f2", "INT32": "<i4", "INT64": "<i8"}
TYPES |= {"BOOL": "?", "INT8": "i1", "UINT8": "u1", "INT16": "<i2"}
"""Element types by name, as NumPy has them."""

PLAIN = ("FLOAT32", "FLOAT64", "FLOAT16", "INT32", "INT64", "BOOL")
"""Those whose numbers are what they show."""


def array_of(data: bytes, shape: tuple[int, ...], kind: str) -> NDArray[Any]:
    """Return the numbers of a constant. Raises `ValueError` if they do not fit its shape."""
    if kind not in TYPES:
        raise ValueError(f"a constant of the type {kind}")
    dtype = np.dtype(TYPES[kind])
    if any(d < 0 for d in shape) or prod(shape) > MAX_ENTRIES:
        raise ValueError(f"a constant of the shape {list(shape)}")
    if len(data) != prod(shape) * dtype.itemsize:
        raise ValueError(f"{len(data)} bytes for a constant of the shape {list(shape)}")
    return np.frombuffer(data, dtype).reshape(shape)


def dequantised(array: NDArray[Any], table: Any) -> NDArray[np.float64]:
    """Return the numbers for which integers of one byte stand, by the scales in the table of their tensor."""
    how = table.Quantization()
    if how is None or how.DetailsType() or not 0 < how.ScaleLength() == how.ZeroPointLength() <= array.size:
        raise ValueError("integers without a scale and a zero point for each")
    scales = np.asarray(how.ScaleAsNumpy(), dtype=np.float64)
    zeros = np.asarray(how.ZeroPointAsNumpy())
    low, high = np.iinfo(array.dtype).min, np.iinfo(array.dtype).max
    if not np.isfinite(scales).all() or not ((low <= zeros) & (zeros <= high)).all():
        raise ValueError("a scale or zero point out of range")
    if len(scales) > 1:
        axis = how.QuantizedDimension()
        if not 0 <= axis < array.ndim or array.shape[axis] != len(scales):
            raise ValueError(f"{len(scales)} scales along dimension {axis}")
        along = [1] * array.ndim
        along[axis] = -1
        scales, zeros = scales.reshape(along), zeros.reshape(along)
    return (array.astype(np.int64) - zeros.astype(np.int64)).astype(np.float64) * scales
