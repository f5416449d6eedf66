"""Reads polynomials as text: ``p*(1-q)/2 + 0.25``. docs/certificate.md, section 2.4."""

from __future__ import annotations

import re

from .limits import DEFAULT, Limits
from .polynomial import Number, Polynomial, number_of, power, times, total
from .rational import parse

# At every place the alternatives begin differently, and nothing has to follow: matching is linear in the text.
_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d{1,4})?|\.\d+(?:[eE][+-]?\d{1,4})?)|([^\W\d]\w*)|(\*\*|[-+*/^()]))")


def parse_polynomial(text: str, names: tuple[str, ...], limits: Limits = DEFAULT) -> Number:
    """Return the number or polynomial that a text denotes. Raises `ValueError` if it is none."""
    try:
        return parse(text, limits)
    except ValueError:
        pass
    if len(text) > limits.max_expression:
        raise ValueError("too long an expression")
    tokens, place, stripped = [], 0, text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise ValueError(f"the character {stripped[place]!r}")
        tokens.append(match[0].strip())
        place = match.end()
    parser = _Parser(tokens, frozenset(names), limits)
    result = parser.sum(0)
    if parser.place < len(tokens):
        raise ValueError(f"{tokens[parser.place]!r} after the end")
    return result


class _Parser:
    """Parses by recursive descent, with a bound on the depth and on every number on the way."""

    def __init__(self, tokens: list[str], names: frozenset[str], limits: Limits) -> None:
        self.tokens, self.names, self.limits, self.place = tokens, names, limits, 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ""

    def sum(self, depth: int) -> Number:
        if depth > self.limits.max_depth:
            raise ValueError("too many parentheses")
        parts = [self.product(depth)]
        while self.peek() in ("+", "-"):
            negative = self.next() == "-"
            part = self.product(depth)
            parts.append(times(part, (-1, 1)) if negative else part)
        return self.bounded(total(parts)) if len(parts) > 1 else parts[0]

    def product(self, depth: int) -> Number:
        result = self.factor(depth)
        while self.peek() in ("*", "/"):
            divide = self.next() == "/"
            other = self.factor(depth)
            result = self.bounded(times(result, _inverse(other) if divide else other))
        return result

    def factor(self, depth: int) -> Number:
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= -1 if self.next() == "-" else 1
        value = self.power(depth)
        return value if sign > 0 else times(value, (-1, 1))

    def power(self, depth: int) -> Number:
        base = self.atom(depth)
        if self.peek() not in ("^", "**"):
            return base
        self.next()
        token = self.next()
        if not (token.isascii() and token.isdigit()) or len(token) > 4 or int(token) > self.limits.max_power:
            raise ValueError(f"the power {token!r}")
        return self.bounded(power(base, int(token)))

    def atom(self, depth: int) -> Number:
        token = self.next()
        if token == "(":
            result = self.sum(depth + 1)
            if self.next() != ")":
                raise ValueError("a parenthesis that is not closed")
            return result
        if token in self.names:
            return number_of({((token, 1),): (1, 1)})
        if token[:1].isdigit() or token[:1] == ".":
            return self.bounded(parse(token, self.limits))
        raise ValueError(f"{token!r} where a number or a parameter is expected")

    def bounded(self, value: Number) -> Number:
        """Return the value unless it is too large a number; of polynomials, coefficients are bounded anyway."""
        most = self.limits.max_coefficient_bits
        if not isinstance(value, Polynomial) and max(abs(value[0]), value[1]).bit_length() > most:
            raise ValueError(f"a number of more than {most} bits")
        return value


def _inverse(value: Number) -> Number:
    if isinstance(value, Polynomial) or not value[0]:
        raise ValueError("a division by parameters or by zero")
    numerator, denominator = value
    return (denominator, numerator) if numerator > 0 else (-denominator, -numerator)
