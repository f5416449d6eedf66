"""Reads short files whole, and the JSON object that they are: each name stands once, and numbers are numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from lumpform.display.words import with_article
from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error


def whole_file(path: str | Path, most: int, what: str) -> bytes:
    """Return the bytes of a file of at most `most` of them.

    Raises
    ------
    FormatError
        If it cannot be read, or is longer; `what` says what was expected.
    """
    check_readable(path)
    try:
        with open(path, "rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise os_error(path, error, f"a readable {what}") from None
    if len(data) > most:
        raise FormatError(path, "", f"more than {most} bytes", f"a smaller {what}")
    return data


def json_object(path: str | Path, data: bytes, place: str = "") -> dict[str, Any]:
    """Return the JSON object in some bytes of a file.

    A name that stands twice is refused: readers differ in which of the two they take.

    Raises
    ------
    FormatError
        At `place`, or the line and column in it, if there is none.
    """
    expected = "a JSON object in UTF-8"
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        at = ", ".join(filter(None, (place, f"line {error.lineno} column {error.colno}")))
        raise FormatError(path, at, *_syntax(error)) from None
    except UnicodeDecodeError as error:
        at = ", ".join(filter(None, (place, f"byte {error.start + 1}")))
        raise FormatError(path, at, f"{data[error.start]:#04x}, which is no UTF-8", expected) from None
    except RecursionError:
        raise FormatError(path, place, "lists or objects nested too deep", expected) from None
    except ValueError as error:
        found = str(error) if isinstance(error, _Refused) else "a number of too many digits"
        raise FormatError(path, place, found, expected) from None
    if not isinstance(value, dict):
        raise FormatError(path, place, f"JSON that is {with_article(type(value).__name__)}", "a JSON object")
    return value


_FOUND = {
    "Unterm": "a string without its end",
    "Invalid c": "a control character in a string",
    "Invalid \\": "an escape that JSON does not know",
    "Illegal": "a comma after the last entry",
}

_EXPECTED = {"Expecting p": "a name in double quotes", "Expecting '": "{}", "Extra": "nothing after the JSON object"}


def _syntax(error: json.JSONDecodeError) -> tuple[str, str]:
    """Put into words what Python's parser found at some place, and what it expected there."""
    for start, found in _FOUND.items():
        if error.msg.startswith(start):
            return found, "a JSON object"
    found = repr(error.doc[error.pos : error.pos + 1]) if error.doc[error.pos :] else "the end of the text"
    expected = next((text for start, text in _EXPECTED.items() if error.msg.startswith(start)), "a JSON value")
    return found, expected.format(error.msg.removeprefix("Expecting ").removesuffix(" delimiter"))


class _Refused(ValueError):
    """Says what is wrong with JSON that can be parsed."""


def _no_number(name: str) -> NoReturn:
    raise _Refused(f"{name}, which is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Refused(f"{next(n for n in names if names.count(n) > 1)[:60]!r} twice in one object")
    return result
