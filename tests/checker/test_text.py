"""Lines of a text file as the checker takes them: limits, encodings, and what a file of its size can hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from refusals import out_of_order, refused

from lumpform.checker import compressed, text
from lumpform.checker.limits import DEFAULT
from lumpform.checker.text import Lines, Numbers


def lines_of(folder: Path, content: bytes, **changed: int) -> Lines:
    path = folder / "f.txt"
    path.write_bytes(content)
    return Lines(str(path), replace(DEFAULT, **changed))


def test_lines_with_their_ends_and_numbers(tmp_path):
    lines, found = lines_of(tmp_path, "\ufeffa\n\nb \r\n\ufeffc".encode()), []
    for line in lines:
        found.append((lines.number, line))
    assert found == [(1, "a\n"), (2, "\n"), (3, "b \r\n"), (4, "\ufeffc")]
    assert list(lines_of(tmp_path, b"")) == []
    assert lines_of(tmp_path, b"12345").size == 5


def test_a_line_has_a_largest_length(tmp_path):
    assert list(lines_of(tmp_path, b"12345\n123456", max_line=6)) == ["12345\n", "123456"]
    with refused("f.txt: line 2: found a line of more than 6 bytes, expected shorter lines"):
        list(lines_of(tmp_path, b"1\n123456\n", max_line=6))


@pytest.mark.parametrize(
    ("content", "found"), [(b"a\nb\0\n", "a NUL byte"), (b"a\nb\xff\n", "byte 0xff"), (b"a\n\xc3", "byte 0xc3")]
)
def test_bytes_that_are_no_text(tmp_path, content, found):
    with refused(f"f.txt: line 2: found {found}, expected UTF-8 text"):
        list(lines_of(tmp_path, content))


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    with refused("none: found no such file, expected a readable file"):
        Lines(str(tmp_path / "none"))
    with refused(f"{tmp_path.name}: found a directory, expected a readable file"):
        Lines(str(tmp_path))

    lines = lines_of(tmp_path, b"a\n")
    with monkeypatch.context() as patch:
        patch.setattr(compressed, "open", out_of_order, raising=False)
        with refused("f.txt: found out of order, expected a readable file"):
            list(lines)
    with monkeypatch.context() as patch:
        patch.setattr(text.os.path, "getsize", out_of_order)
        with refused("f.txt: found out of order, expected a readable file"):
            Lines(str(tmp_path / "f.txt"))


def test_counts(tmp_path):
    lines = lines_of(tmp_path, b"")
    assert [lines.count(t, "a") for t in ("0", " 7 ", "9999999999", "0000000012")] == [0, 7, 9999999999, 12]
    for wrong in ("", "-1", "+1", "1.0", "x", "10000000000", "00000000001", "\u0663", "1_0", "\u00b2"):
        with refused(f"f.txt: line 0: found {wrong!r}, expected a number of things"):
            lines.count(wrong, "a number of things")


@pytest.mark.parametrize("spare", [0, 3])
@pytest.mark.parametrize("each", [1, 4])
def test_a_file_holds_no_more_than_its_size(tmp_path, each, spare):
    """At `each` bytes, one more than fit, and those to spare."""
    lines = lines_of(tmp_path, b"x" * 20)
    most = (20 + each + spare) // each
    lines.claim(most, each, "things", spare)
    message = "f.txt: line 0: found {} things in a file of 20 bytes, expected a number that fits the file"
    with refused(message.format(most + 1)):
        lines.claim(most + 1, each, "things", spare)
    lines.claim(20 // each + 1, each, "things")
    with refused(message.format(20 // each + 2)):
        lines.claim(20 // each + 2, each, "things")


def test_numbers_are_kept_once(tmp_path):
    numbers = Numbers(lines_of(tmp_path, b""))
    assert [numbers.code(t) for t in ("0", "0.5", "1/2", "0.5", "0", "0.0", "1/2")] == [0, 1, 2, 1, 0, 3, 2]
    assert numbers.table == [(0, 1), (1, 2), (1, 2), (0, 1)]
    with refused("f.txt: line 0: found 'nan' (no number), expected a finite number like 0.25, 1e-3 or 1/3"):
        numbers.code("nan")
