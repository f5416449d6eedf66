"""Reads and writes compressed text: a stream that ends where it promises more than its file can mean.

A file of a thousand bytes can stand for a gigabyte. Text of models shrinks to a tenth or a fiftieth; so what is read
may have `EXPANSION` bytes for each byte of the file, besides `EXPANSION_SPARE`. Nothing is decompressed further than it
is read, and the dictionary of an xz file may not be larger than `XZ_MEMORY`.
"""

from __future__ import annotations

import contextlib
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from lumpform.errors import FormatError
from lumpform.files.limits import EXPANSION, EXPANSION_SPARE, XZ_MEMORY

COMPRESSED = (".gz", ".xz")
_MAGIC = {b"\x1f\x8b\x08": ".gz", b"\xfd7zXZ\0": ".xz"}
_FAULTS = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError)


def is_compressed(path: str | Path) -> bool:
    """Tell by the last suffix whether a file is compressed."""
    return Path(path).suffix.lower() in COMPRESSED


def most_bytes(path: str | Path, size: int) -> int:
    """Return how many bytes the text in a file of `size` bytes may have."""
    return EXPANSION * size + EXPANSION_SPARE if is_compressed(path) else size


@contextlib.contextmanager
def opened(path: str | Path) -> Iterator[Any]:
    """Open a file that is read by ``read(count)``, decompressed if its suffix is ``.gz`` or ``.xz``.

    Raises
    ------
    FormatError
        If the compressed data are damaged, or stand for more bytes than `most_bytes`.
    """
    with open(path, "rb") as file:
        if not is_compressed(path):
            yield file
            return
        size = file.seek(0, 2)
        file.seek(0)
        suffix = Path(path).suffix.lower()
        yield _Limited(_decompressed(file, suffix), path, suffix, size)


@contextlib.contextmanager
def opened_by_magic(path: str | Path, expansion: int) -> Iterator[Any]:
    """Open a file that is read by ``read(count)``, decompressed if it begins as files of gzip or xz do.

    Raises
    ------
    FormatError
        As for `opened`, with `expansion` bytes for each byte of the file.
    """
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(6)
        file.seek(0)
        kind = next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), "")
        yield _Limited(_decompressed(file, kind), path, kind, size, expansion) if kind else file


def _decompressed(file: BinaryIO, kind: str) -> Any:
    return gzip.GzipFile(fileobj=file, mode="rb") if kind == ".gz" else _Xz(file)


class _Limited:
    """Reads from a stream no more bytes than those of its file allow."""

    def __init__(self, stream: Any, path: str | Path, kind: str, size: int, expansion: int = EXPANSION) -> None:
        self._stream, self._path, self._kind, self._expansion = stream, path, kind, expansion
        self._most = expansion * size + EXPANSION_SPARE
        self._read = 0

    def read(self, count: int) -> bytes:
        """Return the next bytes, at most `count`; none at the end."""
        what = self._kind
        try:
            block = self._stream.read(count)
        except _FAULTS as error:
            raise FormatError(
                self._path, "", f"damaged {what} data ({error})", f"a file that ends as {what} files do"
            ) from None
        self._read += len(block)
        if self._read > self._most:
            found = f"more than {self._most} bytes of text in a small {what} file"
            expected = f"at most {self._expansion} for each byte and {EXPANSION_SPARE} more"
            raise FormatError(self._path, "", found, expected)
        return block


class _Xz:
    """Decompresses one xz stream after the other, with a limit of memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decompressor = self._new()
        self._begun = False

    def read(self, count: int) -> bytes:
        """Return the next bytes, at most `count`; none at the end."""
        while True:
            if self._decompressor.eof:
                rest = self._decompressor.unused_data.lstrip(b"\0") or self._file.read(count)
                if not rest:
                    return b""
                self._decompressor = self._new()
            else:
                rest = self._file.read(count) if self._decompressor.needs_input else b""
                if not rest and self._decompressor.needs_input:
                    raise EOFError("the data end too early")
            block = self._decompressor.decompress(rest, count)
            if block:
                return block

    @staticmethod
    def _new() -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


@contextlib.contextmanager
def compressing(file: BinaryIO, path: str | Path) -> Iterator[BinaryIO]:
    """Write to an open file, compressed if the suffix of `path` says so; equal text gives equal bytes."""
    suffix = Path(path).suffix.lower()
    if suffix == ".gz":
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6, mtime=0) as stream:
            yield cast(BinaryIO, stream)
    elif suffix == ".xz":
        with lzma.LZMAFile(file, "wb", preset=1) as stream:
            yield cast(BinaryIO, stream)
    else:
        yield file
