"""What the graph of a decision process decides, against the definitions, and how many rounds it takes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.mdps.reaching import Reaching


def one_step(mdp, states, every, among):
    """Return the states with a choice of `among` (with only such, if `every`) that can lead into `states`."""
    hits = {c: any(t in states for t, _ in mdp.transitions.row(c)) and c in among for c in range(mdp.choices)}
    met = all if every else any
    return {s for s in range(mdp.states) if len(mdp.choices_of(s)) and met(hits[c] for c in mdp.choices_of(s))}


def least(start, step):
    """Grow a set until nothing is added; returns the layers."""
    layers = [set(start)]
    while new := step(set().union(*layers)) - set().union(*layers):
        layers.append(new)
    return layers


@given(mdp=ls.mdps(), data=st.data())
def test_sets_grow_as_defined(mdp, data):
    drawn = data.draw(st.lists(st.booleans(), min_size=mdp.states, max_size=mdp.states))
    goal, graph = set(np.flatnonzero(drawn).tolist()), Reaching.of(mdp)
    everything = set(range(mdp.choices))
    mask = np.array(drawn, dtype=bool)
    layers = least(goal, lambda s: one_step(mdp, s, False, everything))
    assert {s: d for s, d in enumerate(graph.layers(mask).tolist()) if d >= 0} == {
        s: d for d, layer in enumerate(layers) for s in layer
    }
    found = set(np.flatnonzero(graph.unavoidable(mask)).tolist())
    assert found == set().union(*least(goal, lambda s: one_step(mdp, s, True, everything)))
    inside = set(range(mdp.states))
    while True:  # the greatest set from which the goal is reached by choices that never leave the set
        kept = {c for c in everything if all(t in inside for t, _ in mdp.transitions.row(c))}
        smaller = set().union(*least(goal, lambda s, kept=kept: one_step(mdp, s, False, kept)))
        if smaller == inside:
            break
        inside = smaller
    assert set(np.flatnonzero(graph.possibly_surely(mask)).tolist()) == inside


def test_a_deep_chain_takes_three_rounds(monkeypatch):
    depth = 2000
    rows = [{0: 1}, *({i - 1: "1/2", depth: "1/2"} for i in range(1, depth)), {depth: 1}]
    graph, rounds = Reaching.of(lf.MDP([[("a", row)] for row in rows])), []
    grow = Reaching.possible
    monkeypatch.setattr(Reaching, "possible", lambda *given: rounds.append(1) or grow(*given))
    goal = np.arange(depth + 1) == depth
    assert np.array_equal(graph.possibly_surely(goal), goal)
    assert len(rounds) <= 3


def test_a_choice_counts_once_and_a_goal_need_not_be_left_alone():
    """Two transitions of one choice are one choice; who is at the goal has reached it, wherever its choices lead."""
    mdp = lf.MDP(
        [
            [("a", {1: "1/2", 2: "1/2"}), ("b", {0: 1})],  # b stays where it is
            [("a", {1: 1})],
            [("a", {3: 1})],  # only to 3, from which the goal is not reached
            [("a", {3: 1})],
        ]
    )
    graph = Reaching.of(mdp)
    assert graph.unavoidable(np.array([False, True, True, False])).tolist() == [False, True, True, False]
    assert graph.possibly_surely(np.array([False, True, True, False])).tolist() == [True, True, True, False]
