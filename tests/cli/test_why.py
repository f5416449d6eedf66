"""`lumpform why`: sentences, exit codes, JSON, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lumpform as lf

CHAIN = lf.MarkovChain(
    [[0, "1/2", "1/2", 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, "1/2", "1/2"], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]],
    labels={"broken": [4]},
    state_names=["new", "used", "worn", "repaired", "scrap"],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    lf.write(CHAIN, tmp_path / "m.npz")
    return tmp_path / "m.npz"


def test_states_that_are_apart(lumpform, path: Path) -> None:
    outcome = lumpform("why", path, "new", "1")
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[:-1] == str(lf.why(CHAIN, 0, 1)).splitlines()
    assert lines[-1] == "Replayed: every sum recomputed on the model with exact numbers."


def test_states_of_one_class(lumpform, path: Path) -> None:
    outcome = lumpform("why", path, "1", "3")
    assert outcome.code == 1
    assert outcome.out == "state 1 (used) and state 3 (repaired) are in one class of the coarsest ordinary lumping\n"
    facts = json.loads(lumpform("why", path, "1", "3", "--json").out)
    assert (next(iter(facts.items())), facts["apart"]) == (("schema", "lumpform/1"), False)
    assert lumpform("why", path, "0", "1", "--respect", "none").code == 1


def test_json(lumpform, path: Path) -> None:
    outcome = lumpform("why", path, "0", "1", "--json")
    assert outcome.code == 0
    facts = json.loads(outcome.out)
    assert facts["schema"] == "lumpform/1"
    assert (facts["apart"], facts["depth"], facts["replayed"], facts["kind"]) == (True, 2, True, "ordinary")
    assert facts["step"] == {
        "round": 2,
        "nodes": ["state 0 (new)", "state 1 (used)"],
        "seen": "transitions",
        "side": "out",
        "class": "A",
        "values": ["1/2", "0"],
    }
    assert [(c["name"], c["round"], c["size"]) for c in facts["classes"]] == [("A", 1, 1), ("B", 0, 1)]
    assert facts["classes"][1]["steps"][0]["values"] == [True, False]


def test_decision_processes_and_networks(lumpform, tmp_path: Path) -> None:
    mdp = lf.MDP([[("a", {1: 1})], [("b", {1: 1})]])
    lf.write(mdp, tmp_path / "m.drn")
    assert lumpform("why", tmp_path / "m.drn", "0", "1").code == 1
    named = lumpform("why", tmp_path / "m.drn", "0", "1", "--respect", "actions")
    assert named.code == 0
    assert "the action is 'a' in choice 0 of state 0 (a)" in named.out
    lf.write(lf.Network.from_layers([([[1, 2], [1, 3]], None), ([[1], [1]], [0])]), tmp_path / "n.npz")
    outcome = lumpform("why", tmp_path / "n.npz", "x1:0", "x1:1")
    assert outcome.code == 0
    assert "over input 0 of 'x0' and input 1 of 'x0'" in outcome.out
    facts = json.loads(lumpform("why", tmp_path / "n.npz", "x1:0", "x1:1", "--json").out)
    assert (facts["apart"], facts["depth"], facts["step"]["values"]) == (True, 1, ["1", "2"])
    assert (facts["step"]["second"]["class"], facts["step"]["second"]["values"]) == ("B", ["1", "3"])


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (("0", "5"), "there is no state or node '5', expected a number from 0 to 4 or the name of a state"),
        (("0", "brandnew"), "there is no state or node 'brandnew'"),
        (("1e3", "0"), "there is no state or node '1e3'"),
    ],
)
def test_states_that_do_not_exist(lumpform, path: Path, states: tuple[str, str], message: str) -> None:
    assert message in lumpform("why", path, *states).one_error_line()


def test_sums_up_to_a_factor(lumpform, tmp_path: Path) -> None:
    lf.write(lf.MarkovChain([[0, 1, 2], [2, 0, 2], [5, 3, 0]], kind="ctmc"), tmp_path / "m.drn")
    asked = "why", tmp_path / "m.drn", "1", "2", "--kind", "proportional-exact-one-sided"
    assert "over class A, state 1 has the sum 0, and state 2 has -4" in lumpform(*asked).out
    facts = json.loads(lumpform(*asked, "--json").out)
    assert (facts["apart"], facts["replayed"], facts["step"]["values"]) == (True, True, ["0", "-4"])
