"""Symbolic weights: rational functions of parameters with rational coefficients, lumped for all parameters at once.

An `Expression` is a quotient of two polynomials in lowest terms; equality is equality of functions. A `SymbolicValues`
column holds codes into a table of expressions, as a `CodedValues` column does for rationals.

Lumping only adds weights and compares sums. Over a common denominator the table spans a space of polynomials with few
monomials; numbering these and giving monomial i the number ``B^i``, with B beyond twice any coefficient that a sum of
up to 2^32 entries can have, is a linear map to the integers that takes different sums to different numbers. So a
symbolic model is lumped, and certified, as the rational one that `SymbolicValues.separated` stands for: that is a
proof for all parameter values, not a test at one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.exact import as_rational
from lumpform.values import CodedValues, register_symbolic

ENTRIES = 1 << 32
"""Up to so many weights are added up anywhere."""

ODD = 0x9E3779B97F4A7C15F39CC0605CEDC835
"""Keeps powers of the base from being powers of two, which coincide modulo the prime of the kernels."""


@cache
def _context(names: tuple[str, ...]) -> Any:
    from flint import Ordering, fmpq_mpoly_ctx

    return fmpq_mpoly_ctx.get(names, Ordering.lex)


class Expression:
    """A rational function of named parameters: ``+ - * / **`` with expressions and exact numbers.

    Parameters
    ----------
    names : tuple of str
        The parameters, sorted.
    above, below : FLINT polynomials over the rationals
        Numerator and denominator; brought to lowest terms, the denominator's leading coefficient 1.
    """

    __slots__ = ("above", "below", "names")
    parametric = True

    def __init__(self, names: tuple[str, ...], above: Any, below: Any) -> None:
        if below == 0:
            raise ZeroDivisionError("a denominator that is zero as a function")
        if not below.is_constant():
            common = above.gcd(below)
            above, below = above // common, below // common
        lead = below.leading_coefficient()
        self.names, self.above, self.below = names, above / lead, below / lead

    @classmethod
    def number(cls, value: Any, names: tuple[str, ...] = ()) -> Expression:
        """A constant."""
        from flint import fmpq

        exact = as_rational(value)
        context = _context(names)
        return cls(names, context.constant(fmpq(exact.numerator, exact.denominator)), context.constant(1))

    @property
    def constant(self) -> Fraction | None:
        """The number that it is, or None if it depends on a parameter."""
        if not (self.above.is_constant() and self.below.is_constant()):
            return None
        return _fraction(self.above.leading_coefficient()) if self.above != 0 else Fraction(0)

    def over(self, names: tuple[str, ...]) -> Expression:
        """The same function, seen as one of more parameters."""
        if names == self.names:
            return self
        place = [names.index(n) for n in self.names]
        parts = []
        for p in (self.above, self.below):
            terms = {}
            for exponents, coefficient in p.to_dict().items():
                wide = [0] * len(names)
                for i, e in zip(place, exponents, strict=True):
                    wide[i] = int(e)
                terms[tuple(wide)] = coefficient
            parts.append(_context(names).from_dict(terms))
        return Expression(names, *parts)

    def at(self, values: dict[str, Fraction]) -> Fraction | None:
        """The value at a point that names all parameters; None where the denominator is zero."""
        above, below = (_value(p, self.names, values) for p in (self.above, self.below))
        return above / below if below else None

    def _pair(self, other: Any) -> tuple[Expression, Expression] | None:
        if not isinstance(other, Expression):
            try:
                other = Expression.number(other)
            except ValueError:
                return None
        names = tuple(sorted({*self.names, *other.names}))
        return self.over(names), other.over(names)

    def __add__(self, other: Any) -> Any:
        pair = self._pair(other)
        if pair is None:
            return NotImplemented
        a, b = pair
        if a.below == b.below:
            return Expression(a.names, a.above + b.above, a.below)
        return Expression(a.names, a.above * b.below + b.above * a.below, a.below * b.below)

    def __mul__(self, other: Any) -> Any:
        pair = self._pair(other)
        if pair is None:
            return NotImplemented
        a, b = pair
        return Expression(a.names, a.above * b.above, a.below * b.below)

    def __truediv__(self, other: Any) -> Any:
        pair = self._pair(other)
        if pair is None:
            return NotImplemented
        a, b = pair
        return Expression(a.names, a.above * b.below, a.below * b.above)

    def __rtruediv__(self, other: Any) -> Any:
        pair = self._pair(other)
        return NotImplemented if pair is None else pair[1] / pair[0]

    def __neg__(self) -> Expression:
        return Expression(self.names, -self.above, self.below)

    def __sub__(self, other: Any) -> Any:
        return self + -other

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __pow__(self, power: int) -> Expression:
        if power < 0:
            return 1 / self**-power
        return Expression(self.names, self.above**power, self.below**power)

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        pair = self._pair(other)
        return pair is not None and pair[0].above == pair[1].above and pair[0].below == pair[1].below

    def __hash__(self) -> int:
        number = self.constant
        return hash(number) if number is not None else hash(str(self))

    def __lt__(self, other: Any) -> bool:
        """Numbers by size; a function of parameters has no sign and is not below anything."""
        a, b = self.constant, other.constant if isinstance(other, Expression) else as_rational(other)
        return a is not None and b is not None and a < b

    def __gt__(self, other: Any) -> bool:
        a, b = self.constant, other.constant if isinstance(other, Expression) else as_rational(other)
        return a is not None and b is not None and a > b

    def __str__(self) -> str:
        """The function as text that `parse_expression` reads, the same for equal functions."""
        above = _text(self.above, self.names)
        return above if self.below == 1 else f"({above})/({_text(self.below, self.names)})"

    __repr__ = __str__

    def __reduce__(self) -> Any:
        """What pickle and copy keep: the terms, since FLINT's polynomials know neither."""
        parts = [{tuple(map(int, m)): _fraction(c) for m, c in p.to_dict().items()} for p in (self.above, self.below)]
        return _from_terms, (self.names, *parts)


