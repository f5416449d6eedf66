"""Tensors of an ONNX file as exact numbers: sizes are checked before memory is taken, no other file is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError

MAX_ENTRIES = 1 << 28
FLOATS = {1: np.float32, 11: np.float64, 10: np.float16}
INTEGERS = {6: np.int32, 7: np.int64}


def array_of(path: Path, tensor: Any) -> NDArray[Any]:
    """The array of an initialiser or constant: floats as they are, or integers (shapes).

    Raises
    ------
    FormatError
        If the data lies outside the file, has another type, or does not have the size that its shape claims.
    """
    place = f"tensor {tensor.name!r}"
    if tensor.data_location == 1 or tensor.external_data:
        raise FormatError(path, place, "data outside the file", "weights inside the ONNX file")
    shape = tuple(int(d) for d in tensor.dims)
    entries = 1
    for d in shape:
        entries *= d
        if d < 0 or entries > MAX_ENTRIES:
            raise FormatError(path, place, f"the shape {list(shape)}", f"at most {MAX_ENTRIES} entries")
    dtype = FLOATS.get(tensor.data_type) or INTEGERS.get(tensor.data_type)
    if dtype is None:
        raise FormatError(path, place, f"element type {tensor.data_type}", "float32, float64, float16, int32 or int64")
    if tensor.HasField("raw_data"):
        wanted = np.dtype(dtype).newbyteorder("<")
        if len(tensor.raw_data) != entries * wanted.itemsize:
            raise FormatError(
                path, place, f"{len(tensor.raw_data)} bytes", f"{entries * wanted.itemsize} for its shape"
            )
        array = np.frombuffer(tensor.raw_data, dtype=wanted).astype(dtype)
    else:
        field = {1: "float_data", 11: "double_data", 6: "int32_data", 7: "int64_data"}.get(tensor.data_type)
        data = getattr(tensor, field) if field else ()
        if len(data) != entries:
            raise FormatError(path, place, f"{len(data)} numbers", f"{entries} for the shape {list(shape)}")
        array = np.array(data, dtype=dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise FormatError(path, place, "a number that is not finite", "finite weights")
    return array.reshape(shape)
