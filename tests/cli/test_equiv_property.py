"""`lumpform equiv --property` with files of VNN-LIB 2 about two networks."""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest

import lumpform as lf

pytestmark = pytest.mark.medium


def shifted(by: F) -> Any:
    """|x| as two ReLUs, and a constant."""
    return lf.Network.from_layers([([[1, -1]], [0, 0]), ([[1], [1]], [by])])


DECLARED = """(vnnlib-version <2.0>)
(declare-network f (declare-input X real [{inputs}]) (declare-output Y real [{outputs}]))
(declare-network g {relation} (declare-input U real [{inputs}]) (declare-output V real [{outputs}]))
(assert (and (<= X[{at}] 1) (>= X[{at}] 0) (== X[{at}] U[{at}])))
(assert (or (>= Y[{at}] (+ V[{at}] 0.1)) (>= V[{at}] (+ Y[{at}] 0.1))))
"""


@pytest.mark.parametrize(
    ("inputs", "outputs", "relation", "message"),
    [
        ("1", "1", "", None),
        ("1,1", "1,1", "(isomorphic-to f)", None),
        ("2", "1", "", "found X[1] and U[1] that need not be equal"),
        ("1", "2", "", "found the shape [2] of Y, expected that of the outputs"),
        ("1", "1]) (declare-output Z{} real [1", "", "found 2 of f, expected 1, the outputs"),
        ("1", "1", "(equal-to f)", "found equal-to, expected the same file twice"),
    ],
)
def test_declared_networks_are_those_of_the_files(
    lumpform: Any, tmp_path: Path, inputs: str, outputs: str, relation: str, message: str | None
) -> None:
    files = [tmp_path / "f.npz", tmp_path / "g.npz"]
    lf.write(shifted(F(0)), files[0])
    lf.write(shifted(F(1, 20)), files[1])
    lines = DECLARED.format(inputs=inputs, outputs=outputs, relation=relation, at="0" + ",0" * inputs.count(","))
    path = tmp_path / "p.vnnlib"
    path.write_text("\n".join(line.replace("{}", str(k)) for k, line in enumerate(lines.splitlines())))
    outcome = lumpform("equiv", *files, "--property", path)
    if message is None:
        assert outcome.code == 0
        assert "below the file's numbers" in outcome.out
    else:
        assert outcome.code == 2
        assert message in outcome.err


def test_what_a_file_says_is_not_said_again(lumpform: Any, tmp_path: Path) -> None:
    files, path, proof = [tmp_path / "f.npz", tmp_path / "g.npz"], tmp_path / "p.vnnlib", tmp_path / "c.json"
    lf.write(shifted(F(0)), files[0])
    lf.write(shifted(F(1, 20)), files[1])
    path.write_text(DECLARED.format(inputs="1", outputs="1", relation="", at="0"))
    refused = lumpform("equiv", *files, "--property", path, "--epsilon", "1")
    assert refused.code == 2
    assert "says how much outputs may differ: leave --epsilon, --argmax and --margin out" in refused.err
    assert lumpform("equiv", *files, "--property", path, "--certificate", proof).code == 0
    assert lumpform("verify", *files, proof).code == 0
    same = path.with_name("same.vnnlib")
    same.write_text(DECLARED.format(inputs="1", outputs="1", relation="(equal-to f)", at="0"))
    assert lumpform("equiv", files[0], files[0], "--property", same).code == 0
