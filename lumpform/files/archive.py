"""Reads NumPy archives (`.npz`) as data that nobody vouches for.

Nothing is unpickled or evaluated, and no size is believed: the header of every array is read first, and its shape must
fit the number of bytes that the zip directory declares for it, which must be one that compression can reach from the
bytes that are there. Only then is memory taken.

References
----------
.. [1] NumPy enhancement proposal 1, *A simple file format for NumPy arrays*.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.limits import DEFLATE_RATIO, MAX_ARCHIVE_BYTES, MAX_ARRAYS, MAX_TEXT

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
    zipfile.LargeZipFile,
    UnicodeError,
)
_HEADER = re.compile(
    r"\{'descr': '(?P<dtype>[<>|=][biufU]\d{1,9})', 'fortran_order': (?P<columns>True|False), "
    r"'shape': \((?P<shape>(?:\d{1,15}, ?)*(?:\d{1,15})?)\),? ?\} *\n?"
)


class Archive:
    """Keeps a `.npz` file open: `names` are those of its arrays, and `array` reads one.

    Parameters
    ----------
    path : str or Path
    max_bytes : int or function of the file's size
        The size that all arrays together may have in memory.

    Attributes
    ----------
    size : int
        Bytes of the file.

    Raises
    ------
    FormatError
        If the file is no zip archive, or declares more than it can hold.
    """

    def __init__(self, path: str | Path, max_bytes: int | Callable[[int], int] = MAX_ARCHIVE_BYTES) -> None:
        self.path = path
        check_readable(path)
        try:
            self.size = Path(path).stat().st_size
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise os_error(path, error, "a readable .npz archive") from None
        except _FAULTS as error:
            raise FormatError(path, "", str(error) or type(error).__name__, "a NumPy archive (zip)") from None
        try:
            limit = max_bytes if isinstance(max_bytes, int) else max_bytes(self.size)
            self._members = self._check_directory(self.size, limit)
        except BaseException:
            self._zip.close()
            raise

    @property
    def names(self) -> list[str]:
        """Return the names of the arrays, in file order."""
        return list(self._members)

    def array(self, name: str, kinds: str, length: int | None = None, most: int | None = None) -> NDArray[Any]:
        """Read the one-dimensional array `name`, whose kind is among `kinds` (NumPy's letters), of the given length.

        Its length is checked, against `length` and `most`, before it is decompressed.

        Raises
        ------
        FormatError
            If it is missing, of another kind, dimension or length, longer than `most`, or damaged.
        """

        def check(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
            if len(shape) != 1 or dtype.kind not in kinds:
                found = f"{len(shape)} dimensions of type {dtype.name}"
                self._fail(name, found, f"one dimension of a type {_kinds(kinds)}")
            if dtype.kind == "U" and dtype.itemsize > 4 * MAX_TEXT:
                self._fail(name, f"texts of {dtype.itemsize // 4} characters", f"at most {MAX_TEXT}")
            if length is not None and shape[0] != length:
                self._fail(name, counted(shape[0], "entry"), f"{length}")

        return self._read(name, check, most)

    def table(self, name: str, kinds: str, least: int) -> NDArray[Any]:
        """Read the array `name` of any dimension from `least` on, whose kind is among `kinds`.

        Raises
        ------
        FormatError
            If it is missing, of another kind or dimension, or damaged.
        """

        def check(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
            if len(shape) < least or dtype.kind not in kinds:
                found = f"{len(shape)} dimensions of type {dtype.name}"
                self._fail(name, found, f"at least {least} dimensions of a type {_kinds(kinds)}")

        return self._read(name, check)

    def matrix(self, name: str, kinds: str) -> NDArray[Any]:
        """Read the two-dimensional array `name`, whose kind is among `kinds`.

        Raises
        ------
        FormatError
            If it is missing, of another kind or dimension, or damaged.
        """

        def check(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
            if len(shape) != 2 or dtype.kind not in kinds:
                found = f"{len(shape)} dimensions of type {dtype.name}"
                self._fail(name, found, f"two dimensions of a type {_kinds(kinds)}")

        return self._read(name, check)

    def text(self, name: str) -> str:
        """Return the single text in the array `name`."""

        def check(dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
            if shape not in ((), (1,)) or dtype.kind != "U":
                self._fail(name, f"shape {shape} of type {dtype.name}", "one text")

        return str(self._read(name, check).reshape(-1)[0])

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_directory(self, size: int, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for info in self._zip.infolist():
            if not info.filename.endswith(".npy"):
                continue  # a note beside the arrays
            name = info.filename.removesuffix(".npy")
            if name in members or len(members) >= MAX_ARRAYS:
                self._fail(
                    name,
                    "a second array of that name" if name in members else "too many arrays",
                    f"at most {MAX_ARRAYS} different ones",
                )
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
                self._fail(name, "encryption or an unusual compression", "plain or deflated arrays")
            total += info.file_size
            if info.file_size > DEFLATE_RATIO * max(info.compress_size, 1) or total > DEFLATE_RATIO * size:
                self._fail(name, f"{info.file_size} bytes claimed from {info.compress_size}", "an honest size")
            members[name] = info
        if total > max_bytes:
            self._fail("", f"{total} bytes of arrays", f"at most {max_bytes} (option max_bytes)")
        return members

    def _read(
        self, name: str, check: Callable[[np.dtype[Any], tuple[int, ...]], None], most: int | None = None
    ) -> NDArray[Any]:
        """Read the array `name`; `check` sees type and shape, and may raise, before the data are decompressed."""
        info = self._members.get(name)
        if info is None:
            shown = ", ".join(sorted(self._members)[:8]) or "no array"
            self._fail(name, f"no such array (there are {shown})", "an array of that name")
        try:
            with self._zip.open(info) as stream:
                dtype, shape, start, order = self._header(name, stream)
                check(dtype, shape)
                count = 1
                for side in shape:
                    count *= side
                if count * dtype.itemsize != info.file_size - start:
                    self._fail(
                        name,
                        f"shape {shape} of {dtype.itemsize} bytes each in {info.file_size - start} bytes",
                        "a shape that fits the data",
                    )
                if most is not None and count > most:
                    self._fail(name, f"{count} entries in a file of {self.size} bytes", f"at most {most}")
                content = stream.read()
            if len(content) != count * dtype.itemsize:
                self._fail(name, f"{len(content)} bytes", f"{count * dtype.itemsize}")
            array = np.frombuffer(content, dtype=dtype, count=count) if dtype.itemsize else np.zeros(count, dtype=dtype)
            if dtype.kind == "U" and count:
                _check_code_points(array)
            return array.reshape(shape, order=order)
        except FormatError:
            raise
        except OSError as error:
            raise os_error(self.path, error, "a readable .npz archive") from None
        except _FAULTS as error:
            self._fail(name, str(error) or type(error).__name__, "an undamaged array")

    def _header(self, name: str, stream: Any) -> tuple[np.dtype[Any], tuple[int, ...], int, Literal["C", "F"]]:
        """Return type, shape, offset and order of the data; parsed with a pattern, since the text could be anything."""
        lead = stream.read(12)
        if lead[:6] != b"\x93NUMPY" or len(lead) < 12 or lead[6] not in (1, 2, 3):
            self._fail(name, "no array header", "an array as numpy.save writes it")
        length, start = (
            (int.from_bytes(lead[8:10], "little"), 10) if lead[6] == 1 else (int.from_bytes(lead[8:12], "little"), 12)
        )
        if length > 10_000:
            self._fail(name, f"a header of {length} bytes", "at most 10000")
        text = (lead[start:] + stream.read(length - (12 - start))).decode("latin-1")
        match = _HEADER.fullmatch(text)
        if match is None:
            self._fail(name, f"header {text.strip()!r}", "a plain array of numbers or texts (no objects, no records)")
        shape = tuple(int(side) for side in re.findall(r"\d+", match["shape"]))
        if len(shape) > 4:
            self._fail(name, f"{len(shape)} dimensions", "at most 4")
        return np.dtype(match["dtype"]), shape, start + length, "F" if match["columns"] == "True" else "C"

    def _fail(self, name: str, found: str, expected: str) -> NoReturn:
        raise FormatError(self.path, f"array {_printable(name)}" if name else "", found, expected)


def told_apart(path: str | Path, arrays: list[str]) -> str:
    """Return which of the arrays is in an archive: by its name a layout is recognised.

    Raises
    ------
    FormatError
        If none is.
    """
    with Archive(path) as archive:
        names = archive.names
    for array in arrays:
        if array in names:
            return array
    shown = ", ".join(sorted(names)[:8]) or "none"
    raise FormatError(path, "", f"the arrays {shown}", f"one of {', '.join(arrays)} (what tells the layouts apart)")


def _check_code_points(array: NDArray[Any]) -> None:
    points = np.ascontiguousarray(array).view(np.uint32 if array.dtype.byteorder in "=<|" else ">u4")
    if int(points.max()) > 0x10FFFF or bool(((points >= 0xD800) & (points < 0xE000)).any()):
        raise ValueError("a text with characters that do not exist")


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:80])


def _kinds(kinds: str) -> str:
    words = {"b": "boolean", "i": "integer", "u": "unsigned integer", "f": "float", "U": "text"}
    return " or ".join(words[k] for k in kinds)
