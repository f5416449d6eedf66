"""Calculates with FLINT's polynomials over the rationals: their ring, their values and their text."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any


@cache
def ring(names: tuple[str, ...]) -> Any:
    """Return the ring of polynomials in some parameters."""
    from flint import Ordering, fmpq_mpoly_ctx

    return fmpq_mpoly_ctx.get(names, Ordering.lex)


def fraction(value: Any) -> Fraction:
    """Return a rational number of FLINT as a `Fraction`."""
    return Fraction(int(value.p), int(value.q))


def value_at(polynomial: Any, names: tuple[str, ...], values: dict[str, Fraction]) -> Fraction:
    """Return the value of a polynomial where its parameters have these values."""
    total = Fraction(0)
    for exponents, coefficient in polynomial.to_dict().items():
        term = fraction(coefficient)
        for name, e in zip(names, exponents, strict=True):
            if e:
                term *= values[name] ** int(e)
        total += term
    return total


def text_of(polynomial: Any, names: tuple[str, ...]) -> str:
    """Return a polynomial as a sum of terms, in a fixed order, without spaces; ``0`` if it is zero."""
    parts = []
    for exponents, coefficient in sorted(
        ((tuple(map(int, m)), c) for m, c in polynomial.to_dict().items()), reverse=True
    ):
        powers = [n if e == 1 else f"{n}^{e}" for n, e in zip(names, exponents, strict=True) if e]
        value = fraction(coefficient)
        size = abs(value)
        factors = ([] if size == 1 and powers else [str(size)]) + powers
        parts.append(("-" if value < 0 else "+") + "*".join(factors))
    return "".join(parts).removeprefix("+") or "0"
