"""UMB files, with umbi: there and back, as umbi reads and writes them, and a line for every fault in an array."""

from __future__ import annotations

import struct
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from format_cases import chains, message_of
from hypothesis import given
from umb_files import index_with, members, save_umb, words

import lumpform as lf
from lumpform import strategies as ls
from lumpform.chains.chain import MarkovChain
from lumpform.mdps.mdp import MDP

if sys.version_info < (3, 12):
    pytest.skip("the extra umb needs Python 3.12", allow_module_level=True)
umbi = pytest.importorskip("umbi", reason="the extra umb is not installed")

THIRD = Fraction(1, 3)


def again(model: Any, folder: Path) -> Any:
    """The model, written and read."""
    lf.write(model, folder / "m.umb")
    return lf.read(folder / "m.umb")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("umb")


@given(chain=chains(min_states=1))
def test_chains_there_and_back(chain: MarkovChain, folder: Path) -> None:
    assert again(chain, folder) == chain


@given(mdp=ls.mdps(kind="mdp"))
def test_decision_processes_there_and_back(mdp: MDP, folder: Path) -> None:
    assert again(mdp, folder) == mdp


@given(mdp=ls.mdps(kind="lts"))
def test_transition_systems_there_and_back(mdp: MDP, folder: Path) -> None:
    assert again(mdp, folder) == mdp


@given(mdp=ls.mdps(kind="ma"))
def test_markov_automata_there_and_back(mdp: MDP, folder: Path) -> None:
    mixed = any(mdp.markovian[mdp.first_choice[s]] and len(mdp.choices_of(s)) > 1 for s in range(mdp.states))
    if mixed:
        with pytest.raises(lf.ModelError, match="cannot hold a Markovian choice beside others"):
            again(mdp, folder)
    else:
        assert again(mdp, folder) == mdp


def test_equal_models_give_equal_bytes(tmp_path: Path) -> None:
    chain = MarkovChain([[0, "1/3", "2/3"], [3, 0, 0], [0, 0, 0]], kind="ctmc", labels={"A b": [0]}, initial=0)
    for name in ("a.umb", "b.umb"):
        lf.write(chain, tmp_path / name)
    assert (tmp_path / "a.umb").read_bytes() == (tmp_path / "b.umb").read_bytes()


def test_long_numbers_stay_exact(tmp_path: Path) -> None:
    big = Fraction(10**400, 7**300)
    chain = MarkovChain([[0, big], [1 / big, 0]], kind="ctmc", rewards={"r": [-big, 0]})
    assert again(chain, tmp_path) == chain
    with pytest.raises(lf.ModelError, match="2000 digits"):
        again(MarkovChain([[0, Fraction(10**4000)], [1, 0]], kind="ctmc"), tmp_path)


def test_names_that_are_no_paths_become_aliases(tmp_path: Path) -> None:
    labels = {name: [0] for name in ("goal", "n1", "two words", "../x", "größe", "n" * 90)}
    chain = MarkovChain([[1]], labels=labels)
    assert again(chain, tmp_path) == chain
    umb = umbi.umb.read(tmp_path / "m.umb")
    assert {d.alias for d in umb.index.annotations["aps"].values()} == set(labels)
    assert all("/" not in identifier for identifier in umb.index.annotations["aps"])


def test_umbi_reads_what_was_written(tmp_path: Path) -> None:
    mdp = MDP(
        [[("a", {0: THIRD, 1: 2 * THIRD}), ("", {1: 1})], [("b", {0: 1})]], initial=1, choice_rewards={"r": [1, 2, 3]}
    )
    lf.write(mdp, tmp_path / "m.umb")
    umb = umbi.umb.read(tmp_path / "m.umb", strict=True)
    assert umb.branch_to_probability == [THIRD, 2 * THIRD, 1, 1]
    assert [umb.choice_action_to_string[a] for a in umb.choice_to_choice_action] == ["a", "", "b"]
    assert (umb.state_to_choices, umb.choice_to_branches) == ([0, 2, 3], [0, 2, 3, 4])
    assert umb.annotations == {"rewards": {"r": {"choices": [1, 2, 3]}}}
    umbi.umb.write(umb, tmp_path / "n.umb")
    assert lf.read(tmp_path / "n.umb") == mdp


