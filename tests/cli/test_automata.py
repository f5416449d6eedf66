"""The commands on weighted automata: the file of docs/formats.md, from reading to a verdict."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf

AUTOMATON = lf.WeightedAutomaton.from_matrices(
    [1, 0, 0], {"a": [[0, "1/4", "3/4"], [0] * 3, [0] * 3], "b": [[2, 0, 0], [-1, 0, 0], [-1, 0, 0]]}, [0, "1/2", "0.5"]
)


@pytest.fixture
def automaton(tmp_path: Path) -> Path:
    """The automaton of docs/formats.md, as it stands there."""
    text = (Path(__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")
    path = tmp_path / "m.wa"
    lines = text[text.index("    wa 3 5") :].split("\n\n")[0].splitlines()
    path.write_text("\n".join(line.strip() for line in lines) + "\n")
    return path


def test_the_file_of_the_documentation(automaton: Path) -> None:
    assert lf.read(automaton) == AUTOMATON


def test_info(lumpform: Callable[..., Any], automaton: Path) -> None:
    facts = json.loads(lumpform("info", automaton, "--json").out)
    assert (facts["domain"], facts["nodes"], facts["edges"]) == ("automaton", 3, 5)
    assert facts["letters"]["b"] == {"edges": 3, "weights": {"distinct": 2, "least": "-1", "greatest": "2"}}
    assert "1/4 to 3/4" in lumpform("info", automaton).out


def test_reduce_verify_and_a_damaged_file(lumpform: Callable[..., Any], automaton: Path, tmp_path: Path) -> None:
    small, proof, classes = tmp_path / "s.wa", tmp_path / "c.json", tmp_path / "c.txt"
    outcome = lumpform("reduce", automaton, "-o", small, "--certificate", proof, "--map", classes, "--check", "--json")
    result = json.loads(outcome.out)
    assert (outcome.code, result["classes"], result["respect"]) == (0, 2, ["final"])
    assert result["check"].startswith("VERIFIED ordinary lumping of a weighted automaton with 3 states and 2 letters")
    assert classes.read_text() == "0\n1\n1\n"
    assert lumpform("verify", automaton, small, proof).code == 0
    assert lumpform("equiv", automaton, small).code == 0
    assert lumpform("lumpable", automaton, classes).code == 0
    small.write_text(small.read_text().replace('0 "b" 0 2', '0 "b" 0 3'))
    assert lumpform("verify", automaton, small, proof).out.startswith("REJECTED R2: ")
    outcome = lumpform("equiv", automaton, small, "--json")
    assert (outcome.code, json.loads(outcome.out)["word"]) == (1, ["b", "a"])


def test_why(lumpform: Callable[..., Any], automaton: Path) -> None:
    assert "the final weight is 0 in state 0 and 1/2 in state 1" in lumpform("why", automaton, 0, 1).out
    assert lumpform("why", automaton, 1, 2).code == 1


def test_kinds_and_what_is_respected(lumpform: Callable[..., Any], automaton: Path) -> None:
    found = json.loads(lumpform("reduce", automaton, "--respect", "final", "initial", "--json").out)
    assert (found["classes"], found["respect"]) == (2, ["final", "initial"])
    assert json.loads(lumpform("reduce", automaton, "--kind", "exact", "--json").out)["classes"] == 3


def test_what_does_not_fit_is_one_line(lumpform: Callable[..., Any], automaton: Path, model: Path) -> None:
    assert "cannot respect 'labels'" in lumpform("reduce", automaton, "--respect", "labels").one_error_line()
    assert "proportional" in lumpform("reduce", automaton, "--kind", "proportional").one_error_line()
    assert lumpform("reduce", automaton, "-o", automaton.with_suffix(".drn")).one_error_line()
    assert lumpform("reduce", automaton, "--epsilon", "0.1").one_error_line()
    assert lumpform("equiv", automaton, model).one_error_line()
    assert lumpform("compare", automaton).one_error_line()
