"""Computes exactly with polynomials in parameters. docs/certificate.md, section 2.4.

A weight is a number or a polynomial that depends on a parameter, never a polynomial that is constant: equal weights are
equal objects. Sums, products and comparisons are exact, coefficient by coefficient; nothing stands for a polynomial.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from . import rational
from .effort import FREE_TERMS, TERM_WORK, TooLarge, limits_in_force, spend
from .rational import ONE, ZERO, Pair, ascending

Monomial = tuple[tuple[str, int], ...]
"""Powers of parameters, by name; empty for a constant."""

Terms = dict[Monomial, Pair]
"""The coefficients of a polynomial, none of them zero."""


class Polynomial:
    """Keeps a polynomial that depends on a parameter, by its terms in ascending order of their monomials."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: tuple[tuple[Monomial, Pair], ...]) -> None:
        self.terms, self._hash = terms, hash(terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self._hash == other._hash and self.terms == other.terms

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Polynomial({text_of(self)})"


Number = Pair | Polynomial


def number_of(terms: Terms) -> Number:
    """Return the number or polynomial with these terms.

    Raises
    ------
    TooLarge
        If it has too many terms, or too large an exponent or coefficient.
    """
    if not terms:
        return ZERO
    if len(terms) == 1 and () in terms:
        return terms[()]
    limits = limits_in_force()
    if len(terms) > limits.max_terms:
        raise TooLarge(f"a polynomial of more than {limits.max_terms} terms")
    degree, bits = limits.max_degree, limits.max_coefficient_bits
    if any(exponent > degree for monomial in terms for _, exponent in monomial):
        raise TooLarge(f"an exponent beyond {degree}")
    if any(max(abs(n), d).bit_length() > bits for n, d in terms.values()):
        raise TooLarge(f"a coefficient of more than {bits} bits")
    return Polynomial(tuple(sorted(terms.items())))


def terms_of(value: Number) -> tuple[tuple[Monomial, Pair], ...]:
    """Return the terms of a number or polynomial; none for zero."""
    if isinstance(value, Polynomial):
        return value.terms
    return (((), value),) if value[0] else ()


def total(values: Iterable[Number]) -> Number:
    """Return the exact sum."""
    listed = list(values)
    if not any(isinstance(v, Polynomial) for v in listed):
        return rational.total(listed)  # type: ignore[arg-type]
    terms = [terms_of(value) for value in listed]
    spend(TERM_WORK * max(0, sum(map(len, terms)) - FREE_TERMS * len(terms)))
    parts: dict[Monomial, list[Pair]] = {}
    for monomial, coefficient in chain.from_iterable(terms):
        parts.setdefault(monomial, []).append(coefficient)
    return number_of(_added(parts))


def _added(parts: dict[Monomial, list[Pair]]) -> Terms:
    """Return the sum of the coefficients of every monomial, without zeros."""
    sums = {m: rational.total(listed) if len(listed) > 1 else listed[0] for m, listed in parts.items()}
    return {monomial: value for monomial, value in sums.items() if value[0]}


def times(left: Number, right: Number) -> Number:
    """Return the exact product."""
    if not isinstance(left, Polynomial) and not isinstance(right, Polynomial):
        return rational.product(left, right)
    one, other = terms_of(left), terms_of(right)
    if len(one) > len(other):
        one, other = other, one
    if len(one) == 1:  # different terms stay different
        ((a, x),) = one
        return number_of({_multiplied(a, b): rational.product(x, y) for b, y in other})
    if len(one) * len(other) > FREE_TERMS:
        spend(TERM_WORK * len(one) * len(other))
    products: dict[Monomial, list[Pair]] = {}
    most = limits_in_force().max_terms
    for a, x in one:
        for b, y in other:
            products.setdefault(_multiplied(a, b), []).append(rational.product(x, y))
        if len(products) > most:
            raise TooLarge(f"a product of more than {most} terms")
    return number_of(_added(products))


def power(value: Number, exponent: int) -> Number:
    """Return a power with an exponent from 0 on."""
    if not isinstance(value, Polynomial):
        return _number_power(value, exponent)
    if len(value.terms) == 1 and exponent:
        ((monomial, coefficient),) = value.terms
        raised = tuple((name, e * exponent) for name, e in monomial)
        return number_of({raised: _number_power(coefficient, exponent)})
    result: Number = ONE
    for _ in range(exponent):
        result = times(result, value)
    return result


def _number_power(value: Pair, exponent: int) -> Pair:
    bits, most = max(abs(value[0]), value[1]).bit_length(), limits_in_force().max_coefficient_bits
    if (bits - 1) * exponent > most:
        raise TooLarge(f"a number of more than {most} bits")
    return value[0] ** exponent, value[1] ** exponent


def _multiplied(left: Monomial, right: Monomial) -> Monomial:
    if not left or not right:
        return left or right
    powers = dict(left)
    for name, exponent in right:
        powers[name] = powers.get(name, 0) + exponent
    return tuple(sorted(powers.items()))


def ordered(values: Iterable[Number]) -> list[Number]:
    """Return the values in a fixed order: numbers by size, then polynomials by their terms."""
    numbers: list[Pair] = []
    polynomials: list[Polynomial] = []
    for value in values:
        if isinstance(value, Polynomial):
            polynomials.append(value)
        else:
            numbers.append(value)
    return [*ascending(numbers), *sorted(polynomials, key=attrgetter("terms"))]


def text_of(value: Number) -> str:
    """Return the text of the canonical form: terms in descending order of their exponents, parameters by name.

    Raises
    ------
    TooLarge
        If a coefficient is too large for a text.
    """
    terms = terms_of(value)
    names = sorted({name for monomial, _ in terms for name, _ in monomial})
    rows = [(tuple(dict(m).get(name, 0) for name in names), coefficient) for m, coefficient in terms]
    parts, most = [], limits_in_force().max_coefficient_bits
    for exponents, (numerator, denominator) in sorted(rows, reverse=True):
        if max(abs(numerator), denominator).bit_length() > most:
            raise TooLarge(f"a coefficient of more than {most} bits")
        powers = [n if e == 1 else f"{n}^{e}" for n, e in zip(names, exponents, strict=True) if e]
        size = f"{abs(numerator)}" if denominator == 1 else f"{abs(numerator)}/{denominator}"
        factors = ([] if size == "1" and powers else [size]) + powers
        parts.append(("-" if numerator < 0 else "+") + "*".join(factors))
    return "".join(parts).removeprefix("+") or "0"


def show(value: Number) -> str:
    """Return a number or polynomial for a message."""
    return text_of(value) if isinstance(value, Polynomial) else rational.show(value)
