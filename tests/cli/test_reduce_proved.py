"""`lumpform reduce --epsilon E --box LO HI`: what is written is proved and verified."""

from __future__ import annotations

import json
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
