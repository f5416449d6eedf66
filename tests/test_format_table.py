"""The table of formats: its functions exist, a new row is a new format, and writing says what was rounded."""

from __future__ import annotations

import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

import lumpform as lf
from lumpform import formats
from lumpform.cli import main
from lumpform.numbers.rounding import Rounding


@pytest.mark.parametrize("row", formats.FORMATS, ids=lambda row: f"{row.domain}{row.suffix}")
def test_every_function_of_the_table_exists(row: formats.Format) -> None:
    for place in filter(None, (row.reader, row.writer, row.told_by)):
        module, _, name = place.partition(":")
        assert callable(getattr(import_module(module), name))


def test_rows_with_one_suffix_are_told_apart_by_an_array_or_a_function() -> None:
    for suffix in formats.suffixes():
        rows = [row for row in formats.FORMATS if row.suffix == suffix]
        by_array = len({row.array for row in rows if row.array}) == len(rows)
        by_function = {row.told_by for row in rows} == {rows[0].told_by} != {""}
        assert len(rows) == 1 or by_array or (by_function and len({row.domain for row in rows}) == len(rows))


def read_toy(path: Path) -> lf.MarkovChain:
    return lf.MarkovChain([line.split() for line in path.read_text().splitlines()])


def write_toy(chain: lf.MarkovChain, path: Path, files) -> None:
    assert chain == lf.MarkovChain([[1]])
    with files.open(path) as file:
        file.write(b"1\n")


def test_a_new_format_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setitem(sys.modules, "toy", SimpleNamespace(read_toy=read_toy, write_toy=write_toy))
    row = formats.Format(".toy", "chain", "toy:read_toy", "toy:write_toy")
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, row))
    (tmp_path / "two.toy").write_text("1/2 1/2\n1/2 1/2\n")
    assert main(["reduce", str(tmp_path / "two.toy"), "-o", str(tmp_path / "one.toy")]) == 0
    assert lf.read(tmp_path / "one.toy") == lf.MarkovChain([[1]])
    capsys.readouterr()
    assert main(["reduce", str(tmp_path / "two.toy"), "-o", str(tmp_path / "one.xyz")]) == 2
    assert ".nnet .toy" in capsys.readouterr().err


def test_writing_says_what_was_rounded(tmp_path: Path) -> None:
    third = lf.Network.from_layers([([["1/3", "1/2"]], None)])
    rounding = lf.write(third, tmp_path / "n.onnx")
    assert (rounding.rounded, rounding.exact) == (1, False)
    assert 0 < rounding.largest < Fraction(1, 10**7)
    assert lf.write(lf.MarkovChain([["1/3", "2/3"], [1, 0]]), tmp_path / "m.drn") == Rounding()


@pytest.mark.parametrize(
    ("model", "name", "message"),
    [
        (
            lf.MarkovChain([[1]]),
            "m.onnx",
            "cannot write a MarkovChain to .onnx, expected .drn, .tra, .npz, .mtx, .lfs, .drn.gz, .drn.xz or .umb",
        ),
        (lf.Network.from_layers([([[1]], None)]), "n.drn", "cannot write a Network to .drn, expected .onnx, .npz or"),
    ],
)
def test_a_model_of_the_other_domain(model: object, name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(lf.OptionError, match=message.replace(".", r"\.")):
        lf.write(model, tmp_path / name)
