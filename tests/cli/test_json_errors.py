"""With `--json`, an error of every command is one JSON object on standard output, and one line on standard error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lumpform.cli.app import COMMANDS
from lumpform.cli.show import SCHEMA

WRONG = {
    "demo": ["--nothing"],
    "info": ["missing.drn"],
    "reduce": ["missing.drn", "-o", "small.drn"],
    "lumpable": ["missing.drn", "classes.txt"],
    "why": ["missing.drn", "0", "1"],
    "compare": ["missing.onnx"],
    "figures": ["--nothing"],
    "certify": ["missing.drn", "--reach", "a", "-o", "b.json"],
    "verify": ["a.drn", "b.drn", "c.json", "--nothing"],
    "equiv": ["missing.drn", "missing.drn"],
    "theorems": ["T999"],
    "unknown": [],
}


def test_every_command_is_here() -> None:
    assert WRONG.keys() == {command.__name__ for command in COMMANDS} | {"unknown"}


@pytest.mark.parametrize("command", WRONG)
def test_an_error_is_an_object_and_a_line(lumpform: Callable[..., Any], command: str) -> None:
    plain = lumpform(command, *WRONG[command]).one_error_line()
    outcome = lumpform(command, "--json", *WRONG[command])
    found = json.loads(outcome.out)
    assert found == {"schema": SCHEMA, "error": found["error"]}
    assert (outcome.code, outcome.err) == (2, f"lumpform: error: {found['error']}\n")
    if "--nothing" not in WRONG[command]:
        assert found["error"] == plain


def test_a_bug_is_an_object_too(lumpform: Callable[..., Any], model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr("lumpform.cli.info_chain.show_chain", broken)
    outcome = lumpform("info", model, "--json")
    assert outcome.code == 3
    assert "this is a bug" in json.loads(outcome.out)["error"]


def test_a_name_with_accents_and_a_line_that_is_broken(lumpform: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "größe.drn"
    path.write_text("@type: DTMC\n@nonsense\n")
    outcome = lumpform("info", path, "--json")
    assert json.loads(outcome.out)["error"].startswith(str(path))
    assert outcome.out.isascii()


def test_a_result_has_no_error(lumpform: Callable[..., Any], model: Path) -> None:
    assert "error" not in json.loads(lumpform("info", model, "--json").out)
