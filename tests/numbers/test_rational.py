"""Numbers: what a text, a float and a fraction mean, and that residues prove equality."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lumpform.numbers.rational import as_rational, lcm_of_denominators, parse_rational
from lumpform.numbers.residues import PRIMES, WORD, moduli_beyond


@given(st.fractions())
def test_a_fraction_is_read_back(value):
    assert parse_rational(str(value)) == value


@given(st.integers(-(10**30), 10**30), st.integers(-40, 40))
def test_decimals_mean_what_they_show(digits, exponent):
    assert parse_rational(f"{digits}e{exponent}") == Fraction(digits) * Fraction(10) ** exponent


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_plain_decimals_agree_with_decimal(value):
    assert parse_rational(str(value)) == Fraction(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_dyadic_rational_that_it_is(value):
    assert as_rational(value) == Fraction(value)
    assert as_rational(np.float64(value)) == Fraction(value)


def test_text_is_decimal_and_float_is_dyadic():
    assert parse_rational("0.1") == Fraction(1, 10)
    assert as_rational(0.1) == Fraction(3602879701896397, 36028797018963968)


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (3, Fraction(3)),
        (np.int32(-4), Fraction(-4)),
        (Decimal("1.5"), Fraction(3, 2)),
        ("7/21", Fraction(1, 3)),
        (" +.5 ", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("-1e-2", Fraction(-1, 100)),
        (sympy.Rational(2, 3), Fraction(2, 3)),
        (True, Fraction(1)),
    ],
)
def test_every_exact_kind_is_taken(given_value, expected):
    assert as_rational(given_value) == expected


@pytest.mark.parametrize(
    "text",
    ["", ".", "e5", "nan", "inf", "1/0", "0x10", "1,5", "1/2/3", "--1", "1e99999", "9" * 5000, "١", "1_000", "1e"],
)
def test_what_is_no_rational_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the messages are for people and vary
        parse_rational(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), None, [1], "x"])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError):  # noqa: PT011
        as_rational(value)


def test_the_primes_are_prime_and_coprime_to_the_word():
    assert len(set(PRIMES)) == len(PRIMES) == 10
    assert all(sympy.isprime(p) and p < 1 << 61 for p in PRIMES)


@given(st.integers(0, 600))
def test_moduli_reach_beyond_the_bound(bits):
    bound = 1 << bits
    moduli = moduli_beyond(bound)
    product = 1
    for m in moduli:
        product *= m
    assert moduli[0] == WORD
    assert product > bound
    assert len(moduli) == 1 or product // moduli[-1] <= bound  # no more than needed


def test_a_bound_beyond_all_moduli_is_said():
    with pytest.raises(OverflowError, match="bits"):
        moduli_beyond(1 << 700)


@given(st.lists(st.fractions(), max_size=8))
def test_the_common_denominator_clears_all_denominators(values):
    d = lcm_of_denominators(values)
    assert all((v * d).denominator == 1 for v in values)


@given(st.integers(-(2**90), 2**90), st.integers(-(2**90), 2**90))
def test_equal_residues_prove_equality(a, b):
    moduli = moduli_beyond(2 * (1 << 90))
    assert all(a % m == b % m for m in moduli) == (a == b)
