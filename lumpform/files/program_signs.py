"""Writes powers and remainders of PRISM and JANI programs so that Storm computes them rightly of negative numbers.

Exploring in exact arithmetic, Storm takes ``pow(x, 2)`` at x = -3 as -9, since a variable is put as a text in the place
of its name, and ``mod(x, 2)`` at x = -2 as 2. ``pow(0 + (x), 2)`` and ``mod(mod(x, 2), 2)`` are 9 and 0, as they are in
PRISM. Nothing else of a program changes, and no line gets another number.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError
from lumpform.files.limits import MAX_PROGRAM_BYTES

_TOKEN = re.compile(r'"[^"\n]*"|//[^\n]*|\b(?:func\s*\(\s*(?P<old>pow|mod)\s*,|(?P<new>pow|mod)\s*\()|[(),%]')

_OF_PRISM, _OF_JANI = re.compile(r"\b(pow|mod)\b|%"), re.compile(r'"(pow|%)"')
_NUMBER = "\ue000"
"""What begins the text that stands for a number with a point while a tree is changed: of private use, in no name."""


def with_signs(text: str, path: Path) -> str:
    """Return a PRISM program or property with powers and remainders that are right of negative numbers. O(length).

    Raises
    ------
    FormatError
        If it has the operator ``%``, which Storm reads and PRISM does not have, or grows beyond the limit for programs.
    """
    pieces: list[str] = []
    frames: list[tuple[str, list[int]]] = []  # what was opened, and the pieces at which operands begin
    end = 0
    for match in _TOKEN.finditer(text):
        token, name = match[0], match["old"] or match["new"]
        pieces.append(text[end : match.start()])
        end = match.end()
        if token.startswith("//"):
            continue
        if token == "%":
            raise FormatError(path, f"line {text.count(chr(10), 0, end) + 1}", "the operator %", "mod(a, b)")
        if name or token == "(":
            pieces.append("(" if not name else "")
            frames.append((name or "", [len(pieces)]))
        elif token == "," and frames and frames[-1][0]:
            pieces.append(",")
            frames[-1][1].append(len(pieces))
        elif token == ")" and frames:
            name, starts = frames.pop()
            if name:
                _close(name, starts, pieces, path)
            else:
                pieces.append(")")
        else:
            pieces.append(token)
    return "".join([*pieces, text[end:]])


def _close(name: str, starts: list[int], pieces: list[str], path: Path) -> None:
    """Put a power or remainder in the place of its operands."""
    ends = [*(start - 1 for start in starts[1:]), len(pieces)]
    operands = ["".join(pieces[a:b]) for a, b in zip(starts, ends, strict=True)]
    first, *rest = operands
    inner = ",".join(operands)
    if len(rest) == 1:  # otherwise Storm says what is missing
        inner = f"0+({first}),{rest[0]}" if name == "pow" else f"mod({inner}),{' '.join(rest[0].split())}"
    if len(inner) > MAX_PROGRAM_BYTES:
        raise FormatError(path, "", "remainders by remainders", "a shorter program")
    pieces[starts[0] :] = [f"{name}({inner})"]


def json_with_signs(text: str, path: Path) -> str:
    """Return a JANI model with powers and remainders that are right of negative numbers; its numbers stay texts.

    Raises
    ------
    FormatError
        If something is the remainder of a division by more than a number or a name.
    """
    tree = json.loads(text, parse_float=lambda digits: _NUMBER + digits)
    written = json.dumps(_signed(tree, path), ensure_ascii=False)
    return re.sub(f'"{_NUMBER}([^"]*)"', r"\1", written)


def _signed(tree: Any, path: Path) -> Any:
    if isinstance(tree, list):
        return [_signed(part, path) for part in tree]
    if not isinstance(tree, dict):
        return tree
    tree = {name: _signed(part, path) for name, part in tree.items()}
    if tree.get("op") == "pow" and "left" in tree:
        return tree | {"left": {"op": "+", "left": 0, "right": tree["left"]}}
    if tree.get("op") == "%":
        if not isinstance(tree.get("right"), int | str):
            raise FormatError(path, "", "a remainder by an expression", "one by a number or a name")
        return tree | {"left": tree}
    return tree


def has_signs(text: str, *, jani: bool) -> bool:
    """Tell whether a program may have a power or a remainder."""
    return bool((_OF_JANI if jani else _OF_PRISM).search(text))
