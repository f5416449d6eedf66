"""Takes protocol buffers apart into their fields: just enough of the wire format."""

from __future__ import annotations

import struct
import sys
from array import array

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Damaged(ValueError):
    """Says that bytes are no protocol buffer."""


class Message:
    """Holds the fields of a message, by number; values are integers (varint, fixed) or byte views."""

    def __init__(self, data: memoryview) -> None:
        self.fields: dict[int, list[tuple[int, int | memoryview]]] = {}
        place = 0
        while place < len(data):
            tag, place = varint(data, place)
            number, kind = tag >> 3, tag & 7
            value: int | memoryview
            if kind == VARINT:
                value, place = varint(data, place)
            elif kind in (FIXED64, FIXED32):
                width = 8 if kind == FIXED64 else 4
                value, place = int.from_bytes(_part(data, place, width), "little"), place + width
            elif kind == BYTES:
                length, place = varint(data, place)
                value, place = _part(data, place, length), place + length
            else:
                raise Damaged(f"a field of wire type {kind}")
            if number == 0:
                raise Damaged("a field with the number 0")
            self.fields.setdefault(number, []).append((kind, value))

    def has(self, number: int) -> bool:
        """Tell whether there is a field with this number."""
        return number in self.fields

    def messages(self, number: int) -> list[Message]:
        """Return a repeated field of messages."""
        return [Message(part) for part in self.views(number)]

    def message(self, number: int) -> Message | None:
        """Return an optional message; parts given one after the other are one message, as the format has it."""
        found = self.views(number)
        return Message(memoryview(b"".join(found))) if found else None

    def views(self, number: int) -> list[memoryview]:
        """Return a repeated field of bytes."""
        result = []
        for kind, value in self.fields.get(number, []):
            if kind != BYTES or isinstance(value, int):
                raise Damaged(f"field {number} is no text or message")
            result.append(value)
        return result

    def texts(self, number: int) -> list[str]:
        """Return a repeated field of texts."""
        try:
            return [bytes(view).decode("utf-8") for view in self.views(number)]
        except UnicodeDecodeError:
            raise Damaged(f"field {number} is no text in UTF-8") from None

    def text(self, number: int) -> str:
        """Return an optional text."""
        found = self.texts(number)
        return found[-1] if found else ""

    def integers(self, number: int) -> array[int]:
        """Return a repeated field of signed integers, packed or not."""
        result = array("q")
        for kind, value in self.fields.get(number, []):
            if isinstance(value, int):
                if kind != VARINT:
                    raise Damaged(f"field {number} is no integer")
                result.append(signed(value))
                continue
            place = 0
            while place < len(value):
                each, place = varint(value, place)
                result.append(signed(each))
        return result

    def integer(self, number: int) -> int:
        """Return an optional integer; 0 if there is none."""
        return signed(self._single(number, VARINT, "integer"))

    def number(self, number: int) -> float:
        """Return an optional float; 0 if there is none."""
        return floats(self._single(number, FIXED32, "float").to_bytes(4, "little"), "f")[0]

    def _single(self, number: int, expected: int, what: str) -> int:
        result = 0
        for kind, value in self.fields.get(number, []):
            if kind != expected or not isinstance(value, int):
                raise Damaged(f"field {number} is no {what}")
            result = value
        return result

    def floats(self, number: int, code: str = "f") -> array[float]:
        """Return a repeated field of floats (``f``) or doubles (``d``), packed or not."""
        width = 4 if code == "f" else 8
        data = bytearray()
        for kind, value in self.fields.get(number, []):
            if isinstance(value, int):
                if kind != (FIXED32 if code == "f" else FIXED64):
                    raise Damaged(f"field {number} is no float")
                data += value.to_bytes(width, "little")
            else:
                data += value
        return floats(data, code)


def floats(data: bytes | bytearray | memoryview, code: str) -> array[float]:
    """Return little-endian halves (``e``), floats or doubles."""
    if len(data) % struct.calcsize(f"<{code}"):
        raise Damaged("a part of a float")
    if code != "e" and sys.byteorder == "little":
        packed = array(code)
        packed.frombytes(data)
        return packed if code == "d" else array("d", packed)
    return array("d", (v for (v,) in struct.iter_unpack(f"<{code}", data)))


def varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return an unsigned integer of up to ten bytes, and the place behind it."""
    result = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise Damaged("an end in the middle of a number")
        byte = data[place]
        place += 1
        result |= (byte & 127) << shift
        if byte < 128:
            return result & ((1 << 64) - 1), place
    raise Damaged("a number of more than ten bytes")


def signed(value: int) -> int:
    """Return a 64-bit number in two's complement."""
    return value - (1 << 64) if value >> 63 else value


def _part(data: memoryview, place: int, length: int) -> memoryview:
    if length > len(data) - place:
        raise Damaged("an end in the middle of a field")
    return data[place : place + length]
