"""Reads arrays of NumPy archives without NumPy: a zip file of plain arrays of numbers or texts.

Nothing is unpickled. Sizes are believed only if they fit the bytes that are there, and only the arrays that count are
unpacked.
"""

from __future__ import annotations

import os
import re
import struct
import sys
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite, prod
from typing import Any, NoReturn

from .arrays import CODE
from .failure import Unreadable, fail, require_file
from .limits import DEFAULT, Limits
from .rational import Pair, from_float, parse, reduced
from .words import counted

_HEADER = re.compile(
    r"\s*\{\s*'descr':\s*'([<>|=][biufU])(\d{1,9})',\s*'fortran_order':\s*(True|False),\s*"
    r"'shape':\s*\(([\d,\s]{0,80})\),?\s*\}\s*"
)
FLOATING, TEXT = ("f", "d", "e"), "U"
"""Type codes that `Archive.read` gives: those of the module `array`, ``e`` for halves and ``U`` for texts."""

_CODES = {
    "b1": "B",
    "u1": "B",
    "u2": "H",
    "u4": "I",
    "u8": "Q",
    "i1": "b",
    "i2": "h",
    "i4": "i",
    "i8": "q",
    "f4": "f",
    "f8": "d",
}
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    KeyError,
    OverflowError,
    IndexError,
    TypeError,
    struct.error,
)


@contextmanager
def opened(path: str) -> Iterator[zipfile.ZipFile]:
    """Open the zip file at `path`; whatever is wrong with it inside the block is `Unreadable`."""
    try:
        require_file(path, "a readable .npz archive")
        with zipfile.ZipFile(path) as archive:
            yield archive
    except Unreadable:
        raise
    except OSError as error:
        fail(path, "", str(error), "a readable .npz archive")
    except _FAULTS as error:
        fail(path, "", str(error) or type(error).__name__, "an undamaged .npz archive")


