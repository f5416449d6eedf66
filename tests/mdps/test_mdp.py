"""Decision processes: what they hold, and one line for everything that is none."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.mdps.mdp import MDP
from lumpform.strategies.mdps import choices_of, written

HALF = Fraction(1, 2)
SMALL = [[("a", {1: "1/2", 2: "1/2"}), (None, {0: 1})], [("a", {1: 1})], [("b", {2: 1})]]


def test_what_it_holds() -> None:
    mdp = lf.MDP(SMALL, labels={"goal": [1]}, rewards={"r": [1, 0, 0]}, choice_rewards={"c": [1, 2, 3, 4]}, initial=0)
    assert (mdp.states, mdp.choices, mdp.edges, mdp.kind, mdp.domain) == (3, 4, 5, "mdp", "mdp")
    assert mdp.transitions.to_fractions() == [[0, HALF, HALF], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert mdp.first_choice.tolist() == [0, 2, 3, 4]
    assert mdp.state_of.tolist() == [0, 0, 1, 2]
    assert [mdp.action(c) for c in range(4)] == ["a", "", "a", "b"]
    assert mdp.actions == ("a", "", "b")
    assert mdp.choice_rewards["c"].fractions() == [1, 2, 3, 4]
    assert mdp.kinds == ("ordinary",)
    assert repr(mdp) == "<MDP mdp, 3 states, 4 choices, 5 transitions>"
    assert "1: 1/2, 2: 1/2" in mdp._repr_html_()
    assert mdp.parameters == ()


@given(ls.mdps())
def test_copies_are_equal(mdp: MDP) -> None:
    assert copy.deepcopy(mdp) == mdp == pickle.loads(pickle.dumps(mdp))
    assert not pickle.loads(pickle.dumps(mdp)).first_choice.flags.writeable


@given(ls.mdps())
def test_the_graph_has_states_and_choices(mdp: MDP) -> None:
    graph = mdp.weighted_graph()
    assert [(g.name, g.size) for g in graph.groups] == [("states", mdp.states), ("choices", mdp.choices)]
    has, transitions = graph.arrows
    assert (has.boolean, transitions.boolean) == (True, False)
    assert has.weights.to_sparse().row_of_entries().tolist() == mdp.state_of.tolist()


def test_names_of_actions_count_and_their_codes_do_not() -> None:
    assert lf.MDP([[("a", {0: 1})]]) != lf.MDP([[("b", {0: 1})]])
    assert lf.MDP([[("b", {0: 1})], [("a", {0: 1})]]).actions == ("b", "a")


@pytest.mark.parametrize(
    ("choices", "options", "message"),
    [
        ([[("a", {0: "0.99"})]], {}, r"choice 0 \('a'\) of state 0 sums to 0.99, expected exactly 1; rows='normalise'"),
        ([[(None, {0: 0.1, 1: 0.9})], [(None, {1: 1})]], {}, "choice 0 of state 0 sums to .*floats='decimal'"),
        ([[]], {}, "state 0 has no choices, expected a choice"),
        ([[("a", {1: 1})]], {}, "choice 0 of state 0 has the target 1, expected a state from 0 to 0"),
        ([[("a", {0: -1})]], {}, "weight to state 0 of choice 0 .* is -1, expected none below 0"),
        ([[("a",)]], {}, r"choice 0 of state 0 is .* expected \(action, targets\)"),
        ([["a"]], {}, "choice 0 of state 0 is 'a'"),
        (["a"], {}, "state 0 are given as 'a', expected a list of choices"),
        ([[(1, {0: 1})]], {}, "has the action 1, expected a printable name or None"),
        ([[("a", 0)]], {}, "has the targets '0', expected a mapping"),
        ([[("a", {0: "x"})]], {}, "the choices are not usable: 'x' is not a rational number"),
        ([[("a", {0: 2}, "rates")]], {}, "has rates, expected kind='ma'"),
        ([[("a", {0: 2}, "rates")] * 2], {"kind": "ma"}, "state 0 has two Markovian choices, expected one"),
        ([[("a", {}, "rates")]], {"kind": "ma"}, "is Markovian and has no rates"),
        ([[(None, {0: 1}), ("a", {}, "rates")]], {"kind": "ma"}, r"choice 1 \('a'\) of state 0 is Markovian"),
        ([[("a", {0: "1/2", 1: "1/2"})], []], {"kind": "lts"}, "has 2 targets, expected one"),
        ([[("a", {0: 1})]], {"labels": {"g": [1]}}, "label 'g' names state 1"),
        ([[("a", {0: 1})]], {"choice_rewards": {"c": [1, 2]}}, "choice reward 'c' has 2 entries, expected 1"),
        ([[("a", {0: 1})]], {"initial": 3}, "names state 3"),
    ],
)
def test_refused(choices: list, options: dict, message: str) -> None:
    with pytest.raises(lf.ModelError, match=message):
        lf.MDP(choices, **options)


def test_options_are_checked() -> None:
    for options in ({"kind": "pomdp"}, {"rows": "no"}, {"deadlocks": "no"}, {"floats": "no"}):
        with pytest.raises(lf.OptionError, match=next(iter(options))):
            lf.MDP(SMALL, **options)
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        lf.MDP(SMALL, colour=1)  # type: ignore[call-arg]


def test_what_is_mended() -> None:
    assert lf.MDP([[(None, {0: 1, 1: 2})], [("x", {1: 1})]], rows="normalise").transitions.row(0) == [
        (0, Fraction(1, 3)),
        (1, Fraction(2, 3)),
    ]
    mended = lf.MDP([[], [("x", {0: 1})]], deadlocks="loop", choice_rewards={"c": [5]})
    assert mended.transitions.to_fractions() == [[1, 0], [1, 0]]
    assert mended.choice_rewards["c"].fractions() == [0, 5]
    assert "1 state without choices got one that stays" in mended.notes[0]
    rates = lf.MDP([[("x", {0: 7}, "rates")], []], kind="ma", deadlocks="loop")
    assert rates.markovian.tolist() == [True, True]
    assert rates.exit_rates().fractions() == [7, 1]


@given(ls.mdps(kind="ma"), st.data())
def test_a_markovian_choice_becomes_the_first(mdp: MDP, data: st.DataObject) -> None:
    rows = [choice for row in choices_of(mdp) for choice in row]
    orders = [data.draw(st.permutations(mdp.choices_of(s))) for s in range(mdp.states)]
    again = lf.MDP(
        written([[rows[c] for c in order] for order in orders]),
        kind="ma",
        choice_rewards={"number": [c for order in orders for c in order]},
    )
    rates_first = [sorted(order, key=lambda c: not mdp.markovian[c]) for order in orders]
    assert again.choice_rewards["number"].fractions() == [c for order in rates_first for c in order]
    assert choices_of(again) == [[rows[c] for c in order] for order in rates_first]


def test_rewards_of_choices_are_decimals_where_a_choice_was_added() -> None:
    mended = lf.MDP([[], [("x", {0: 1})]], deadlocks="loop", floats="decimal", choice_rewards={"c": [0.1]})
    assert mended.choice_rewards["c"].fractions() == [0, Fraction(1, 10)]


def test_a_transition_system_may_stop() -> None:
    lts = lf.MDP([[("a", 1), ("b", 0)], []], kind="lts")
    assert (lts.states, lts.choices, lts.respected_by_default("ordinary")) == (2, 2, ("labels", "actions"))
    assert lts.first_choice.tolist() == [0, 2, 2]
