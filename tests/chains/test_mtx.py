"""Matrix Market files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from format_cases import message_of, save

from lumpform.chains.chain import MarkovChain
from lumpform.errors import FormatError
from lumpform.formats import read

GENERAL = "%%MatrixMarket matrix coordinate real general\n"


def load(folder: Path, text: str, **options: str) -> MarkovChain:
    return read(save(folder, "m.mtx", text), **options)


def test_coordinates(tmp_path: Path) -> None:
    chain = load(tmp_path, GENERAL + "% a comment\n\n2 2 3\n1 1 0.1\n1 2 9e-1\n2 1 1\n")
    assert chain.kind == "dtmc"
    assert chain.weights.to_fractions() == [[Fraction(1, 10), Fraction(9, 10)], [1, 0]]


def test_symmetric(tmp_path: Path) -> None:
    text = "%%MatrixMarket matrix coordinate integer symmetric\n3 3 3\n1 1 5\n2 1 2\n3 2 7\n"
    assert load(tmp_path, text).weights.to_fractions() == [[5, 2, 0], [2, 0, 7], [0, 7, 0]]


def test_array_goes_column_by_column(tmp_path: Path) -> None:
    text = "%%MatrixMarket matrix array real general\n2 2\n0.5\n1\n0.5\n0\n"
    assert load(tmp_path, text).weights.to_fractions() == [[Fraction(1, 2), Fraction(1, 2)], [1, 0]]


def test_symmetric_array(tmp_path: Path) -> None:
    text = "%%MatrixMarket matrix array integer symmetric\n3 3\n1\n2\n3\n4\n5\n6\n"
    assert load(tmp_path, text).weights.to_fractions() == [[1, 2, 3], [2, 4, 5], [3, 5, 6]]


def test_generator(tmp_path: Path) -> None:
    chain = load(tmp_path, GENERAL + "2 2 4\n1 1 -3\n1 2 3\n2 1 0.5\n2 2 -0.5\n")
    assert chain.kind == "ctmc"
    assert chain.weights.to_fractions() == [[0, 3], [Fraction(1, 2), 0]]


def test_rounded_rows_and_zeros(tmp_path: Path) -> None:
    text = GENERAL + "2 2 4\n1 1 0.3333333\n1 2 0.6666666\n2 1 0\n2 2 1\n"
    with pytest.raises(FormatError, match=r"state 0: found a row that sums to 0\.9999999"):
        load(tmp_path, text)
    assert load(tmp_path, text, rows="normalise").transitions == 3
    assert load(tmp_path, text, kind="ctmc").kind == "ctmc"


BAD = {
    "no banner": ("2 2 1\n1 1 1\n", "line 1", "2 2 1", "%%MatrixMarket"),
    "pattern": (GENERAL.replace("real", "pattern"), "line 1", "'pattern'", "real, integer"),
    "complex": (GENERAL.replace("real", "complex"), "line 1", "'complex'", "real, integer"),
    "skew": (GENERAL.replace("general", "skew-symmetric"), "line 1", "'skew-symmetric'", "general, symmetric"),
    "vector": (GENERAL.replace("matrix c", "vector c"), "line 1", "vector", "%%MatrixMarket"),
    "rectangle": (GENERAL + "2 3 0\n", "line 2", "2 rows and 3 columns", "a square matrix"),
    "two sizes": (GENERAL + "2 2\n", "line 2", "2 2", "'rows columns entries'"),
    "huge": (GENERAL + "1000000000 1000000000 1\n", "line 2", "1000000000 states claimed", "at most"),
    "many": (GENERAL + "2 2 1000000000\n", "line 2", "1000000000 entries claimed", "at most"),
    "large array": (
        "%%MatrixMarket matrix array real general\n50000 50000\n1\n",
        "line 2",
        "2500000000 entries",
        "at most",
    ),
    "zero-based": (GENERAL + "2 2 1\n0 1 1\n", "line 3", "row 0, column 1", "from 1 to 2"),
    "above": (
        GENERAL.replace("general", "symmetric") + "2 2 1\n1 2 1\n",
        "line 3",
        "row 1, column 2",
        "below the diagonal",
    ),
    "few": (GENERAL + "2 2 2\n1 1 1\n", "end of file", "1 entry", "2 as the sizes say"),
    "NaN": (GENERAL + "1 1 1\n1 1 nan\n", "line 3", "'nan'", "a finite number"),
    "text": (GENERAL + "1 1 1\n1 1\n", "line 3", "1 1", "'row column value'"),
    "negative": (GENERAL + "2 2 2\n1 2 -1\n2 1 5\n", "", "from state 0 to state 1 is -1", "a Markov chain"),
    "empty": ("", "end of file", "no line with the sizes", "Matrix Market"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(case: str, tmp_path: Path) -> None:
    text, place, found, expected = BAD[case]
    with pytest.raises(FormatError) as error:
        load(tmp_path, text)
    message_of(error)
    assert place in error.value.place
    assert found in error.value.found
    assert expected in error.value.expected
