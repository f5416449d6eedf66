"""Chains, partitions and lumpings survive pickle and copy: equal, frozen as before, and usable in other processes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sizes import medium_but

import lumpform as lf
from lumpform.strategies import chains

P, Q = lf.parameters("p", "q")
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
TRIPS: dict[str, Callable[[Any], Any]] = {
    **{f"pickle {n}": (lambda v, n=n: pickle.loads(pickle.dumps(v, protocol=n))) for n in PROTOCOLS},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}

CHAINS = {
    "dtmc": lf.MarkovChain(
        [["1/3", "2/3", 0], [0, "1/2", "1/2"], ["1/3", 0, "2/3"]],
        labels={"a": [0], "none": []},
        rewards={"r": [1, "1/3", 10**400]},
        initial=[0, "1/2", "1/2"],
        state_names=["x=1", "x=2", "x=3"],
        notes=["a note"],
    ),
    "ctmc": lf.MarkovChain([[0, 2, 2], [1, 0, 0], [1, 0, 0]], kind="ctmc", labels={"a": [0]}),
    "floats": lf.MarkovChain(np.array([[0.5, 0.5], [0.25, 0.75]])),
    "parameters": lf.MarkovChain([[0, P, 1 - P], [1, 0, 0], [1, 0, 0]], rewards={"r": [Q / 3, 1 / P, P * Q]}),
    "empty": lf.MarkovChain([]),
}


@pytest.mark.parametrize("trip", medium_but(list(TRIPS)[:1], TRIPS))
@pytest.mark.parametrize("name", CHAINS)
def test_a_chain(name: str, trip: str) -> None:
    chain = CHAINS[name]
    if chain.kind == "ctmc":
        assert chain.generator is chain.generator  # made, and not kept by the copy
    again = TRIPS[trip](chain)
    assert again == chain
    assert (again.state_names, again.notes, again.parameters) == (chain.state_names, chain.notes, chain.parameters)
    assert lf.lump(again).partition == lf.lump(chain).partition
    if chain.kind == "ctmc":
        assert again.generator == chain.generator
    for mask in again.labels.values():
        with pytest.raises(ValueError, match="read-only"):
            mask[...] = True
    arrays = [again.weights.indptr, again.weights.indices]
    arrays += [a for name in ("codes", "array") if (a := getattr(again.weights.values, name, None)) is not None]
    assert len(arrays) == 3
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("trip", TRIPS)
@given(labels=st.lists(st.integers(0, 5), max_size=8))
def test_a_partition(trip: str, labels: list[int]) -> None:
    partition = lf.Partition(np.array(labels, dtype=int))
    again = TRIPS[trip](partition)
    assert again == partition
    assert hash(again) == hash(partition)
    assert again.classes() == partition.classes()
    again.check()
    with pytest.raises(AttributeError, match="frozen"):
        again.count = 7


@pytest.mark.parametrize("trip", medium_but(list(TRIPS)[:1], TRIPS))
@pytest.mark.parametrize(
    ("name", "kind"),
    [("dtmc", "ordinary"), ("ctmc", "exact"), ("ctmc", "strict"), ("ctmc", "proportional"), ("parameters", "ordinary")],
)
def test_a_lumping(name: str, kind: Any, trip: str) -> None:
    lumping = lf.lump(CHAINS[name], kind)
    before = TRIPS[trip](lumping)
    assert before == lumping
    assert hash(before) == hash(lumping)
    assert (before.quotient, before.dropped, before.scales) == (lumping.quotient, lumping.dropped, lumping.scales)
    after = TRIPS[trip](lumping)  # with the quotient that was made in the meantime
    assert after == lumping
    assert after.quotient == lumping.quotient
    if name != "dtmc":
        assert after != lf.lump(CHAINS["dtmc"])


def test_lumpings_of_different_chains_or_kinds_differ() -> None:
    chain = CHAINS["ctmc"]
    assert lf.lump(chain) == lf.lump(chain)
    assert lf.lump(chain) != lf.lump(chain, "exact")
    assert lf.lump(chain) != lf.lump(lf.MarkovChain([[0, 2, 2], [3, 0, 0], [3, 0, 0]], kind="ctmc", labels={"a": [0]}))
    assert lf.lump(chain) != "a lumping"


@pytest.mark.medium
@given(chains())
def test_any_chain(chain: lf.MarkovChain) -> None:
    assert pickle.loads(pickle.dumps(chain)) == chain
    assert copy.deepcopy(chain) == chain


def _classes(chain: lf.MarkovChain) -> lf.Lumping:
    return lf.lump(chain)


@pytest.mark.slow
def test_chains_go_to_other_processes_and_lumpings_come_back() -> None:
    with ProcessPoolExecutor(max_workers=2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_classes, [CHAINS["dtmc"], CHAINS["ctmc"], CHAINS["parameters"]]))
    assert found == [lf.lump(CHAINS[name]) for name in ("dtmc", "ctmc", "parameters")]