def _from_terms(names: tuple[str, ...], *parts: dict[tuple[int, ...], Fraction]) -> Expression:
    """The expression with these numerator and denominator, as terms."""
    from flint import fmpq

    context = _context(names)
    exact = [{m: fmpq(c.numerator, c.denominator) for m, c in terms.items()} for terms in parts]
    return Expression(names, *map(context.from_dict, exact))


def parameters(*names: str) -> tuple[Expression, ...]:
    """The parameters with these names, as expressions to calculate with.

    Examples
    --------
    >>> p, q = parameters("p", "q")
    >>> (p**2 - 1) / (p - 1) == p + 1
    True
    """
    for name in names:
        if not name.isidentifier():
            raise ModelError(f"{name!r} cannot name a parameter, expected a word of letters and digits")
    context = [_context((name,)) for name in names]
    return tuple(Expression((n,), c.gens()[0], c.constant(1)) for n, c in zip(names, context, strict=True))


def from_sympy(value: Any) -> Any:
    """A SymPy expression as an `Expression`; anything else as it is.

    Raises
    ------
    ModelError
        If it is no rational function with rational coefficients.
    """
    symbols = getattr(value, "free_symbols", None)
    if symbols is None:
        return value
    if not symbols:
        return as_rational(value)
    import sympy

    above, below = sympy.fraction(sympy.together(value))
    order = sorted(symbols, key=str)
    names = tuple(str(s) for s in order)
    known = dict(zip(names, parameters(*names), strict=True))
    try:
        polynomials = [sympy.Poly(p, *order, domain="QQ") for p in (above, below)]
    except sympy.PolynomialError as error:
        raise ModelError(f"{value} is no rational function of parameters: {error}") from None
    parts = []
    for p in polynomials:
        total: Any = Expression.number(0)
        for exponents, coefficient in p.terms():
            term: Any = Expression.number(Fraction(int(coefficient.p), int(coefficient.q)))
            for name, e in zip(names, exponents, strict=True):
                term = term * known[name] ** int(e)
            total = total + term
        parts.append(total)
    return parts[0] / parts[1]


def understood(rows: Any) -> Any:
    """Nested lists in which SymPy expressions have become `Expression`s; the same object if there are none."""
    listed = [list(row) for row in rows]
    if not any(getattr(v, "free_symbols", None) for row in listed for v in row):
        return rows
    return [[from_sympy(v) for v in row] for row in listed]


