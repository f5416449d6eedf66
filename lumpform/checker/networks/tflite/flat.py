"""Takes FlatBuffers apart: just enough of the format, and no step out of the file."""

from __future__ import annotations

import struct

from ..onnx.wire import Damaged

MOST = 1 << 16
"""Entries of a list of integers or tables."""


class Table:
    """Is a table at a place in the bytes of a file; fields have numbers, one that is left out has its default."""

    def __init__(self, data: bytes, place: int) -> None:
        self.data, self.place = data, place
        self.fields = place - _number(data, place, "i")
        self.length = _number(data, self.fields, "H")

    def at(self, field: int) -> int:
        """Return the place of a field, 0 if it is left out."""
        entry = 4 + 2 * field
        if entry + 2 > self.length:
            return 0
        offset = _number(self.data, self.fields + entry, "H")
        return self.place + offset if offset else 0

    def number(self, field: int, code: str = "i", default: int = 0) -> int:
        """Return an integer, of a kind that `struct` knows."""
        place = self.at(field)
        return _number(self.data, place, code) if place else default

    def real(self, field: int) -> float:
        """Return a float; 0 if there is none."""
        place = self.at(field)
        if not place:
            return 0.0
        _check(self.data, place, 4)
        return struct.unpack_from("<f", self.data, place)[0]

    def table(self, field: int) -> Table | None:
        """Return a table, None if there is none."""
        place = self.at(field)
        return Table(self.data, place + _number(self.data, place, "I")) if place else None

    def span(self, field: int, width: int) -> tuple[int, int]:
        """Return where a list begins and how many entries of so many bytes it has."""
        place = self.at(field)
        if not place:
            return 0, 0
        start = place + _number(self.data, place, "I")
        count = _number(self.data, start, "I")
        _check(self.data, start + 4, count * width)
        return start + 4, count

    def count(self, field: int) -> int:
        """Return how many tables or integers of four bytes a list has."""
        return self.span(field, 4)[1]

    def entry(self, field: int, index: int) -> Table:
        """Return one of a list of tables."""
        start, count = self.span(field, 4)
        if not 0 <= index < count:
            raise Damaged(f"entry {index} of {count}")
        place = start + 4 * index
        return Table(self.data, place + _number(self.data, place, "I"))

    def integers(self, field: int, code: str = "i") -> list[int]:
        """Return a list of integers."""
        width = struct.calcsize(f"<{code}")
        start, count = self.span(field, width)
        if count > MOST:
            raise Damaged(f"a list of {count} integers")
        return list(struct.unpack_from(f"<{count}{code}", self.data, start))

    def content(self, field: int) -> bytes:
        """Return a list of bytes, or a text."""
        start, count = self.span(field, 1)
        return self.data[start : start + count]


def _number(data: bytes, place: int, code: str) -> int:
    """Return the integer at a place."""
    _check(data, place, struct.calcsize(f"<{code}"))
    return struct.unpack_from(f"<{code}", data, place)[0]


def _check(data: bytes, place: int, length: int) -> None:
    if not 0 <= place <= len(data) - length:
        raise Damaged("an offset that leads out of the file")
