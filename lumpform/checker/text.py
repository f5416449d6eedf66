"""Lines of a text file that nobody vouches for, and the numbers in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NoReturn

from .expressions import parse_polynomial
from .failure import fail, require_file
from .limits import FILE_BITS, FILE_BITS_PER_BYTE, MAX_LINE
from .polynomial import ZERO, Number, terms_of
from .rational import parse


class Lines:
    """The lines of a UTF-8 file; `number` is the number of the line just given."""

    def __init__(self, path: str) -> None:
        self.path, self.number = path, 0
        try:
            require_file(path, "a readable file")
            self.size = os.path.getsize(path)
        except (OSError, ValueError) as error:
            fail(path, "", str(error), "a readable file")

    def __iter__(self) -> Iterator[str]:
        try:
            with open(self.path, "rb") as file:
                while True:
                    raw = file.readline(MAX_LINE + 1)
                    if not raw:
                        return
                    self.number += 1
                    if len(raw) > MAX_LINE:
                        self.fail(f"a line of more than {MAX_LINE} bytes", "shorter lines")
                    if b"\0" in raw:
                        self.fail("a NUL byte", "UTF-8 text")
                    yield raw.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            self.fail(f"byte 0x{error.object[error.start]:02x}", "UTF-8 text")
        except OSError as error:
            fail(self.path, "", str(error), "a readable file")

    def fail(self, found: str, expected: str) -> NoReturn:
        """Raise `Unreadable` at the current line."""
        fail(self.path, f"line {self.number}", found, expected)

    def count(self, text: str, what: str) -> int:
        """A non-negative integer of at most ten digits."""
        text = text.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > 10:
            self.fail(repr(text), what)
        return int(text)

    def claim(self, count: int, each: int, what: str, spare: int = 0) -> None:
        """Refuse a number of things that a file of this size cannot hold."""
        if count * each > self.size + each + spare:
            self.fail(f"{count} {what} in a file of {self.size} bytes", "a number that fits the file")


class Numbers:
    """Distinct number texts and their exact values; `code` gives the number of a text."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.parameters: tuple[str, ...] = ()
        self.codes: dict[str, int] = {"0": 0}
        self.table: list[Any] = [ZERO]
        self.bits = 0

    def code(self, text: str) -> int:
        known = self.codes.get(text)
        if known is None:
            try:
                value = self.value(text)
            except ValueError as error:
                self.lines.fail(f"{text!r} ({error})", "a finite number like 0.25, 1e-3 or 1/3")
            self.bits += sum(abs(n).bit_length() + d.bit_length() for _, (n, d) in terms_of(value))
            if self.bits > FILE_BITS + FILE_BITS_PER_BYTE * self.lines.size:
                self.lines.fail(f"numbers of more than {self.bits >> 20} Mibit in all", "shorter ones")
            known = self.codes[text] = len(self.table)
            self.table.append(value)
        return known

    def value(self, text: str) -> Number:
        """Return a number, or a polynomial in a model with parameters."""
        return parse_polynomial(text, self.parameters) if self.parameters else parse(text)
