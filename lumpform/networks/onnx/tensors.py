"""Read tensors of an ONNX file exactly; sizes are checked before memory is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import FormatError
from lumpform.files.limits import MAX_ENTRIES

BFLOAT16 = 16
TYPES: dict[int, tuple[Any, str]] = {
    1: (np.float32, "float_data"),
    11: (np.float64, "double_data"),
    10: (np.float16, "int32_data"),
    BFLOAT16: (np.uint16, "int32_data"),
    2: (np.uint8, "int32_data"),
    3: (np.int8, "int32_data"),
    4: (np.uint16, "int32_data"),
    5: (np.int16, "int32_data"),
    6: (np.int32, "int32_data"),
    7: (np.int64, "int64_data"),
    9: (np.bool_, "int32_data"),
}
"""Element types by number: how NumPy keeps them, and the field of a tensor that holds them."""

BATCH = -(1 << 62)
"""What stands for the length of the batch, which is open, among integers that are sizes."""

MARKER = "the integer -2^62, which stands for the length of the batch here"


def array_of(path: Path, tensor: Any, place: str = "") -> NDArray[Any]:
    """Return the array of an initialiser or constant: floats as they are (bfloat16 as float32), or integers.

    Raises
    ------
    FormatError
        If the data lies outside the file, has another type, or does not have the size that its shape claims.
    """
    place = place or f"tensor {tensor.name!r}"
    if tensor.data_location == 1 or tensor.external_data:
        raise FormatError(path, place, "data outside the file", "that of initializers alone")
    entries, shape = entries_of(path, place, tensor), tuple(tensor.dims)
    dtype, field = TYPES[tensor.data_type]
    if tensor.HasField("raw_data"):
        wanted = np.dtype(dtype).newbyteorder("<")
        if len(tensor.raw_data) != entries * wanted.itemsize:
            raise FormatError(
                path, place, f"{len(tensor.raw_data)} bytes", f"{entries * wanted.itemsize} for its shape"
            )
        array = np.frombuffer(tensor.raw_data, dtype=wanted).astype(dtype)
    else:
        array = _listed(path, place, getattr(tensor, field), entries, dtype, field)
    if tensor.data_type == BFLOAT16:
        array = (array.astype(np.uint32) << 16).view(np.float32)
    if array.dtype == np.int64 and (array == BATCH).any():
        raise FormatError(path, place, MARKER, "other integers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise FormatError(path, place, "a number that is not finite", "finite weights")
    return array.reshape(shape)


def entries_of(path: Path, place: str, tensor: Any) -> int:
    """Return how many numbers a tensor has, of a type that is read; `FormatError` if they are too many."""
    shape = tuple(int(d) for d in tensor.dims)
    entries = 1
    for d in shape:
        entries *= d
        if not 0 <= d <= MAX_ENTRIES or entries > MAX_ENTRIES:
            raise FormatError(path, place, f"the shape {list(shape)}", f"at most {MAX_ENTRIES} entries")
    if tensor.data_type not in TYPES:
        raise FormatError(path, place, f"element type {tensor.data_type}", "floats or integers")
    return entries


def _listed(path: Path, place: str, data: Any, entries: int, dtype: Any, field: str) -> NDArray[Any]:
    """Return the numbers of a tensor that are listed one by one; halves are listed as their bits."""
    if len(data) != entries:
        raise FormatError(path, place, counted(len(data), "number"), f"{entries} for its shape")
    if dtype == np.float16:
        return np.array(data, dtype=np.int64).astype(np.uint16).view(np.float16)
    array = np.array(data, dtype=np.float64 if field == "double_data" else None).astype(dtype)
    if array.dtype.kind in "iu" and array.tolist() != list(data):
        raise FormatError(path, place, "a number beyond its type", f"numbers of {np.dtype(dtype).name}")
    return array
