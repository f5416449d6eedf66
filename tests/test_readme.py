"""The README shows what the program prints: its sample of the demo, and the numbers in its table."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import lumpform as lf
from lumpform.cli import main

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.partition("## What is measured")[2].partition("## ")[0].splitlines()
    if line.startswith("|")
][2:]


BUSY = 8
"""Factor by which a ratio of two times may leave the README's, at another size and beside other programs."""


def cells_of(words: str) -> list[str]:
    """Return the one row of the table with these words."""
    (cells,) = [cells for cells in TABLE if words in cells[0]]
    return cells


def numbers_of(text: str) -> list[float]:
    """Return all numbers of a text, in order."""
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?(?:e\d+)?", text)]


def printed_by(cells: list[str], **smaller: str) -> str:
    """Run the command of a row, with other words or values of options where they are given, and return its output."""
    command = shlex.split(re.findall(r"`([^`]+)`", cells[3])[0])
    assert command[0] == "python"
    for name, value in smaller.items():
        place = command.index(name) if name in command else command.index(f"--{name}") + 1
        command[place] = value
    done = subprocess.run([sys.executable, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 or "NOT within" in done.stdout, done.stderr  # growth.py judges times
    return done.stdout


def row(words: str) -> tuple[list[float], str]:
    """Return the first number of the columns of the one row with these words, and what its command prints."""
    cells = cells_of(words)
    return [numbers_of(cell)[0] for cell in cells[1:3] if numbers_of(cell)], printed_by(cells)


def medians_of(printed: str, tool: str) -> tuple[float, float]:
    """Return the median and the worst ratio to a tool that chains.py prints."""
    (found,) = re.findall(rf"seconds, ours / {tool} +median ([\d.]+), worst ([\d.]+)", printed)
    return float(found[0]), float(found[1])


def judge_ratios(cells: list[str], printed: str) -> None:
    """Compare the medians of a row with the printed ones, and see that no number of classes differs from Storm's."""
    double, _, exact, _ = (n for n in numbers_of(cells[2]) if n != 2.0)  # Storm 2.0
    assert medians_of(printed, "Storm double")[0] < BUSY * double
    assert medians_of(printed, "Storm exact")[0] < BUSY * exact
    assert "class counts differ from Storm double's on: no model" in printed
    assert "class counts differ from Storm exact's on: no model" in printed


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
    lines = [line.split() for line in printed.splitlines() if line.startswith("  ")]
    half, score = ({cells[0]: float(cells[rate]) for cells in lines} for rate in (1, 2))
    assert score["linear"] == pytest.approx(ours, abs=1)
    assert score["folding"] == pytest.approx(other, abs=1)
    (cells,) = [cells for cells in TABLE if "1,000 inputs" in cells[0]]
    assert score["linear-data"] == pytest.approx(float(cells[1].split()[0]), abs=1)
    assert score["grail-folding"] == pytest.approx(float(cells[2].split()[0]), abs=1)
    text = TEXT.partition("magnitude is better on the digits")[2]
    stated = numbers_of(text.partition(")")[0])[:4]
    found = [scores[method] for scores in (half, score) for method in ("magnitude-global", "linear")]
    assert found == pytest.approx(stated, abs=1)


@pytest.mark.slow
def test_the_plain_encoding_gives_up_where_ours_answers() -> None:
    (ours, _), printed = row("equality of two networks")
    (line,) = [line for line in printed.splitlines() if line.startswith("32x32, 8 inputs") and " equal   " in line]
    assert "ours equal" in line
    assert "naive - " in line
    assert float(re.findall(r"([\d.]+) s", line)[0]) < 3 * ours  # a busy machine


@pytest.mark.slow
def test_families_have_the_classes_that_storm_finds() -> None:
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    cells = cells_of("families of chains")
    families, size = numbers_of(cells[0])[:2]
    printed = printed_by(cells, size="3e4")
    lines = [line.split() for line in printed.splitlines() if line.endswith("  yes")]
    assert len(lines) == families == 11
    assert all(3e4 / 2 < int(line[2].replace(",", "")) < 3e4 * 2 for line in lines)
    assert f"--size {size / 1e5:g}e5" in cells[3]
    judge_ratios(cells, printed)


@pytest.mark.slow
def test_the_time_grows_like_m_log_n() -> None:
    cells = cells_of("growth from 1e5 to 1e7")
    printed = printed_by(cells, to="1e6")
    factors = re.findall(r"at most ([\d.]+) times m log n from 1e5 on", printed)
    assert len(factors) == 4
    assert "four families" in cells[0]
    (stated, *_) = numbers_of(cells[1])
    assert max(map(float, factors)) < BUSY * stated


@pytest.mark.slow
def test_chains_on_disk_need_the_memory_and_the_bytes_that_are_stated() -> None:
    cells = cells_of("transitions on disk")
    wished, gigabytes = numbers_of(cells[0])[:2]
    _, resident = numbers_of(cells[1])
    printed = printed_by(cells, transitions="1e6")
    found = {line[:14].strip(): line[14:] for line in printed.splitlines()}
    transitions = numbers_of(found["transitions"])[0]
    assert transitions == pytest.approx(1e6, rel=0.5)
    assert numbers_of(found["classes"]) == [81]
    assert numbers_of(found["on disk"])[0] / transitions == pytest.approx(gigabytes * 1e9 / wished, rel=0.3)
    assert numbers_of(found["resident"])[0] <= resident
    assert "class sums of all states" in found["certified"]


@pytest.mark.slow
def test_chains_of_the_prism_suite_have_the_classes_that_others_count(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("stormpy", reason="the extra storm is not installed")
    cells = cells_of("PRISM benchmark suite")
    models, fewest, most = numbers_of(cells[0])
    folder = shared / "data" / "chains"
    sizes = {path: transitions_of(path) for path in folder.iterdir() if path.suffix in (".npz", ".drn")}
    measured = sorted((size, path) for path, size in sizes.items() if size >= fewest)
    assert len(measured) == models
    assert measured[-1][0] <= most
    counts = json.loads((folder / "counts.json").read_text(encoding="utf-8"))
    for _, path in measured[:3]:
        (tmp_path / path.name).symlink_to(path.resolve())
    (tmp_path / "counts.json").write_text(json.dumps({path.stem: counts[path.stem] for _, path in measured[:3]}))
    printed = printed_by(cells, FOLDER=str(tmp_path))
    assert "as independent exact counts say: ours 3 of 3" in printed
    judge_ratios(cells, printed)


def transitions_of(path: Path) -> int:
    """Return the number of transitions of a chain in a file."""
    if path.suffix == ".drn":
        return lf.read(path, lf.MarkovChain).transitions
    with np.load(path, allow_pickle=False) as arrays:
        return int(arrays["indptr"][-1])


@pytest.mark.slow
def test_the_lattice_network_has_the_stated_classes(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = cells_of("a lattice network")
    hidden, plain, linear = (int(n) for n in numbers_of(cells[1]))
    command = shlex.split(re.findall(r"`([^`]+)`", cells[3])[0])
    assert command[:2] == ["lumpform", "reduce"]
    file = str(shared / "data" / "nets" / command[2])
    for options, left in (([], plain), (command[3:], linear)):
        assert main(["reduce", file, *options]) == 0
        printed = capsys.readouterr().out
        assert f"{hidden:,} → {left} " in printed or f"{hidden:,} -> {left} " in printed
        assert "on all inputs" in printed
