"""Columns of numbers whose common denominator is long: the same residues and bounds, without long divisions."""

from __future__ import annotations

import time
from fractions import Fraction
from math import lcm
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.errors import ModelError
from lumpform.numbers.column import CodedValues
from lumpform.numbers.rational import lcm_of_denominators
from lumpform.numbers.rational_function import total
from lumpform.numbers.residues import PRIME, PRIMES, WORD
from lumpform.numbers.symbolic import parameters

LONG = [10**1300 + i for i in (1, 3, 4, 8)]
"""Long denominators; two of them are even, so they have no inverse modulo the machine word."""

DENOMINATORS = st.sampled_from([1, 2, 3, 2**70, PRIME, PRIME**2, 6 * PRIME, *LONG])
NUMBERS = st.builds(Fraction, st.integers(-(10**40), 10**40), DENOMINATORS)


@given(NUMBERS, st.lists(NUMBERS, max_size=6), st.sampled_from([WORD, *PRIMES[:2]]))
def test_residues_are_those_of_the_numerators(first: Fraction, others: list[Fraction], modulus: int) -> None:
    table = (first, *others, *(Fraction(1, d) for d in LONG))
    column = CodedValues(np.arange(len(table)), table)
    d = lcm(*(v.denominator for v in table))
    assert column.denominator == d
    assert column.residues(modulus)[1].tolist() == [int(v * d) % modulus for v in table]  # type: ignore[union-attr]
    assert column.residues(modulus, 7 * d)[1].tolist() == [int(7 * v * d) % modulus for v in table]  # type: ignore[union-attr]
    largest = max(abs(v * d) for v in table)
    assert largest <= column.bound <= 8 * largest


@given(st.lists(st.integers(1, 10**2000), max_size=12))
def test_the_least_common_multiple_of_long_numbers(numbers: list[int]) -> None:
    assert lcm_of_denominators(Fraction(1, n) for n in numbers) == lcm(*numbers)


def test_many_long_denominators_take_no_time_out_of_proportion() -> None:
    """They took half a minute: every quotient of the common denominator was a long division."""
    random = Random(5)
    table = tuple(Fraction(1, random.randrange(10**3990, 10**3991)) for _ in range(240))
    column = CodedValues(np.arange(240), table)
    began = time.process_time()
    assert column.bound >= column.denominator // min(v.denominator for v in table)
    column.residues(PRIME)
    assert time.process_time() - began < 3


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 3), st.integers(0, 2)), max_size=8))
def test_sums_of_functions(parts: list[tuple[int, int, int]]) -> None:
    """Grouped by denominators, or one after the other."""
    x, y = parameters("x", "y")
    terms = [a * x**b / (y + c) if b else Fraction(a, c + 1) for a, b, c in parts]
    assert total(terms) == sum(terms, Fraction(0))


def test_functions_whose_lowest_terms_would_take_too_long() -> None:
    p, q = parameters("p", "q")
    with pytest.raises(ModelError, match=r"a function of \d+ terms over \d+, expected shorter ones"):
        total((p**30 + q**j + 1) / (p**29 + q * j + 7) for j in range(1, 60))


def test_more_monomials_than_can_be_told_apart_in_time() -> None:
    names = [f"x{i}" for i in range(60)]
    x = parameters(*names)
    functions = [x[i] * x[j] for i in range(60) for j in range(i)]
    from lumpform.numbers.symbolic import coefficient_vectors

    assert len(coefficient_vectors(functions[:900], tuple(names))) == 900
    with pytest.raises(ModelError, match=r"1770 functions of \d+ monomials or more"):
        coefficient_vectors(functions, tuple(names))


def test_functions_with_many_long_denominators_take_no_time_out_of_proportion() -> None:
    """Fifty functions in a file of 400 kB took a quarter of a minute, and four times as many minutes."""
    from lumpform.numbers.symbolic import coefficient_vectors

    (x,) = parameters("x")
    random = Random(7)
    denominators = [random.randrange(10**3800, 10**3801) for _ in range(400)]
    functions = [x + Fraction(1, d) for d in denominators]
    began = time.process_time()
    vectors = coefficient_vectors(functions[:60], ("x",))
    assert all(v[1,] == d * v[0,] for v, d in zip(vectors, denominators, strict=False))
    with pytest.raises(ModelError, match=r"with a common denominator of \d{7} bits, expected a shorter one"):
        coefficient_vectors(functions, ("x",))
    assert time.process_time() - began < 3
