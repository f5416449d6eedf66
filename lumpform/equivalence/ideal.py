"""Finds few polynomials that say where some rational functions are all zero."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.equivalence.shown import exact_text
from lumpform.numbers.symbolic import Expression

LIMITS = (100, 200, 4_000)
"""Polynomials, terms of one, bits of a coefficient: a Groebner basis that would be larger is not looked for."""

SIZE = 400
"""Polynomials with more terms altogether are listed as they are."""


def conditions_of(differences: Sequence[Expression]) -> tuple[str, ...]:
    """Return polynomials with the same common zeros as some functions that are not all zero, as texts.

    A reduced Groebner basis (graded reverse lexicographic) of the numerators without repeated factors, by FLINT; the
    numerators themselves if that would be large.
    """
    names = tuple(sorted({n for d in differences for n in d.names}))
    if not names or any(d.constant not in (None, 0) for d in differences):
        return ("1",)  # a number that is not zero: nowhere
    polynomials = [_squarefree(d, names) for d in differences]
    return tuple(_text(p, names) for p in _basis(polynomials))


def _squarefree(difference: Expression, names: tuple[str, ...]) -> Any:
    """Return the product of the different factors of a numerator, with integer coefficients."""
    from flint import Ordering, fmpz, fmpz_mpoly_ctx

    context = fmpz_mpoly_ctx.get(names, Ordering.degrevlex)
    terms = difference.over(names).above.to_dict()
    common = fmpz(1)
    for c in terms.values():
        common = common * c.q // common.gcd(c.q)
    whole = context.from_dict({m: (c * common).p for m, c in terms.items()})
    result = context.constant(1)
    for factor, _ in whole.factor_squarefree()[1]:
        result = result * factor
    return result


def _basis(polynomials: list[Any]) -> list[Any]:
    from flint import fmpz_mpoly_vec

    distinct = [p for i, p in enumerate(polynomials) if p not in polynomials[:i]]
    if sum(map(len, distinct)) > SIZE:
        return distinct
    vector = fmpz_mpoly_vec(distinct, distinct[0].context())
    found: Any
    found, complete = vector.buchberger_naive(limits=LIMITS)
    return list(found.autoreduction()) if complete else distinct


def _text(polynomial: Any, names: tuple[str, ...]) -> str:
    """Return a polynomial, its leading coefficient 1, as text that Python reads: ``p*q - p/2 + 1``."""
    lead = int(polynomial.leading_coefficient())
    parts = []
    terms = {tuple(map(int, m)): c for m, c in polynomial.to_dict().items()}
    for exponents in sorted(terms, reverse=True):
        value = Fraction(int(terms[exponents]), lead)
        powers = [n if e == 1 else f"{n}**{e}" for n, e in zip(names, exponents, strict=True) if e]
        factors = ([] if abs(value.numerator) == 1 and powers else [exact_text(abs(value.numerator))]) + powers
        below = "" if value.denominator == 1 else "/" + exact_text(value.denominator)
        parts.append((" - " if value < 0 else " + ") + "*".join(factors) + below)
    text = "".join(parts)
    return "-" + text[3:] if text.startswith(" - ") else text[3:]
