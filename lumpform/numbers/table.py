"""Keeps the distinct number texts of a file with their exact values, so that a million entries are a million codes."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np

from lumpform.display.words import with_article
from lumpform.files.limits import FILE_BITS, FILE_BITS_PER_BYTE, MAX_FUNCTIONS
from lumpform.files.text import TextFile
from lumpform.numbers.column import CodedValues
from lumpform.numbers.expression import parse_expression
from lumpform.numbers.make import recoded
from lumpform.numbers.rational import is_negative, parse_rational


class NumberTable:
    """Holds the distinct number texts of one file and their exact values; a code per text.

    `codes` maps a text to its code. The inner loop of a reader looks there and calls `code` for what is missing.
    """

    def __init__(self, source: TextFile) -> None:
        self.source = source
        self.codes: dict[str, int] = {}
        self.exact: list[Any] = []
        self.placeholders: dict[str, int] = {}
        self.parameters: tuple[str, ...] = ()
        self._bits = self._functions = 0

    def code(self, text: str, what: str, *, signed: bool = False) -> int:
        """Return the code of a number text or placeholder; raises at the current line if it is no such number.

        Signed texts are kept under a key of their own: an inner loop that finds a text in `codes` may trust its sign.
        """
        if text.startswith("$") and self.placeholders:
            return self._of_placeholder(text, what, signed)
        key = f"+ {text}" if signed else text
        known = self.codes.get(key)
        if known is not None:
            return known
        try:
            value = parse_rational(text) if not self.parameters else parse_expression(text, self.parameters)
        except (ValueError, ZeroDivisionError) as error:
            more = f", in the parameters {', '.join(self.parameters)} ({error})" if self.parameters else ""
            self.source.fail(repr(text), f"a finite {what} like 0.25, 1e-3 or 1/3{more}")
        if not signed and is_negative(value):
            self.source.fail(repr(text), f"{with_article(what)} that is not negative")
        self._claim(value)
        return self.new(key, value)

    def _claim(self, value: Any) -> None:
        """Refuse numbers and functions that would take memory or time out of proportion."""
        if getattr(value, "parametric", False):
            self._functions += 1
            if self._functions > MAX_FUNCTIONS:
                self.source.fail(f"more than {MAX_FUNCTIONS} different functions of parameters", "fewer")
            return
        self._bits += value.numerator.bit_length() + value.denominator.bit_length()
        if self._bits > FILE_BITS + FILE_BITS_PER_BYTE * self.source.size:
            self.source.fail(f"numbers of more than {self._bits >> 20} Mibit in all", "shorter ones")

    def _of_placeholder(self, text: str, what: str, signed: bool) -> int:
        code = self.placeholders.get(text)
        if code is None:
            self.source.fail(repr(text), "a placeholder that @placeholders defines")
        if not signed:
            if is_negative(self.exact[code]):
                self.source.fail(repr(text), f"{with_article(what)} that is not negative")
            self.codes[text] = code
        return code

    def new(self, text: str, value: Any) -> int:
        """Give `text` a code of its own."""
        code = self.codes[text] = len(self.exact)
        self.exact.append(value)
        return code

    def column(self, codes: Any) -> CodedValues:
        """Return the column with these codes; texts that denote the same number become one entry."""
        packed = np.frombuffer(codes, dtype=np.uint32) if isinstance(codes, array) else np.asarray(codes)
        used = np.unique(packed)
        renumber = np.zeros(len(self.exact) + 1, dtype=np.int64)
        renumber[used] = np.arange(len(used))
        return recoded(renumber[packed], [self.exact[c] for c in used.tolist()])
