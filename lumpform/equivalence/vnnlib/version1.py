"""Reads the input part of a property of version 1: bounds of ``X_0``, ``X_1``, ... by numbers.

Version 1 (https://www.vnnlib.org) writes properties of networks in the syntax of SMT-LIB. Read here: declarations of
``X_i`` and ``Y_i``, and assertions that compare one ``X_i`` with one number, alone, in an ``and``, or in an ``or`` of
these: several boxes. Assertions about outputs say what a network should do, not where; they are counted and left out,
also inside of an ``or`` (an alternative about outputs alone leaves all inputs). Anything else about inputs (a sum) is
no box and is refused with its line. Decimals are decimals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

from lumpform.equivalence.vnnlib.alternatives import (
    ALWAYS,
    Alternative,
    Assertions,
    Bounds,
    Refuse,
    all_of,
    any_of,
    by_bounds,
)
from lumpform.equivalence.vnnlib.box import Box, box_of, not_all_empty
from lumpform.equivalence.vnnlib.text import Expression
from lumpform.errors import FormatError
from lumpform.numbers.rational import as_rational

INPUT = re.compile(r"X_([0-9]{1,7})$")


def boxes_of(path: Path, commands: Iterable[Expression]) -> tuple[list[Box], int]:
    """Return the boxes of a property of version 1, and how many conditions on outputs were left out.

    Raises
    ------
    FormatError
        With the line: not VNN-LIB, an input without two bounds, or a condition that is no box.
    """
    property_ = _Property(path)
    for expression in commands:
        property_.command(expression)
    return property_.boxes(), property_.left_out


class _Property:
    """Holds the declared inputs, and the alternatives of every assertion so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asserted = Assertions()
        self.declared: dict[int, int] = {}
        self.left_out = 0

    def command(self, expression: Expression) -> None:
        parts, head = expression.parts, expression.head
        if head == "declare-const" and len(parts) == 3 and isinstance(parts[1], str) and parts[2] == "Real":
            match = INPUT.match(parts[1])
            if match:
                self.declared[int(match[1])] = expression.line
        elif head == "assert" and len(parts) == 2 and isinstance(parts[1], Expression):
            self.asserted.add(self.condition(parts[1]), self._refusing(expression))
        elif head in ("vnnlib-version", "declare-network"):
            raise self._wrong(expression, f"{head}, of version 2", "(vnnlib-version <2.0>) before anything else")
        elif head not in ("set-logic", "set-info", "check-sat", "exit", "declare-const"):
            raise self._wrong(expression, f"the command {parts[0] if parts else None!r:.40}", "declare-const or assert")

    def condition(self, expression: Expression) -> list[Alternative]:
        """Return the alternatives of a comparison, or of several joined by ``and`` or ``or``."""
        if not _mentions_inputs(expression):
            self.left_out += 1
            return [ALWAYS]
        head = expression.parts[0]
        if head not in ("and", "or"):
            return [Alternative(self._comparison(expression))]
        parts = []
        for part in expression.parts[1:]:
            if not isinstance(part, Expression):
                raise self._wrong(expression, f"{part!r:.40} in an {head}", "a comparison")
            parts.append(self.condition(part))
        return (any_of if head == "or" else all_of)(parts, self._refusing(expression))

    def _comparison(self, expression: Expression) -> Bounds:
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
        return Bounds.of(left, high=right) if upper else Bounds.of(left, low=right)

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
        inputs = [(i, f"X_{i}", line) for i, line in sorted(self.declared.items())]
        found = by_bounds(self.asserted.all(self._refusing(Expression(1))))
        boxes = [box_of(self.path, inputs, bounds, several=len(found) > 1) for bounds, _ in found]
        return not_all_empty(self.path, boxes)

    def _refusing(self, expression: Expression) -> Refuse:
        return lambda found, expected: self._refuse(expression.line, found, expected)

    def _refuse(self, line: int, found: str, expected: str) -> NoReturn:
        raise FormatError(self.path, f"line {line}", found, expected)

    def _wrong(self, expression: Expression, found: str, expected: str) -> FormatError:
        return FormatError(self.path, f"line {expression.line}", found, expected)


def _mentions_inputs(expression: Expression) -> bool:
    return any(
        _mentions_inputs(part) if isinstance(part, Expression) else INPUT.match(part) for part in expression.parts
    )
