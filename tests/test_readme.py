"""The README shows what the program prints: its sample of the demo, and the numbers in its table."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lumpform.cli import main

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.partition("## What is measured")[2].partition("## ")[0].splitlines()
    if line.startswith("|")
][2:]


def row(words: str) -> tuple[list[float], str]:
    """Return the first number of the columns of the one row with these words, and what its command prints."""
    (cells,) = [cells for cells in TABLE if words in cells[0]]
    numbers = [float(found[0]) for cell in cells[1:3] if (found := re.findall(r"\d+(?:\.\d+)?", cell))]
    command = shlex.split(re.findall(r"`([^`]+)`", cells[3])[0])
    assert command[0] == "python"
    done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=True)
    return numbers, done.stdout


@pytest.mark.medium
def test_the_sample_is_what_the_demo_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    printed = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    (sample,) = re.findall(r"```text\n(Four equal.*?)```", TEXT, re.DOTALL)
    at = 0
    for line in (" ".join(line.split()) for line in sample.splitlines()):
        at = next(i for i in range(at, len(printed)) if printed[i].startswith(line)) + 1
    assert TABLE[0][1] == "81 states become 15"
    assert TABLE[1][1] == "32 neurons become 17"
    assert any(line.startswith("as trained 32 ") for line in printed)
    assert any(line.startswith("on the box 17 ") for line in printed)


def test_every_row_has_four_cells_and_a_command() -> None:
    assert len(TABLE) == 10
    for cells in TABLE:
        assert len(cells) == 4, cells
        assert "command" in cells[3] or "`" in cells[3], cells


@pytest.mark.slow
def test_accuracies_are_within_one_point_of_what_the_command_prints() -> None:
    (ours, other), printed = row("a classifier of digits")
    score = {line.split()[0]: float(line.split()[1]) for line in printed.splitlines() if line.startswith("  ")}
    assert score["linear"] == pytest.approx(ours, abs=1)
    assert score["folding"] == pytest.approx(other, abs=1)
    (cells,) = [cells for cells in TABLE if "1,000 inputs" in cells[0]]
    assert score["linear-data"] == pytest.approx(float(cells[1].split()[0]), abs=1)
    assert score["grail-folding"] == pytest.approx(float(cells[2].split()[0]), abs=1)


@pytest.mark.slow
def test_the_plain_encoding_gives_up_where_ours_answers() -> None:
    (ours, _), printed = row("equality of two networks")
    (line,) = [line for line in printed.splitlines() if line.startswith("32x32, 8 inputs") and " equal   " in line]
    assert "ours equal" in line
    assert "naive - " in line
    assert float(re.findall(r"([\d.]+) s", line)[0]) < 3 * ours  # a busy machine
