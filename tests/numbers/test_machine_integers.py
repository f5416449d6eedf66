"""Arithmetic on machine integers at the bounds that the kernels state, against Python's integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit
from plain import prove as certify

from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.lumping.columns import add_class_sums, add_functional, disagreeing, ratios
from lumpform.numbers.dyadic_kernels import fill_residues, lowest_exponent
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.modular import canonical_residue, fold_pair, mul_fold, mul_mod, multiply_add, reduce_mod
from lumpform.numbers.residues import PRIME, PRIMES, WORD, moduli_beyond

AT_BOUNDS = sorted(
    v
    for e in [*(1 << k for k in (0, 31, 32, 53, 60, 61, 62, 63, 64)), *PRIMES]
    for v in (e - 2, e - 1, e, e + 1)
    if 0 <= v < WORD
)
WORDS = st.sampled_from(AT_BOUNDS) | st.integers(0, WORD - 1)
RESIDUES = st.sampled_from([v for v in AT_BOUNDS if v < PRIME]) | st.integers(0, PRIME - 1)
MODULI = st.sampled_from(PRIMES)


@njit
def folded(a, b):
    return mul_fold(a, b)


@njit
def multiplied(a, b, c):
    return mul_mod(a, b, c)


@njit
def sum_of_products(a, b, times, high, low):
    for _ in range(times):
        high, low = multiply_add(high, low, a, b)
    return fold_pair(high, low)


@given(x=WORDS)
def test_every_word_has_one_canonical_residue(x):
    assert int(canonical_residue(np.uint64(x))) == x % PRIME


@given(a=RESIDUES, b=RESIDUES)
@example(a=PRIME - 1, b=PRIME - 1)
def test_a_product_of_residues_folds_below_2_to_the_62(a, b):
    product = int(folded(np.uint64(a), np.uint64(b)))
    assert product < 1 << 62
    assert product % PRIME == a * b % PRIME


@given(a=RESIDUES, b=RESIDUES, before=RESIDUES)
@example(a=PRIME - 1, b=PRIME - 1, before=PRIME - 1)
def test_thirty_two_products_and_what_was_folded_before_fit(a, b, before):
    found = int(sum_of_products(np.uint64(a), np.uint64(b), 32, np.uint64(0), np.uint64(before)))
    assert found == (32 * a * b + before) % PRIME


@given(a=RESIDUES, b=RESIDUES, prime=MODULI)
@example(a=PRIMES[-1] - 1, b=PRIMES[-1] - 1, prime=PRIMES[-1])
def test_products_modulo_the_other_primes(a, b, prime):
    c = np.uint64((1 << 61) - prime)
    product = int(multiplied(np.uint64(a), np.uint64(b), c))
    assert product < 1 << 62
    assert product % prime == a * b % prime
    assert int(reduce_mod(np.uint64(product), c)) == a * b % prime


@given(x=WORDS.filter(lambda v: v < 1 << 63), prime=MODULI)
def test_residues_of_numbers_below_2_to_the_63(x, prime):
    assert int(reduce_mod(np.uint64(x), np.uint64((1 << 61) - prime))) == x % prime


FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(
    [5e-324, 2.0**-1074, 2.0**-1022, 1.7976931348623157e308, -1.7976931348623157e308, 2.0**53, 2.0**53 - 1, 0.0, -0.0]
)


@pytest.mark.medium
@given(values=st.lists(FLOATS, min_size=1, max_size=6), prime=MODULI)
def test_floats_from_the_least_to_the_largest_as_residues(values, prime):
    exact = [Fraction(v) for v in values]
    lowest = int(lowest_exponent(np.array(values)))
    odd = [v for v in exact if v]
    assert not odd or all((v / Fraction(2) ** lowest).denominator == 1 for v in odd)
    assert not odd or any((v / Fraction(2) ** lowest).numerator % 2 for v in odd)
    shift = max(0, -lowest)
    powers = np.array([pow(2, e, prime) for e in range(shift + 1100)], dtype=np.uint64)
    out = np.empty(len(values), dtype=np.uint64)
    fill_residues(np.array(values), shift, powers, np.uint64((1 << 61) - prime), out)
    assert out.tolist() == [int(v * 2**shift) % prime for v in exact]


@given(numbers=st.lists(st.sampled_from([-(1 << 63) + 1, (1 << 63) - 1, PRIME, -PRIME, 1]), min_size=1, max_size=5))
@pytest.mark.parametrize("modulus", [WORD, *PRIMES[:3]])
def test_columns_of_64_bit_numerators_as_residues(modulus, numbers):
    column = IntegerValues(np.array(numbers, dtype=np.int64), 3)
    for denominator in (3, 3 * PRIME, 3 << 70):
        data, table = column.residues(modulus, denominator)
        found = data if table is None else table[data]
        assert found.tolist() == [n * (denominator // 3) % modulus for n in numbers]


@pytest.mark.parametrize("make", [DenseWeights.from_array, SparseWeights.from_dense])
@given(
    rows=st.lists(st.lists(RESIDUES, min_size=3, max_size=3), min_size=1, max_size=70),
    factor=RESIDUES,
    prime=MODULI,
)
def test_sums_over_the_rows_of_a_matrix(make, rows, factor, prime):
    weights = make(np.array([[Fraction(v) for v in row] for row in rows], dtype=object))
    factors = np.full(len(rows), factor, dtype=np.uint64)
    out = np.zeros(3, dtype=np.uint64)
    add_functional(weights, 1, factors, out)
    assert out.tolist() == [factor * sum(row[v] for row in rows) % PRIME for v in range(3)]
    sums, chosen = np.zeros((2, 2), dtype=np.uint64), np.array([0, 2])
    small = np.full(len(rows), factor % prime, dtype=np.uint64)
    where = np.arange(len(rows)) % 2
    add_class_sums(weights, weights.values.residues(prime, 1), prime, small, where, chosen, sums)
    expected = [[factor * sum(row[v] for row in rows[i::2]) % prime for v in (0, 2)] for i in range(2)]
    assert sums.tolist() == expected


@given(one=RESIDUES, other=RESIDUES)
def test_quotients_in_the_field(one, other):
    (found,) = ratios(np.array([one], dtype=np.uint64), np.array([other], dtype=np.uint64)).tolist()
    assert found == (one * pow(other, -1, PRIME) % PRIME if other else 0)


@given(head=RESIDUES, numerator=RESIDUES, denominator=RESIDUES, prime=MODULI, off=st.integers(0, 1))
def test_claims_at_the_bound(head, numerator, denominator, prime, off):
    head, numerator, denominator = head % prime, numerator % prime, max(denominator % prime, 1)
    member = (numerator * head * pow(denominator, -1, prime) + off) % prime
    sums = np.array([[head, member]], dtype=np.uint64)
    claims = np.array([(1, 0, numerator, denominator)])
    assert disagreeing(sums, claims, np.uint64((1 << 61) - prime)) == off - 1


@pytest.mark.parametrize("bits", [31, 32, 61, 62, 63, 64, 124, 125, 126, 186, 600])
def test_certificates_at_the_bounds_of_their_moduli(bits):
    """Sums that agree modulo all but the last modulus, which the bound just needs."""
    for bound in ((1 << bits) - 1, 1 << bits, (1 << bits) + 1):
        moduli = moduli_beyond(2 * bound)
        near = 1
        for m in moduli[:-1]:
            near *= m
        weights = SparseWeights.from_dense([[0, 0, bound], [0, 0, bound - near], [0, 0, 0]])
        if bound - near > 0:
            assert not isinstance(certify(weights, Partition([0, 0, 1])), int)
        same = SparseWeights.from_dense([[0, 0, bound], [0, 0, bound], [0, 0, 0]])
        assert certify(same, Partition([0, 0, 1])) == len(moduli)
