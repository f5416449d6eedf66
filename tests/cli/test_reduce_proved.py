"""`lumpform reduce --epsilon E --box LO HI`: what is written is proved and verified."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

import lumpform as lf


@pytest.mark.medium
def test_the_command_writes_what_is_verified(lumpform, tmp_path: Path) -> None:
    model, small, proof = (tmp_path / name for name in ("n.npz", "small.onnx", "c.json"))
    lf.write(lf.Network.from_layers([([[1, 2, 1, 2], [1, "2.01", -1, -2]], [0, 0, 0, 0]), ([[1]] * 4, [0])]), model)
    asked = ["reduce", model, "--epsilon", "0.3", "--box", "0", "1", "-o", small, "--certificate", proof]
    outcome = lumpform(*asked, "--check")
    assert outcome.code == 0, outcome.err
    assert "on the box, proved on" in outcome.out
    assert "VERIFIED outputs differ by at most 3/10 on the box of inputs [0, 1]^2" in outcome.out
    assert lumpform("verify", model, small, proof).code == 0
    facts = json.loads(lumpform(*asked, "--json").out)
    assert (facts["certified"], facts["epsilon"], facts["box"]) == (True, "3/10", [["0", "1"]] * 2)
    assert facts["deviation_found"] <= facts["error_bound"] <= 0.3
    assert facts["tried"][0] == {
        "method": "linear", "neurons": [4], "outcome": "proved", "deviation_found": 0.0,
    }  # fmt: skip
    lf.write(lf.read(model), small)  # somebody writes another network there
    assert lumpform("verify", model, small, proof).code == 1


@pytest.mark.medium
def test_a_chain_within_epsilon_is_verified(lumpform, tmp_path: Path) -> None:
    rows = [["0.5", "0.25", "0.25"], ["0.1", "0.9", 0], ["0.11", 0, "0.89"]]
    lf.write(lf.MarkovChain(rows, labels={"a": [0]}, initial=0), tmp_path / "m.drn")
    model, small, proof = (tmp_path / name for name in ("m.drn", "q.drn", "c.json"))
    asked = ["reduce", model, "--epsilon", "0.01", "-o", small, "--certificate", proof]
    assert lumpform(*asked, "--kind", "exact").code == 2
    assert {path.name for path in tmp_path.iterdir()} == {"m.drn"}
    outcome = lumpform(*asked)
    assert outcome.code == 0, outcome.err
    assert "differs by at most 0.005, proved" in outcome.out
    said = lumpform("verify", model, small, proof)
    assert said.code == 0
    assert said.out.startswith("VERIFIED within 1/100 per step: ordinary lumping of a dtmc with 3 states into 2")
    proof.write_text(proof.read_text(encoding="utf-8").replace('"1/100"', '"1/250"'), encoding="utf-8")
    said = lumpform("verify", model, small, proof)
    assert (said.code, "REJECTED A1: one step of state 1 differs by 1/200" in said.out) == (1, True)


@pytest.mark.medium
def test_what_a_chain_differs_by_at_most_is_rounded_up(lumpform, tmp_path: Path) -> None:
    """From both states of the class {0, 1} it differs by 2/7 from the first step on, which is more than 0.285714."""
    rows = [[0, 0, "3/7", "4/7"], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    lf.write(lf.MarkovChain(rows, labels={"a": [2], "b": [3]}), tmp_path / "m.drn")
    out = lumpform("reduce", tmp_path / "m.drn", "--epsilon", "0.3").out
    said = [Fraction(word) for word in re.findall(r"differs? by at most ([^\s,]+)", out)]
    assert len(said) == 4
    assert min(said) >= Fraction(2, 7)
