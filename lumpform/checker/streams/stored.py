"""Gives arrays that stand in files, in one or many parts, as sequences of which only a block is in memory."""

from __future__ import annotations

import os
import stat
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, compress, count, islice
from typing import Any

from ..arrays import CODE, OFFSET
from ..failure import fail
from ..models import Column
from ..polynomial import Number, ordered

KEPT = 1 << 12
"""Entries that are read around one that is asked for."""

BLOCK = 1 << 16
"""Entries that are read at a time by who goes through all of them."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Part:
    """Says where a part of an array stands: `length` entries of type `code`, to which `base` is added."""

    path: str
    offset: int
    code: str
    length: int
    base: int = 0

    def read(self, low: int, high: int) -> array[int]:
        """Return the entries from `low` to `high`."""
        width = array(self.code).itemsize
        result = array(self.code)
        result.frombytes(read_bytes(self.path, self.offset + low * width, (high - low) * width))
        if sys.byteorder == "big":
            result.byteswap()
        return array(OFFSET, [v + self.base for v in result]) if self.base else result


def read_bytes(path: str, offset: int, size: int) -> bytes:
    """Return so many bytes of a file; `Unreadable` if it is no regular file, a symbolic link, or shorter."""
    try:
        with open(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                fail(path, "", "no regular file", "a file of numbers")
            file.seek(offset)
            content = file.read(size)
    except OSError as error:
        fail(path, "", error.strerror or type(error).__name__, "a readable file")
    if len(content) != size:
        fail(path, "", f"{len(content)} bytes from byte {offset} on", f"{size}")
    return content


class Stored(Sequence[int]):
    """Is an array of integers in files; entries are read when they are asked for.

    Parameters
    ----------
    parts : list of Part
        One behind the other.
    code : str
        The type of the arrays that slices are.
    places : array of int, optional
        What is given instead of every entry.
    """

    def __init__(self, parts: list[Part], code: str, places: array[int] | None = None) -> None:
        self.parts, self.code, self.places = parts, code, places
        self._starts = array(OFFSET, accumulate((part.length for part in parts), initial=0))
        self._low, self._kept = 0, array(code)

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            low, high, _ = index.indices(len(self))
            return self._between(low, high)
        if not self._low <= index < self._low + len(self._kept):
            self._low = index - index % KEPT
            self._kept = self._between(self._low, min(self._low + KEPT, len(self)))
        return self._kept[index - self._low]

    def __iter__(self) -> Iterator[int]:
        for low in range(0, len(self), BLOCK):
            yield from self[low : low + BLOCK]

    def _between(self, low: int, high: int) -> array[int]:
        result = array(self.code)
        place = max(bisect_right(self._starts, low) - 1, 0)
        while low < high:
            part, start = self.parts[place], self._starts[place]
            end = min(high, start + part.length)
            if low < end:
                found = part.read(low - start, end - start)
                result += found if found.typecode == self.code else array(self.code, found)
                low = end
            place += 1
        return result if self.places is None else array(CODE, map(self.places.__getitem__, result))


def stored_column(codes: Stored, table: Sequence[Number]) -> Column:
    """Return a column in canonical form, as `Column` makes it: the table ascending, with what occurs.

    Every code is known to be a place in the table.
    """
    used: set[int] = set()
    for low in range(0, len(codes), BLOCK):
        used.update(codes[low : low + BLOCK])
        if len(used) == len(table):
            break
    values = ordered({table[c] for c in used})
    position = {value: i for i, value in enumerate(values)}
    places = array(CODE, bytes(4 * len(table)))
    for c in used:
        places[c] = position[table[c]]
    same = all(places[c] == c for c in used)
    return Column.coded(codes if same else Stored(codes.parts, codes.code, places), values)  # type: ignore[arg-type]


class StoredSet(Sequence[int]):
    """Is the ascending sequence of the states that carry a label: bits in files, the lowest of a byte first.

    Slices are taken one behind the other; what is asked for again is read again.

    Parameters
    ----------
    parts : list of (Part, int)
        The bytes of bits, and of how many states they are.
    """

    def __init__(self, parts: list[tuple[Part, int]]) -> None:
        self.parts = parts
        self._length = sum(1 for _ in self)
        self._at, self._rest = 0, iter(self)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        low, high, _ = index.indices(self._length)
        if low != self._at:
            self._rest = islice(self, low, None)
        self._at = high
        return array(OFFSET, islice(self._rest, high - low))

    def __iter__(self) -> Iterator[int]:
        first = 0
        for part, rows in self.parts:
            for low in range(0, part.length, KEPT):
                block = part.read(low, min(low + KEPT, part.length))
                if any(block):
                    bits = f"{int.from_bytes(block.tobytes(), 'little'):0{8 * len(block)}b}"[::-1]
                    yield from compress(count(first + 8 * low), map(int, bits[: rows - 8 * low]))
            first += rows
