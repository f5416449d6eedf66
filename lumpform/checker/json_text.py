"""Reads JSON text that nobody vouches for: what is wrong with it is said in words, and where."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from .failure import fail

EXPECTED = "a JSON object in UTF-8"
"""What is expected where no place in the text is to blame."""

WRONG = {
    "Unterminated string": "a string that does not end",
    "Invalid control character": "a control character in a string",
    "Invalid \\": "an escape that JSON does not have",
    "Illegal trailing comma": "a comma after the last entry",
}
"""Beginnings of what Python's parser says, and what was found then; otherwise it says what it expects."""


class Refused(ValueError):
    """Says what JSON text is refused for: a field given twice, or a number that is none."""


def json_value(path: str, data: bytes) -> Any:
    """Return the value of JSON text; `Unreadable` if it is none."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        fail(path, f"line {error.lineno} column {error.colno}", *_stated(error))
    except Refused as error:
        fail(path, "", str(error), EXPECTED)
    except UnicodeDecodeError as error:
        fail(path, f"byte {error.start + 1}", f"{data[error.start]:#04x}, which is no UTF-8", EXPECTED)
    except RecursionError:
        fail(path, "", "lists or objects nested too deep", EXPECTED)
    except ValueError:  # Python's limit of digits
        fail(path, "", "a number of too many digits", EXPECTED)


def _stated(error: json.JSONDecodeError) -> tuple[str, str]:
    """Return what was found where the parser stopped, and what was expected."""
    for beginning, found in WRONG.items():
        if error.msg.startswith(beginning):
            return found, "a JSON object"
    found = repr(error.doc[error.pos]) if error.pos < len(error.doc) else "the end of the text"
    name = "a name in double quotes" if "property name" in error.msg else "a JSON value"
    mark = next((f"'{mark}'" for mark in ":," if f"'{mark}'" in error.msg), name)
    return found, "nothing after the JSON object" if error.msg == "Extra data" else mark


def _refuse(name: str) -> NoReturn:
    raise Refused(f"the number {name}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise Refused(f"the field {name!r} given twice")
        result[name] = value
    return result
