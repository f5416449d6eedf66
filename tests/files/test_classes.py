"""Partitions in files: every fault with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.files.classes import read_classes


@given(st.lists(st.integers(0, 9999999999), max_size=8))
def test_text_there_and_back(tmp_path_factory: pytest.TempPathFactory, numbers: list[int]) -> None:
    path = tmp_path_factory.mktemp("classes") / "c.txt"
    path.write_text("".join(f"{n}\n" for n in numbers))
    assert read_classes(path, len(numbers)).tolist() == numbers


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_line_ends_and_spaces(tmp_path: Path, end: str) -> None:
    path = tmp_path / "c"
    path.write_bytes(b" 3\r\n7 \n" + b"3" + end.encode())
    assert read_classes(path, 3).tolist() == [3, 7, 3]


@pytest.mark.parametrize("kind", [np.int8, np.uint64, np.int32])
def test_archives(tmp_path: Path, kind: type) -> None:
    np.savez_compressed(tmp_path / "c.npz", class_of=np.array([1, 0, 1], dtype=kind))
    assert lf.Partition(read_classes(tmp_path / "c.npz", 3)) == lf.Partition([0, 1, 0])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\n1\n", "line 2 (end of file): found 2 numbers, expected 3, one for each state"),
        ("0\n1\n2\n3\n", "line 4: found another line, expected 3 of them, one for each state"),
        ("0\n1\n2\n\n", "line 4: found another line, expected 3 of them"),
        ("0\nx\n2\n", "line 2: found 'x', expected the number of a class"),
        ("0\n\n2\n", "line 2: found '', expected the number of a class"),
        ("0\n-1\n2\n", "line 2: found '-1', expected the number of a class"),
        ("0\n1.5\n2\n", "line 2: found '1.5', expected the number of a class"),
        ("0\n1 1\n2\n", "line 2: found '1 1', expected the number of a class"),
        ("0\n99999999999\n2\n", "line 2: found '99999999999', expected the number of a class"),
        ("0\n\0\n2\n", "line 2: found a NUL byte, expected UTF-8 text"),
        ("", "line 0 (end of file): found 0 numbers, expected 3"),
    ],
)
def test_faults_with_their_lines(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "c.txt"
    path.write_text(text)
    with pytest.raises(lf.FormatError) as error:
        read_classes(path, 3)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"classes": [0, 1, 2]}, "class_of"),
        ({"class_of": [0, 1]}, "found 2 entries, expected 3"),
        ({"class_of": [0.0, 1.0, 2.0]}, "float64"),
        ({"class_of": [[0], [1], [2]]}, "2 dimensions"),
    ],
)
def test_faults_of_archives(tmp_path: Path, arrays: dict[str, list[float]], message: str) -> None:
    np.savez(tmp_path / "c.npz", **{name: np.array(v) for name, v in arrays.items()})
    with pytest.raises(lf.FormatError, match=message):
        read_classes(tmp_path / "c.npz", 3)


def test_a_file_that_is_missing_or_no_archive(tmp_path: Path) -> None:
    with pytest.raises(lf.FormatError, match=r"none\.txt"):
        read_classes(tmp_path / "none.txt", 3)
    (tmp_path / "c.npz").write_bytes(b"0\n1\n2\n")
    with pytest.raises(lf.FormatError, match="a NumPy archive"):
        read_classes(tmp_path / "c.npz", 3)