def test_a_file_by_hand(tmp_path: Path) -> None:
    expected = MarkovChain([["1/4", "3/4"], [0, 1]], initial=0, labels={"goal": [1]}, rewards={"steps": ["1/3", 0]})
    for compress in (True, False):
        assert lf.read(save_umb(tmp_path, compress=compress)) == expected
    assert lf.read(save_umb(tmp_path), kind="dtmc") == expected
    with pytest.raises(lf.FormatError, match="found a DTMC, expected a CTMC"):
        lf.read(save_umb(tmp_path), kind="ctmc")
    with pytest.raises(lf.OptionError, match="no option 'max_bytes'"):
        lf.read(save_umb(tmp_path), max_bytes=3)


def test_doubles_are_dyadic_or_the_decimals_that_they_show(tmp_path: Path) -> None:
    path = save_umb(tmp_path, members(None, branch_to_probability=struct.pack("<3d", 0.1, 0.9, 1)))
    assert lf.read(path, floats="decimal").weights.to_fractions()[0] == [Fraction(1, 10), Fraction(9, 10)]
    three = save_umb(tmp_path, members(None, branch_to_probability=struct.pack("<3d", 0.3, 0.6, 1)))
    with pytest.raises(lf.FormatError, match="rows='normalise'"):
        lf.read(three)
    assert sum(lf.read(three, rows="normalise").weights.to_fractions()[0]) == 1


def test_rates_are_exit_rates_times_probabilities(tmp_path: Path) -> None:
    given = index_with(time="stochastic", exit_rate_type={"type": "double"})
    given["annotations"]["rewards"] = {"r": {"applies-to": ["choices", "branches"], "type": {"type": "double"}}}
    rates = {
        "annotations/rewards/r/choices/values.bin": struct.pack("<2d", 1, 0),
        "annotations/rewards/r/branches/values.bin": struct.pack("<3d", 0, 4, 5),
        "state-to-exit-rate.bin": struct.pack("<2d", 2, 0),
    }
    chain = lf.read(save_umb(tmp_path, {**members(given), **rates}))
    assert chain.weights.to_fractions() == [[Fraction(1, 2), Fraction(3, 2)], [0, 0]]
    assert chain.rewards["r"].fractions() == [2 * (1 + 3), 0]
    rates["state-to-exit-rate.bin"] = struct.pack("<2d", 2, -1)
    with pytest.raises(lf.FormatError, match=r"state-to-exit-rate.bin \(state 1\): found -1"):
        lf.read(save_umb(tmp_path, {**members(given), **rates}))
    rates["state-to-exit-rate.bin"] = struct.pack("<2d", 2, 0)
    wrong = {**members(given, branch_to_probability=struct.pack("<3d", 0.25, 0.5, 1)), **rates}
    with pytest.raises(lf.FormatError, match=r"state 0\): found probabilities that sum to 0.75, expected 1"):
        lf.read(save_umb(tmp_path, wrong))


def test_rewards_of_branches_are_earned_with_their_probability(tmp_path: Path) -> None:
    given = index_with(n_players=1)
    given["annotations"]["rewards"] = {"r": {"applies-to": ["branches", "states"], "type": {"type": "double"}}}
    rewards = {
        "annotations/rewards/r/branches/values.bin": struct.pack("<3d", 4, 8, 5),
        "annotations/rewards/r/states/values.bin": struct.pack("<2d", 1, 2),
    }
    mdp = lf.read(save_umb(tmp_path, {**members(given), **rewards}))
    assert (mdp.kind, mdp.state_rewards["r"].fractions()) == ("mdp", [1, 2])
    assert mdp.choice_rewards["r"].fractions() == [7, 5]


