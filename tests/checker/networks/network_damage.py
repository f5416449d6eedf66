"""Files of networks damaged in every place: every field of an ONNX file, every entry of an NNet file, every array."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from typing import Any

import numpy as np
from network_cases import SMALL_NNET
from onnx_files import REPEATED, SCHEMA, Message

INTEGERS = (0, 1, 2, 9, -1, 1 << 40, b"\x01")
FLOATS = (0.0, 1.0, -1.0, nan, inf, 1)
TEXTS = ("x", "", b"\xff", 1)

NNET = SMALL_NNET.replace("2,2,1,\n", "  // another\n\n2,2,1,\n", 1)
"""With a second comment and an empty line."""

NARROW = """1,1,1,1,
1,1,
0,
-3,
0,
0,2,
0,
-7,
0.5,
"""
"""One input, whose minimum is -3, whose maximum and mean are 0, and which has no ranges."""


def with_fields_damaged(message: Message, kind: str = "model", path: str = "") -> Iterator[tuple[str, Message]]:
    """Every field left out, given twice, with other values, of another wire type."""
    names = SCHEMA.get(kind, {})
    seen: dict[int, int] = {}
    for i, (number, content) in enumerate(message):
        name, inner = names.get(number, (str(number), ""))
        seen[number] = seen.get(number, -1) + 1
        place = f"{path}{name}{seen[number] if name in REPEATED else ''}"
        yield f"{place} left out", message[:i] + message[i + 1 :]
        yield f"{place} twice", message[: i + 1] + message[i:]
        for other in other_values(content):
            shown = other if not isinstance(other, list) else "empty"
            yield f"{place} is {shown!r}", [*message[:i], (number, other), *message[i + 1 :]]
        if isinstance(content, list):
            for what, changed in with_fields_damaged(content, inner, f"{place}."):
                yield what, [*message[:i], (number, changed), *message[i + 1 :]]


def other_values(content: Any) -> Iterator[Any]:
    """What to put in the place of a value."""
    if isinstance(content, list):
        yield from ([], 1, b"\xff\xff")
    elif isinstance(content, float):
        yield from FLOATS
    elif isinstance(content, int):
        yield from (v for v in INTEGERS if v != content)
    elif isinstance(content, str):
        yield from (v for v in TEXTS if v != content)
    else:
        yield from (b"", content[:-1], content + content, b"\xff" * len(content), b"\0" * len(content), 1, 1.0)


def with_bytes_damaged(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut at every eleventh byte, with a byte changed there, and with bytes behind the end."""
    for at in range(0, len(content), 11):
        yield f"cut at {at}", content[:at]
        yield f"byte {at} inverted", content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]
    for what, more in {
        "a group": b"\x0b",
        "field 0": b"\x00\x01",
        "eleven bytes": b"\x08" + b"\xff" * 10 + b"\x01",
        "ten bytes": b"\x08" + b"\xff" * 9 + b"\x01",
        "eight bytes": b"\x79" + b"\1" * 8,
        "seven bytes": b"\x79" + b"\1" * 7,
        "three bytes": b"\x7d" + b"\1" * 3,
    }.items():
        yield f"and {what}", content + more


def with_entries_damaged(text: str) -> Iterator[tuple[str, str]]:
    """Every line left out or given twice; every entry of it left out, or replaced."""
    lines = text.split("\n")
    for i, line in enumerate(lines[:-1]):
        edits = {"left out": [], "twice": [line, line], "empty": [""], "without its comma": [line.rstrip(",")]}
        entries = line.split(",")
        for j, entry in enumerate(entries):
            edits[f"entry {j} left out"] = [",".join(entries[:j] + entries[j + 1 :])]
            for other in ("x", "0", "1", "-9", " 3 ", "9999999999", "1e9999", "1e5000"):
                if other != entry:
                    edits[f"entry {j} is {other}"] = [",".join([*entries[:j], other, *entries[j + 1 :]])]
        for what, instead in edits.items():
            yield f"line {i + 1} {what}", "\n".join([*lines[:i], *instead, *lines[i + 1 :]])
        yield f"cut after line {i}", "\n".join(lines[:i])
    yield "a long entry", text.replace("-1,", "-" * 60 + "1,", 1)
    yield "as many weights as fit", f"1,1,1,\n{'1' * 2},{'0' * 2}"
    for length in range(13, 20):
        yield f"a layer of 4 in {length} bytes", "1,1,4,1\n1,4,\n".ljust(length, "/")
    for size in range(1, 12):
        yield f"a layer of {size}", f"1,1,{size},1\n1,{size},\n"


def arrays() -> dict[str, np.ndarray]:
    """The arrays of a network, in all the ways that numbers are held."""
    return {
        "W1": np.array([[1.5, -2, 0.1], [0, 3, 1]], dtype=np.float32),
        "b1": np.array([1, -1, 2]),
        "W2": np.asfortranarray([[1.0, 2], [3, 4], [5, 6]]),
        "W2_index": np.asfortranarray([[0, 1], [1, 2], [2, 0]]),
        "W2_num": np.array(["1", "-2.5", "0"]),
        "W2_den": np.array(["3", "-7", "1"]),
        "b2_index": np.array([1, 0], dtype=np.uint8),
        "b2_num": np.array(["5", "1e2"]),
        "b2_den": np.array(["2", "3"]),
        "W3_num": np.array([["1", "2"], ["3", "-4"]]),
        "W3_den": np.array([["2", "3"], ["-5", "7"]]),
        "b3_num": np.array(["1", "0"]),
        "b3_den": np.array(["-9", "4"]),
        "W4": np.array([[1], [-2]], dtype=np.int8),
    }
