"""Keeps symbolic weights: rational functions of parameters, lumped for all values of the parameters at once.

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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.files.limits import MAX_COEFFICIENTS, MAX_COLUMN_BITS, MAX_TERMS
from lumpform.numbers.column import CodedValues
from lumpform.numbers.field import Field, rational_functions
from lumpform.numbers.flint_polynomial import fraction, ring
from lumpform.numbers.make import register_symbolic
from lumpform.numbers.rational import as_rational, lcm_of_denominators
from lumpform.numbers.rational_function import Expression as Expression
from lumpform.numbers.rational_function import parameters as parameters
from lumpform.numbers.residues import PRIME

Vector = dict[tuple[int, ...], int]
"""A polynomial with integer coefficients, by the exponents of the parameters."""


@dataclass(frozen=True, eq=False)
class SymbolicValues(CodedValues):
    """Holds codes into a table of `Expression`s. Kernels see residues at a random point, proofs see `coefficients`."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return all parameters of the table, sorted."""
        return tuple(sorted({n for e in self.table for n in e.names}))  # type: ignore[attr-defined]

    @cached_property
    def field(self) -> Field:  # type: ignore[override]
        """Return functions of the parameters that the entries depend on; the rationals if there are none."""
        used: set[str] = set()
        for i in set(self.codes.tolist()):
            used |= self.table[i].parameters  # type: ignore[attr-defined]
        return rational_functions(used)

    @cached_property
    def _vectors(self) -> list[Vector]:
        return coefficient_vectors(self.table, self.names)

    def coefficients(self) -> Iterator[CodedValues]:
        """Return the integer coefficients of every monomial over one common denominator, one column a monomial.

        Two sums of entries are the same function exactly if the sums of all these columns are. O(table) each.
        """
        nothing = Fraction(0)
        for monomial in sorted({m for vector in self._vectors for m in vector}):
            table = (Fraction(v[monomial]) if monomial in v else nothing for v in self._vectors)
            yield CodedValues(self.codes, tuple(table))

    def take(self, indices: Any) -> SymbolicValues:
        return SymbolicValues(self.codes[indices], self.table)

    @property
    def denominator(self) -> int:  # type: ignore[override]
        raise ModelError(f"a column of {self.field} has no integer as common denominator, expected numbers")

    @property
    def bound(self) -> int:  # type: ignore[override]
        raise ModelError(f"a column of {self.field} has no largest entry, expected numbers")

    def residues(self, modulus: int, denominator: int | None = None) -> tuple[NDArray[Any], NDArray[np.uint64]]:
        """Return fingerprints: values at a random point of the field of `PRIME` elements, times a common denominator.

        Equal sums have equal residues. Different sums of functions of degree k have the same with a probability of k /
        PRIME, so this proves nothing. There is no other modulus.
        """
        if modulus != PRIME or denominator is not None:
            raise ModelError(f"a column of {self.field} has only fingerprints, expected numbers")
        point = [_random_point(name) for name in self.names]
        return self.codes, np.array([_residue(v, point) for v in self._vectors] or [0], dtype=np.uint64)

    def numerators(self, denominator: int | None = None) -> None:
        """Return None: functions are no integers over a denominator."""
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
        """Return the column as rationals, if no value that occurs depends on a parameter."""
        numbers = {i: self.table[i].constant for i in set(self.codes.tolist())}  # type: ignore[attr-defined]
        if any(v is None for v in numbers.values()):
            return None
        return CodedValues(self.codes, tuple(numbers.get(i) or Fraction(0) for i in range(len(self.table))))


@cache
def _random_point(name: str) -> int:
    """Return the residue that a parameter has in all fingerprints of this process."""
    return 1 + secrets.randbelow(PRIME - 1)


def _residue(vector: Vector, point: Sequence[int]) -> int:
    """Return the value of a polynomial at a point, modulo `PRIME`."""
    total = 0
    for monomial, coefficient in vector.items():
        term = coefficient % PRIME
        for x, e in zip(point, monomial, strict=True):
            if e:
                term = term * pow(x, e, PRIME) % PRIME
        total += term
    return total % PRIME


def coefficient_vectors(table: Sequence[Any], names: tuple[str, ...]) -> list[Vector]:
    """Return the expressions as polynomials with integer coefficients, all times one common denominator.

    Raises
    ------
    ModelError
        If there would be too many coefficients, or too long ones.
    """
    from flint import fmpz

    wide = [e.over(names) for e in table]
    below: Any = ring(names).constant(1)
    for e in wide:
        below = below * (e.below // below.gcd(e.below))
        if len(below) > MAX_TERMS:
            raise ModelError(f"functions of parameters with a common denominator of more than {MAX_TERMS} terms")
    terms: list[dict[tuple[int, ...], Fraction]] = []
    monomials: set[tuple[int, ...]] = set()
    for e in wide:
        terms.append({tuple(map(int, m)): fraction(c) for m, c in (e.above * (below // e.below)).to_dict().items()})
        monomials |= terms[-1].keys()
        if len(monomials) * len(wide) > MAX_COEFFICIENTS:
            found = f"{len(wide)} functions of {len(monomials)} monomials or more"
            raise ModelError(f"{found}, expected at most {MAX_COEFFICIENTS} coefficients in all")
    common = lcm_of_denominators(c for term in terms for c in term.values())
    if common.bit_length() * sum(map(len, terms)) > MAX_COLUMN_BITS:
        found = f"coefficients of functions of parameters with a common denominator of {common.bit_length()} bits"
        raise ModelError(f"{found}, expected a shorter one")
    common = fmpz(common)  # whose division by a long number takes far less time
    return [{m: int(common // c.denominator) * c.numerator for m, c in term.items()} for term in terms]


def symbolic_column(codes: NDArray[Any], table: Sequence[Any]) -> SymbolicValues:
    """Return a column of expressions and numbers; equal functions share one entry."""
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


def from_sympy(value: Any) -> Any:
    """Return a SymPy expression as an `Expression`; anything else as it is.

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
    """Return nested lists in which SymPy expressions have become `Expression`s; the same object if there are none."""
    listed = [list(row) for row in rows]
    if not any(getattr(v, "free_symbols", None) for row in listed for v in row):
        return rows
    return [[from_sympy(v) for v in row] for row in listed]


register_symbolic(symbolic_column)
