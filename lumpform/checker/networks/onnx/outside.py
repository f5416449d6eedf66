"""Reads numbers of an ONNX file from files beside it. docs/certificate-networks.md, section 6."""

from __future__ import annotations

import os

from ...failure import Unreadable, require_file
from .wire import Message

KNOWN = {"location", "offset", "length"}


class Outside:
    """Gives out the bytes of tensors from files in one folder, in all at most as many as a file has."""

    def __init__(self, path: str, most: int) -> None:
        self.folder = os.path.realpath(os.path.dirname(path) or ".")
        self.most, self.taken = most, dict[str, int]()

    def part(self, name: str, entries: list[Message], wanted: int) -> bytes:
        """Return so many bytes of a tensor, from where its entries say. Raises `ValueError` if they are not there."""
        try:
            return self._part(name, entries, wanted)
        except OSError as error:
            raise ValueError(f"data of the tensor {name!r}: {error.strerror}") from None

    def _part(self, name: str, entries: list[Message], wanted: int) -> bytes:
        """Return so many bytes, or raise `ValueError` or `OSError`."""
        said = {entry.text(1): entry.text(2) for entry in entries}
        if len(said) < len(entries) or not said.keys() <= KNOWN:
            raise ValueError(
                f"entries of the external data of the tensor {name!r} other than {', '.join(sorted(KNOWN))}"
            )
        file = self._file(name, said.get("location", ""))
        size = os.path.getsize(file)
        start = _number(said.get("offset", "0"), name)
        count = _number(said["length"], name) if "length" in said else size - start
        if size > self.most or count != wanted or start + count > size:
            raise ValueError(f"{count} bytes from {start} on, of {size}, for {wanted} bytes of the tensor {name!r}")
        self.taken[file] = self.taken.get(file, 0) + count
        if self.taken[file] > size:
            raise ValueError(f"more bytes of tensors than the file of the tensor {name!r} has")
        with open(file, "rb") as opened:
            opened.seek(start)
            return opened.read(count)

    def _file(self, name: str, location: str) -> str:
        """Return a file in the folder or below it, links resolved."""
        parts = location.replace("\\", "/").split("/")
        if "\0" in location or not location or location.startswith("/") or ".." in parts:
            raise ValueError(f"data of the tensor {name!r} in {location!r}, which is no file beside the model")
        file = os.path.realpath(os.path.join(self.folder, location))
        if not file.startswith(self.folder.rstrip("/") + "/"):
            raise ValueError(f"data of the tensor {name!r} in {location!r}, a link out of the folder")
        try:
            require_file(file, "numbers of a tensor")
        except Unreadable as found:
            raise ValueError(f"data of the tensor {name!r} in {location!r}: {found.found}") from None
        return file


def _number(text: str, name: str) -> int:
    """Return a number of bytes."""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise ValueError(f"a place {text!r} of the data of the tensor {name!r}")
    return int(text)