@dataclass(frozen=True, eq=False)
class SymbolicValues(CodedValues):
    """Codes into a table of `Expression`s. Kernels see `separated`."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters of the table, sorted."""
        return tuple(sorted({n for e in self.table for n in e.names}))  # type: ignore[attr-defined]

    @cached_property
    def separated(self) -> CodedValues:
        """A column of integers whose sums are equal exactly if those of this column are; see the module's notes."""
        vectors = coefficient_vectors(self.table, self.names)
        places: dict[Any, int] = {}
        for vector in vectors:
            for monomial in sorted(vector):
                places.setdefault(monomial, len(places))
        largest = max((abs(c) for v in vectors for c in v.values()), default=1)
        base = (1 << (4 * ENTRIES * largest).bit_length()) + ODD
        numbers = [sum(c * base ** places[m] for m, c in v.items()) for v in vectors]
        return CodedValues(self.codes, tuple(Fraction(n) for n in numbers))

    def take(self, indices: Any) -> SymbolicValues:
        return SymbolicValues(self.codes[indices], self.table)

    @cached_property
    def denominator(self) -> int:  # type: ignore[override]
        return 1

    @cached_property
    def bound(self) -> int:  # type: ignore[override]
        return self.separated.bound

    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64] | None]:
        return self.separated.scaled(modulus, denominator)

    def numerators(self, denominator: int | None = None) -> None:
        """There are none: sums of the integers of `separated` are not numbers of the model."""
        return None

    def floats(self) -> Any:
        raise ModelError("a model with parameters has no float weights, expected numbers: instantiate it first")

    def coded(self) -> CodedValues:
        constants = self._constants()
        if constants is not None:
            return constants.coded()
        used = sorted(set(self.codes.tolist()), key=lambda i: str(self.table[i]))
        distinct: dict[str, int] = {}
        renumber = np.zeros(max(len(self.table), 1), dtype=np.int64)
        table = []
        for i in used:
            text = str(self.table[i])
            if text not in distinct:
                distinct[text] = len(table)
                table.append(self.table[i])
            renumber[i] = distinct[text]
        return SymbolicValues(renumber[self.codes], tuple(table))  # type: ignore[arg-type]

    def _constants(self) -> CodedValues | None:
        """The column as rationals, if no value that occurs depends on a parameter."""
        numbers = {i: self.table[i].constant for i in set(self.codes.tolist())}  # type: ignore[attr-defined]
        if any(v is None for v in numbers.values()):
            return None
        return CodedValues(self.codes, tuple(numbers.get(i) or Fraction(0) for i in range(len(self.table))))


def coefficient_vectors(table: Sequence[Any], names: tuple[str, ...]) -> list[dict[tuple[int, ...], int]]:
    """The expressions as integer vectors over monomials, all over one common denominator."""
    wide = [e.over(names) for e in table]
    below: Any = _context(names).constant(1)
    for e in wide:
        below = below * (e.below // below.gcd(e.below))
    vectors, common = [], 1
    for e in wide:
        terms = {tuple(map(int, m)): _fraction(c) for m, c in (e.above * (below // e.below)).to_dict().items()}
        common = lcm(common, *(c.denominator for c in terms.values()))
        vectors.append(terms)
    return [{m: int(c * common) for m, c in v.items()} for v in vectors]


def symbolic_column(codes: NDArray[Any], table: Sequence[Any]) -> SymbolicValues:
    """A column of expressions and numbers; equal functions share one entry."""
    places: dict[Any, int] = {}
    distinct: list[Expression] = []
    renumber = []
    for v in table:
        expression = v if isinstance(v, Expression) else Expression.number(v)
        key = str(expression)
        if key not in places:
            places[key] = len(distinct)
            distinct.append(expression)
        renumber.append(places[key])
    return SymbolicValues(np.array(renumber, dtype=np.int64)[codes], tuple(distinct))  # type: ignore[arg-type]


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _value(polynomial: Any, names: tuple[str, ...], values: dict[str, Fraction]) -> Fraction:
    total = Fraction(0)
    for exponents, coefficient in polynomial.to_dict().items():
        term = _fraction(coefficient)
        for name, e in zip(names, exponents, strict=True):
            if e:
                term *= values[name] ** int(e)
        total += term
    return total


def _text(polynomial: Any, names: tuple[str, ...]) -> str:
    """A polynomial as a sum of terms, in a fixed order, without spaces; ``0`` if it is zero."""
    parts = []
    for exponents, coefficient in sorted(
        ((tuple(map(int, m)), c) for m, c in polynomial.to_dict().items()), reverse=True
    ):
        powers = [n if e == 1 else f"{n}^{e}" for n, e in zip(names, exponents, strict=True) if e]
        value = _fraction(coefficient)
        size = abs(value)
        factors = ([] if size == 1 and powers else [str(size)]) + powers
        parts.append(("-" if value < 0 else "+") + "*".join(factors))
    return "".join(parts).removeprefix("+") or "0"


register_symbolic(symbolic_column)
