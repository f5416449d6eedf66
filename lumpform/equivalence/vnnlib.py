"""Reads the input part of a VNN-LIB property as boxes: bounds of ``X_0``, ``X_1``, ... by numbers.

VNN-LIB (https://www.vnnlib.org) writes properties of networks in the syntax of SMT-LIB. Read here: declarations of
``X_i`` and ``Y_i``, and assertions that compare one ``X_i`` with one number, alone, in an ``and``, or in an ``or`` of
these: several boxes. Assertions about outputs say what a network should do, not where; they are counted and left out,
also inside of an ``or`` (an alternative about outputs alone leaves all inputs). Anything else about inputs (a sum) is
no box and is refused with its line, as is version 2 of the language. Decimals are decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable
from lumpform.files.limits import MAX_PROPERTY_BYTES, MAX_PROPERTY_DEPTH
from lumpform.numbers.rational import as_rational

TOKEN = re.compile(r";[^\n]*|[()]|[^\s();]+")
INPUT = re.compile(r"X_([0-9]{1,7})$")


@dataclass
class Expression:
    """Holds a list in parentheses, with the line where it begins."""

    line: int
    parts: list[Any] = field(default_factory=list)


Box = list[tuple[Fraction, Fraction]]

MAX_BOXES = 1024
"""A property has at most so many boxes."""


def read_vnnlib(path: str | Path) -> tuple[Box, int]:
    """Read the one box of a property file, and how many assertions about outputs were left out.

    Raises
    ------
    FormatError
        As `read_boxes`, or if there are several boxes.
    """
    boxes, left_out = read_boxes(path)
    if len(boxes) > 1:
        raise FormatError(path, "", f"{len(boxes)} boxes of inputs", "one box")
    return boxes[0], left_out


def read_boxes(path: str | Path) -> tuple[list[Box], int]:
    """Read the boxes of a property file, which may overlap, and how many assertions about outputs were left out.

    Raises
    ------
    FormatError
        With the line: not VNN-LIB, an input without two bounds, or a condition that is no box.
    """
    path = Path(path)
    property_ = _Property(path)
    for expression in _parsed(path, text_of(path, "a VNN-LIB file")):
        property_.command(expression)
    return property_.boxes(), property_.left_out


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


def _parsed(path: Path, text: str) -> Iterator[Expression]:
    """Yield the expressions of the file, one after the other."""
    stack: list[Expression] = []
    line, seen = 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", seen, match.start())
        seen = match.start()
        token = match[0]
        if token.startswith(";"):
            continue
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


@dataclass
class _Bounds:
    """Holds bounds of inputs, and the line of the condition that they come from."""

    line: int = 0
    low: dict[int, Fraction] = field(default_factory=dict)
    high: dict[int, Fraction] = field(default_factory=dict)

    def add(self, i: int, value: Fraction, upper: bool) -> None:
        if upper:
            self.high[i] = min(value, self.high.get(i, value))
        else:
            self.low[i] = max(value, self.low.get(i, value))

    def both(self, other: _Bounds) -> _Bounds:
        """Return the bounds of both."""
        found = _Bounds(other.line, dict(self.low), dict(self.high))
        for i, value in other.low.items():
            found.add(i, value, False)
        for i, value in other.high.items():
            found.add(i, value, True)
        return found


class _Property:
    """Holds the declared inputs, and the bounds of every alternative so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.alternatives = [_Bounds()]
        self.declared: dict[int, int] = {}
        self.left_out = 0

    def command(self, expression: Expression) -> None:
        parts = expression.parts
        head = parts[0] if parts else None
        if head == "declare-const" and len(parts) == 3 and isinstance(parts[1], str) and parts[2] == "Real":
            match = INPUT.match(parts[1])
            if match:
                self.declared[int(match[1])] = expression.line
        elif head == "assert" and len(parts) == 2 and isinstance(parts[1], Expression):
            self.alternatives = self._joined(expression, self.alternatives, self.condition(parts[1]))
        elif head in ("vnnlib-version", "declare-network"):
            raise self._wrong(expression, f"version 2 of VNN-LIB ({head})", "version 1: declare-const and assert")
        elif head not in ("set-logic", "set-info", "check-sat", "exit", "declare-const"):
            raise self._wrong(expression, f"the command {head!r:.40}", "declare-const or assert")

    def condition(self, expression: Expression) -> list[_Bounds]:
        """Return the alternatives of a comparison, or of several joined by ``and`` or ``or``."""
        if not _mentions_inputs(expression):
            self.left_out += 1
            return [_Bounds(expression.line)]
        head = expression.parts[0]
        if head not in ("and", "or"):
            return [self._comparison(expression)]
        parts = []
        for part in expression.parts[1:]:
            if not isinstance(part, Expression):
                raise self._wrong(expression, f"{part!r:.40} in an {head}", "a comparison")
            parts.append(self.condition(part))
        if head == "or":
            return self._counted(expression, [bounds for part in parts for bounds in part])
        found = [_Bounds(expression.line)]
        for part in parts:
            found = self._joined(expression, found, part)
        return found

    def _joined(self, expression: Expression, one: list[_Bounds], other: list[_Bounds]) -> list[_Bounds]:
        """Return the alternatives of two conditions that both hold."""
        if len(one) * len(other) > MAX_BOXES:
            raise self._wrong(expression, f"{len(one) * len(other)} boxes", f"at most {MAX_BOXES}")
        return [a.both(b) for a in one for b in other]

    def _counted(self, expression: Expression, found: list[_Bounds]) -> list[_Bounds]:
        if not 0 < len(found) <= MAX_BOXES:
            raise self._wrong(expression, f"an or of {len(found)} conditions", f"1 to {MAX_BOXES}")
        return found

    def _comparison(self, expression: Expression) -> _Bounds:
        """Return the bound of one input; a strict one is closed: the box is at most larger by its boundary."""
        head = expression.parts[0]
        if head not in ("<=", ">=", "<", ">") or len(expression.parts) != 3:
            raise self._wrong(
                expression, f"a condition on inputs with {head!r:.40}", "a bound of one input by a number"
            )
        left, right = (self._side(expression, part) for part in expression.parts[1:])
        if isinstance(left, Fraction) == isinstance(right, Fraction):
            raise self._wrong(expression, "a comparison of two inputs", "a bound of one input by a number")
        upper = head in ("<=", "<")
        if isinstance(left, Fraction):
            left, right, upper = right, left, not upper
        found = _Bounds(expression.line)
        found.add(left, right, upper)
        return found

    def _side(self, expression: Expression, part: Any) -> Any:
        if isinstance(part, Expression):
            if len(part.parts) == 2 and part.parts[0] == "-" and isinstance(part.parts[1], str):
                return -self._number(expression, part.parts[1])
            raise self._wrong(expression, "a term that is neither an input nor a number", "a bound of one input")
        match = INPUT.match(part)
        if not match:
            return self._number(expression, part)
        if int(match[1]) not in self.declared:
            raise self._wrong(expression, f"{part:.40}, which is not declared", "a declared input")
        return int(match[1])

    def _number(self, expression: Expression, text: str) -> Fraction:
        try:
            return as_rational(text)
        except ValueError:
            raise self._wrong(expression, f"{text!r:.40}", "a number") from None

    def boxes(self) -> list[Box]:
        if sorted(self.declared) != list(range(len(self.declared))) or not self.declared:
            raise FormatError(self.path, "", f"{len(self.declared)} declared inputs", "X_0, X_1, ... without a gap")
        several = len(self.alternatives) > 1
        return [box for bounds in self.alternatives if (box := self._box(bounds, several))] or self._nothing()

    def _nothing(self) -> list[Box]:
        raise FormatError(self.path, "", "alternatives whose bounds all cross", "a box that is not empty")

    def _box(self, bounds: _Bounds, several: bool) -> Box | None:
        """Return the box of one alternative; None if it is empty, which one alone may not be."""
        for i, line in sorted(self.declared.items()):
            if i not in bounds.low or i not in bounds.high:
                raise FormatError(self.path, f"line {line}", f"X_{i} without two bounds", "a lower and an upper bound")
            if bounds.low[i] > bounds.high[i]:
                if several:
                    return None
                raise FormatError(self.path, f"line {line}", f"X_{i} with crossing bounds", "the lower bound first")
        return [(bounds.low[i], bounds.high[i]) for i in range(len(self.declared))]

    def _wrong(self, expression: Expression, found: str, expected: str) -> FormatError:
        return FormatError(self.path, f"line {expression.line}", found, expected)


def _mentions_inputs(expression: Expression) -> bool:
    return any(
        _mentions_inputs(part) if isinstance(part, Expression) else INPUT.match(part) for part in expression.parts
    )
