"""Tables on a narrow terminal, and what is said where nothing merged."""

from __future__ import annotations

from pathlib import Path

import pytest

import lumpform as lf
from lumpform.cli.show import print_table, say

HEADER = ("method", "removed", "neurons", "parameters")
ROWS = [("magnitude-in-out", "50%", "1,024", "2,097,152"), ("folding", "50%", "1,024", "2,097,152")]


@pytest.mark.parametrize("width", [44, 60, 80])
def test_a_wide_table_goes_on_below_and_no_word_is_broken(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("lumpform.cli.show.WIDE", width)
    print_table("a title", ROWS, HEADER)
    lines = capsys.readouterr().out.splitlines()
    words = {word for line in lines for word in line.split()}
    assert words >= {*HEADER, *(cell for row in ROWS for cell in row)}
    parts = sum(line.split()[:1] == ["method"] for line in lines)
    assert sum("magnitude-in-out" in line for line in lines) == parts
    assert (parts > 1) == (width < 80)
    assert max(map(len, lines)) <= width


def test_numbers_stand_right_and_texts_left(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("", ROWS, HEADER)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if "50%" in line]
    assert len({line.index("50%") for line in lines}) == 1
    assert len({len(line) for line in lines}) == 1
    assert lines[1].strip().startswith("folding")


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (("1,024", "~1.5e-07", "-", ""), True),
        (("16 → 8", "16", "2,340 → 4,139"), True),
        (("0.3 s", "12.5 s"), True),
        (("1/3", "97.5 %", "50%", "-2"), True),
        (("1,024", "many"), False),
        (("-", ""), False),
        (("1-16-16-1", "relu"), False),
        ((".pdf .png", "2"), False),
    ],
)
def test_a_column_stands_right_if_all_of_it_are_numbers(
    cells: tuple[str, ...], right: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    print_table("", [("a", cell) for cell in cells], ("name", "a rather long header"))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("a ")]
    ends = {len(line.rstrip()) for line in lines if line.split()[1:]}
    starts = {line.index(line.split(maxsplit=1)[1]) for line in lines if line.split()[1:]}
    assert (len(ends) == 1) == right or len({len(c) for c in cells if c}) == 1
    assert right or len(starts) == 1


def test_sentences_end_between_words_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "VERIFIED ordinary lumping\n  " + "of-a-chain " * 20
    say(text)
    assert capsys.readouterr().out == text + "\n"
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    say(text)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 50
    assert {word for line in lines for word in line.split()} == set(text.split())
    assert all(line.startswith("  of") for line in lines[1:])
    monkeypatch.undo()
    say("word " * 40, 118)  # prose, whose lines end where there is no terminal as well
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 118


def test_where_nothing_merges_it_is_said_what_to_try_next(lumpform, tmp_path: Path) -> None:
    chain, network = tmp_path / "two.drn", tmp_path / "two.npz"
    lf.write(lf.MarkovChain([[0, 1], ["1/2", "1/2"]], labels={"a": [0]}), chain)
    lf.write(lf.Network.from_layers([([[1, 2], [3, 5]], None), ([[1], [1]], None)]), network)
    for model, words in ((chain, "--kind"), (network, "--keep")):
        outcome = lumpform("reduce", model, "-o", tmp_path / f"out{model.suffix}")
        (line,) = [line for line in outcome.out.splitlines() if line.split()[:1] == ["next"]]
        assert words in line
