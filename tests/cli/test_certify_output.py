"""`lumpform certify` of networks: outputs at most some numbers on a box, verified together with the reduction."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import lumpform as lf
from lumpform.cli.certify_output import linear_form

pytestmark = pytest.mark.medium


@pytest.fixture
def reduced(lumpform, tmp_path: Path) -> tuple[Path, Path, Path]:
    """Two outputs, of three neurons of which one is a copy of another."""
    layers = [([[1, 2, 0], [0, 0, 1]], [0, 0, 0]), ([[1, 0], [0.5, 0], [1, 1]], [0, 0.25])]
    lf.write(lf.Network.from_layers(layers), tmp_path / "m.npz")
    paths = tmp_path / "m.npz", tmp_path / "s.npz", tmp_path / "c.json"
    assert lumpform("reduce", paths[0], "-o", paths[1], "--certificate", paths[2]).code == 0
    return paths


def test_a_bound_is_written_and_verified(lumpform, reduced: tuple[Path, Path, Path]) -> None:
    bound = reduced[1].parent / "b.json"
    claim = ("--output", "y0", "--at-most", "3.01", "--output=-2 y1 + y0", "--at-most", "1.6")
    outcome = lumpform("certify", reduced[1], "--box", "-1", "1", *claim, "-o", bound)
    assert outcome.code == 0, outcome.err
    first, second = outcome.out.splitlines()
    assert first == f"{reduced[1]}: for every input in the box: y0 <= 301/100 and y0 - 2 y1 <= 8/5"
    leaves = json.loads(bound.read_text())["tree"].count(".")
    assert second == f"wrote {bound}: {leaves} leaves"
    outcome = lumpform("verify", *reduced, bound)
    assert outcome.code == 0
    assert outcome.out.startswith(f"VERIFIED for every input of {reduced[0]} in the box [-1, 1]^2: y0 <= 301/100 and ")
    fields = json.loads(bound.read_text())
    fields["half_spaces"][0]["at_most"] = "2.9"
    bound.write_text(json.dumps(fields))
    outcome = lumpform("verify", *reduced, bound)
    assert (outcome.code, outcome.out.startswith("REJECTED H6: ")) == (1, True)


def test_json_and_a_box_file(lumpform, reduced: tuple[Path, Path, Path]) -> None:
    bound, box = reduced[1].parent / "b.json", reduced[1].parent / "box.txt"
    box.write_text("0 1\n-1 0\n")
    claim = ("--output", "y0", "--at-most", "2.1")
    outcome = lumpform("certify", reduced[1], "--box-file", box, *claim, "-o", bound, "--json")
    assert json.loads(outcome.out) == {
        "schema": "lumpform/1",
        "domain": "network",
        "box": [["0", "1"], ["-1", "0"]],
        "half_spaces": [{"coefficients": [[0, "1"]], "at_most": "21/10"}],
        "leaves": 1,
        "certificate": str(bound),
    }


def test_bad_input_is_one_line_and_nothing_is_written(lumpform, reduced: tuple[Path, Path, Path], model: Path) -> None:
    bound = reduced[1].parent / "b.json"
    box, claim = ("--box", "-1", "1"), ("--output", "y0", "--at-most", "4")
    for arguments, said in (
        ([reduced[1], *claim], "a network needs --box"),
        ([reduced[1], *box], "as many --output as --at-most, found 0 and 0"),
        ([reduced[1], *box, "--output", "y0"], "as many --output as --at-most, found 1 and 0"),
        ([reduced[1], *box, "--output", "x0", "--at-most", "4"], "--output 'x0': expected outputs"),
        ([reduced[1], *box, "--output", "y7", "--at-most", "4"], "there is no output 7"),
        ([reduced[1], *box, "--output", "y0", "--at-most", "2"], "no proof that the outputs are in y0 <= 2"),
        ([reduced[1], *box, "--output", "y0", "--at-most", "much"], "much"),
        ([reduced[1], *box, *claim, "--reach", "a"], "--reach is not for models of the domain network"),
        ([reduced[1], *box, *claim, "--box-file", model], "--box and --box-file exclude each other"),
        ([reduced[1], *box, *claim, "--timeout", "0"], "--timeout is 0"),
        ([model, "--reach", "a", *box], "--box is not for models of the domain chain"),
        ([model], "--reach is missing"),
        ([model, "--reach", "a", "--at-most", "1", "--at-most", "1"], "more than one --at-most is not for models"),
    ):
        assert said in lumpform("certify", *arguments, "-o", bound).one_error_line(), said
        assert not bound.exists()


def test_sums_of_outputs() -> None:
    assert linear_form("y0") == {0: 1}
    assert linear_form(" - y_1 + 3/2 y0 -y1") == {0: Fraction(3, 2), 1: -2}
    assert linear_form("0.5*Y_2 + 1e-3 y0") == {2: Fraction(1, 2), 0: Fraction(1, 1000)}
    for text in ("", "y", "y0 y1", "y0 + ", "1 2 y0", "y0 <= 3", "--y0", "1/0 y0", "1..2 y0"):
        with pytest.raises(lf.OptionError, match="--output"):
            linear_form(text)
