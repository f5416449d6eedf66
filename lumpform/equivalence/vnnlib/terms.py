"""Reads terms of version 2 as sums of elements with exact coefficients, and comparisons as such sums beside zero."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lumpform.equivalence.vnnlib.declared import Declarations, Tensor
from lumpform.equivalence.vnnlib.text import Expression
from lumpform.errors import FormatError
from lumpform.files.limits import MAX_COEFFICIENT_BITS
from lumpform.numbers.rational import parse_rational

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
"""The grammar has no exponents; tools write them."""

COMPARED = {">": (1, True), ">=": (1, False), "<": (-1, True), "<=": (-1, False), "==": (0, False), "!=": (0, True)}
"""Comparisons: whether the left side is above (1) or below (-1) or either, and whether both may not be equal."""

Element = tuple[Tensor, int]


@dataclass
class Linear:
    """Is a sum of elements with coefficients, and a constant."""

    constant: Fraction = Fraction(0)
    terms: dict[Element, Fraction] = field(default_factory=dict)

    def add(self, other: Linear, factor: Fraction) -> None:
        """Add a multiple of another sum to this one."""
        self.constant += factor * other.constant
        for element, value in other.terms.items():
            total = self.terms.get(element, Fraction(0)) + factor * value
            if total:
                self.terms[element] = total
            else:
                self.terms.pop(element, None)


@dataclass(frozen=True)
class Comparison:
    """Says that a sum is above zero, or zero, or another number.

    Attributes
    ----------
    sum : Linear
    relation : {">", ">=", "==", "!="}
    line : int
    """

    sum: Linear
    relation: str
    line: int


class Terms:
    """Reads terms over the tensors of a property."""

    def __init__(self, declarations: Declarations) -> None:
        self.declarations = declarations

    def comparison(self, expression: Expression) -> Comparison:
        """Return a comparison, with its larger side first.

        Raises
        ------
        FormatError
            With the line: no comparison of two terms, a product of elements, or numbers that are too long.
        """
        sides = list(self._operands(expression))
        if len(sides) != 2:
            raise self._wrong(expression, f"{expression.head} of {len(sides)} terms", "two terms")
        above, strict = COMPARED[expression.head]
        found = sides[0] if above >= 0 else sides[1]
        found.add(sides[1] if above >= 0 else sides[0], Fraction(-1))
        self._check_length(expression, [found.constant, *found.terms.values()])
        if above:
            return Comparison(found, ">" if strict else ">=", expression.line)
        return Comparison(found, expression.head, expression.line)

    def _operands(self, expression: Expression) -> Iterator[Linear]:
        """Yield the terms behind the first word; an element with places in brackets is one."""
        parts, at = expression.parts, 1
        while at < len(parts):
            part, at = parts[at], at + 1
            if isinstance(part, Expression):
                yield self._term(part)
            elif NUMBER.fullmatch(part):
                yield Linear(self._number(expression, part))
            else:
                places = None
                if parts[at : at + 1] == ["["]:
                    end = at + 1
                    while end < len(parts) and parts[end] != "]":
                        end += 1
                    places, at = parts[at : end + 1], end + 1
                yield Linear(terms={self.declarations.element(expression, part, places): Fraction(1)})

    def _term(self, expression: Expression) -> Linear:
        if expression.head not in ("+", "-", "*"):
            raise self._wrong(expression, f"the operation {expression.head!r:.40}", "+, - or *")
        operands = self._operands(expression)
        found = next(operands, None)
        if found is None:
            raise self._wrong(expression, f"{expression.head} of nothing", "terms")
        if expression.head == "*":
            return self._product(expression, found, operands)
        others = list(operands)
        if expression.head == "-" and not others:
            return _times(found, Fraction(-1))
        factor = Fraction(1 if expression.head == "+" else -1)
        for operand in others:
            found.add(operand, factor)
            self._check_length(expression, [found.constant, *(found.terms.get(e, factor) for e in operand.terms)])
        return found

    def _product(self, expression: Expression, first: Linear, others: Iterator[Linear]) -> Linear:
        """Return a product; the numbers are multiplied with each other first, so that a long sum is touched once."""
        factor, many = Fraction(1), None
        for operand in (first, *others):
            if not operand.terms:
                factor *= operand.constant
                self._check_length(expression, [factor])
            elif many is None:
                many = operand
            else:
                raise self._wrong(expression, "a product of inputs or outputs", "sums of their multiples")
        found = Linear(factor) if many is None else _times(many, factor)
        self._check_length(expression, [found.constant, *found.terms.values()])
        return found

    def _number(self, expression: Expression, text: str) -> Fraction:
        try:
            return parse_rational(text)
        except ValueError:
            raise self._wrong(expression, f"{text!r:.40}", "a shorter number") from None

    def _check_length(self, expression: Expression, numbers: Sequence[Fraction]) -> None:
        """Refuse long numbers before they grow further."""
        for value in numbers:
            if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_COEFFICIENT_BITS:
                raise self._wrong(expression, "a number that grew long", f"at most {MAX_COEFFICIENT_BITS} bits")

    def _wrong(self, expression: Expression, found: str, expected: str) -> FormatError:
        return FormatError(self.declarations.path, f"line {expression.line}", found, expected)


def _times(sum_: Linear, factor: Fraction) -> Linear:
    found = Linear()
    if factor:
        found.add(sum_, factor)
    return found
