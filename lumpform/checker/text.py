"""Reads lines of a text file that nobody vouches for, and the numbers in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NoReturn

from .compressed import is_compressed, opened, text_size
from .expressions import parse_polynomial
from .failure import fail, require_file
from .limits import DEFAULT, Limits
from .polynomial import Number, terms_of
from .progress import STEP, tell
from .rational import ZERO, parse


class Lines:
    """Gives the lines of a UTF-8 file; `number` is the number of the line just given.

    `size` is how many bytes its text may have, `on_disk` how many the file has: less if it is compressed.
    """

    def __init__(self, path: str, limits: Limits = DEFAULT) -> None:
        self.path, self.limits, self.number = path, limits, 0
        self.step = f"reading {os.path.basename(path)}"
        try:
            require_file(path, "a readable file")
            self.on_disk = os.path.getsize(path)
            self.size = text_size(path, self.on_disk, limits)
        except (OSError, ValueError) as error:
            fail(path, "", str(error), "a readable file")

    def __iter__(self) -> Iterator[str]:
        most = self.limits.max_line
        compressed = is_compressed(self.path)
        tell(self.step)
        try:
            with opened(self.path, self.limits) as file:
                while True:
                    raw = file.readline(most + 1)
                    if not raw:
                        return
                    self.number += 1
                    if not self.number % STEP:
                        tell(self.step, *((0, 0) if compressed else (file.tell(), self.size)))
                    if len(raw) > most:
                        self.fail(f"a line of more than {most} bytes", "shorter lines")
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
        """Return a non-negative integer of at most ten digits."""
        text = text.strip()
        if not (text.isascii() and text.isdigit()) or len(text) > 10:
            self.fail(repr(text), what)
        return int(text)

    def claim(self, count: int, each: int, what: str, spare: int = 0) -> None:
        """Refuse a number of things that a file of this size cannot hold."""
        if count * each > self.size + each + spare:
            self.fail(f"{count} {what} in a file of {self.size} bytes", "a number that fits the file")


class Numbers:
    """Keeps distinct number texts and their exact values; `code` gives the number of a text."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.parameters: tuple[str, ...] = ()
        self.codes: dict[str, int] = {"0": 0}
        self.table: list[Any] = [ZERO]
        self.bits = 0
        self.most = lines.limits.file_bits + lines.limits.file_bits_per_byte * lines.on_disk

    def code(self, text: str) -> int:
        known = self.codes.get(text)
        if known is None:
            try:
                value = self.value(text)
            except ValueError as error:
                self.lines.fail(f"{text!r} ({error})", "a finite number like 0.25, 1e-3 or 1/3")
            self.bits += sum(abs(n).bit_length() + d.bit_length() for _, (n, d) in terms_of(value))
            if self.bits > self.most:
                self.lines.fail(f"numbers of more than {self.bits >> 20} Mibit in all", "shorter ones")
            known = self.codes[text] = len(self.table)
            self.table.append(value)
        return known

    def value(self, text: str) -> Number:
        """Return a number, or a polynomial in a model with parameters."""
        if self.parameters:
            return parse_polynomial(text, self.parameters, self.lines.limits)
        return parse(text, self.lines.limits)
