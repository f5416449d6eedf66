"""Results do not depend on how many threads there are, nor on where ranges of nodes are cut."""

from __future__ import annotations

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import by_kernels, refine
from sizes import examples

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping import refinement, threads
from lumpform.lumping.lump import lump


def many(count: int):
    """As many threads, for however few edges, which all number their own parts."""
    return (
        mock.patch.dict("os.environ", LUMPFORM_THREADS=str(count)),
        mock.patch.object(threads, "WORTH_IT", 0),
        mock.patch.object(refinement, "WORTH_IT", 0),
        mock.patch.object(refinement, "MANY", 0),
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[SparseWeights, Partition]:
    n = draw(st.integers(1, 60))
    places = st.lists(st.integers(0, n * n - 1), max_size=3 * n, unique=True)
    at = np.array(draw(places), dtype=np.int64)
    weights = draw(st.lists(st.sampled_from(["1", "1/2", "-1"]), min_size=len(at), max_size=len(at)))
    start = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    return SparseWeights.from_coo(at // n, at % n, weights, (n, n)), Partition(start)


@given(case=graphs(), count=st.sampled_from([2, 3, 7]), price=st.sampled_from([0.01, 1e9]))
def test_any_number_of_threads_gives_the_reference(case, count, price):
    weights, start = case
    ways = (*many(count), mock.patch.object(refinement, "PRICE", price))
    for way in ways:
        way.start()
    try:
        found = by_kernels([weights], start, {})[0]
    finally:
        for way in ways:
            way.stop()
    assert found == refine([weights], start)


@given(mdp=ls.mdps(max_states=6))
def test_processes(mdp):
    alone = lump(mdp).nodes
    ways = many(3)
    for way in ways:
        way.start()
    try:
        assert lump(mdp).nodes == alone
    finally:
        for way in ways:
            way.stop()


def test_choices_are_numbered_in_one_range():
    # Every state returns to the first; the third and the fourth have one action more.
    choices = [["", ""], ["", "", ""], ["", "", ""], ["", "a"], ["", "", "a"]]
    mdp = lf.MDP([[(action, {0: 1}) for action in own] for own in choices], kind="lts")
    ways = many(3)
    for way in ways:
        way.start()
    try:
        assert lump(mdp).nodes.class_of[:5].tolist() == [0, 0, 0, 1, 1]
    finally:
        for way in ways:
            way.stop()


@pytest.mark.parametrize("pieces", [1, 2, 3, 8])
def test_parts_are_numbered_as_if_there_were_one_range(pieces):
    n = 2000
    random = np.random.default_rng(5)
    for classes, values in ((3, 5), (1, 1), (40, 400), (1, 2000)):
        start = Partition(random.integers(0, classes, n))
        row = refinement.Flat(np.zeros(n + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.uint8), None, start)
        numbers = random.integers(0, values, n).astype(np.uint64)
        results = []
        for count in (1, pieces):
            work = refinement.Refinement(row, 3)
            work.residues[:] = 7
            work.cells["value"] = numbers
            bounds = list(zip(range(0, n, -(-n // count)), [*range(0, n, -(-n // count))[1:], n], strict=True))
            with (
                mock.patch.object(refinement, "ranges", lambda _, b=bounds: b),
                mock.patch.object(refinement, "WORTH_IT", 0),
                mock.patch.object(refinement, "MANY", 0),
                mock.patch.dict("os.environ", LUMPFORM_THREADS="2"),
            ):
                found = work.parts(np.empty(0, np.int32), n, n, True)
            of = np.concatenate([p.place[work.cells["group"][p.low : p.high]] for p in found.pieces])
            results.append((of.tolist(), found.count, found.parent[of].tolist(), found.sizes[: found.count].tolist()))
        assert results[0] == results[1]
        assert results[0][2] == start.class_of.tolist()
        assert results[0][3] == np.bincount(results[0][0]).tolist()


def test_an_error_in_one_thread_is_raised_by_all(monkeypatch):
    monkeypatch.setenv("LUMPFORM_THREADS", "3")
    with pytest.raises(ZeroDivisionError):
        threads.on_threads(lambda i: 1 // (i - 4), list(range(8)))
    assert threads.on_threads(lambda i: i * i, list(range(examples(50)))) == [i * i for i in range(examples(50))]
