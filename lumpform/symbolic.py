"""Symbolic weights: rational functions of parameters with rational coefficients, lumped for all parameters at once.

An `Expression` is a quotient of two polynomials in lowest terms; equality is equality of functions. A `SymbolicValues`
column holds codes into a table of expressions, as a `CodedValues` column does for rationals.

Lumping only adds weights and compares sums. Over one common denominator every weight is a polynomial with integer
coefficients, so that (a) its value at a random point modulo a prime is a fingerprint that adds up, and (b) two sums are
equal if they are for every monomial: a proof about a column of functions is one about a few columns of integers
(`SymbolicValues.coefficients`). That is a proof for all parameter values, not a test at one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.domain import Domain, rational_functions
from lumpform.errors import ModelError, OrderError
from lumpform.exact import PRIME, as_rational
from lumpform.values import CodedValues, register_symbolic

Vector = dict[tuple[int, ...], int]
"""A polynomial with integer coefficients, by the exponents of the parameters."""


@cache
def _context(names: tuple[str, ...]) -> Any:
    from flint import Ordering, fmpq_mpoly_ctx

    return fmpq_mpoly_ctx.get(names, Ordering.lex)


class Expression:
    """A rational function of named parameters: ``+ - * / **`` with expressions and exact numbers.

    An expression that is a constant is that number in every respect: it is equal to it, has its hash, and is compared,
    sorted, rounded and converted like it. Anything else has no sign and no size: ``<``, ``max``, ``sorted``, ``abs``,
    ``float`` and ``int`` raise `OrderError` instead of choosing a side.

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

    @property
    def parameters(self) -> set[str]:
        """The names of the parameters that it depends on."""
        degrees = [*zip(self.names, self.above.degrees(), self.below.degrees(), strict=True)]
        return {name for name, a, b in degrees if a > 0 or b > 0}

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

    def _number(self, what: str) -> Fraction:
        """Return the number that it is, for what cannot go on with a function.

        Raises
        ------
        OrderError
            If it depends on a parameter.
        """
        constant = self.constant
        if constant is None:
            raise OrderError(f"{what} of {_short(self)}, which depends on a parameter: put numbers in first")
        return constant

    def _compared(self, other: Any) -> tuple[Fraction, Fraction] | None:
        """Return both sides of a comparison by size as numbers, which constants are."""
        pair = self._pair(other)
        if pair is None:
            return None
        left, right = self.constant, pair[1].constant
        if left is None or right is None:
            raise OrderError(
                f"{_short(self)} and {_short(other)} cannot be compared by size: parameters have no order; "
                "put numbers in first"
            )
        return left, right

    def __lt__(self, other: Any) -> bool:
        pair = self._compared(other)
        return NotImplemented if pair is None else pair[0] < pair[1]

    def __le__(self, other: Any) -> bool:
        pair = self._compared(other)
        return NotImplemented if pair is None else pair[0] <= pair[1]

    def __gt__(self, other: Any) -> bool:
        pair = self._compared(other)
        return NotImplemented if pair is None else pair[0] > pair[1]

    def __ge__(self, other: Any) -> bool:
        pair = self._compared(other)
        return NotImplemented if pair is None else pair[0] >= pair[1]

    def __bool__(self) -> bool:
        """Return whether it is another function than zero."""
        return self.above != 0

    def __abs__(self) -> Fraction:
        return abs(self._number("there is no absolute value"))

    def __float__(self) -> float:
        return float(self._number("there is no float value"))

    def __int__(self) -> int:
        return int(self._number("there is no integer part"))

    def __str__(self) -> str:
        """The function as text that `parse_expression` reads, the same for equal functions."""
        above = _text(self.above, self.names)
        return above if self.below == 1 else f"({above})/({_text(self.below, self.names)})"

    __repr__ = __str__


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
    """Codes into a table of `Expression`s. Kernels see residues at a random point, proofs see `coefficients`."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All parameters of the table, sorted."""
        return tuple(sorted({n for e in self.table for n in e.names}))  # type: ignore[attr-defined]

    @cached_property
    def domain(self) -> Domain:  # type: ignore[override]
        """Functions of the parameters that the entries depend on; the rationals if there are none."""
        used: set[str] = set()
        for i in set(self.codes.tolist()):
            used |= self.table[i].parameters  # type: ignore[attr-defined]
        return rational_functions(used)

    @cached_property
    def _vectors(self) -> list[Vector]:
        return coefficient_vectors(self.table, self.names)

    def coefficients(self) -> Iterator[CodedValues]:
        """The integer coefficients of every monomial over one common denominator, one column a monomial.

        Two sums of entries are the same function exactly if the sums of all these columns are. O(table) each.
        """
        for monomial in sorted({m for vector in self._vectors for m in vector}):
            yield CodedValues(self.codes, tuple(Fraction(vector.get(monomial, 0)) for vector in self._vectors))

    def take(self, indices: Any) -> SymbolicValues:
        return SymbolicValues(self.codes[indices], self.table)

    @property
    def denominator(self) -> int:  # type: ignore[override]
        raise ModelError(f"a column of {self.domain} has no integer as common denominator, expected numbers")

    @property
    def bound(self) -> int:  # type: ignore[override]
        raise ModelError(f"a column of {self.domain} has no largest entry, expected numbers")

    def scaled(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64]]:
        """Fingerprints: the values at a random point of the field of `PRIME` elements, times a common denominator.

        Equal sums have equal residues. Different sums of functions of degree k have the same with a probability of k /
        PRIME, so this proves nothing. There is no other modulus.
        """
        if modulus != PRIME or denominator is not None:
            raise ModelError(f"a column of {self.domain} has only fingerprints, expected numbers")
        point = [_random_point(name) for name in self.names]
        return self.codes, np.array([_residue(v, point) for v in self._vectors] or [0], dtype=np.uint64)

    def numerators(self, denominator: int | None = None) -> None:
        """There are none: functions are no integers over a denominator."""
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


@cache
def _random_point(name: str) -> int:
    """The residue that a parameter has in all fingerprints of this process."""
    return 1 + secrets.randbelow(PRIME - 1)


def _residue(vector: Vector, point: Sequence[int]) -> int:
    """The value of a polynomial at a point, modulo `PRIME`."""
    total = 0
    for monomial, coefficient in vector.items():
        term = coefficient % PRIME
        for x, e in zip(point, monomial, strict=True):
            if e:
                term = term * pow(x, e, PRIME) % PRIME
        total += term
    return total % PRIME


def coefficient_vectors(table: Sequence[Any], names: tuple[str, ...]) -> list[Vector]:
    """The expressions as polynomials with integer coefficients, all times one common denominator."""
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


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


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