class Archive:
    """Reads the arrays of an archive by name."""

    def __init__(self, path: str, archive: zipfile.ZipFile, limits: Limits = DEFAULT) -> None:
        self.path, self.zip, self.limits, self.size = path, archive, limits, os.path.getsize(path)
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.by_columns: set[str] = set()
        listed = [i for i in archive.infolist() if i.filename.endswith(".npy")]
        self.members = {i.filename[:-4]: i for i in listed}
        if len(self.members) < len(listed):
            fail(path, "", "two arrays of one name", "names that differ")
        # By the size of the file: the sizes in its directory may be untrue.
        self.budget = limits.archive_bytes + limits.archive_bytes_per_byte * self.size

    def coded(self, index: str, num: str, den: str, length: int) -> tuple[array[int], list[Pair]]:
        codes, table = self.integers(index, length), self.fractions(num, den)
        if len(codes) and not 0 <= min(codes) <= max(codes) < len(table):
            self.fail(index, f"numbers from {min(codes)} to {max(codes)}", f"numbers from 0 to {len(table) - 1}")
        return array(CODE, codes), table

    def fractions(self, num: str, den: str) -> list[Pair]:
        above, below = self.texts(num), self.texts(den)
        if len(above) != len(below):
            self.fail(den, counted(len(below), "entry"), f"{len(above)}")
        result = []
        for i, (a, b) in enumerate(zip(above, below, strict=True)):
            result.append(reduced(*self.quotient(f"{num} and {den}, entry {i}", a, b)))
        return result

    def quotient(self, place: str, above: str, below: str) -> Pair:
        """Return the quotient of the numbers that two texts show, not in lowest terms."""
        try:
            (a, b), (c, d) = parse(above, self.limits), parse(below, self.limits)
            if c == 0:
                raise ValueError
        except ValueError:
            self.fail(place, f"{above!r} over {below!r}", "decimal numbers, the second not zero")
        return (a * d, b * c) if c > 0 else (-a * d, -b * c)

    def floats(self, name: str, length: int) -> tuple[array[int], list[Pair]]:
        code, data = self.read(name)
        if code not in FLOATING:
            self.fail(name, "an array of another type", "floats")
        if len(data) != length:
            self.fail(name, counted(len(data), "entry"), f"{length}")
        known: dict[float, int] = {}
        codes = array(CODE, [known.setdefault(v, len(known)) for v in data])
        bad = next((v for v in known if not isfinite(v)), None)
        if bad is not None:
            self.fail(name, repr(bad), "finite numbers")
        return codes, [from_float(v) for v in known]

    def integers(self, name: str, length: int | None = None) -> Any:
        code, data = self.read(name)
        if code in (*FLOATING, TEXT):
            self.fail(name, "an array of another type", "integers")
        if length is not None and len(data) != length:
            self.fail(name, counted(len(data), "entry"), f"{length}")
        return data

    def texts(self, name: str) -> list[str]:
        code, data = self.read(name)
        if code != "U":
            self.fail(name, "an array of another type", "texts")
        return data

    def matrix(self, name: str) -> tuple[str, list[Any], tuple[int, int]]:
        """Return type code, entries row by row, and shape of an array of two dimensions."""
        code, data = self.read(name, 2)
        rows, columns = self.shapes[name]
        if name in self.by_columns:
            data = [data[j * rows + i] for i in range(rows) for j in range(columns)]
        return code, data, (rows, columns)

    def read(self, name: str, dimensions: int = 1) -> tuple[str, Any]:
        """Return type code and entries of an array of one dimension (or none), or of exactly two."""
        with self.content(name, dimensions) as (stream, order, code, width, count):
            content = stream.read(count * width + 1)
        if len(content) != count * width:
            self.fail(name, f"{len(content)} bytes", f"{count * width}")
        return code, self.decode(name, content, order, code, width, count)

    @contextmanager
    def content(self, name: str, dimensions: int = 1) -> Iterator[tuple[Any, str, str, int, int]]:
        """Open an array behind its header: the stream, byte order, type code, bytes per entry and number of entries."""
        info = self.members.get(name)
        if info is None:
            self.fail(name, "no such array", "the arrays of a chain")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.fail(name, "encryption or an unusual compression", "a plain or deflated array")
        self.claim(name, info.file_size)
        with self.zip.open(info) as stream:
            order, code, width, count, start = self.header(name, stream, dimensions)
            self.claim(name, self.limits.text_bytes * count if code == TEXT else 0)
            if count * width != info.file_size - start:
                self.fail(
                    name,
                    f"{info.file_size - start} bytes for {counted(count, 'entry')} of {width}",
                    "a shape that fits",
                )
            yield stream, order, code, width, count

    def claim(self, name: str, size: int) -> None:
        """Count memory that an array will take; `Unreadable` if it is more than this archive may."""
        self.budget -= size
        if self.budget < 0:
            self.fail(name, f"{size} bytes more than this archive may unpack to", "honest sizes")

    def decode(self, name: str, content: bytes, order: str, code: str, width: int, count: int) -> Any:
        if code == "U":
            encoding = "utf-32-be" if order == ">" else "utf-32-le"
            try:
                return [content[i * width : (i + 1) * width].decode(encoding).rstrip("\0") for i in range(count)]
            except UnicodeDecodeError:
                self.fail(name, "characters that do not exist", "texts")
        if code == "e":
            return [v for (v,) in struct.iter_unpack(f"{'>' if order == '>' else '<'}e", content)]
        data = array(code)
        data.frombytes(content)
        if width > 1 and (order == ">") != (sys.byteorder == "big") and order != "=":
            data.byteswap()
        return data

    def header(self, name: str, stream: Any, dimensions: int) -> tuple[str, str, int, int, int]:
        """Return byte order, type code, bytes per entry, number of entries and the offset of the data."""
        lead = stream.read(10)
        if lead[:6] != b"\x93NUMPY" or len(lead) < 10 or lead[6] not in (1, 2, 3):
            self.fail(name, "no array header", "an array as numpy.save writes it")
        if lead[6] > 1:
            lead += stream.read(2)
        length = int.from_bytes(lead[8:], "little")
        if length > 10_000:
            self.fail(name, f"a header of {length} bytes", "at most 10000")
        text = stream.read(length).decode("latin-1")
        match = _HEADER.fullmatch(text)
        sides = [int(side) for side in re.findall(r"\d{1,15}", match[4])] if match else []
        if match is None or (len(sides) > 1 if dimensions == 1 else len(sides) != 2):
            wanted = f"a plain array of numbers or texts, of {'one dimension' if dimensions == 1 else 'two dimensions'}"
            self.fail(name, f"header {text.strip()!r}", wanted)
        self.shapes[name] = tuple(sides)
        if match[3] == "True":
            self.by_columns.add(name)
        kind, width = match[1][1], int(match[2])
        code = "U" if kind == "U" else "e" if (kind, width) == ("f", 2) else _CODES.get(f"{kind}{width}")
        if code is None or (width == 0 and sides != [0]):
            self.fail(name, f"type {kind}{width}", "integers, floats of up to 8 bytes, or texts")
        return match[1][0], code, 4 * width if kind == "U" else width, prod(sides), len(lead) + length

    def fail(self, name: str, found: str, expected: str) -> NoReturn:
        fail(self.path, f"array {name}", found, expected)
