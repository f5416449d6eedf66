"""T0 on graphs of one to three groups and one to four arrows, cyclic or not: three speeds that agree."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.views import View
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import oracle, refine
from lumpform.lumping.definition import lumpable

VIEWS = {
    name: getattr(lf.views, name)
    for name in ("ORDINARY", "EXACT", "STRICT", "PROPORTIONAL", "ONE_SIDED", "SCALED", "SIGNED", "NETWORK")
} | {
    "two sides, rays": View(("out", "in"), "ray"),
    "the own class left out": View(("out",), own=False),
}


@st.composite
def cases(draw, view, max_nodes=6):
    """A graph that fits the view, a start that its lumpings refine, and sometimes what must be in them."""
    network = view.normal == "function"
    graph = draw(
        ls.graphs(
            max_nodes=max_nodes - view.weighted,
            unit=network and draw(st.integers(0, 4)) > 0,
            booleans=not view.weighted,
            functions=network,
        )
    )
    labels = st.lists(st.sampled_from([0, 0, 0, 1]), min_size=graph.nodes, max_size=graph.nodes)
    start = graph.coarsest & Partition(draw(labels))
    given_vectors = None
    if view.weighted and not network and draw(st.booleans()):
        row = st.lists(st.sampled_from([0, 1, 1, 2]).map(Fraction), min_size=graph.nodes, max_size=graph.nodes)
        given_vectors = draw(st.lists(row, min_size=1, max_size=2))
    return graph, start, given_vectors


def agree(view, graph, start, vectors):
    found = refine.coarsest(graph, start, view, vectors)
    assert found == oracle.coarsest(graph, start, view, vectors)
    assert lumpable(graph, found[0], view, found[1])
    if vectors is None:
        lumping = lf.lump(graph, view=view, initial=start)
        assert (lumping.partition, lumping.scales) == found
        assert lumping.quotient.nodes <= found[0].count


@pytest.mark.parametrize("name", VIEWS)
@given(data=st.data())
def test_the_three_speeds_agree(name, data):
    agree(VIEWS[name], *data.draw(cases(VIEWS[name])))


@pytest.mark.slow
@pytest.mark.parametrize("name", VIEWS)
@settings(max_examples=1_200)
@given(data=st.data())
def test_the_three_speeds_agree_on_ten_thousand_graphs(name, data):
    agree(VIEWS[name], *data.draw(cases(VIEWS[name])))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ORDINARY", "EXACT", "STRICT"])
@given(data=st.data())
def test_kernels_and_reference_agree_on_larger_graphs(name, data):
    graph, start, _ = data.draw(cases(VIEWS[name], max_nodes=9))
    big = doubled(doubled(graph))
    begin = Partition([c for c in start.class_of.tolist() for _ in range(4)]) & big.coarsest
    assert lf.lump(big, view=VIEWS[name], initial=begin).partition == refine.coarsest(big, begin, VIEWS[name])[0]


def doubled(graph):
    """Every node twice, side by side; the edges of a node to and from both copies of the other."""
    groups = tuple(Group(g.name, 2 * g.size, g.function) for g in graph.groups)
    arrows = []
    for a in graph.arrows:
        rows = [[w for w in row for _ in range(2)] for row in a.weights.to_fractions() for _ in range(2)]
        arrows.append(Arrow(a.name, a.source, a.target, SparseWeights.from_dense(rows), a.operator, a.boolean))
    return WeightedGraph(groups, tuple(arrows))


@given(data=st.data())
def test_a_quotient_has_nothing_left_to_merge(data):
    """T10, in the coordinates of T0: one value a class."""
    view = VIEWS[data.draw(st.sampled_from(["ORDINARY", "EXACT", "SCALED", "NETWORK"]))]
    graph, _, _ = data.draw(cases(view))
    partition, scales = refine.coarsest(graph, graph.coarsest, view)
    small = quotient(graph, partition, scales, view.sides[0])
    again, more = refine.coarsest(small, small.coarsest, view)
    assert again.count == small.nodes or (more and 0 in more)
    assert small.nodes == len({c for v, c in enumerate(partition.class_of.tolist()) if not scales or scales[v] != 0})


def test_without_the_zero_class_there_is_no_coarsest_lumping():
    """Four nodes: {a, b, c}, {e} and {a, c}, {b, e} are lumpings with positive scales, and nothing coarser is one."""
    rows = [[0, 1, 0, 1], [0, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 0]]
    graph = WeightedGraph.single(SparseWeights.from_dense(rows))
    positive = [
        p
        for p in oracle.partitions(4)
        if any(
            lumpable(graph, p, lf.views.SCALED, [Fraction(v) for v in d])
            for d in [(1, 1, 1, 1), (1, 1, Fraction(1, 2), 2)]
        )
    ]
    one, other = Partition([0, 0, 0, 1]), Partition([0, 1, 0, 1])
    assert one in positive
    assert other in positive
    assert Partition([0, 0, 0, 0]) not in positive
    reached, scales = refine.coarsest(graph, Partition([0] * 4), lf.views.SCALED, [[Fraction(1)] * 4])
    assert (reached, scales) == oracle.coarsest(graph, Partition([0] * 4), lf.views.SCALED, [[Fraction(1)] * 4])


@pytest.mark.medium
def test_a_chain_with_transient_states_has_no_coarsest_scaled_partition_without_a_start():
    """Five states: {1, 2} can go with {3, 4}, {4, 5} or {3, 5}; with a start there is one coarsest lumping."""
    third = Fraction(1, 3)
    rows = [[0, 0, 2 * third, third, 0], [0, 0, 0, Fraction(1, 4), Fraction(3, 4)], *[[0, 0, third, third, third]] * 3]
    graph = WeightedGraph.single(SparseWeights.from_dense(rows))
    pairs = [Partition(p) for p in ([0, 0, 1, 1, 2], [0, 0, 1, 2, 2], [0, 0, 1, 2, 1])]
    for partition in pairs:
        scales = next(
            (d for d in candidates() if lumpable(graph, partition, lf.views.SCALED, d)),
            None,
        )
        assert scales is not None, partition
    start = [Fraction(1), Fraction(0), Fraction(0), Fraction(0), Fraction(0)]
    found = refine.coarsest(graph, Partition([0] * 5), lf.views.SCALED, [start])
    assert found == oracle.coarsest(graph, Partition([0] * 5), lf.views.SCALED, [start])
    assert found[1][1] == 0  # state 2 is never reached


def candidates():
    """Scales that are multiples of few numbers."""
    few = [Fraction(n, d) for n in range(1, 10) for d in (1, 2, 3, 4, 5, 6, 7, 8, 9)]
    for r in sorted(set(few)):
        for s in sorted(set(few)):
            yield [Fraction(1), r, Fraction(1), s, s]
            yield [Fraction(1), r, Fraction(1), Fraction(1), s]
            yield [Fraction(1), r, s, s, Fraction(1)]


def test_truth_values_have_no_scales():
    graph = WeightedGraph(
        (Group("s", 2),), (Arrow("b", "s", "s", SparseWeights.from_dense([[1, 0], [0, 1]]), boolean=True),)
    )
    with pytest.raises(lf.ModelError, match="truth values, expected numbers"):
        lf.lump(graph, view=lf.views.SCALED)


@pytest.mark.parametrize("size", [3, 40])
def test_sets_of_any_size_count_each_class_once(size):
    """Two nodes with the same classes among many targets, in other numbers, and one that lacks a class."""
    rows = [[1] * size + [1, 0], [1] + [0] * (size - 1) + [1, 0], [1] * size + [0, 0]] + [[0] * (size + 2)] * size
    graph = WeightedGraph(
        (Group("s", 3 + size), Group("t", size + 2)),
        (Arrow("b", "s", "t", SparseWeights.from_dense(rows), boolean=True),),
    )
    start = Partition([0] * (3 + size) + [1] * size + [2, 2])
    found = lf.lump(graph, view=lf.views.ORDINARY, initial=start)
    assert found.partition.class_of[:4].tolist() == [0, 0, 1, 2]
    assert found.quotient.arrows[0].weights.to_fractions() == [[1, 1], [1, 0], [0, 0]]
