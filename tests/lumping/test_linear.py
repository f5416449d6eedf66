"""The least invariant subspace: exact whatever the prime says, and the linear closure of T0 on graphs."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.linear import Growth, least_invariant, least_invariant_of, map_of, primes
from lumpform.lumping.span import Span
from lumpform.numbers.residues import PRIME, PRIMES

ROWS = st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), max_size=5)
SQUARES = st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=4, max_size=4)


def sparse(row, denominator=1):
    return {c: Fraction(v, denominator) for c, v in enumerate(row) if v}


def rank(vectors, width=4):
    return sympy.Matrix([[v.get(c, 0) for c in range(width)] for v in vectors]).rank() if vectors else 0


def combined(coordinates, basis):
    result: dict[int, Fraction] = {}
    for j, x in coordinates.items():
        for c, v in basis[j].items():
            result[c] = result.get(c, Fraction(0)) + x * v
    return {c: v for c, v in result.items() if v}


def closed(given_vectors, matrices):
    """Return the dimension of the least invariant subspace, by the definition: all products up to the width."""
    vectors = [sympy.Matrix([[v.get(c, 0) for c in range(4)]]) for v in given_vectors]
    level = vectors
    for _ in range(4):
        level = [v * sympy.Matrix(m) for v in level for m in matrices]
        vectors = [*vectors, *level]
    return sympy.Matrix.vstack(*vectors).rank() if vectors else 0


@given(ROWS, st.integers(0, 3))
def test_spans_are_rational(rows, place):
    """Independent modulo the prime is independent; dependent there is dependent only if the rationals say so."""
    span = Span()
    kept = []
    for row in rows:
        vector = sparse(row, 3)
        known = rank([*kept, vector]) == len(kept)
        if span.adds(vector):
            assert not known
            kept.append(vector)
        else:
            found = span.coordinates([vector])
            assert (found is not None) is known is True
            assert combined(found[0], kept) == vector
    moved = dict(kept[0]) if kept else {}
    moved[place] = moved.get(place, Fraction(0)) + PRIME  # the same modulo the prime
    if not span.adds(moved):
        assert (span.coordinates([moved]) is not None) is (rank([*kept, moved]) == len(kept))


@given(ROWS, st.lists(SQUARES, max_size=2))
def test_the_subspace_is_the_least_one_and_its_coordinates_are_exact(rows, matrices):
    vectors = [sparse(row, 2) for row in rows[:2]]
    maps = [map_of(SparseWeights.from_dense(m)) for m in matrices]
    found = least_invariant_of(vectors, maps)
    assert found.dimension == rank(list(found.basis)) == closed(vectors, matrices)
    assert [combined(c, found.basis) for c in found.given] == vectors
    for image, apply in zip(found.images, maps, strict=True):
        assert [combined(c, found.basis) for c in image] == [apply(b) for b in found.basis]
    for vector, (start, word) in zip(found.basis, found.words, strict=True):
        reached = vectors[start]
        for k in word:
            reached = maps[k](reached)
        assert reached == vector
    assert [len(w) for _, w in found.words] == sorted(len(w) for _, w in found.words)


@given(chain=ls.chains(max_states=4), place=st.integers(0, 3))
def test_on_a_graph_both_sides_are_each_other_turned_round(chain, place):
    graph = chain.weighted_graph()
    vectors = [{place % chain.states: Fraction(1)}]
    here, there = least_invariant(graph, vectors, "in"), least_invariant(graph.reversed(), vectors, "out")
    assert here == there
    assert here.dimension <= chain.states


@given(found=ls.lumpable_chains(kind="ordinary"))
def test_a_lumping_contains_the_linear_one(found):
    """T0: no condition makes a smaller subspace than equal values in classes."""
    graph, states = found.chain.weighted_graph(), range(found.chain.states)
    space = least_invariant(graph, [{s: Fraction(1) for s in states}], "out")
    assert space.dimension <= found.partition.count
    for vector in space.basis:
        assert all(len({vector.get(s, 0) for s in members}) == 1 for members in found.partition.classes())


def test_several_groups():
    """Nodes are numbered through all groups, and every arrow is a map of its own."""
    groups = (Group("one", 1, pinned=True), Group("x", 2), Group("y", 3))
    forward = SparseWeights.from_dense([[1, 2]])
    matrix = SparseWeights.from_dense([[1, 0, 1], [0, 1, 1]])
    graph = WeightedGraph(groups, (Arrow("a", "one", "x", forward), Arrow("b", "x", "y", matrix)))
    found = least_invariant(graph, [{0: Fraction(1)}], "in")
    assert found.basis == ({0: 1}, {1: 1, 2: 2}, {3: 1, 4: 2, 5: 3})
    assert found.words == ((0, ()), (0, (0,)), (0, (0, 1)))
    assert least_invariant(graph, [{5: Fraction(1)}], "out").basis == ({5: 1}, {1: 1, 2: 1}, {0: 3})


@pytest.mark.parametrize("many", [1, 3])
def test_primes_that_mislead_are_passed_over(many):
    """A vector that is zero modulo the first primes: the next one decides."""
    factor = 1
    for prime in PRIMES[:many]:
        factor *= prime
    identity = map_of(SparseWeights.identity(2))
    growth = Growth([{0: Fraction(1)}, {0: Fraction(1), 1: Fraction(factor)}], [identity])
    assert len(list(growth)) == 3
    assert growth.proved() is None
    assert least_invariant_of(growth.given, [identity]).dimension == 2
    alone = [{0: Fraction(factor, 7)}]
    assert least_invariant_of(alone, [identity]).basis == tuple(alone)


def test_primes_go_on_and_differ():
    found = [p for p, _ in zip(primes(), range(14), strict=False)]
    assert found[:10] == list(PRIMES)
    assert len(set(found)) == 14


def test_nothing_spans_nothing():
    assert least_invariant_of([], [map_of(SparseWeights.identity(2))]).dimension == 0
    found = least_invariant_of([{}], [map_of(SparseWeights.identity(2))])
    assert (found.basis, found.given, found.images) == ((), ({},), ((),))


def test_what_is_refused():
    p = lf.parameters("p")[0]
    chain = lf.MarkovChain([[p, 1 - p], [0, 1]])
    with pytest.raises(lf.ModelError, match="a linear lumping needs numbers, and the parameter 'p' is none"):
        least_invariant(chain.weighted_graph(), [{0: Fraction(1)}], "in")
    with pytest.raises(lf.OptionError, match="side is 'both', expected 'in' or 'out'"):
        least_invariant(chain.weighted_graph(), [], "both")  # type: ignore[arg-type]


def test_time_is_asked_for():
    class Late(Exception):
        pass

    class Clock:
        def check(self):
            pass

        def ahead(self, seconds, what):
            raise Late(what)

    with pytest.raises(Late, match="to prove that 1 vectors span all others"):
        least_invariant_of([{0: Fraction(1)}], [map_of(SparseWeights.identity(1))], Clock())
