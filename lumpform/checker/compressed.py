"""Opens text files, also those ending in ``.gz`` or ``.xz``, whose text may not be much longer than they are."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from .failure import fail
from .limits import DEFAULT, Limits

SUFFIXES = (".gz", ".xz")
_FAULTS = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError)


def is_compressed(path: str) -> bool:
    """Tell by the end of its name whether a file is compressed."""
    return os.path.splitext(path)[1].lower() in SUFFIXES


def text_size(path: str, size: int, limits: Limits = DEFAULT) -> int:
    """Return how many bytes the text in a file of so many bytes may have."""
    return limits.expansion * size + limits.expansion_spare if is_compressed(path) else size


@contextmanager
def opened(path: str, limits: Limits = DEFAULT) -> Iterator[BinaryIO]:
    """Open the text in a file, which is decompressed no further than it is read."""
    with open(path, "rb") as file:
        if not is_compressed(path):
            yield file
            return
        most = text_size(path, os.path.getsize(path), limits)
        xz = os.path.splitext(path)[1].lower() == ".xz"
        source = _Xz(file, limits.xz_memory) if xz else gzip.GzipFile(fileobj=file, mode="rb")
        yield io.BufferedReader(_Bounded(source, path, most), 1 << 16)


class _Bounded(io.RawIOBase):
    """Gives what a decompressor gives, and refuses what is damaged or longer than it may be."""

    def __init__(self, source: _Xz | gzip.GzipFile, path: str, most: int) -> None:
        super().__init__()
        self.source, self.path, self.most, self.given = source, path, most, 0

    def readable(self) -> bool:
        return True

    # All that calls it gives a memoryview; the base class takes any buffer, for which Python 3.11 has no type.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            block = self.source.read(len(buffer))
        except _FAULTS as error:
            fail(self.path, "", str(error) or type(error).__name__, "undamaged compressed text")
        self.given += len(block)
        if self.given > self.most:
            fail(self.path, "", f"more than {self.most} bytes of text", "less in a file of this size")
        buffer[: len(block)] = block
        return len(block)


class _Xz:
    """Decompresses the streams of an xz file one after the other, in bounded memory."""

    def __init__(self, file: BinaryIO, memory: int) -> None:
        self.file, self.memory = file, memory
        self.stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=memory)

    def read(self, count: int) -> bytes:
        """Return at most so many bytes, none at the end."""
        while True:
            if self.stream.eof:
                more = self.stream.unused_data.lstrip(b"\0") or self.file.read(count).lstrip(b"\0")
                if not more:
                    return b""
                self.stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self.memory)
            else:
                more = self.file.read(count) if self.stream.needs_input else b""
                if not more and self.stream.needs_input:
                    raise EOFError("an end too early")
            block = self.stream.decompress(more, count)
            if block:
                return block
