"""`lumpform certify`: a bound on the probability of reaching a label, verified together with the reduction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import lumpform as lf


@pytest.fixture
def reduced(lumpform, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two gamblers who toss coins until one of them has won thrice, with the same state for both."""
    choices = [[("toss", {1: "1/2", 2: "1/2"}), ("wait", {0: 1})], [("toss", {3: "1/3", 0: "2/3"})]]
    choices += [[("toss", {3: "1/3", 0: "2/3"})], [("stay", {3: 1})]]
    lf.write(lf.MDP(choices, labels={"won": [3]}, initial=0), tmp_path / "m.drn")
    paths = tmp_path / "m.drn", tmp_path / "s.drn", tmp_path / "c.json"
    assert lumpform("reduce", paths[0], "-o", paths[1], "--certificate", paths[2]).code == 0
    return paths


def test_a_bound_is_written_and_verified(lumpform, reduced: tuple[Path, Path, Path]) -> None:
    bound = reduced[1].parent / "b.json"
    outcome = lumpform("certify", reduced[1], "--reach", "won", "--optimise", "min", "-o", bound)
    assert outcome.code == 0
    first, second = outcome.out.splitlines()
    assert first == f"{reduced[1]}: under some scheduler 'won' is reached with a probability of at most 0"
    assert second == f"wrote {bound}: 3 values"
    outcome = lumpform("verify", *reduced, bound)
    assert outcome.code == 0
    assert outcome.out.startswith(f"VERIFIED from the initial distribution of {reduced[0]}, the probability to reach")
    fields = json.loads(bound.read_text())
    bound.write_text(json.dumps({**fields, "optimise": "max"}))
    outcome = lumpform("verify", *reduced, bound)
    assert (outcome.code, outcome.out.startswith("REJECTED B6: ")) == (1, True)


def test_json_and_a_bound_of_ones_own(lumpform, reduced: tuple[Path, Path, Path]) -> None:
    bound = reduced[1].parent / "b.json"
    outcome = lumpform("certify", reduced[1], "--reach", "won", "--at-most", "1", "-o", bound, "--json")
    assert json.loads(outcome.out) == {
        "schema": "lumpform/1",
        "domain": "mdp",
        "states": 3,
        "goal": "won",
        "optimise": "max",
        "bound": "1",
        "certificate": str(bound),
    }


def test_bad_input_is_one_line_and_nothing_is_written(lumpform, reduced: tuple[Path, Path, Path], model: Path) -> None:
    bound = reduced[1].parent / "b.json"
    for arguments, said in (
        ([reduced[1], "--reach", "lost"], "there is no label 'lost'"),
        ([reduced[1], "--reach", "won", "--at-most", "99/100"], "no proof that 'won' is reached with at most 99/100"),
        ([reduced[1], "--reach", "won", "--at-most", "much"], "much"),
        ([reduced[1].parent / "missing.drn", "--reach", "won"], "missing.drn"),
    ):
        assert said in lumpform("certify", *arguments, "-o", bound).one_error_line()
        assert not bound.exists()
    assert "choose another name" in lumpform("certify", model, "--reach", "a", "-o", model).one_error_line()
