"""Two people's first scripts, in an empty folder: ten lines each, no warning, under a minute."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from lumpform.checker import check

pytestmark = pytest.mark.medium

HERE = Path(__file__).parent
SECONDS = 60
PROGRAM = """dtmc
module queue
  a : [0..1] init 0;
  b : [0..1] init 0;
  [] true -> 1/4 : (a'=1-a) + 1/4 : (b'=1-b) + 1/2 : true;
endmodule
label "both" = a=1 & b=1;
"""
CHAIN = """@type: DTMC
@parameters

@reward_models

@nr_states
4
@nr_choices
4
@model
state 0 init
	action 0
		0 : 1/2
		1 : 1/4
		2 : 1/4
state 1
	action 0
		1 : 1/2
		0 : 1/4
		3 : 1/4
state 2
	action 0
		2 : 1/2
		0 : 1/4
		3 : 1/4
state 3 both
	action 0
		3 : 1/2
		1 : 1/4
		2 : 1/4
"""


def lines_of(script: str) -> int:
    """Return how many lines of code a script has, the docstring not counted."""
    tree = ast.parse((HERE / script).read_text(encoding="utf-8"))
    return len({n.lineno for n in ast.walk(tree) if isinstance(n, ast.stmt) and n is not tree.body[0]})


def run(script: str, folder: Path, *arguments: str) -> str:
    """Run a script in a folder, every warning an error, under a minute, and return what it prints."""
    before = sum(os.times()[2:4])
    command = [sys.executable, "-W", "error", str(HERE / script), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=5 * SECONDS)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert sum(os.times()[2:4]) - before < SECONDS  # of the processor: other programs may keep it waiting
    return done.stdout


@pytest.mark.parametrize("script", sorted(path.name for path in HERE.glob("*_person.py")))
def test_ten_lines_are_enough(script: str) -> None:
    assert lines_of(script) <= 10


@pytest.mark.parametrize("name", ["model.pm", "model.drn"])
def test_a_chain_person(name: str, tmp_path: Path) -> None:
    if name == "model.pm":
        pytest.importorskip("stormpy", reason="the extra storm is not installed")
    (tmp_path / name).write_text(PROGRAM if name == "model.pm" else CHAIN)
    said = run("chain_person.py", tmp_path, name)
    assert "4 into 3 classes" in said
    assert "<Result: 1/4, 1/2, 1/4 (exact)>" in said
    assert "part in round" in said
    verdict = check(*(str(tmp_path / file) for file in ("model.drn", "small.drn", "proof.json")))
    assert verdict.verified


def test_a_network_person(tmp_path: Path) -> None:
    for package, extra in (("torch", "torch"), ("matplotlib", "draw")):
        if find_spec(package) is None:
            pytest.skip(f"the extra {extra} is not installed")
    said = run("network_person.py", tmp_path)
    assert "16 to 8 hidden neurons" in said
    assert "<Deviation: at most " in said
    assert (tmp_path / "tradeoff.png").stat().st_size > 1000
    assert (tmp_path / "small.onnx").stat().st_size > 100
