"""Lumping of decision processes: the partition to begin with, quotients, and the map of choices."""

from __future__ import annotations

import json

import numpy as np
import pytest
from bisimulation import coarsest
from format_cases import DATA, needs_data
from hypothesis import given
from hypothesis import strategies as st
from sizes import medium_but

import lumpform as lf
from lumpform import strategies as ls
from lumpform.graph.partition import Partition
from lumpform.mdps.mdp import MDP
from lumpform.mdps.quotient import choice_map
from lumpform.strategies.mdps import LumpableMDP

SMALL = ("zeroconf_N20_K2", "csma2_2", "coin2_K16", "firewire_3")
RESPECT = st.sets(st.sampled_from(("labels", "rewards", "initial", "actions"))).map(tuple)


def assert_is_lumping(mdp: MDP, partition: Partition) -> None:
    """States of a class have choices of the same classes, choices of a class equal class sums."""
    n, seen = mdp.states, dict[int, object]()
    for s in range(n):
        key = frozenset(partition.class_at(n + c) for c in mdp.choices_of(s))
        assert seen.setdefault(partition.class_at(s), key) == key
    for c in range(mdp.choices):
        sums: dict[int, object] = {}
        for t, w in mdp.transitions.row(c):
            sums[partition.class_at(t)] = sums.get(partition.class_at(t), 0) + w
        assert seen.setdefault(partition.class_at(n + c), sums) == sums


@given(ls.mdps(), RESPECT)
def test_the_start_never_puts_states_and_choices_together(mdp: MDP, respect: tuple[str, ...]) -> None:
    start = mdp.start("ordinary", "generator", respect)
    classes = start.class_of.tolist()
    assert len(start) == mdp.states + mdp.choices
    assert not set(classes[: mdp.states]) & set(classes[mdp.states :])
    for c in range(mdp.choices):
        for d in range(mdp.choices):
            if classes[mdp.states + c] == classes[mdp.states + d]:
                assert mdp.markovian[c] == mdp.markovian[d]
                assert "actions" not in respect or mdp.action(c) == mdp.action(d)


def test_an_unknown_thing_to_respect() -> None:
    with pytest.raises(lf.OptionError, match="cannot respect 'names', expected one of labels, rewards"):
        lf.MDP([[("a", {0: 1})]]).start("ordinary", "generator", "names")


@pytest.mark.medium
@given(ls.lumpable_mdps())
def test_what_is_planted_is_a_lumping_and_its_quotient_the_origin(case: LumpableMDP) -> None:
    assert_is_lumping(case.mdp, case.partition)
    assert case.partition <= coarsest(case.mdp, ("labels", "rewards", "actions"))
    quotient, dropped = case.mdp.quotient(case.partition)
    assert dropped == ()
    assert quotient.states == case.origin.states
    assert quotient.choices == case.origin.choices
    assert (
        coarsest(quotient, ("labels", "actions")).class_of[: quotient.states].tolist()
        == coarsest(case.origin, ("labels", "actions")).class_of[: quotient.states].tolist()
    )


@given(ls.mdps(), RESPECT)
def test_the_quotient_by_the_coarsest(mdp: MDP, respect: tuple[str, ...]) -> None:
    partition = coarsest(mdp, respect)
    assert_is_lumping(mdp, partition)
    quotient, dropped = mdp.quotient(partition)
    image = choice_map(mdp, partition)
    n = mdp.states
    states = partition.class_of[:n]
    assert quotient.states == len(set(states.tolist()))
    for c, d in enumerate(image.tolist()):
        assert quotient.state_of[d] == states[mdp.state_of[c]]
        sums = np.zeros(quotient.states, dtype=object)
        for t, w in mdp.transitions.row(c):
            sums[states[t]] += w
        assert quotient.transitions.row(d) == [(t, w) for t, w in enumerate(sums.tolist()) if w]
        assert quotient.markovian[d] == mdp.markovian[c]
        assert "actions" in dropped or quotient.action(d) == mdp.action(c)
    assert sorted(set(image.tolist())) == list(range(quotient.choices))
    assert set(dropped) <= {*mdp.labels, *mdp.state_rewards, *mdp.choice_rewards, "actions"}
    if {"labels", "rewards", "actions"} <= set(respect):
        assert dropped == ()
    again = coarsest(quotient, respect)
    assert len(set(again.class_of[: quotient.states].tolist())) == quotient.states


def test_names_that_differ_are_dropped() -> None:
    mdp = lf.MDP([[("a", {2: 1})], [("b", {2: 1})], [("c", {2: 1})]], labels={"end": [2]}, initial=0)
    quotient, dropped = mdp.quotient(coarsest(mdp, ("labels",)))
    assert (quotient.states, dropped) == (2, ("actions",))
    assert [quotient.action(c) for c in range(2)] == ["", "c"]
    assert quotient.initial is not None
    assert quotient.initial.fractions() == [1, 0]


def test_a_partition_that_is_no_lumping_or_of_other_nodes() -> None:
    mdp = lf.MDP([[("a", {0: 1})], [("a", {0: 1}), ("b", {1: 1})]])
    with pytest.raises(lf.ModelError, match="state 1 has a choice of a class that its representative has not"):
        mdp.quotient(Partition([0, 0, 1, 1, 2]))
    with pytest.raises(lf.ModelError, match="a partition of 2 members for 2 states and 3 choices"):
        mdp.quotient(Partition([0, 0]))


@needs_data
@pytest.mark.parametrize("respect", [("labels",), ("labels", "actions")])
@pytest.mark.parametrize("name", medium_but(["csma2_2"], ["csma2_2", "zeroconf_N20_K2", "coin2_K16", "firewire_3"]))
def test_class_counts_of_real_models(name: str, respect: tuple[str, ...]) -> None:
    wanted = json.loads((DATA / "mdp" / "counts.json").read_text())[name]
    mdp = lf.read(DATA / "mdp" / f"{name}.drn.gz")
    partition = coarsest(mdp, respect)
    classes = len(set(partition.class_of[: mdp.states].tolist()))
    assert classes == wanted["classes_with_action_names" if "actions" in respect else "classes"]
    quotient, _ = mdp.quotient(partition)
    assert quotient.states == classes
    if "actions" in respect:
        assert quotient.choices == wanted["storm_double_choices"]
