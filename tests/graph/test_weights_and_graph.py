"""Matrices and the graph: canonical form, exact sums of parallel entries, invariants at construction."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.rescaled import rescaled
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.dyadic import DyadicValues
from lumpform.numbers.integer import IntegerValues
from lumpform.numbers.make import from_fractions
from lumpform.numbers.symbolic import parameters

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
    assert [[w.entry(r, c) for c in range(shape[1])] for r in range(shape[0])] == full
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


P, Q = parameters("p", "q")
KINDS = {
    "rational": st.sampled_from([0, 0, 1, 2, -1, Fraction(1, 3), Fraction(-7, 5)]).map(Fraction),
    "integer": st.integers(-2, 2).map(Fraction),
    "dyadic": st.sampled_from([0.0, -0.0, 1.0, 0.5, -0.75, 2.0**60]).map(Fraction),
    "symbolic": st.sampled_from([Fraction(0), Fraction(1), P, Q, P + Q, -P]),
}


def column_of(kind, numbers):
    if kind == "integer":
        return IntegerValues(np.array([int(v) for v in numbers], dtype=np.int64))
    if kind == "dyadic":
        return DyadicValues(np.array([float(v) for v in numbers], dtype=np.float64))
    return from_fractions(numbers)


@st.composite
def matrices(draw, kind=None, shape=None):
    """A matrix, dense or sparse, and the same as nested lists: the definition that every verb is held against."""
    kind = draw(st.sampled_from(sorted(KINDS))) if kind is None else kind
    height, width = draw(st.tuples(st.integers(0, 4), st.integers(0, 4))) if shape is None else shape
    row = st.lists(KINDS[kind], min_size=width, max_size=width)
    full = draw(st.lists(row, min_size=height, max_size=height))
    dense = DenseWeights((height, width), column_of(kind, [v for r in full for v in r]))
    return (dense.to_sparse() if draw(st.booleans()) else dense), full


def same(found, like, full):
    """Tell whether a matrix is this one, in the representation of another."""
    assert type(found) is type(like)
    assert found.to_fractions() == full
    return True


def nonzero(full):
    return [(u, v, w) for u, row in enumerate(full) for v, w in enumerate(row) if w != 0]


@given(case=matrices())
def test_reading_verbs_are_the_definition(case):
    w, full = case
    height, width = w.shape
    assert w.to_fractions() == full
    assert w.objects().shape == w.shape
    assert list(w.entries()) == nonzero(full)
    rows, columns, values = w.triples()
    assert list(zip(rows.tolist(), columns.tolist(), values.fractions(), strict=True)) == nonzero(full)
    assert w.nnz == len(nonzero(full))
    assert w.stored == (w.nnz if isinstance(w, SparseWeights) else height * width)
    assert [len(p) for p in w.places()] == [w.stored] * 2
    assert w.all_values().fractions() == [v for row in full for v in row]
    for u in range(height):
        assert w.row(u) == [(v, full[u][v]) for v in range(width) if full[u][v] != 0]
    for v in range(width):
        assert w.column(v) == [(u, full[u][v]) for u in range(height) if full[u][v] != 0]
    assert [[w.entry(u, v) for v in range(width)] for u in range(height)] == full
    assert w.all_ones() == all(value == 1 for _, _, value in nonzero(full))
    ones = [[Fraction(int(u == v)) for v in range(width)] for u in range(height)]
    assert w.is_identity() == (height == width and full == ones)


@given(case=matrices())
def test_making_verbs_are_the_definition(case):
    w, full = case
    height, width = w.shape
    flipped = [[full[u][v] for u in range(height)] for v in range(width)]
    assert same(w.transpose(), w, flipped)
    assert w.to_sparse() == w.transpose().transpose().to_sparse()
    assert same(w.to_sparse(), SparseWeights.identity(0), full)
    twice = from_fractions([v + v for v in w.values.fractions()])
    assert same(w.with_values(twice), w, [[v + v for v in row] for row in full])
    nothing = w.with_values(from_fractions([0] * w.stored))
    assert same(nothing, w, [[Fraction(0)] * width for _ in range(height)])
    assert nothing.nnz == 0
    rows, columns, values = w.triples()
    assert same(type(w).from_coo(rows, columns, values, w.shape), w, full)
    doubled = [np.concatenate((part, part)) for part in (rows, columns)]
    parallel = type(w).from_coo(*doubled, [*values.fractions(), *values.fractions()], w.shape)
    assert same(parallel, w, [[v + v for v in row] for row in full])
    assert w.same_places(w.with_values(w.values))


@given(data=st.data())
def test_the_sum_of_two_matrices_is_dense_if_one_of_them_is(data):
    first, one = data.draw(matrices())
    second, other = data.draw(matrices(shape=first.shape))
    total = first.plus(second)
    dense = isinstance(first, DenseWeights) or isinstance(second, DenseWeights)
    assert isinstance(total, DenseWeights if dense else SparseWeights)
    assert total.to_fractions() == [
        [a + b for a, b in zip(*rows, strict=True)] for rows in zip(one, other, strict=True)
    ]


@given(data=st.data())
def test_chosen_rows_and_columns(data):
    w, full = data.draw(matrices())
    often = isinstance(w, DenseWeights)
    chosen = []
    for count in w.shape:
        every = st.none() if count == 0 else st.lists(st.integers(-1, count - 1), max_size=5)
        found = data.draw(st.none() | every)
        if found is not None and not often:
            found = [v for i, v in enumerate(found) if v < 0 or v not in found[:i]]
        chosen.append(found)
    rows, columns = ((range(n) if c is None else c) for n, c in zip(w.shape, chosen, strict=True))
    expected = [[Fraction(0) if -1 in (u, v) else full[u][v] for v in columns] for u in rows]
    assert same(w.select(*(None if c is None else np.array(c, dtype=np.int64) for c in chosen)), w, expected)


@given(data=st.data())
def test_scaled_rows_and_columns(data):
    w, full = data.draw(matrices())
    factor = st.sampled_from([Fraction(1), Fraction(2), Fraction(-1, 3), Fraction(0)])
    rows, columns = (data.draw(st.none() | st.lists(factor, min_size=n, max_size=n)) for n in w.shape)
    r, c = rows or [1] * w.shape[0], columns or [1] * w.shape[1]
    expected = [[r[u] * v * c[j] for j, v in enumerate(row)] for u, row in enumerate(full)]
    assert same(w.scaled_by(rows, columns), w, expected)


@given(case=matrices(kind="rational") | matrices(kind="dyadic") | matrices(kind="integer"))
def test_floats_of_a_matrix(case):
    w, full = case
    assert w.floats().shape == w.shape
    assert w.floats().dtype == np.float64
    assert w.floats().tolist() == [[float(v) for v in row] for row in full]


def test_same_places():
    sparse, other = SparseWeights.from_dense([[1, 0], [2, 3]]), SparseWeights.from_dense([[5, 0], [1, 1]])
    dense = DenseWeights.from_array([[1, 0], [2, 3]])
    assert sparse.same_places(other)
    assert sparse != other
    assert dense.same_places(DenseWeights.from_array(np.ones((2, 2))))
    assert not sparse.same_places(sparse.transpose())
    assert not sparse.same_places(dense)
    assert not dense.same_places(sparse)
    assert not dense.same_places(DenseWeights.from_array([[1, 2, 3, 4]]))


def test_ones_at_some_places():
    chosen = SparseWeights.selection(np.array([2, 0]), np.array([0, 1]), (3, 2))
    assert chosen.to_fractions() == [[0, 1], [0, 0], [1, 0]]
    assert SparseWeights.identity(3).is_identity()
    assert not chosen.is_identity()
    assert chosen.all_ones()


@given(data=st.data())
def test_rescaling_divides_every_node_by_its_factor(data):
    """T9: weights ``d(u) A(u, v) / d(v)``; dense matrices stay dense, sparse ones sparse."""
    w, full = data.draw(matrices(shape=(3, 2)))
    graph = WeightedGraph((Group("a", 3), Group("b", 2)), (Arrow("w", "a", "b", w),))
    positive = st.sampled_from([Fraction(1), Fraction(3), Fraction(2, 7)])
    d = data.draw(st.lists(positive, min_size=5, max_size=5))
    (arrow,) = rescaled(graph, tuple(d)).arrows
    assert same(arrow.weights, w, [[d[u] * full[u][v] / d[3 + v] for v in range(2)] for u in range(3)])


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
    with pytest.raises(ValueError, match="1 row, 2 columns"):
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


class Counted(Fraction):
    """Counts how often such numbers are hashed."""

    hashed = 0

    def __hash__(self) -> int:
        Counted.hashed += 1
        return super().__hash__()


def test_long_lists_of_few_factors_are_hashed_few_times():
    """A layer of 65,536 neurons has as many factors, which are one object or two."""
    factors = [Counted(2), Counted(3)] * 500
    identity = SparseWeights.from_coo(range(1000), range(1000), [1] * 1000, (1000, 1000))
    Counted.hashed = 0
    assert identity.scaled_by(columns=factors).row_sums().fractions() == factors
    assert Counted.hashed < 100
