"""Draws exact numbers and partitions."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

from lumpform.graph.partition import Partition
from lumpform.numbers.symbolic import Expression, parameters

ZERO, ONE = Fraction(0), Fraction(1)


def exact_weights(*, max_value: int = 4) -> SearchStrategy[Fraction]:
    """Draw positive exact numbers of all sorts: integers, small fractions, decimals and dyadic fractions.

    Shrinks towards 1. `max_value` bounds the integers; the others have small numerators over 2 to 12, powers of ten,
    and powers of two.
    """
    require(max_value >= 1, f"max_value is {max_value}, expected at least 1")
    small = st.integers(1, 12)
    return st.one_of(
        st.integers(1, max_value).map(Fraction),
        st.builds(Fraction, small, st.integers(2, 12)),
        st.builds(lambda a, k: Fraction(a, 10**k), small, st.integers(1, 7)),
        st.builds(lambda a, k: Fraction(a, 2**k), small, st.integers(1, 30)),
    )


def symbolic_weights(*names: str) -> SearchStrategy[Expression]:
    """Draw polynomials in parameters (``p`` and ``q`` by default) with few small coefficients; equal ones are common.

    Shrinks towards the first parameter.
    """
    known = parameters(*(names or ("p", "q")))
    number = st.sampled_from([Fraction(1), Fraction(2), Fraction(1, 2), Fraction(1, 3)])
    term = st.one_of(
        st.sampled_from(known), st.builds(lambda a, b: a * b, st.sampled_from(known), st.sampled_from(known))
    )

    def summed(terms: list[tuple[Expression, Fraction]]) -> Expression:
        (first, factor), *more = terms
        result = first * factor
        for t, c in more:
            result = result + t * c
        return result

    return st.lists(st.tuples(term, number), min_size=1, max_size=2).map(summed)


def partitions(*, min_size: int = 0, max_size: int = 8) -> SearchStrategy[Partition]:
    """Draw partitions of {0, ..., n-1} for n from `min_size` to `max_size`. Shrinks towards one small class."""
    require(0 <= min_size <= max_size, f"min_size {min_size} and max_size {max_size} do not fit")
    return st.lists(st.integers(0, max(max_size - 1, 0)), min_size=min_size, max_size=max_size).map(Partition)


def require(condition: bool, message: str) -> None:
    """Refuse arguments that make no sense."""
    if not condition:
        raise InvalidArgument(message)


def proportions(parts: list[int]) -> list[Fraction]:
    """Return a distribution in the given proportions; all zero means all on the first."""
    total = sum(parts)
    return [Fraction(p, total) for p in parts] if total else [ONE, *[ZERO] * (len(parts) - 1)]
