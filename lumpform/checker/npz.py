"""Reads chains kept as NumPy archives, without NumPy: a zip file of plain arrays. docs/certificate.md, section 2.3.

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
from itertools import pairwise
from math import isfinite
from typing import Any, NoReturn

from .failure import Unreadable, fail
from .models import Column, Model, assemble, uniform
from .rational import Pair, from_float, parse, reduced

BASE_BYTES = 1 << 30
RATIO = 64
"""Arrays may take `BASE_BYTES` and `RATIO` times the size of the file in memory, together."""

_HEADER = re.compile(
    r"\s*\{\s*'descr':\s*'([<>|=][biufU])(\d{1,9})',\s*'fortran_order':\s*(?:True|False),\s*"
    r"'shape':\s*\(([\d,\s]{0,80})\),?\s*\}\s*"
)
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


def read_npz(path: str, rows: str = "exact") -> Model:
    """The Markov chain in an archive."""
    try:
        if not os.path.isfile(path):
            fail(path, "", "a directory" if os.path.isdir(path) else "no such file", "a readable .npz archive")
        with zipfile.ZipFile(path) as archive:
            return _Archive(path, archive).model(rows)
    except Unreadable:
        raise
    except OSError as error:
        fail(path, "", str(error), "a readable .npz archive")
    except _FAULTS as error:
        fail(path, "", str(error) or type(error).__name__, "an undamaged .npz archive")


class _Archive:
    def __init__(self, path: str, archive: zipfile.ZipFile) -> None:
        self.path, self.zip = path, archive
        listed = [i for i in archive.infolist() if i.filename.endswith(".npy")]
        self.members = {i.filename[:-4]: i for i in listed}
        if len(self.members) < len(listed):
            fail(path, "", "two arrays of one name", "names that differ")
        self.budget = BASE_BYTES + RATIO * sum(i.compress_size for i in self.members.values())

    def model(self, rows: str) -> Model:
        kind = self.texts("kind")
        if kind not in (["dtmc"], ["ctmc"]):
            self.fail("kind", repr(kind), "dtmc or ctmc")
        indptr, indices = array("q", self.integers("indptr")), self.integers("indices")
        n, m = len(indptr) - 1, len(indices)
        if n < 0 or indptr[0] != 0 or indptr[-1] != m or any(b < a for a, b in pairwise(indptr)):
            self.fail("indptr", "row pointers that do not fit the entries", f"numbers that rise from 0 to {m}")
        if m and not 0 <= min(indices) <= max(indices) < n:
            self.fail("indices", f"states from {min(indices)} to {max(indices)}", f"states from 0 to {n - 1}")
        if "val_index" in self.members:
            codes, table = self.coded("val_index", "val_num", "val_den", m)
        else:
            codes, table = self.floats("data", m)
        labels = {name[6:]: self.flags(name, n) for name in self.members if name.startswith("label_")}
        init = labels.pop("init", None)
        initial = uniform(init, n) if init else None
        if "initial_states" in self.members:
            initial = self.initial(n)
        rewards = {name[7:]: self.reward(name[7:], n) for name in self.members if name.startswith("reward_")}
        return assemble(
            self.path,
            kind[0],
            n,
            indptr,
            array("i", indices),
            codes,
            table,
            labels=dict(labels),
            rewards=rewards,
            initial=initial,
            rows=rows,
        )

    def coded(self, index: str, num: str, den: str, length: int) -> tuple[array[int], list[Pair]]:
        codes, table = self.integers(index, length), self.fractions(num, den)
        if len(codes) and not 0 <= min(codes) <= max(codes) < len(table):
            self.fail(index, f"numbers from {min(codes)} to {max(codes)}", f"numbers from 0 to {len(table) - 1}")
        return array("I", codes), table

    def fractions(self, num: str, den: str) -> list[Pair]:
        above, below = self.texts(num), self.texts(den)
        if len(above) != len(below):
            self.fail(den, f"{len(below)} entries", f"{len(above)}")
        result = []
        for i, (a, b) in enumerate(zip(above, below, strict=True)):
            try:
                upper, lower = parse(a), parse(b)
                if lower[0] == 0:
                    raise ValueError
            except ValueError:
                self.fail(f"{num} and {den}, entry {i}", f"{a!r} over {b!r}", "decimal numbers, the second not zero")
            sign = -1 if lower[0] < 0 else 1
            result.append(reduced(sign * upper[0] * lower[1], abs(upper[1] * lower[0])))
        return result

    def floats(self, name: str, length: int) -> tuple[array[int], list[Pair]]:
        code, data = self.read(name)
        if code not in "fde":
            self.fail(name, "an array of another type", "floats")
        if len(data) != length:
            self.fail(name, f"{len(data)} entries", f"{length}")
        known: dict[float, int] = {}
        codes = array("I", [known.setdefault(v, len(known)) for v in data])
        bad = next((v for v in known if not isfinite(v)), None)
        if bad is not None:
            self.fail(name, repr(bad), "finite numbers")
        return codes, [from_float(v) for v in known]

    def flags(self, name: str, n: int) -> array[int]:
        data = self.integers(name, n)
        states = array("q", [i for i, v in enumerate(data) if v])
        if any(data[i] != 1 for i in states):
            self.fail(name, "a number other than 0 and 1", "0 or 1 for each state")
        return states

    def reward(self, name: str, n: int) -> Column:
        if f"rewardnum_{name}" in self.members:
            return Column(*self.coded(f"rewardindex_{name}", f"rewardnum_{name}", f"rewardden_{name}", n))
        return Column(*self.floats(f"reward_{name}", n))

    def initial(self, n: int) -> Column:
        states, table = self.integers("initial_states"), self.fractions("initial_num", "initial_den")
        if len(states) != len(table) or len(set(states)) != len(states):
            self.fail("initial_states", f"{len(states)} states", f"{len(table)} different ones")
        codes = array("I", bytes(4 * n))
        for i, state in enumerate(states):
            if not 0 <= state < n:
                self.fail("initial_states", f"state {state}", f"states from 0 to {n - 1}")
            codes[state] = i + 1
        return Column(codes, [(0, 1), *table])

    def integers(self, name: str, length: int | None = None) -> Any:
        code, data = self.read(name)
        if code in "fdeU":
            self.fail(name, "an array of another type", "integers")
        if length is not None and len(data) != length:
            self.fail(name, f"{len(data)} entries", f"{length}")
        return data

    def texts(self, name: str) -> list[str]:
        code, data = self.read(name)
        if code != "U":
            self.fail(name, "an array of another type", "texts")
        return data

    def read(self, name: str) -> tuple[str, Any]:
        """Type code and entries of an array; at most one dimension."""
        info = self.members.get(name)
        if info is None:
            self.fail(name, "no such array", "the arrays of a chain")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            self.fail(name, "encryption or an unusual compression", "a plain or deflated array")
        self.budget -= info.file_size
        if self.budget < 0:
            self.fail(name, f"{info.file_size} bytes more than this archive may unpack to", "honest sizes")
        with self.zip.open(info) as stream:
            order, code, width, count, start = self.header(name, stream)
            if count * width != info.file_size - start:
                self.fail(name, f"{info.file_size - start} bytes for {count} entries of {width}", "a shape that fits")
            content = stream.read(count * width + 1)
        if len(content) != count * width:
            self.fail(name, f"{len(content)} bytes", f"{count * width}")
        return code, self.decode(name, content, order, code, width, count)

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

    def header(self, name: str, stream: Any) -> tuple[str, str, int, int, int]:
        """Byte order, type code, bytes per entry, number of entries and the offset of the data."""
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
        sides = [int(side) for side in re.findall(r"\d{1,15}", match[3])] if match else []
        if match is None or len(sides) > 1:
            self.fail(name, f"header {text.strip()!r}", "a plain array of numbers or texts, of one dimension")
        kind, width = match[1][1], int(match[2])
        code = "U" if kind == "U" else "e" if (kind, width) == ("f", 2) else _CODES.get(f"{kind}{width}")
        if code is None or (width == 0 and sides != [0]):
            self.fail(name, f"type {kind}{width}", "integers, floats of up to 8 bytes, or texts")
        return match[1][0], code, 4 * width if kind == "U" else width, sides[0] if sides else 1, len(lead) + length

    def fail(self, name: str, found: str, expected: str) -> NoReturn:
        fail(self.path, f"array {name}", found, expected)
