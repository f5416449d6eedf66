"""`lumpform theorems`: the table, one theorem, a hypothesis dropped, and what is refused."""

import json

import pytest

from lumpform.theorems import CATALOGUE, DOMAINS


def test_the_table_has_all_theorems(lumpform) -> None:
    outcome = lumpform("theorems")
    assert outcome.code == 0
    for name in ("T0 ", "T11", "T17", *DOMAINS):
        assert name in outcome.out
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[1:-1]] == list(CATALOGUE)
    least = next(line.split() for line in lines if line.startswith("T0 "))
    assert least[-5:] == ["2", "3", "1", "2", "1"]
    facts = json.loads(lumpform("theorems", "--json", "--domain", "chain").out)
    assert [t["name"] for t in facts["theorems"]][-1] == "T23"
    assert [t["name"] for t in json.loads(lumpform("theorems", "--json", "--domain", "mdp").out)["theorems"]] == [
        *("T0", "T2", "T10", "T11", "T20")
    ]
    assert all("chain" not in t["absent"] for t in facts["theorems"])


@pytest.mark.medium
def test_a_theorem_that_holds(lumpform) -> None:
    outcome = lumpform("theorems", "t3", "--domain", "chain", "--examples", "20")
    assert outcome.code == 0
    assert "dtmc: holds on 20 models" in outcome.out
    assert "unrolled" not in outcome.out


def test_why_a_hypothesis_is_needed(lumpform) -> None:
    outcome = lumpform("theorems", "T1", "--drop", "weighted sums")
    assert outcome.code == 0
    assert "counterexample without 'weighted sums'" in outcome.out
    assert "the lifted quotient" in outcome.out
    few = lumpform("theorems", "T1", "--drop", "weighted sums", "--examples", "1", "--json")
    assert few.code == 1
    assert json.loads(few.out)["outcomes"][0]["counterexample"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["T99"], "no theorem is called 'T99'"),
        (["T7", "--domain", "network"], "a network has inputs instead of a stationary distribution"),
        (["T4", "--drop", "luck"], "no hypothesis 'luck'"),
        (["--drop", "luck"], "--drop needs the name of a theorem"),
        (["T4", "--examples", "0"], "examples is 0"),
    ],
)
def test_what_is_refused(lumpform, arguments: list[str], message: str) -> None:
    assert message in lumpform("theorems", *arguments).one_error_line()
