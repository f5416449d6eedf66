"""Oracle, plain reference and kernels give the same coarsest partition; the result is certified and maximal."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain import by_kernels, lumpable, prove, refine
from plain import coarsest as by_definition

from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.certify import compare_exactly
from lumpform.lumping.flat import Seen
from lumpform.lumping.oracle import partitions

KINDS = ("ordinary", "exact", "strict")
# Few values, so that equal sums are common; negative ones and cancellation as in generators.
WEIGHT = st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(-1)])


@st.composite
def weighted_graphs(draw, max_nodes=5):
    n = draw(st.integers(1, max_nodes))
    rows = draw(st.lists(st.lists(WEIGHT, min_size=n, max_size=n), min_size=n, max_size=n))
    initial = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return rows, Partition(initial)


def matrices(weights, kind):
    turned = weights.transpose()
    return {"ordinary": [weights], "exact": [turned], "strict": [weights, turned]}[kind]


@pytest.mark.parametrize("kind", KINDS)
@given(case=weighted_graphs())
def test_the_three_speeds_agree(kind, case):
    rows, initial = case
    weights = SparseWeights.from_dense(rows)
    expected = by_definition(rows, initial, kind)
    assert refine(matrices(weights, kind), initial) == expected
    assert by_kernels(matrices(weights, kind), initial, {})[0] == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@given(case=weighted_graphs(max_nodes=7))
def test_the_three_speeds_agree_up_to_seven_nodes(kind, case):
    rows, initial = case
    weights = SparseWeights.from_dense(rows)
    expected = by_definition(rows, initial, kind)
    assert refine(matrices(weights, kind), initial) == expected
    assert by_kernels(matrices(weights, kind), initial, {})[0] == expected


@given(case=weighted_graphs(max_nodes=4), kind=st.sampled_from(KINDS))
def test_certification_agrees_with_the_definition_on_every_partition(case, kind):
    rows, _ = case
    weights = SparseWeights.from_dense(rows)
    for partition in partitions(len(rows)):
        proofs = [prove(w, partition) for w in matrices(weights, kind)]
        assert all(isinstance(p, int) for p in proofs) == lumpable(rows, partition, kind)


@given(case=weighted_graphs(max_nodes=5))
def test_a_failed_certificate_names_two_different_exact_sums(case):
    rows, partition = case
    weights = SparseWeights.from_dense(rows)
    found = prove(weights, partition)
    assert isinstance(found, int) == (compare_exactly(Seen(weights, 0, 0, False), partition) is None)
    if not isinstance(found, int):
        members = partition.members(found.class_index)
        assert partition.class_at(found.node) == partition.class_at(found.other)
        assert found.node_sum == sum(rows[found.node][v] for v in members)
        assert found.other_sum == sum(rows[found.other][v] for v in members)
        assert found.node_sum != found.other_sum
        assert str(found.node_sum) in str(found)


@st.composite
def sparse_graphs(draw):
    """Larger sparse graphs with repeated structure, so that rounds and work list both have something to do."""
    n = draw(st.integers(2, 40))
    degree = draw(st.integers(1, 3))
    targets = draw(st.lists(st.integers(0, n - 1), min_size=n * degree, max_size=n * degree))
    weights = draw(st.lists(st.sampled_from(["1", "1/2", "1/3", "2"]), min_size=n * degree, max_size=n * degree))
    rows = [i // degree for i in range(n * degree)]
    initial = draw(st.sets(st.integers(0, n - 1), max_size=2))
    return SparseWeights.from_coo(rows, targets, weights, (n, n)), Partition([int(v in initial) for v in range(n)])


@given(case=sparse_graphs(), price=st.sampled_from([0.01, 4.0, 1e9]))
def test_rounds_and_work_list_agree_with_the_reference(case, price):
    from lumpform.lumping import refinement

    weights, initial = case
    expected = refine([weights], initial)
    kept = refinement.PRICE
    try:
        refinement.PRICE = price  # tiny: the work list at once; huge: rounds to the end
        assert by_kernels([weights], initial, {})[0] == expected
    finally:
        refinement.PRICE = kept


@pytest.mark.parametrize("n", [50, 300])
def test_a_long_path_takes_many_rounds(n):
    """Only the end is marked: one node leaves per round, the case in which whole rounds alone would be quadratic."""
    weights = SparseWeights.from_coo(range(n - 1), range(1, n), [1] * (n - 1), (n, n))
    initial = Partition([0] * (n - 1) + [1])
    assert by_kernels([weights], initial, {})[0].count == n


def test_two_long_paths_merge_side_by_side():
    n = 200
    rows = [*range(n - 1), *range(n, 2 * n - 1)]
    weights = SparseWeights.from_coo(rows, [r + 1 for r in rows], ["1/3"] * len(rows), (2 * n, 2 * n))
    initial = Partition([int(v % n == n - 1) for v in range(2 * n)])
    assert by_kernels([weights], initial, {})[0] == Partition([v % n for v in range(2 * n)])


@given(st.integers(1, 3), st.integers(0, 80))
@example(1, 63)
def test_sums_beyond_one_word_are_proved_with_more_moduli(copies, extra):
    """Numerators far beyond 64 bits: two nodes differ only by 2^64, which the word modulus alone cannot see."""
    big = Fraction(1 << (64 + extra))
    rows = [[Fraction(0), Fraction(0), big], [Fraction(0), Fraction(0), big + (1 << 64) * copies], [Fraction(0)] * 3]
    weights = SparseWeights.from_dense(rows)
    partition = Partition([0, 0, 1])
    found = prove(weights, partition)
    assert not isinstance(found, int)
    assert abs(found.node_sum - found.other_sum) == (1 << 64) * copies
    rows[1] = rows[0]
    assert prove(SparseWeights.from_dense(rows), partition) >= 2
    assert by_kernels([SparseWeights.from_dense(rows)], partition, {})[0] == partition


def test_a_bound_beyond_all_moduli_falls_back_to_rationals():
    huge = Fraction(1, 3**500)
    rows = [[0, 0, huge], [0, 0, huge], [0, 0, 1]]
    weights = SparseWeights.from_dense(rows)
    assert prove(weights, Partition([0, 0, 1])) == 1
    assert not isinstance(prove(weights, Partition([0, 0, 0])), int)
    assert by_kernels([weights], Partition([0, 0, 1]), {})[0] == Partition([0, 0, 1])


def test_denominators_divisible_by_the_prime():
    p = (1 << 61) - 1
    rows = [[0, 0, Fraction(1, p)], [0, 0, Fraction(2, p)], [0, 0, 1]]
    weights = SparseWeights.from_dense(rows)
    assert by_kernels([weights], Partition.trivial(3), {})[0] == Partition.discrete(3)


def test_weights_that_agree_modulo_the_prime_are_told_apart():
    """1 and 1 + p have one residue, so the kernels merge what the certification then rejects."""
    p = (1 << 61) - 1
    weights = SparseWeights.from_dense([[0, 0, 1], [0, 0, 1 + p], [0, 0, 0]])
    assert by_kernels([weights], Partition([0, 0, 1]), {})[0] == Partition.discrete(3)


def test_dense_columns_without_a_table():
    rng = np.random.default_rng(0)
    block = rng.normal(size=(6, 6))
    full = np.kron(block, np.array([[1.0, 0.0], [0.0, 1.0]]))
    weights = SparseWeights.from_dense(full)
    assert by_kernels([weights], Partition.trivial(12), {})[0] == refine([weights], Partition.trivial(12))
