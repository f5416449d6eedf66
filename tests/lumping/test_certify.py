"""The proof of a partition accepts exactly the partitions that are lumpings by definition, right or wrong ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import prove as certify

from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.certify import certify as prove
from lumpform.lumping.certify import first_flaw, refines_start
from lumpform.lumping.difference import Difference
from lumpform.lumping.flat import Seen
from lumpform.numbers.make import from_fractions

LARGE = st.sampled_from([0, 0, 0, 1, 1, 2, 3, Fraction(1, 3), 2**61 - 1, 2**62, 2**64, 2**64 + 1, Fraction(1, 2**40)])


@st.composite
def claims(draw):
    """Draw a matrix, with entries of one row that may go to one state several times, and a partition."""
    n = draw(st.integers(1, 5))
    edges = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), LARGE), max_size=3 * n))
    labels = draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))
    return n, edges, Partition(labels)


def weights_of(n, edges):
    rows, columns, values = zip(*edges, strict=True) if edges else ((), (), ())
    column = from_fractions([Fraction(v) for v in values])
    return SparseWeights.from_coo(np.array(rows, np.int64), np.array(columns, np.int64), column, (n, n))


def sums(n, edges, partition, node):
    """Return the sums of a node over all classes."""
    result = [Fraction(0)] * partition.count
    for u, v, w in edges:
        if u == node:
            result[partition.class_at(v)] += w
    return result


@given(claims())
def test_it_is_the_definition(claim):
    n, edges, partition = claim
    found = certify(weights_of(n, edges), partition)
    members = [[v for v in range(n) if partition.class_at(v) == c] for c in range(partition.count)]
    wrong = {
        (v, group[0])
        for group in members
        for v in group
        if sums(n, edges, partition, v) != sums(n, edges, partition, group[0])
    }
    assert isinstance(found, Difference) == bool(wrong)
    if wrong:
        assert (found.node, found.other) in wrong
        here, there = (sums(n, edges, partition, v)[found.class_index] for v in (found.node, found.other))
        assert here != there
        assert str(here) in str(found)
    else:
        assert (found == 0) == (partition.count == n)


@given(st.lists(st.tuples(st.integers(4, 7), LARGE | st.sampled_from([-1, -2])), max_size=6), st.integers(0, 3))
def test_classes_of_many_members(row, other):
    """The sums of a representative are recorded for the second other member, those that cancel left out."""
    claimed = Partition([0, 0, 0, 0, 1, 1, 2, 2])
    edges = [(s, v ^ (s & 1), w) for s in range(4) for v, w in row]  # within a class it does not matter which node
    assert not isinstance(certify(weights_of(8, edges), claimed), Difference)
    found = certify(weights_of(8, [*edges, (other, 4, 1)]), claimed)
    assert isinstance(found, Difference)
    assert (found.node, found.other, found.class_index) == (max(other, 1), 0, 1)


def test_rows_of_one_and_two_entries():
    """The short way for rows of one entry is not taken for others, on neither side."""
    both = Partition([0, 0, 1, 2])
    for first, second in (([(2, 1)], [(2, 1), (3, 1)]), ([(2, 1), (3, 1)], [(2, 1)]), ([(2, 1)], [(3, 1)])):
        edges = [(0, v, w) for v, w in first] + [(1, v, w) for v, w in second]
        assert isinstance(certify(weights_of(4, edges), both), Difference)
    halves = [(0, 2, 1), (1, 2, Fraction(1, 2)), (1, 3, Fraction(1, 2))]
    assert certify(weights_of(4, halves), Partition([0, 0, 1, 1])) > 0


@pytest.mark.parametrize("boolean", [False, True])
def test_who_is_in_another_group_sees_nothing(boolean):
    """Node 0 is before the rows of the matrix, which are those of nodes 1 to 3."""
    nothing = Seen(weights_of(3, [(2, 0, 1)]), 1, 1, boolean)
    assert prove(nothing, Partition([0, 0, 0, 1])) == 1
    something = Seen(weights_of(3, [(2, 0, 1), (1, 2, 1)]), 1, 1, boolean)
    found = prove(something, Partition([0, 0, 0, 1]))
    assert isinstance(found, Difference)
    assert (found.node, found.other, found.class_index) == (2, 0, 1)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_refinement_and_numbering(labels, others):
    one, other = Partition(labels), Partition(others[: len(labels)])
    expected = all(
        other.class_at(u) == other.class_at(v)
        for u in range(len(one))
        for v in range(len(one))
        if one.class_at(u) == one.class_at(v)
    )
    assert refines_start(one, other) == expected
    first = np.empty(one.count + 1, np.int64)
    assert (first_flaw(one.class_of, one.count, other.class_of, first) < 0) == expected
    assert first_flaw(one.class_of, one.count, one.class_of, first) < 0
    assert first[:-1].tolist() == [members[0] for members in one.classes()]
    assert first_flaw(one.class_of, one.count + 1, one.class_of, first) >= 0
    if one.count > 1:
        assert first_flaw(one.class_of, one.count - 1, one.class_of, first) >= 0


@pytest.mark.parametrize(("weight", "count"), [(2**62, 4), (2**61, 8), (2**60, 16), (2**59, 32)])
def test_long_rows_that_sum_to_a_modulus_are_not_zero(weight, count):
    """2^64 as a sum of weights that are far below it: the bound counts the entries of a row."""
    n = count + 2
    edges = [(0, 2 + k, weight) for k in range(count)]
    claimed = Partition([0, 0, *[1] * count])
    found = certify(weights_of(n, edges), claimed)
    assert isinstance(found, Difference)
    assert {found.node_sum, found.other_sum} == {0, 2**64}
