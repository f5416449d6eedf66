"""Matrices and the graph: canonical form, exact sums of parallel entries, invariants at construction."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import from_fractions

NUMBER = st.one_of(st.fractions(max_denominator=6), st.integers(-(2**62), 2**62).map(Fraction))
shapes = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def triples(draw):
    shape = draw(shapes)
    entry = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1), NUMBER)
    return shape, draw(st.lists(entry, max_size=12))


def dense_sum(shape, entries):
    full = [[Fraction(0)] * shape[1] for _ in range(shape[0])]
    for r, c, v in entries:
        full[r][c] += v
    return full


def matrix(shape, entries):
    return SparseWeights.from_coo([e[0] for e in entries], [e[1] for e in entries], [e[2] for e in entries], shape)


@given(triples())
def test_parallel_entries_add_up_exactly_and_zeros_go(case):
    shape, entries = case
    w = matrix(shape, entries)
    full = dense_sum(shape, entries)
    assert w.to_fractions() == full
    assert w.nnz == sum(v != 0 for row in full for v in row)
    assert w.row_sums().fractions() == [sum(row, Fraction(0)) for row in full]
    assert w == SparseWeights.from_dense(full)


@given(triples())
def test_transposing_twice_is_nothing(case):
    w = matrix(*case)
    assert w.transpose().to_fractions() == [list(column) for column in zip(*w.to_fractions(), strict=True)]
    assert w.transpose().transpose() == w


@given(triples())
def test_dense_and_sparse_are_the_same_matrix(case):
    w = matrix(*case)
    full = DenseWeights(w.shape, from_fractions(v for row in w.to_fractions() for v in row))
    assert full.to_sparse() == w
    assert full.nnz == w.nnz
    assert [full.row(r) for r in range(w.shape[0])] == [w.row(r) for r in range(w.shape[0])]
    assert full.transpose().to_sparse() == w.transpose()


def test_row_sums_beyond_64_bits():
    big = IntegerValues(np.full(4, 2**62, dtype=np.int64))
    assert SparseWeights.from_coo([0, 0, 0, 0], [0, 1, 2, 3], big, (1, 4)).row_sums().fractions() == [Fraction(2**64)]
    assert SparseWeights.from_coo([0, 0, 0, 0], [0, 0, 0, 0], big, (1, 1)).to_fractions() == [[Fraction(2**64)]]


def test_to_scipy_rounds_to_nearest():
    w = SparseWeights.from_dense([["1/3", 0], [0, 2]])
    assert w.to_scipy().toarray().tolist() == [[1 / 3, 0], [0, 2]]


@pytest.mark.parametrize(
    ("indptr", "indices", "values", "message"),
    [
        ([0, 1], [0], [1], "row pointers"),
        ([0, 2, 1], [0], [1], "row pointers"),
        ([0, 2, 2], [1, 0], [1, 1], "increase strictly"),
        ([0, 2, 2], [0, 0], [1, 1], "increase strictly"),
        ([0, 1, 1], [2], [1], "outside"),
        ([0, 1, 1], [0], [1, 2], "values for"),
        ([0, 1, 1], [0], [0], "zero entries"),
    ],
)
def test_what_is_not_canonical_is_refused(indptr, indices, values, message):
    with pytest.raises(ValueError, match=message):
        SparseWeights((2, 2), np.array(indptr), np.array(indices), from_fractions(values))


def test_row_pointers_that_decrease_are_refused():
    with pytest.raises(ValueError, match="decrease"):
        SparseWeights((3, 2), np.array([0, 2, 1, 2]), np.array([0, 1]), from_fractions([1, 1]))


def test_bad_triples_are_refused():
    with pytest.raises(ValueError, match="row index 5"):
        SparseWeights.from_coo([5], [0], [1], (2, 2))
    with pytest.raises(ValueError, match="column index -1"):
        SparseWeights.from_coo([0], [-1], [1], (2, 2))
    with pytest.raises(ValueError, match="1 rows, 2 columns"):
        SparseWeights.from_coo([0], [0, 1], [1], (2, 2))
    with pytest.raises(ValueError, match="different lengths"):
        SparseWeights.from_dense([[1, 2], [3]])
    with pytest.raises(ValueError, match="two dimensions"):
        SparseWeights.from_dense(np.zeros(3))


def network():
    groups = (Group("input", 2, pinned=True), Group("hidden", 3), Group("unit", 1, pinned=True))
    arrows = (
        Arrow("W", "input", "hidden", DenseWeights.from_array(np.ones((2, 3)))),
        Arrow("b", "unit", "hidden", SparseWeights.from_dense([[1, 0, "1/2"]])),
    )
    return WeightedGraph(groups, arrows)


def test_a_graph_numbers_its_nodes_by_group_and_pins():
    g = network()
    assert (g.nodes, g.edges, g.offset("hidden"), g.offset("unit")) == (6, 8, 2, 5)
    assert g.coarsest == Partition([0, 1, 2, 2, 2, 3])
    assert [a.name for a in g.arrows_between("unit", "hidden")] == ["b"]


def test_reversing_turns_every_arrow():
    g = network().reversed()
    assert [(a.source, a.target, a.weights.shape) for a in g.arrows] == [
        ("hidden", "input", (3, 2)),
        ("hidden", "unit", (3, 1)),
    ]


def test_broken_graphs_are_refused():
    a = Group("a", 2)
    square = SparseWeights.from_dense([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="same name"):
        WeightedGraph((a, a))
    with pytest.raises(ValueError, match="unknown group 'b'"):
        WeightedGraph((a,), (Arrow("x", "a", "b", square),))
    with pytest.raises(ValueError, match="has 2 columns, group 'b' has 3 nodes"):
        WeightedGraph((a, Group("b", 3)), (Arrow("x", "a", "b", square),))
    with pytest.raises(ValueError, match="negative size"):
        Group("a", -1)


def test_many_edges_stay_three_arrays():
    codes = CodedValues(np.zeros(10**6, dtype=np.uint8), (Fraction(1, 3),))
    w = SparseWeights((10**6, 10**6), np.arange(10**6 + 1), np.arange(10**6, dtype=np.int32), codes)
    held = w.indptr.nbytes + w.indices.nbytes + codes.codes.nbytes
    assert held == 8 * (10**6 + 1) + 4 * 10**6 + 10**6
