"""Take the numbers of an ONNX file that lie in files beside it into the model: PyTorch's exporter writes such files.

Only files in the folder of the model, or below, are read, whatever links are on the way; no more bytes than they have.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.limits import MAX_ONNX_BYTES
from lumpform.networks.onnx.tensors import TYPES, entries_of

EXTERNAL = 1
KEYS = ("location", "offset", "length")


def needs_others(path: Path) -> bool:
    """Tell whether numbers of a model are in files beside it. O(bytes)."""
    import onnx

    graph = onnx.load(path, load_external_data=False).graph
    return any(tensor.data_location == EXTERNAL for tensor in graph.initializer)


def take_in(path: Path, graph: Any) -> int:
    """Put the bytes of all initializers that lie outside the file where those of the others are.

    Returns
    -------
    int
        How many bytes that were.

    Raises
    ------
    FormatError
        If a file is missing, leads out of the folder or ends before a tensor does, if a tensor has another number of
        bytes than its shape needs, or if tensors have more bytes in a file than it holds.
    """
    left: dict[str, int] = {}
    total = 0
    for tensor in graph.initializer:
        if tensor.data_location != EXTERNAL:
            continue
        place = f"tensor {tensor.name!r}"
        wanted = entries_of(path, place, tensor) * np.dtype(TYPES[tensor.data_type][0]).itemsize
        location, offset, length = _described(path, place, tensor)
        data = _inside(path, place, location)
        size = os.path.getsize(data)
        if size > MAX_ONNX_BYTES:
            raise FormatError(path, place, f"{size} bytes in {location!r}", f"at most {MAX_ONNX_BYTES}")
        length = size - offset if length is None else length
        if not 0 <= length <= size - offset:
            raise FormatError(
                path, place, f"{max(length, 0)} bytes from {offset} on", f"some of the {size} in {location!r}"
            )
        if length != wanted:
            raise FormatError(path, place, f"{length} bytes", f"{wanted} for its shape")
        left[data] = left.get(data, size) - length
        if left[data] < 0:
            raise FormatError(path, place, f"more bytes of tensors than {location!r} has", "different parts of it")
        try:
            with open(data, "rb") as file:
                file.seek(offset)
                tensor.raw_data = file.read(length)
        except OSError as error:
            raise os_error(path, error, f"a readable file {location!r}") from None
        tensor.ClearField("external_data")
        tensor.ClearField("data_location")
        total += length
    return total


def _described(path: Path, place: str, tensor: Any) -> tuple[str, int, int | None]:
    """Return where the bytes of a tensor are: location, offset and length, None if that is the rest of the file."""
    found: dict[str, str] = {}
    for entry in tensor.external_data:
        if entry.key not in KEYS or entry.key in found:
            raise FormatError(
                path, place, f"the entry {entry.key!r} of its external data", f"each of {', '.join(KEYS)} once"
            )
        found[entry.key] = entry.value
    if tensor.HasField("raw_data") or any(len(getattr(tensor, field)) for _, field in TYPES.values()):
        raise FormatError(path, place, "numbers in the file and outside", "one of them")
    for key in KEYS[1:]:
        text = found.get(key, "0")
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise FormatError(path, place, f"the {key} {text!r}", "a number of bytes")
    length = int(found["length"]) if "length" in found else None
    return found.get("location", ""), int(found.get("offset", "0")), length


def _inside(path: Path, place: str, location: str) -> str:
    """Return the file at a location, which must be in the folder of the model, or below it."""
    if not location or "\0" in location or os.path.isabs(location) or ".." in location.replace("\\", "/").split("/"):
        raise FormatError(path, place, f"data in {location!r}", "a file beside the model")
    folder = os.path.realpath(path.parent)
    data = os.path.realpath(os.path.join(folder, location))
    if os.path.commonpath([folder, data]) != folder:
        raise FormatError(path, place, f"data in {location!r}, a link out of its folder", "a file beside the model")
    try:
        check_readable(data)
    except FormatError as error:
        raise FormatError(path, place, f"data in {location!r}, {error.found}", "a readable file") from None
    return data
