"""Reads arithmetic in declared parameters: ``p*(1-q)/2 + 0.25``. A parser of its own; nothing is ever evaluated.

Grammar: sums of products of powers of numbers, parameters and sums in parentheses, with ``+ - * / ^`` (or ``**``) and a
sign before a factor. Decimals are the decimals that they show. Sizes are limited, so that a short text cannot ask for
hours of arithmetic.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lumpform.files.limits import MAX_COEFFICIENT_BITS, MAX_DEGREE, MAX_DEPTH, MAX_EXPRESSION, MAX_POWER, MAX_TERMS
from lumpform.numbers.rational import parse_rational

# At every place the alternatives begin differently, and nothing has to follow: matching is linear in the text.
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d{1,4})?|\.\d+(?:[eE][+-]?\d{1,4})?)|([^\W\d]\w*)|(\*\*|[-+*/^()]))")


def parse_expression(text: str, names: Sequence[str]) -> Any:
    """Return the rational number or `lumpform.numbers.symbolic.Expression` that a text denotes.

    Raises
    ------
    ValueError
        If it is no expression in these parameters, or too large.
    ZeroDivisionError
        If a denominator is zero.
    """
    try:
        return parse_rational(text)
    except ValueError:
        pass
    if len(text) > MAX_EXPRESSION:
        raise ValueError(f"{len(text)} characters, more than {MAX_EXPRESSION}")
    from lumpform.numbers.symbolic import parameters

    parser = _Parser(_tokens(text), dict(zip(names, parameters(*names), strict=True)))
    result = parser.sum(0)
    if parser.place < len(parser.tokens):
        raise ValueError(f"{parser.tokens[parser.place]!r} after the end")
    number = getattr(result, "constant", result)
    return result if number is None else number


def _tokens(text: str) -> list[str]:
    tokens, place = [], 0
    stripped = text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise ValueError(f"the character {stripped[place]!r}")
        tokens.append(match[0].strip())
        place = match.end()
    return tokens


class _Parser:
    """Parses by recursive descent, with a bound on the depth."""

    def __init__(self, tokens: list[str], known: dict[str, Any]) -> None:
        self.tokens, self.known, self.place = tokens, known, 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.place += 1
        return token

    def sum(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ValueError(f"parentheses deeper than {MAX_DEPTH}")
        result = self.product(depth)
        while self.peek() in ("+", "-"):
            plus = self.next() == "+"
            term = self.product(depth)
            result = _checked(result + term if plus else result - term)
        return result

    def product(self, depth: int) -> Any:
        result = self.factor(depth)
        while self.peek() in ("*", "/"):
            times = self.next() == "*"
            other = self.factor(depth)
            result = _checked(result * other if times else result / other)
        return result

    def factor(self, depth: int) -> Any:
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= -1 if self.next() == "-" else 1
        return sign * self.power(depth)

    def power(self, depth: int) -> Any:
        base = self.atom(depth)
        if self.peek() not in ("^", "**"):
            return base
        self.next()
        token = self.next()
        if not (token.isascii() and token.isdigit()) or len(token) > 4 or int(token) > MAX_POWER:
            raise ValueError(f"the power {token!r}, expected a whole number up to {MAX_POWER}")
        result = base
        for _ in range(int(token) - 1):
            result = _checked(result * base)
        return result if int(token) else base * 0 + 1

    def atom(self, depth: int) -> Any:
        token = self.next()
        if token == "(":
            result = self.sum(depth + 1)
            if self.next() != ")":
                raise ValueError("a parenthesis that is not closed")
            return result
        if token in self.known:
            return self.known[token]
        if token[:1].isdigit() or token[:1] == ".":
            return _checked(parse_rational(token))
        raise ValueError(f"{token!r} where a number, a parameter or a parenthesis is expected")


def _checked(value: Any) -> Any:
    """Return the value unless it has become too large."""
    if not getattr(value, "parametric", False):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_COEFFICIENT_BITS:
            raise ValueError("a number that is too large")
        return value
    terms = len(value.above) + len(value.below) - (value.below == 1)
    if terms > MAX_TERMS:
        raise ValueError(f"{terms} terms, more than {MAX_TERMS}")
    for polynomial in (value.above, value.below):
        if max(polynomial.degrees(), default=0) > MAX_DEGREE:
            raise ValueError(f"an exponent beyond {MAX_DEGREE}")
        if any(max(int(c.p).bit_length(), int(c.q).bit_length()) > MAX_COEFFICIENT_BITS for c in polynomial.coeffs()):
            raise ValueError(f"a coefficient of more than {MAX_COEFFICIENT_BITS} bits")
    return value
