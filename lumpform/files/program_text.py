"""Looks at a PRISM or JANI file before Storm does, whose recursive parsers have a stack of fixed size and no limits.

Deep or long expressions end in a crash of the whole process there, and ``1e999999999`` in all memory. This is no
parser: brackets, operators and numbers are counted, and what no model needs is refused in one line.
"""

from __future__ import annotations

import re
from pathlib import Path

from lumpform.errors import FormatError
from lumpform.files.json_text import whole_file
from lumpform.files.limits import (
    MAX_CHOICES,
    MAX_DIGITS,
    MAX_EXPONENT,
    MAX_OPERATORS,
    MAX_PROGRAM_BYTES,
    MAX_PROGRAM_DEPTH,
)

_UNREAD = re.compile(rb'//[^\n]*|"(?:[^"\\\n]|\\.)*"')
"""Comments and strings; in JANI the names of operators are strings, and their operands are nested in brackets."""

_TOKEN = re.compile(rb"[(\[{]|[)\]}]|->|[;:?]|[-+*/&|!<>=]|(?<![A-Za-z_0-9.])\d[\d.]*(?:[eE][-+]?\d+)?|\n")


def check_program(path: str | Path) -> None:
    """Raise `FormatError` for a program that is too deep, too long or has too long numbers for Storm. O(bytes)."""
    data = whole_file(path, MAX_PROGRAM_BYTES, "program")
    line, depth, operators, choices = 1, 0, 0, 0
    for match in _TOKEN.finditer(_UNREAD.sub(b"", data)):
        token = match[0]
        if token == b"\n":
            line += 1
        elif token in (b"(", b"[", b"{"):
            depth += 1
        elif token in (b")", b"]", b"}"):
            depth -= 1
        elif token in (b";", b":", b"->"):
            operators, choices = 0, 0 if token == b";" else choices
        elif token == b"?":
            choices += 1
        elif token[0:1].isdigit():
            _check_number(path, line, token)
        else:
            operators += 1
        for count, limit, what in (
            (depth, MAX_PROGRAM_DEPTH, "open brackets"),
            (operators, MAX_OPERATORS, "operators in one expression"),
            (choices, MAX_CHOICES, "conditions in one expression"),
        ):
            if count > limit:
                raise FormatError(path, f"line {line}", f"more than {limit} {what}", "shorter expressions")


def _check_number(path: str | Path, line: int, token: bytes) -> None:
    digits, _, exponent = token.lower().partition(b"e")
    if len(digits) > MAX_DIGITS or len(exponent) > 9 or abs(int(exponent or b"0")) > MAX_EXPONENT:
        found = token[:40].decode("ascii")
        raise FormatError(path, f"line {line}", found, f"at most {MAX_DIGITS} digits and an exponent of {MAX_EXPONENT}")
