"""Polynomials as dictionaries from monomials to `Fraction`s: written for these tests, and nothing else.

A monomial is a text of its parameters in order, with repetitions: ``"xxy"`` is x^2 y, ``""`` is 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

Value = Any
"""An exact number (`Fraction`) or a `Poly`; both have ``+``, ``-``, ``*`` and ``==``."""


class Poly:
    """Holds a polynomial; `terms` has no zeros."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[str, Fraction]) -> None:
        self.terms = {m: c for m, c in terms.items() if c}

    def __add__(self, other: Value) -> Poly:
        terms = dict(self.terms)
        for m, c in terms_of(other).items():
            terms[m] = terms.get(m, Fraction(0)) + c
        return Poly(terms)

    def __mul__(self, other: Value) -> Poly:
        terms: dict[str, Fraction] = {}
        for m, c in self.terms.items():
            for n, d in terms_of(other).items():
                key = "".join(sorted(m + n))
                terms[key] = terms.get(key, Fraction(0)) + c * d
        return Poly(terms)

    def __neg__(self) -> Poly:
        return self * Fraction(-1)

    def __sub__(self, other: Value) -> Poly:
        return self + other * Fraction(-1)

    def __rsub__(self, other: Value) -> Poly:
        return -self + other

    def __eq__(self, other: object) -> bool:
        return self.terms == terms_of(other)

    def __bool__(self) -> bool:
        return bool(self.terms)

    __radd__, __rmul__ = __add__, __mul__
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return " + ".join(f"{c}*{m}" for m, c in self.terms.items()) or "0"


def terms_of(value: Value) -> dict[str, Fraction]:
    """Return the terms of a number or polynomial."""
    if isinstance(value, Poly):
        return value.terms
    return {"": Fraction(value)} if value else {}


def constant(value: Value) -> Fraction | None:
    """Return the number that a value is, or None if it depends on a parameter."""
    if not isinstance(value, Poly):
        return Fraction(value)
    return value.terms.get("", Fraction(0)) if set(value.terms) <= {""} else None


X, Y = Poly({"x": Fraction(1)}), Poly({"y": Fraction(1)})
