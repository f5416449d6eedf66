"""Reads the text of a property file as expressions in parentheses, within limits of length and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable
from lumpform.files.limits import MAX_PROPERTY_BYTES, MAX_PROPERTY_DEPTH

TOKEN = re.compile(r""";[^\n]*|[()\[\],]|"(?:[^"\\]|\\[\s\S])*"|[^\s();\[\],"]+|\S""")
"""A comment, a bracket or a comma, a text in quotes, or a word; anything else is one character."""


@dataclass
class Expression:
    """Holds a list in parentheses, with the line where it begins."""

    line: int
    parts: list[Any] = field(default_factory=list)

    @property
    def head(self) -> str:
        """Return the word that it begins with; empty if it begins with none."""
        return self.parts[0] if self.parts and isinstance(self.parts[0], str) else ""


def text_of(path: Path, expected: str, most: int = MAX_PROPERTY_BYTES) -> str:
    """Return the text of a file of at most so many bytes that describes a box.

    Raises
    ------
    FormatError
        If it cannot be read, is too long, or is no text.
    """
    check_readable(path)
    size = path.stat().st_size
    if size > most:
        raise FormatError(path, "", f"{size} bytes", f"at most {most}")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise FormatError(path, "", "bytes that are no text", expected) from None


def expressions(path: Path, text: str) -> Iterator[Expression]:
    """Yield the expressions of a file, one after the other.

    Raises
    ------
    FormatError
        With the line: parentheses that do not match or are too deep, a text in quotes without an end, or anything
        outside of parentheses.
    """
    stack: list[Expression] = []
    line, seen = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        token = match[0]
        if token.startswith(";"):
            continue
        if token == '"':
            raise FormatError(path, f"line {line}", "a text in quotes that does not end", "a closing quote")
        if token == "(":
            if len(stack) == MAX_PROPERTY_DEPTH:
                raise FormatError(
                    path, f"line {line}", f"more than {MAX_PROPERTY_DEPTH} open parentheses", "a VNN-LIB property"
                )
            stack.append(Expression(line))
        elif not stack:
            raise FormatError(path, f"line {line}", repr(token[:40]), "an expression in parentheses")
        elif token == ")":
            done = stack.pop()
            if stack:
                stack[-1].parts.append(done)
            else:
                yield done
        else:
            stack[-1].parts.append(token)
    if stack:
        raise FormatError(path, f"line {stack[0].line}", "a parenthesis that is not closed", "a closing one")