def test_actions_without_names_are_numbers(tmp_path: Path) -> None:
    given = index_with(n_players=1, n_choice_actions=9)
    values = {"actions/choices/values.bin": struct.pack("<2I", 7, 3)}
    mdp = lf.read(save_umb(tmp_path, {**members(given), **values}))
    assert [mdp.action(c) for c in range(2)] == ["7", "3"]


FAULTS = {
    "target": (members(None, branch_to_target=words(0, 1, 9)), "entry 2", "state 9", "states from 0 to 1"),
    "pointers": (members(None, choice_to_branches=words(0, 4, 3)), "choice-to-branches", "overlap", "from 0 to 3"),
    "row": (members(None, branch_to_probability=struct.pack("<3d", 0.5, 0.75, 1)), "state 0", "sums to 1.25", "1 ("),
    "nan": (members(None, branch_to_probability=struct.pack("<3d", 0, float("nan"), 1)), "probab", "nan", "finite"),
    "inf": (members(None, branch_to_probability=struct.pack("<3d", 0, float("inf"), 1)), "probab", "inf", "finite"),
    "zero denominator": (
        {**members(), "annotations/rewards/r/states/values.bin": words(1, 0, 0, 1)}, "", "ZeroDivisionError", "umbi",
    ),
    "initial": (members(None, state_is_initial=words(3)), "state-is-initial", "2 initial states", "the 1 that"),
    "exit rates": (members(index_with(time="stochastic")), "state-to-exit-rate.bin", "no exit rates", "one for"),
    "choices": (
        members(index_with(n_states=1), state_to_choices=words(0, 2), branch_to_target=words(0, 0, 0)),
        "state-to-choices.bin", "2 choices in state 0", "at most one",
    ),
    "probabilities": (
        members(index_with(branch_probability_type=None)), "branch-to-probability.bin", "no probabilities", "those",
    ),
    "lts": (
        members(index_with(n_players=1, branch_probability_type=None)), "", "choice 0 of state 0 has 2 targets", "one",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults(case: str, tmp_path: Path) -> None:
    contents, place, found, expected = FAULTS[case]
    if case == "choices":
        contents.pop("annotations/rewards/r/states/values.bin")
        contents["annotations/rewards/r/states/values.bin"] = words(1, 3)
    with pytest.raises(lf.FormatError) as error:
        lf.read(save_umb(tmp_path, contents))
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected


def test_names_twice_and_a_label_init(tmp_path: Path) -> None:
    given = index_with()
    bits = {"applies-to": ["states"], "type": {"type": "bool"}}
    given["annotations"]["aps"] = {"goal": bits, "other": {**bits, "alias": "goal"}}
    two = {**members(given), "annotations/aps/other/states/values.bin": words(1)}
    with pytest.raises(lf.FormatError, match="the name 'goal'"):
        lf.read(save_umb(tmp_path, two))
    given["annotations"]["aps"]["other"]["alias"] = "init"
    assert list(lf.read(save_umb(tmp_path, {**two, **members(given)})).labels) == ["goal"]
    with pytest.raises(lf.FormatError, match="a label init of other states"):
        lf.read(save_umb(tmp_path, {**two, **members(given), "annotations/aps/other/states/values.bin": words(2)}))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (MarkovChain([]), "without states"),
        (MarkovChain([[0, 1], [1, 0]], initial=[THIRD, 2 * THIRD]), "initial distribution that is not uniform"),
        (MarkovChain([[1]], labels={"init": [0]}), "'init'"),
        (MDP([[("a", {0: 1})]], labels={'"': [0]}), "label name"),
    ],
    ids=["empty", "uneven", "init", "quotes"],
)
def test_what_cannot_be_held(model: Any, message: str, tmp_path: Path) -> None:
    (tmp_path / "m.umb").write_bytes(b"old")
    with pytest.raises(lf.ModelError, match=message):
        lf.write(model, tmp_path / "m.umb")
    assert (tmp_path / "m.umb").read_bytes() == b"old"


def test_nothing_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture) -> None:
    again(MDP([[], []], kind="lts"), tmp_path)
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
