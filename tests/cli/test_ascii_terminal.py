"""Terminals that know ASCII only: every command ends as it does elsewhere, and JSON stays JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NAME = "größe☃"
ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = ["@type: CTMC", "@reward_models", "", "@nr_states", "3", "@model"]
    for state, label in enumerate(("init", NAME, NAME)):
        lines += [f"state {state} {label}", " action 0", *(f"  {t} : 2" for t in range(3) if t != state)]
    (tmp_path / "m.drn").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *command: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **ASCII, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout.decode("ascii"), done.stderr.decode("ascii")


@pytest.mark.medium
def test_info_reduce_verify_and_equiv(folder: Path) -> None:
    code, out, err = run(folder, "lumpform", "info", "m.drn")
    assert (code, err) == (0, "")
    assert r"gr\xf6\xdfe\u2603" in out
    code, out, err = run(folder, "lumpform", "info", "m.drn", "--json")
    assert (code, err) == (0, "")
    assert NAME in json.dumps(json.loads(out), ensure_ascii=False)
    code, out, err = run(folder, "lumpform", "reduce", "m.drn", "-o", "n.drn", "--certificate", "c.json")
    assert (code, err) == (0, "")
    assert NAME in (folder / "n.drn").read_text(encoding="utf-8")
    assert run(folder, "lumpform", "verify", "m.drn", "n.drn", "c.json")[0] == 0
    code, out, err = run(folder, "lumpform", "equiv", "m.drn", "n.drn")
    assert (code, err) == (0, "")
    other = (folder / "n.drn").read_text(encoding="utf-8").replace(NAME, "schnee☃")
    (folder / "o.drn").write_text(other, encoding="utf-8")
    code, out, err = run(folder, "lumpform", "equiv", "m.drn", "o.drn")
    assert (code, err) == (1, "")
    code, out, err = run(folder, "lumpform.checker", "m.drn", "o.drn", "c.json")
    assert (code, out[:8], err) == (1, "REJECTED", "")


def test_an_error_names_what_it_cannot_show(folder: Path) -> None:
    text = (folder / "m.drn").read_text(encoding="utf-8").replace("  1 : 2", "  1 : zwölf")
    (folder / "m.drn").write_text(text, encoding="utf-8")
    for command in (("lumpform", "info", "m.drn"), ("lumpform.checker", "m.drn", "m.drn", "m.drn")):
        code, out, err = run(folder, *command)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_arrows_are_plain_and_the_rest_is_numbers() -> None:
    from lumpform.cli import _escape_what_cannot_be_shown

    _escape_what_cannot_be_shown()
    assert "16 \N{RIGHTWARDS ARROW} 8, ö".encode("ascii", "lumpform") == rb"16 -> 8, \xf6"


@pytest.mark.slow
def test_demo(folder: Path) -> None:
    code, out, err = run(folder, "lumpform", "demo")
    assert code == 0
    assert "VERIFIED" in out
    assert "Traceback" not in err
