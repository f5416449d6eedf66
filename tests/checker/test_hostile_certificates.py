"""Certificates that are none, and fields that are not what they should be: one line, whatever they hold."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import GOOD, judge, refused

from lumpform.checker.certificate import shown


def packed(raw: bytes) -> dict[str, str]:
    return {"encoding": "base64-zlib-int32", "data": base64.b64encode(zlib.compress(raw)).decode()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "3",
        '"text"',
        "{",
        '{"a": 1, "a": 2}',
        "[" * 15_000,
        '{"a":' * 15_000,
        "[" * 1_000_000,
        "9" * 10_000,
        '{"version": NaN}',
        "\ud800",
        "\x00" * 50,
        "[" + "0," * 1_000_000 + "0]",
    ],
    ids=range(15),
)
def test_text_that_is_no_certificate(tmp_path: Path, text: str) -> None:
    refused(tmp_path, text)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("format", "other"),
        ("format", 1),
        ("version", 2),
        ("version", 1.0),
        ("version", True),
        ("version", "1"),
        ("domain", "network"),
        ("kind", "proportional"),
        ("kind", ["ordinary"]),
        ("kind", None),
        ("semantics", "both"),
        ("respect", "labels"),
        ("respect", ["colour"]),
        ("respect", [["labels"]]),
        ("respect", ["labels"] * 4),
        ("states", -1),
        ("states", 5.0),
        ("states", True),
        ("states", 10**30),
        ("states", 10**4000),
        ("classes", "3"),
        ("original", None),
        ("original", {"kind": "dtmc"}),
        ("original", {"kind": "mdp", "digest": GOOD["original"]["digest"]}),
        ("original", {"kind": "dtmc", "digest": "sha256:" + "G" * 64}),
        ("original", {"kind": "dtmc", "digest": 5}),
        ("scales", [1]),
        ("generator", "me"),
        ("class_of", None),
        ("class_of", "01122"),
        ("class_of", [0] * 1001),
        ("class_of", [0, 1, 1, 2, 2.0]),
        ("class_of", [0, 1, 1, 2, True]),
        ("class_of", [0, 1, 1, 2, 10**20]),
        ("class_of", {"encoding": "base64-zlib-int32"}),
        ("class_of", packed(b"\0" * 19)),
        ("class_of", packed(b"\0" * 24)),
        ("class_of", {"encoding": "base64-zlib-int32", "data": "*" * 8}),
        ("class_of", {"encoding": "base64-zlib-int32", "data": "\u00e9"}),
        ("class_of", {"encoding": "base64-zlib-int32", "data": base64.b64encode(b"no zlib").decode()}),
        ("class_of", {"encoding": "base64-pickle", "data": ""}),
        ("unknown", 1),
    ],
    ids=lambda value: str(value)[:40],
)
def test_fields_that_are_not_what_they_should_be(tmp_path: Path, field: str, value: Any) -> None:
    assert judge(tmp_path, json.dumps(GOOD)).verified
    try:
        text = json.dumps(GOOD | {field: value})
    except ValueError:  # too many digits for Python to write
        text = json.dumps(GOOD | {field: 0}).replace(f'"{field}": 0', f'"{field}": 1{"0" * 4500}')
    message = refused(tmp_path, text)
    assert "certificate.json" in message


@pytest.mark.medium
def test_an_array_that_unpacks_to_much_more_than_the_states(tmp_path: Path) -> None:
    assert "class_of" in refused(tmp_path, json.dumps(GOOD | {"class_of": packed(b"\0" * 2**28)}))


def test_a_field_given_twice_is_ambiguous(tmp_path: Path) -> None:
    text = json.dumps(GOOD)
    assert "twice" in refused(tmp_path, text[:-1] + ', "kind": "ordinary"}')


@pytest.mark.parametrize("field", list(GOOD))
def test_a_missing_field(tmp_path: Path, field: str) -> None:
    assert field in refused(tmp_path, json.dumps({k: v for k, v in GOOD.items() if k != field}))


def test_a_truncated_stream_and_one_with_an_appendix(tmp_path: Path) -> None:
    whole = zlib.compress(np.array(GOOD["class_of"], dtype="<i4").tobytes())
    for raw, good in ((whole, True), (whole[:-1], False), (whole + b"\0", False), (whole[:5], False), (b"", False)):
        field = {"encoding": "base64-zlib-int32", "data": base64.b64encode(raw).decode()}
        text = json.dumps(GOOD | {"class_of": field})
        if good:
            assert judge(tmp_path, text).verified
        else:
            refused(tmp_path, text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "nothing"),
        (True, "True"),
        ([1, 2], "a list of 2 entries"),
        ({"a": 1}, "an object of 1 entry"),
        (2**200 - 1, str(2**200 - 1)),
        (2**200, "an integer of 201 bits"),
        (2**201, "an integer of 202 bits"),
        (-(2**300), "an integer of 301 bits"),
        ("x" * 80, repr("x" * 80)),
        ("x" * 80 + "y", repr("x" * 80)),
        (0.5, "0.5"),
    ],
)
def test_values_are_shown_in_few_words(value: Any, expected: str) -> None:
    assert shown(value) == expected


def test_numbers_that_json_does_not_know_are_named(tmp_path: Path) -> None:
    text = json.dumps(GOOD).replace('"version": 1', '"version": NaN')
    assert "found the number NaN, expected a JSON object in UTF-8" in refused(tmp_path, text)
    assert "found the field 'version' given twice, expected" in refused(
        tmp_path, text.replace("NaN", '1, "version": 1')
    )
