"""Matrix Market files, and compressed DRN files, of chains as the checker reads them."""

from __future__ import annotations

import re
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refused
from sizes import examples

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.canonical import digest
from lumpform.checker.judge import read_model

COORDINATE = "%%MatrixMarket matrix coordinate real general\n"
GOOD = COORDINATE + "% Markov chain: ctmc\n2 2 2\n1 2 0.5\n\n% in between\n2 1 3\n"
HEADER = "'%%MatrixMarket matrix coordinate real general'"


def rows_of(n: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, 4), min_size=n, max_size=n)


def read_text(folder: Path, text: str, kind: str = "dtmc", **options: Any) -> Any:
    (folder / "m.mtx").write_text(text, encoding="utf-8")
    return read_model(str(folder / "m.mtx"), kind, **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"line 0: found no first line, expected {HEADER}"),
        ("2 2 2\n", f"line 1: found 2 2 2, expected {HEADER}"),
        (GOOD.replace("real", "complex"), "line 1: found %%matrixmarket matrix coordinate complex general, expected"),
        (COORDINATE, "line 1: found no sizes, expected 'rows columns entries'"),
        (GOOD.replace("2 2 2", "2 2"), "line 3: found 2 2, expected 'rows columns entries'"),
        (GOOD.replace("2 2 2", "2 3 2"), "line 3: found 2 rows and 3 columns, expected a square matrix"),
        (GOOD.replace("2 2 2", "9999999 9999999 2"), "line 3: found 9999999 states in a file of "),
        (GOOD.replace("2 2 2", "2 2 99"), "line 3: found 99 entries in a file of "),
        (GOOD.replace("2 2 2", "2 2 3"), "end of file: found 2 entries, expected 3 as the sizes say"),
        (GOOD.replace("1 2 0.5", "1 2"), "line 4: found 1 2, expected 'row column value'"),
        (GOOD.replace("1 2 0.5", "0 2 0.5"), "line 4: found row 0, column 2, expected numbers from 1 to 2"),
        (GOOD.replace("1 2 0.5", "1 3 0.5"), "line 4: found row 1, column 3, expected numbers from 1 to 2"),
        (GOOD.replace("1 2 0.5", "1 2 x"), "line 4: found 'x' (no number), expected a finite number"),
        (
            GOOD.replace("general", "symmetric"),
            "found an entry above the diagonal of a symmetric matrix, expected entries on or below it",
        ),
        (GOOD.replace("2 2 2", "% Markov chain: dtmc\n2 2 2"), "line 3: found % Markov chain: dtmc, expected one kind"),
    ],
)
def test_what_is_wrong(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=rf"m\.mtx: {re.escape(message)}"):
        read_text(tmp_path, text)


def test_the_kind_is_stated_or_that_of_the_certificate(tmp_path: Path) -> None:
    assert read_text(tmp_path, GOOD).kind == "ctmc"
    unit = COORDINATE + "2 2 2\n1 2 1\n2 1 1\n"
    for kind in ("dtmc", "ctmc"):
        assert read_text(tmp_path, unit, kind).kind == kind
    with refused("m.mtx: state 0: found a row that sums to 1/2, expected exactly 1"):
        read_text(tmp_path, GOOD.replace("% Markov chain: ctmc\n", ""))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        COORDINATE + "3 3 4\n1 2 1/3\n1 2 1/3\n1 3 1/3\n3 1 1\n",
        COORDINATE.replace("general", "symmetric") + "3 3 3\n1 1 0.25\n2 1 0.75\n3 2 2\n",
        "%%MatrixMarket matrix array real general\n2 2\n-1\n2.5\n1\n-2.5\n",
        "%%MatrixMarket matrix array integer symmetric\n% note\n3 3\n1 2 3\n0 5\n% more\n6\n",
        "%%MatrixMarket matrix array real general\n0 0\n",
    ],
)
def test_it_is_read_as_the_program_reads_it(text: str, tmp_path: Path) -> None:
    found = read_text(tmp_path, text, "ctmc")
    assert digest(found) == digest_of(lf.read(tmp_path / "m.mtx", kind="ctmc"))


@given(st.integers(1, 4).flatmap(lambda n: st.lists(rows_of(n), min_size=n, max_size=n)))
@settings(max_examples=examples(30))
def test_what_the_program_writes_is_read(numbers: list[list[int]]) -> None:
    chain = lf.MarkovChain([[Fraction(v, 4) for v in row] for row in numbers], kind="ctmc")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".mtx", ".drn.gz", ".drn.xz"):
            lf.write(chain, Path(folder) / f"m{suffix}")
            assert digest(read_model(str(Path(folder) / f"m{suffix}"), "dtmc")) == digest_of(chain)


def test_rows_and_deadlocks(tmp_path: Path) -> None:
    text = COORDINATE + "3 3 3\n1 2 0.3\n1 3 0.3\n2 1 0.9\n"
    options: dict[str, Any] = {"rows": "normalise", "deadlocks": "loop"}
    found = read_text(tmp_path, text, **options)
    assert digest(found) == digest_of(lf.read(tmp_path / "m.mtx", kind="dtmc", **options))
