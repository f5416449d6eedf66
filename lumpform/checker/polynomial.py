"""Polynomials in parameters, and the numbers that stand for them. docs/certificate.md, section 2.4.

The rules add weights, multiply sums by exact numbers, and compare. So a model with parameters is judged as a model of
numbers: monomial i, in the order in which they are met in both models, is ``2^(BITS i)``. As long as all coefficients
that can occur in a sum are small against ``2^BITS``, different polynomials are different numbers; `Monomials.check`
sees to that.
"""

from __future__ import annotations

import re
from math import lcm

from .rational import Pair, parse, reduced

BITS = 1024
SPARE = 128
"""Bits for adding up to 2^32 weights and for the sizes and scales by which sums are multiplied."""

MAX_MONOMIALS = 60
MAX_BITS = 1 << 15
MAX_LENGTH, MAX_DEPTH, MAX_POWER, MAX_TERMS = 10_000, 60, 60, 2_000

Monomial = tuple[tuple[str, int], ...]
"""Powers of parameters, by name; empty for a constant."""

Poly = dict[Monomial, Pair]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d{1,4})?|\.\d+(?:[eE][+-]?\d{1,4})?)|([^\W\d]\w*)|(\*\*|[-+*/^()]))")


class Monomials:
    """The monomials of both models, numbered as they are met; 1 is number 0."""

    def __init__(self) -> None:
        self.places: dict[Monomial, int] = {(): 0}
        self.texts: dict[Pair, str] = {}
        self.denominator, self.bits = 1, 1

    def number(self, polynomial: Poly) -> Pair:
        """The number that stands for a polynomial."""
        total, common = 0, lcm(*(d for _, d in polynomial.values())) if polynomial else 1
        for monomial in sorted(polynomial):
            if monomial not in self.places and len(self.places) > MAX_MONOMIALS:
                raise ValueError(f"more than {MAX_MONOMIALS} different monomials")
            numerator, d = polynomial[monomial]
            place = self.places.setdefault(monomial, len(self.places))
            total += numerator * (common // d) << (BITS * place)
            self.bits = max(self.bits, abs(numerator).bit_length())
        self.denominator = lcm(self.denominator, common)
        if self.denominator.bit_length() + self.bits + SPARE > BITS:
            raise ValueError("coefficients that are too large, or have too many denominators")
        result = reduced(total, common)
        if polynomial and any(m for m in polynomial):
            self.texts[result] = text_of(polynomial)
        return result

    def text(self, number: Pair) -> str:
        """The polynomial that a number stands for, as the canonical form writes it."""
        known = self.texts.get(number)
        if known is None:
            known = self.texts[number] = text_of(self.polynomial(number))
        return known

    def polynomial(self, number: Pair) -> Poly:
        """The polynomial that a number stands for: its digits in base ``2^BITS``, from -half to half.

        Over the common denominator of all polynomials: in lowest terms, factors of two may have gone into the base.
        """
        denominator = lcm(self.denominator, number[1])
        rest = number[0] * (denominator // number[1])
        names, result = list(self.places), {}
        for monomial in names:
            digit = rest & ((1 << BITS) - 1)
            if digit >> (BITS - 1):
                digit -= 1 << BITS
            rest = (rest - digit) >> BITS
            if digit:
                result[monomial] = reduced(digit, denominator)
        return result


def text_of(polynomial: Poly) -> str:
    """Terms in descending order of their exponents (parameters by name), as `parse_polynomial` reads them."""
    names = sorted({name for monomial in polynomial for name, _ in monomial})
    rows = [(tuple(dict(m).get(name, 0) for name in names), value) for m, value in polynomial.items()]
    parts = []
    for exponents, (numerator, denominator) in sorted(rows, reverse=True):
        powers = [n if e == 1 else f"{n}^{e}" for n, e in zip(names, exponents, strict=True) if e]
        size = f"{abs(numerator)}" if denominator == 1 else f"{abs(numerator)}/{denominator}"
        factors = ([] if size == "1" and powers else [size]) + powers
        parts.append(("-" if numerator < 0 else "+") + "*".join(factors))
    return "".join(parts).removeprefix("+") or "0"


def parse_polynomial(text: str, names: tuple[str, ...]) -> Poly:
    """The polynomial that a text denotes. Raises `ValueError` if it is none."""
    try:
        value = parse(text)
        return {(): value} if value[0] else {}
    except ValueError:
        pass
    if len(text) > MAX_LENGTH:
        raise ValueError("too long an expression")
    tokens, place, stripped = [], 0, text.rstrip()
    while place < len(stripped):
        match = _TOKEN.match(stripped, place)
        if match is None:
            raise ValueError(f"the character {stripped[place]!r}")
        tokens.append(match[0].strip())
        place = match.end()
    parser = _Parser(tokens, frozenset(names))
    result = parser.sum(0)
    if parser.place < len(tokens):
        raise ValueError(f"{tokens[parser.place]!r} after the end")
    return result


class _Parser:
    def __init__(self, tokens: list[str], names: frozenset[str]) -> None:
        self.tokens, self.names, self.place = tokens, names, 0

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ""

    def sum(self, depth: int) -> Poly:
        if depth > MAX_DEPTH:
            raise ValueError("too many parentheses")
        result = self.product(depth)
        while self.peek() in ("+", "-"):
            sign = 1 if self.next() == "+" else -1
            result = plus(result, times(self.product(depth), {(): (sign, 1)}))
        return result

    def product(self, depth: int) -> Poly:
        result = self.factor(depth)
        while self.peek() in ("*", "/"):
            divide = self.next() == "/"
            other = self.factor(depth)
            if divide:
                if set(other) != {()}:
                    raise ValueError("a division by parameters or by zero")
                numerator, denominator = other[()]
                sign = -1 if numerator < 0 else 1
                other = {(): (sign * denominator, abs(numerator))}
            result = times(result, other)
        return result

    def factor(self, depth: int) -> Poly:
        sign = 1
        while self.peek() in ("+", "-"):
            sign *= -1 if self.next() == "-" else 1
        return times(self.power(depth), {(): (sign, 1)})

    def power(self, depth: int) -> Poly:
        base = self.atom(depth)
        if self.peek() not in ("^", "**"):
            return base
        self.next()
        token = self.next()
        if not token.isdigit() or len(token) > 4 or int(token) > MAX_POWER:
            raise ValueError(f"the power {token!r}")
        result: Poly = {(): (1, 1)}
        for _ in range(int(token)):
            result = times(result, base)
        return result

    def atom(self, depth: int) -> Poly:
        token = self.next()
        if token == "(":
            result = self.sum(depth + 1)
            if self.next() != ")":
                raise ValueError("a parenthesis that is not closed")
            return result
        if token in self.names:
            return {((token, 1),): (1, 1)}
        if token[:1].isdigit() or token[:1] == ".":
            value = parse(token)
            return {(): value} if value[0] else {}
        raise ValueError(f"{token!r} where a number or a parameter is expected")


def plus(a: Poly, b: Poly) -> Poly:
    """The sum."""
    result = dict(a)
    for monomial, (n, d) in b.items():
        m, e = result.get(monomial, (0, 1))
        value = reduced(m * d + n * e, d * e)
        if value[0]:
            result[monomial] = value
        else:
            result.pop(monomial, None)
    return result


def times(a: Poly, b: Poly) -> Poly:
    """The product."""
    if len(a) * len(b) > MAX_TERMS:
        raise ValueError("too many terms")
    if any(max(abs(n).bit_length(), d.bit_length()) > MAX_BITS for p in (a, b) for n, d in p.values()):
        raise ValueError("too large a number")
    result: Poly = {}
    for left, (m, d) in a.items():
        for right, (n, e) in b.items():
            powers = dict(left)
            for name, exponent in right:
                powers[name] = powers.get(name, 0) + exponent
            result = plus(result, {tuple(sorted(powers.items())): reduced(m * n, d * e)})
    return result
