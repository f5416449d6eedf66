"""T0: which partitions have positive scales, and the two counterexamples of docs/theory.md."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import NETWORK, SCALED
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import oracle, refine
from lumpform.lumping.definition import lumpable
from lumpform.networks.functions import RELU
from lumpform.networks.recurrent import FORWARD
from lumpform.strategies.graphs import FUNCTIONS
from lumpform.theorems.least import independent, rank, span_of_images
from lumpform.theorems.positive import TRIED, null_space, positive_scales, two_maximal

THIRD = Fraction(1, 3)
FOUR = [[0, 1, 0, 1], [0, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 0]]
FIVE = [[0, 0, 2 * THIRD, THIRD, 0], [0, 0, 0, Fraction(1, 4), Fraction(3, 4)], *[[0, 0, THIRD, THIRD, THIRD]] * 3]
MATRICES = st.lists(st.lists(st.sampled_from([0, 0, 1, 2, -1]), min_size=4, max_size=4), min_size=4, max_size=4)


def graph_of(rows):
    return WeightedGraph.single(SparseWeights.from_dense(rows))


def test_four_nodes_have_two_maximal_lumpings_without_a_zero_class():
    found = two_maximal(graph_of(FOUR))
    assert found == [(Partition([0, 0, 0, 1]), (1, 1, 1, 1)), (Partition([0, 1, 0, 1]), (1, 1, Fraction(1, 2), 2))]


def test_five_states_have_three_maximal_lumpings_without_a_start():
    graph = graph_of(FIVE)
    for classes, ratio in (([0, 0, 1, 1, 2], "4/3"), ([0, 0, 1, 2, 2], "2/3"), ([0, 0, 1, 2, 1], "8/9")):
        assert positive_scales(graph, Partition(classes)) == (1, Fraction(ratio), 1, 1, 1)
    assert positive_scales(graph, Partition([0, 0, 1, 1, 1])) == "none"
    assert positive_scales(graph, Partition([0] * 5)) == "none"
    assert two_maximal(graph) is not None


@given(MATRICES, st.lists(st.integers(0, 2), min_size=4, max_size=4), st.lists(st.sampled_from(TRIED), min_size=4))
def test_what_is_refuted_has_no_scales_and_what_is_found_is_a_lumping(rows, classes, scales):
    graph, partition = graph_of(rows), Partition(classes)
    answer = positive_scales(graph, partition)
    if not isinstance(answer, str):
        assert lumpable(graph, partition, SCALED, answer)
        assert min(answer) > 0
    if lumpable(graph, partition, SCALED, scales[:4]):
        assert answer != "none"


@given(MATRICES, st.integers(1, 4))
def test_null_spaces(rows, count):
    rows = [[Fraction(v) for v in row] for row in rows[:count]]
    basis = null_space(rows, 4)
    assert len(basis) == 4 - rank(rows)
    assert len(independent(basis)) == len(basis)
    assert all(sum(x * y for x, y in zip(row, v, strict=True)) == 0 for row in rows for v in basis)


def test_a_constant_that_is_read_inside_its_cycle():
    """u = x + a with a = 2, and w = x + 2, are equal: that a is a constant must be known before they are compared."""
    groups = (Group("one", 1, pinned=True), Group("x", 1, pinned=True), Group("a", 1, RELU), Group("b", 2, RELU))
    matrices = {("one", "a"): [[2]], ("x", "b"): [[1, 1]], ("a", "b"): [[1, 0]], ("one", "b"): [[0, 2]]}
    arrows = [Arrow(f"{s} {t}", s, t, SparseWeights.from_dense(rows)) for (s, t), rows in matrices.items()]
    back = Arrow("back", "b", "a", SparseWeights.from_dense([[0], [0]]), FORWARD)
    graph = WeightedGraph(groups, (*arrows, back))
    found = refine.coarsest(graph, graph.coarsest, NETWORK)
    assert found[0] == Partition([0, 1, 0, 2, 2])
    assert found == oracle.coarsest(graph, graph.coarsest, NETWORK)
    assert lumpable(graph, found[0], NETWORK, found[1])


def test_constants_that_cancel_along_their_cycle():
    """b = 1 + (what the unit was) - (what b was): both are 1 at all times, which is so because it is so."""
    groups = (Group("one", 1, pinned=True), Group("b", 2, RELU))
    late = [Arrow("u", "one", "b", SparseWeights.from_dense([[1, 1]]), FORWARD),
            Arrow("r", "b", "b", SparseWeights.from_dense([[-1, 0], [0, -1]]), FORWARD)]  # fmt: skip
    graph = WeightedGraph(groups, (Arrow("c", "one", "b", SparseWeights.from_dense([[1, 1]])), *late))
    found = refine.coarsest(graph, graph.coarsest, NETWORK)
    assert found[0] == Partition([0, 0, 0])
    assert found == oracle.coarsest(graph, graph.coarsest, NETWORK)


@st.composite
def cycles_with_delays(draw):
    """One or two groups after a unit and an input, in order but for delays; delays come from the unit as well."""
    sizes = draw(st.sampled_from([(2,), (3,), (1, 1), (1, 2), (2, 1), (2, 2)]))
    hidden = [Group(f"g{i}", n, draw(st.sampled_from(FUNCTIONS))) for i, n in enumerate(sizes)]
    groups = [Group("one", 1, pinned=True), Group("x", 1, pinned=True), *hidden]
    arrows = []
    for i, target in enumerate(groups[2:], start=2):
        for j, source in enumerate(groups):
            for late in (False, True):
                if draw(st.booleans()) and (late or j < i):
                    numbers = st.sampled_from(draw(st.sampled_from([(0, 1), (0, 1, 2), (0, 1, -1), (0, 1, 2, -1)])))
                    rows = [[draw(numbers) for _ in range(target.size)] for _ in range(source.size)]
                    delay = FORWARD if late else None
                    name, weights = f"{j} {i} {late}", SparseWeights.from_dense(rows)
                    arrows.append(Arrow(name, source.name, target.name, weights, delay))
    return WeightedGraph(tuple(groups), tuple(arrows))


@pytest.mark.medium
@given(cycles_with_delays())
def test_constants_in_cycles(graph):
    assert refine.coarsest(graph, graph.coarsest, NETWORK) == oracle.coarsest(graph, graph.coarsest, NETWORK)


def test_the_images_of_a_vector_span_what_a_path_reaches():
    graph = graph_of([[0, 2, 0], [0, 0, 3], [0, 0, 0]])
    assert rank(span_of_images(graph, [[Fraction(0), Fraction(1), Fraction(0)]])) == 2
    assert span_of_images(graph, [[Fraction(0)] * 3]) == []
