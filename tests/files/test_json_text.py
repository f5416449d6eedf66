"""JSON in files: an object in which every name stands once, or one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lumpform as lf
from lumpform.certificates.format import read_certificate
from lumpform.checker.failure import Unreadable
from lumpform.checker.json_text import json_value
from lumpform.files.json_text import json_object, whole_file
from lumpform.files.umb_archive import parsed_index
from lumpform.shards.header import HEADER, read_header

BAD = {
    "a name twice": (b'{"a": {"b": 1, "b": 2}}', "'b' twice in one object"),
    "no number": (b'{"a": NaN}', "NaN, which is no JSON number"),
    "an infinity": (b'{"a": -Infinity}', "-Infinity, which is no JSON number"),
    "cut off": (b'{"a": 1', "line 1 column 8"),
    "no object": (b"[1]", "JSON that is a list"),
    "no text": (b"\xff{}", "byte 1: found 0xff, which is no UTF-8"),
    "lists in lists": (b"[" * 100_000, "lists or objects nested too deep"),
    "many digits": (b'{"a": ' + b"9" * 10_000 + b"}", "a number of too many digits"),
}


SYNTAX = {
    "": "line 1 column 1: found the end of the text, expected a JSON value",
    '{"a": 1,\n 2}': "line 2 column 2: found '2', expected a name in double quotes",
    '{"a" 1}': "line 1 column 6: found '1', expected ':'",
    "[1 2]": "line 1 column 4: found '2', expected ','",
    "{} x": "line 1 column 4: found 'x', expected nothing after the JSON object",
    '"ab': "line 1 column 1: found a string",
    '"\x01"': "line 1 column 2: found a control character in a string, expected a JSON object",
    '"\\q"': "line 1 column 2: found an escape that JSON does not",
}


@pytest.mark.parametrize("text", SYNTAX)
def test_both_readers_say_in_words_what_is_no_json(text: str) -> None:
    for read, refusal in ((json_object, lf.FormatError), (json_value, Unreadable)):
        with pytest.raises(refusal) as error:
            read("m.json", text.encode())
        assert str(error.value).startswith(f"m.json: {SYNTAX[text]}")


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused(case: str) -> None:
    data, message = BAD[case]
    with pytest.raises(lf.FormatError) as error:
        json_object("m.json", data, "here")
    assert message in str(error.value)
    assert str(error.value).startswith("m.json: here")
    assert "\n" not in str(error.value)


@given(st.dictionaries(st.text(), st.integers() | st.lists(st.text())))
def test_objects(value: dict[str, object]) -> None:

    assert json_object("m.json", json.dumps(value).encode()) == value


def test_all_readers_of_json_refuse_a_name_that_stands_twice(tmp_path: Path) -> None:
    data = b'{"format": "lumpform-certificate", "version": 1, "version": 1}'
    (tmp_path / "c.json").write_bytes(data)
    (tmp_path / HEADER).write_bytes(data)
    for read in (
        lambda: read_certificate(tmp_path / "c.json"),
        lambda: read_header(tmp_path),
        lambda: parsed_index("m.umb", data),
    ):
        with pytest.raises(lf.FormatError, match="'version' twice in one object"):
            read()


def test_a_file_of_the_most_bytes_is_read_and_no_longer_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert whole_file(path, 5, "thing") == b"12345"
    with pytest.raises(lf.FormatError, match="more than 4 bytes, expected a smaller thing"):
        whole_file(path, 4, "thing")
    with pytest.raises(lf.FormatError, match="no such file"):
        whole_file(tmp_path / "b", 4, "thing")
