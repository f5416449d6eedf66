"""Quotients of automata: planted lumpings come back, and the coarsest of a plain refinement keep the series."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.automata.series import equal_series
from lumpform.graph.partition import Partition

KINDS = ("ordinary", "exact", "strict")


def sums(graph, partition, side):
    """Return for every node its sums over classes, arrow by arrow, of the edges out of it or into it."""
    seen: list[dict[tuple[str, int], object]] = [{} for _ in range(graph.nodes)]
    for arrow in graph.arrows:
        for u, v, w in arrow.weights.entries():
            ends = graph.offset(arrow.source) + u, graph.offset(arrow.target) + v
            node, other = ends if side == "out" else ends[::-1]
            key = arrow.name, partition.class_at(other)
            seen[node][key] = seen[node].get(key, 0) + w
    return [frozenset((k, w) for k, w in row.items() if w) for row in seen]


def refined(graph, start, sides):
    """Return the coarsest lumping by the plainest refinement: split by class sums until nothing changes."""
    while True:
        keys = [(c,) for c in start.class_of.tolist()]
        for side in sides:
            keys = [(*k, s) for k, s in zip(keys, sums(graph, start, side), strict=True)]
        after = Partition([{k: i for i, k in enumerate(dict.fromkeys(keys))}[k] for k in keys])
        if after.count == start.count:
            return start
        start = after


SIDES = {"ordinary": ("out",), "exact": ("in",), "strict": ("out", "in")}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_planted_partitions_are_lumpings_with_the_planted_quotient(kind, data):
    found = data.draw(ls.lumpable_automata(kind=kind))
    graph = found.automaton.weighted_graph()
    for side in SIDES[kind]:
        seen = sums(graph, found.partition, side)
        assert [seen[i] for i in found.partition.representatives[found.partition.class_of]] == seen
    assert found.automaton.quotient(found.partition, kind) == (found.quotient, ())
    assert equal_series(found.automaton, found.quotient).equal


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_the_coarsest_lumping_keeps_the_series(kind, data):
    """The planted partition refines it, nothing merges any more where values are kept, and the series is the same."""
    found = data.draw(ls.lumpable_automata(kind=kind))
    start, graph = found.automaton.start(kind), found.automaton.weighted_graph()
    partition = refined(graph, start, SIDES[kind])
    assert found.partition <= partition <= start
    assert partition == refined(graph, graph.coarsest, SIDES[kind])
    small = found.automaton.quotient(partition, kind)[0]
    assert small.states == partition.count - 1
    assert equal_series(found.automaton, small).equal
    if kind == "ordinary":
        assert refined(small.weighted_graph(), small.start(kind), SIDES[kind]).count == partition.count


@pytest.mark.parametrize("kind", KINDS)
@given(automaton=ls.automata())
def test_the_discrete_partition_changes_nothing(kind, automaton):
    assert automaton.quotient(Partition.discrete(1 + automaton.states), kind) == (automaton, ())


SAME = lf.WeightedAutomaton.from_matrices([1, 1, 2], {"a": [[1] * 3] * 3}, [0, 1, 1])


@pytest.mark.parametrize(
    ("kind", "respect", "classes"),
    [
        ("ordinary", (), [[0], [1], [2, 3]]),
        ("exact", (), [[0], [1, 2], [3]]),
        ("strict", (), [[0], [1], [2], [3]]),
        ("ordinary", ("initial",), [[0], [1], [2], [3]]),
        ("exact", "final", [[0], [1], [2], [3]]),
        ("ordinary", "final", [[0], [1], [2, 3]]),
    ],
)
def test_what_a_lumping_must_refine(kind, respect, classes):
    assert SAME.start(kind, None, respect).classes() == classes


@pytest.mark.medium
@pytest.mark.parametrize("kind", KINDS)
def test_one_class_keeps_its_letters_apart(kind):
    swap, loops = [[0, 1], [1, 0]], [[2, 0], [0, 2]]
    found = lf.lump(
        lf.WeightedAutomaton.from_matrices([1, 1], {"a": swap, "b": loops, "c": [[0, 0]] * 2}, [1, 1]), kind
    )
    assert found.quotient.letters == ("a", "b", "c")
    assert [m.to_fractions() for m in found.quotient.matrices.values()] == [[[1]], [[2]], [[0]]]


def test_what_is_respected_by_default():
    assert [SAME.respected_by_default(kind) for kind in KINDS] == [("final",), ("initial",), ("final", "initial")]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: SAME.start("ordinary", None, ("labels",)), "cannot respect 'labels', expected 'initial', 'final' or"),
        (lambda: SAME.quotient(Partition.discrete(4), "proportional"), "kind is 'proportional', expected one of ordin"),
        (
            lambda: SAME.quotient(Partition.discrete(3)),
            "a partition of 3 members for an automaton with 3 states",
        ),
        (lambda: SAME.quotient(Partition([0, 1, 0, 2])), "the pinned node, member 0 of the partition, is in a class"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(lf.LumpFormError, match=message):
        call()
