"""Calculates with rational functions of parameters with rational coefficients.

An `Expression` is a quotient of two polynomials in lowest terms (FLINT); equality is equality of functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from lumpform.errors import ModelError, OrderError
from lumpform.files.limits import MAX_FRACTION
from lumpform.numbers.polynomial import fraction, ring, text_of, value_at
from lumpform.numbers.rational import as_rational


class Expression:
    """Calculates with a rational function of named parameters: ``+ - * / **`` with expressions and exact numbers.

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
            if len(above) * len(below) > MAX_FRACTION:
                raise ModelError(f"a function of {len(above)} terms over {len(below)}, expected shorter ones")
            common = above.gcd(below)
            above, below = above // common, below // common
        lead = below.leading_coefficient()
        self.names, self.above, self.below = names, above / lead, below / lead

    @classmethod
    def number(cls, value: Any, names: tuple[str, ...] = ()) -> Expression:
        """Return a constant."""
        from flint import fmpq

        exact = as_rational(value)
        polynomials = ring(names)
        return cls(names, polynomials.constant(fmpq(exact.numerator, exact.denominator)), polynomials.constant(1))

    @property
    def constant(self) -> Fraction | None:
        """Return the number that it is, or None if it depends on a parameter."""
        if not (self.above.is_constant() and self.below.is_constant()):
            return None
        return self.leading()

    def leading(self) -> Fraction:
        """Return the leading coefficient of the numerator; a multiple of the function has that multiple of it."""
        return fraction(self.above.leading_coefficient()) if self.above != 0 else Fraction(0)

    @property
    def parameters(self) -> set[str]:
        """Return the names of the parameters that it depends on."""
        degrees = [*zip(self.names, self.above.degrees(), self.below.degrees(), strict=True)]
        return {name for name, a, b in degrees if a > 0 or b > 0}

    def over(self, names: tuple[str, ...]) -> Expression:
        """Return the same function, seen as one of more parameters."""
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
            parts.append(ring(names).from_dict(terms))
        return Expression(names, *parts)

    def at(self, values: dict[str, Fraction]) -> Fraction | None:
        """Return the value at a point that names all parameters; None where the denominator is zero."""
        above, below = (value_at(p, self.names, values) for p in (self.above, self.below))
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

    def __reduce__(self) -> Any:
        """Return what pickle and copy keep: the terms, since FLINT's polynomials know neither."""
        parts = [{tuple(map(int, m)): fraction(c) for m, c in p.to_dict().items()} for p in (self.above, self.below)]
        return _from_terms, (self.names, *parts)

    def __str__(self) -> str:
        """Return the function as text that `parse_expression` reads, the same for equal functions."""
        above = text_of(self.above, self.names)
        return above if self.below == 1 else f"({above})/({text_of(self.below, self.names)})"

    __repr__ = __str__


def _from_terms(names: tuple[str, ...], *parts: dict[tuple[int, ...], Fraction]) -> Expression:
    """Return the expression with this numerator and denominator, as terms."""
    from flint import fmpq

    context = ring(names)
    exact = [{m: fmpq(c.numerator, c.denominator) for m, c in terms.items()} for terms in parts]
    return Expression(names, *map(context.from_dict, exact))


def parameters(*names: str) -> tuple[Expression, ...]:
    """Return the parameters with these names, as expressions to calculate with.

    Examples
    --------
    >>> p, q = parameters("p", "q")
    >>> (p**2 - 1) / (p - 1) == p + 1
    True
    """
    for name in names:
        if not name.isidentifier():
            raise ModelError(f"{name!r} cannot name a parameter, expected a word of letters and digits")
    rings = [ring((name,)) for name in names]
    return tuple(Expression((n,), r.gens()[0], r.constant(1)) for n, r in zip(names, rings, strict=True))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def total(values: Iterable[Any]) -> Any:
    """Return the sum of numbers and expressions, in time that grows with their terms; a number if it is one.

    Numerators over one denominator are added before anything is brought to lowest terms.
    """
    number, parts = Fraction(0), []
    for value in values:
        if isinstance(value, Expression):
            parts.append(value)
        else:
            number += value
    if not parts:
        return number
    names = tuple(sorted({name for part in parts for name in part.names}))
    above: dict[str, tuple[Any, Any]] = {}
    for part in (p.over(names) for p in parts):
        key = str(part.below)
        known = above.get(key)
        above[key] = (part.above if known is None else known[0] + part.above, part.below)
    result: Any = number
    for numerator, denominator in above.values():
        result = result + Expression(names, numerator, denominator)
    constant = result.constant
    return result if constant is None else constant
