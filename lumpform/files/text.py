"""Reads what the text formats share: lines with numbers; turns faults into `FormatError`.

Files are read in chunks of a few hundred kilobytes; entries go into packed arrays and number texts into a table of
distinct texts, so that a million transitions are a few arrays and never a million objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from lumpform.display.watched import tell
from lumpform.display.words import with_article
from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.compressed import is_compressed, most_bytes, opened
from lumpform.files.limits import CELLS_PER_BYTE, MAX_LINE, MAX_NAMES, SPARE_CELLS, SPARE_STATES

CHUNK = 1 << 18
_FIRST_BYTES = (
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xfd7zXZ", "an xz archive"),
)


class TextFile:
    """Reads the lines of a UTF-8 text file in chunks, with the number of the current line for error messages.

    Parameters
    ----------
    path : str or Path
        With the suffix ``.gz`` or ``.xz`` it is decompressed while it is read.

    Attributes
    ----------
    size : int
        Bytes of the file; of a compressed one, how many its text may have at most.

    Raises
    ------
    FormatError
        If the file cannot be opened, is no UTF-8 text, holds a NUL byte or a line longer than 4 MiB.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.line = 0
        check_readable(path)
        try:
            self.size = most_bytes(path, Path(path).stat().st_size)
        except OSError as error:
            raise os_error(path, error, "a readable file") from None

    def chunks(self) -> Iterator[list[str]]:
        """Yield lists of whole lines without their line ends. The caller counts `line` up as it goes through them."""
        before, done, rest = 0, 0, b""
        try:
            with opened(self.path) as file:
                while True:
                    block = file.read(CHUNK)
                    if not before and not rest:
                        self._check_start(block)
                    if not block:
                        break
                    done += len(block)
                    if not is_compressed(self.path):
                        tell("", done, self.size)
                    cut = block.rfind(b"\n") + 1
                    if not cut:
                        rest += block
                        if len(rest) > MAX_LINE:
                            self.line = before + 1
                            self.fail(f"a line of more than {MAX_LINE} bytes", "shorter lines")
                        continue
                    lines = self._decode(rest + block[:cut], before)
                    lines.pop()
                    rest = block[cut:]
                    yield lines
                    before += len(lines)
                if rest:
                    yield self._decode(rest, before)
        except OSError as error:
            raise os_error(self.path, error, "a readable file") from None

    def lines(self) -> Iterator[str]:
        """Yield single lines, stripped; `line` is the number of the one just given."""
        for chunk in self.chunks():
            for text in chunk:
                self.line += 1
                yield text.strip()

    def name(self, text: str, what: str) -> str:
        """Return `text`, refused at the current line if it is not printable: names are shown on terminals."""
        if not text or not text.isprintable():
            self.fail(repr(text), f"{with_article(what)} of printable characters")
        return text

    def fail(self, found: str, expected: str) -> NoReturn:
        """Raise `FormatError` at the current line."""
        raise FormatError(self.path, f"line {self.line}", found, expected)

    def fail_at_end(self, found: str, expected: str) -> NoReturn:
        """Raise `FormatError` about the end of the file."""
        raise FormatError(self.path, f"line {self.line} (end of file)", found, expected)

    def claim(self, count: int, bytes_each: int, what: str) -> None:
        """Refuse a count that a file of this size cannot keep, before memory is taken for it."""
        if count * bytes_each > self.size + bytes_each:
            self.fail(
                f"{count} {what} claimed by a file of {self.size} bytes",
                f"at most {self.size // bytes_each + 1} (each takes {bytes_each} bytes or more)",
            )

    def claim_states(self, count: int) -> None:
        """Refuse more states than one for each byte and some to spare: states without transitions take no room."""
        most = self.size + SPARE_STATES
        if count > most:
            self.fail(f"{count} states claimed by a file of {self.size} bytes", f"at most {most}")

    def claim_cells(self, names: int, states: int, what: str) -> None:
        """Refuse more names of labels or rewards than are in proportion, by themselves or times the states."""
        if names * states > CELLS_PER_BYTE * self.size + SPARE_CELLS or names > MAX_NAMES:
            self.fail(f"{names} {what} for {states} states in a file of {self.size} bytes", f"fewer {what}")

    def _check_start(self, block: bytes) -> None:
        for start, what in _FIRST_BYTES:
            if block.startswith(start):
                self.line = 1
                self.fail(what, "UTF-8 text")

    def _decode(self, data: bytes, before: int) -> list[str]:
        nul = data.find(b"\0")
        if nul >= 0:
            self.line = before + data.count(b"\n", 0, nul) + 1
            self.fail("a NUL byte", "UTF-8 text")
        try:
            text = data.decode("utf-8-sig" if not before else "utf-8")
        except UnicodeDecodeError as error:
            self.line = before + data.count(b"\n", 0, error.start) + 1
            self.fail(f"byte 0x{data[error.start]:02x}", "UTF-8 text")
        return text.split("\n")


def states_up_to(n: int) -> str:
    """Return how messages name the states 0..n-1."""
    return f"a state from 0 to {n - 1}" if n else "no state, as there are none"


def parse_count(source: TextFile, text: str, what: str) -> int:
    """Return a non-negative integer of at most 10 digits; fail at the current line otherwise."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10:
        source.fail(repr(text), what)
    return int(text)
