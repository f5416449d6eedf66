"""A certificate as a file: what is wrong with its bytes, its JSON and its packed map, word for word."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from refusals import out_of_order, refused

from lumpform.checker import Unreadable, certificate
from lumpform.checker.certificate import _fields, unpack_map
from lumpform.checker.limits import DEFAULT


def written(folder: Path, content: bytes) -> str:
    path = folder / "c.json"
    path.write_bytes(content)
    return str(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1 column 1: found the end of the text, expected a JSON value"),
        (
            b'{"a": 1,\n 2}',
            "line 2 column 2: found '2', expected a name in double quotes",
        ),
        (b"{} x", "line 1 column 4: found 'x', expected nothing after the JSON object"),
        (b"[1, 2]", "found a list of 2 entries, expected a JSON object"),
        (b"7", "found 7, expected a JSON object"),
        (b"null", "found nothing, expected a JSON object"),
        (b'"\xff"', "byte 2: found 0xff, which is no UTF-8, expected a JSON object in UTF-8"),
        (b"[" * 9_000, "found lists or objects nested too deep, expected a JSON object in UTF-8"),
        (b'{"a": NaN}', "found the number NaN, expected a JSON object in UTF-8"),
        (b'{"a": -Infinity}', "found the number -Infinity, expected a JSON object in UTF-8"),
        (b'{"a": 1, "a": 1}', "found the field 'a' given twice, expected a JSON object in UTF-8"),
        (b'{"b": {"a": 1, "c": 2, "a": 3}}', "found the field 'a' given twice, expected a JSON object in UTF-8"),
    ],
)
def test_what_is_no_json_object(tmp_path, content, message):
    with refused(f"c.json: {message}"):
        _fields(written(tmp_path, content))


def test_paths_that_are_no_files(tmp_path, monkeypatch):
    with refused("none: found no such file, expected a certificate"):
        _fields(str(tmp_path / "none"))
    with refused(f"{tmp_path.name}: found a directory, expected a certificate"):
        _fields(str(tmp_path))

    path = written(tmp_path, b"{}")
    assert _fields(path) == {}
    monkeypatch.setattr(certificate, "open", out_of_order, raising=False)
    with refused("c.json: found out of order, expected a readable certificate"):
        _fields(path)


def test_limits_of_size(tmp_path):
    path = written(tmp_path, b'{"a": [1, {"b": 2}, 3]}')  # two braces, a bracket and two commas in 23 bytes
    limits = replace(DEFAULT, max_certificate_bytes=23, max_certificate_items=5)
    assert _fields(path, limits) == {"a": [1, {"b": 2}, 3]}
    limits = replace(limits, max_certificate_items=4)
    with refused("c.json: found more than 4 items, expected a certificate (long maps are compressed)"):
        _fields(path, limits)
    limits = replace(limits, max_certificate_bytes=22)
    with refused("c.json: found more than 22 bytes, expected a smaller certificate"):
        _fields(path, limits)


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


MAP = b"".join(v.to_bytes(4, "little", signed=True) for v in (0, 1, -1, 2**31 - 1))


def test_maps_that_are_read():
    assert list(unpack_map("c", [0, 1, 1], 3)) == [0, 1, 1]
    assert list(unpack_map("c", [0] * 1000, 3)) == [0] * 1000
    assert list(unpack_map("c", [], 3)) == []
    for states in (4, 5, 100):
        found = unpack_map("c", {"encoding": "base64-zlib-int32", "data": packed(MAP)}, states)
        assert list(found) == [0, 1, -1, 2**31 - 1]
        assert found.typecode == "i"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (7, "found 7, expected a text in base64"),
        (None, "found nothing, expected a text in base64"),
        ("*", "found Only base64 data is allowed, expected base64 of zlib-compressed bytes"),
        ("abc", "found Incorrect padding, expected base64 of zlib-compressed bytes"),
        (
            "\u00e9",
            "found string argument should contain only ASCII characters, expected base64 of zlib-compressed bytes",
        ),
        (
            base64.b64encode(b"no zlib").decode(),
            "found Error -3 while decompressing data: incorrect header check, expected base64 of zlib-compressed bytes",
        ),
        (packed(MAP[:-1]), "found more, fewer or other bytes, expected 12 bytes, compressed once"),
        (packed(MAP + MAP), "found more, fewer or other bytes, expected 12 bytes, compressed once"),
        (packed(MAP)[:-8], "found more, fewer or other bytes, expected 12 bytes, compressed once"),
        (
            base64.b64encode(zlib.compress(MAP[:12]) + b"x").decode(),
            "found more, fewer or other bytes, expected 12 bytes, compressed once",
        ),
    ],
)
def test_packed_maps_that_are_not_read(data, message):
    with refused(f"c: class_of.data: {message}"):
        unpack_map("c", {"encoding": "base64-zlib-int32", "data": data}, 3)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0] * 1001, "found a list of 1001 numbers, expected at most 1000 in a list"),
        ([0, 1.0], "found an entry that is no class number, expected integers"),
        ([0, True], "found an entry that is no class number, expected integers"),
        ([2**31], "found an entry that is no class number, expected integers"),
    ],
)
def test_lists_that_are_no_maps(value, message):
    with refused(f"c: class_of: {message}"):
        unpack_map("c", value, 3)


@pytest.mark.parametrize("value", [None, "abc", {}, {"encoding": "base64-zlib-int32"}, {"encoding": "x", "data": ""}])
def test_values_that_are_no_maps(value):
    expected = "expected a list, or an object with encoding 'base64-zlib-int32' and data"
    with pytest.raises(Unreadable, match=f"^c: class_of: found .*, {re.escape(expected)}$"):
        unpack_map("c", value, 3)
