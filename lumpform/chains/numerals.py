"""Reads and writes exact numbers of text formats: a table of distinct texts, and how a rational is written."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.text import TextFile
from lumpform.errors import ModelError
from lumpform.files.limits import FILE_BITS, FILE_BITS_PER_BYTE, MAX_FUNCTIONS, MAX_VARIABLE
from lumpform.numbers.column import CodedValues, Values
from lumpform.numbers.expression import parse_expression
from lumpform.numbers.make import recoded
from lumpform.numbers.rational import format_rational, is_negative, parse_rational


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
            self.source.fail(repr(text), f"a {what} that is not negative")
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
                self.source.fail(repr(text), f"a {what} that is not negative")
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


def uniform(states: NDArray[Any], n: int) -> CodedValues | None:
    """Return the uniform distribution over the given states, as a column of length n; None if there are none."""
    mask = np.zeros(n, dtype=np.uint8)
    mask[np.asarray(states, dtype=np.int64)] = 1
    count = int(np.count_nonzero(mask))
    return CodedValues(mask, (Fraction(0), Fraction(1, count))) if count else None


def uniform_support(initial: Values) -> NDArray[np.bool_] | None:
    """Return the states over which a distribution is uniform, as a mask; None if it is not uniform on a set."""
    coded = initial.coded()
    positive = [i for i, v in enumerate(coded.table) if v != 0]
    return coded.codes == positive[0] if len(positive) == 1 else None


def number_text(value: Fraction) -> str:
    """Return the text of an exact number; `ModelError` if it is longer than the readers accept."""
    if getattr(value, "parametric", False):
        return str(value)
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > 6600:  # 2 * 6600 bits < 4000 digits
        raise ModelError("a number of about 2000 digits or more cannot be written to a file")
    return format_rational(value)


def valuation_names(texts: Sequence[str]) -> list[str]:
    """Return the names of states from Storm's texts of their variables: ``x=1, !b`` for ``[x=1\t& !b]``.

    Storm leaves out the name of a Boolean variable that is true. It is put back where a state in which it is false
    gives it away; a variable that is true everywhere tells no states apart.
    """
    rows = [[p.strip() for p in t.strip().removeprefix("[").removesuffix("]").split("&")] for t in texts]
    names: dict[int, str] = {}
    for row in rows:
        for place, part in enumerate(row):
            if part.startswith("!") and len(part) <= MAX_VARIABLE:
                names[place] = part[1:]
    return [", ".join(filter(None, (part or names.get(i, "") for i, part in enumerate(row)))) for row in rows]


def show(value: Fraction) -> str:
    """Return a number for an error message: a short decimal, else the fraction and about how much it is."""
    if getattr(value, "parametric", False):
        return str(value)[:200]
    numerator, denominator = value.numerator, value.denominator
    bits = max(abs(numerator).bit_length(), denominator.bit_length())
    if bits > 1000:
        return f"a number of {bits} bits"
    if denominator == 1:
        return str(numerator)
    text = decimal_text(value)
    return text if text is not None and len(text) <= 24 else f"{value} (about {float(value):.17g})"


def short(value: Any) -> str:
    """Return a number as the fraction that it is; one of many digits as messages show it."""
    if not getattr(value, "parametric", False) and value.numerator.bit_length() + value.denominator.bit_length() < 1000:
        return str(value)
    return show(value)


def decimal_text(value: Fraction) -> str | None:
    """Return the finite decimal expansion of a rational, or None if it has none (or one of more than 60 digits)."""
    if value.denominator.bit_length() > 200 or value.numerator.bit_length() > 4000:
        return None
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    if rest != 1 or places > 60:
        return None
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
