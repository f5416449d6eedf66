"""Columns: every representation is the same list of exact numbers, and its residues are those of the numerators."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lumpform.numbers.column import CodedValues
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.field import RATIONAL
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import exact_values, from_fractions
from lumpform.numbers.residues import PRIME, PRIMES, WORD

SMALL = st.fractions(max_denominator=50)
finite = st.floats(allow_nan=False, allow_infinity=False)


def representations(values):
    """The same column in every representation that can hold it."""
    columns = [from_fractions(values), CodedValues(np.arange(len(values)), tuple(values))]
    d = columns[0].denominator
    if all(abs(v * d) < 1 << 63 for v in values):
        columns.append(IntegerValues(np.array([int(v * d) for v in values], dtype=np.int64), d))
    if all(Fraction(float(v)) == v for v in values):
        columns.append(DyadicValues(np.array([float(v) for v in values], dtype=np.float64)))
    return columns


def residues(column, modulus, denominator=None):
    data, table = column.residues(modulus, denominator)
    return [int(r) for r in (data if table is None else table[data])]


columns_of_numbers = st.one_of(
    st.lists(SMALL, max_size=12),
    st.lists(finite.map(Fraction), max_size=6),
    st.lists(st.integers(-(2**70), 2**70).map(Fraction), max_size=6),
    st.lists(st.sampled_from([Fraction(1, PRIME), Fraction(3, 2 * PRIME), Fraction(0), Fraction(-5)]), max_size=6),
)


@given(columns_of_numbers)
def test_all_representations_hold_the_same_numbers(values):
    for column in representations(values):
        assert column.fractions() == values
        assert len(column) == len(values)
        assert [column.value(i) for i in range(len(values))] == values
        assert column == from_fractions(values)
        assert column.coded().fractions() == values


@given(columns_of_numbers, st.sampled_from([WORD, *PRIMES[:3]]), st.integers(1, 6))
def test_residues_are_those_of_the_numerators_even_when_a_denominator_is_the_prime(values, modulus, factor):
    for column in representations(values):
        d = column.denominator
        assert all((v * d).denominator == 1 for v in values)
        assert column.bound >= max((abs(int(v * d)) for v in values), default=0)
        assert residues(column, modulus) == [int(v * d) % modulus for v in values]
        assert residues(column, modulus, d * factor) == [int(v * d * factor) % modulus for v in values]


@given(columns_of_numbers)
def test_numerators_are_given_exactly_when_they_fit(values):
    for column in representations(values):
        numerators = column.numerators()
        if numerators is not None:
            assert [Fraction(int(x), column.denominator) for x in numerators] == values
        else:
            assert column.bound >= 1 << 63


@given(columns_of_numbers, st.data())
def test_take_selects(values, data):
    index = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=5)) if values else []
    for column in representations(values):
        assert column.take(np.array(index, dtype=np.int64)).fractions() == [values[i] for i in index]


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        st.integers(0, 8),
        elements={"allow_nan": False, "allow_infinity": False},
    )
)
def test_floats_are_dyadic(array):
    column = exact_values(array)
    assert isinstance(column, DyadicValues)
    assert column.fractions() == [Fraction(float(x)) for x in array]
    assert [int(Fraction(float(x)) * column.denominator) % PRIME for x in array] == residues(column, PRIME)


@given(st.lists(SMALL, max_size=8))
def test_floats_round_to_nearest(values):
    for column in representations(values):
        assert column.floats().tolist() == [float(v) for v in values]


def test_different_numbers_are_different_columns():
    assert from_fractions(["1/3", "0.5"]) != from_fractions(["1/3", "0.25"])
    assert from_fractions(["1/3"]) != from_fractions(["1/3", "1/3"])
    assert from_fractions([1]) != "1"


def test_numbers_are_a_field_with_an_order_and_their_own_coefficients():
    for column in representations([Fraction(1, 2), Fraction(3)]):
        assert column.field == RATIONAL
        assert column.field.is_ordered
        assert [*column.coefficients()] == [column]


@pytest.mark.parametrize("array", [np.array([1.0, np.nan]), np.array([np.inf], dtype=np.float32)])
def test_what_is_not_finite_is_refused(array):
    with pytest.raises(ValueError, match="not finite"):
        exact_values(array)


def test_unsigned_integers_beyond_63_bits_are_exact():
    big = np.array([2**64 - 1], dtype=np.uint64)
    assert exact_values(big).fractions() == [Fraction(2**64 - 1)]


def test_arrays_are_read_only():
    column = from_fractions([1, 2])
    with pytest.raises(ValueError, match="read-only"):
        column.codes[0] = 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: CodedValues(np.array([2]), (Fraction(1),)),
        lambda: CodedValues(np.array([-1]), (Fraction(1),)),
        lambda: CodedValues(np.array([0.5]), (Fraction(1),)),
        lambda: IntegerValues(np.array([1]), 0),
        lambda: DyadicValues(np.array([1])),
    ],
)
def test_broken_columns_are_refused(make):
    with pytest.raises(ValueError):  # noqa: PT011 - one message per case
        make()
