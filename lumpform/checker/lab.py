"""Reads ``.lab`` files, as PRISM or as Storm writes them. docs/certificate.md, section 2.3."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator

from .arrays import OFFSET
from .limits import DEFAULT, Limits
from .text import Lines

_DECLARATION = re.compile(r'\s*(\d{1,10})="([^"]*)"', re.ASCII)
START, END = "#DECLARATION", "#END"


def read_labels(path: str, n: int, limits: Limits = DEFAULT) -> dict[str, array[int]]:
    """Return the states that carry each label; none if there is no such file."""
    if not os.path.exists(path):
        return {}
    lines = Lines(path, limits)
    texts = filter(None, map(str.strip, lines))
    head = next((text for text in texts if text == START or not text.startswith("#")), "")
    return _by_name(lines, texts, n) if head == START else _by_number(lines, head, texts, n)


def _by_number(lines: Lines, head: str, texts: Iterator[str], n: int) -> dict[str, array[int]]:
    """Read PRISM's way: labels are declared with numbers, and the numbers stand after a colon."""
    names: dict[int, str] = {}
    known: set[str] = set()
    place = 0
    while place < len(head):
        match = _DECLARATION.match(head, place)
        if match is None or int(match[1]) in names or match[2] in known:
            lines.fail(head[place:], 'different declarations such as 0="init" 1="deadlock"')
        names[int(match[1])] = match[2]
        known.add(match[2])
        place = match.end()
    states = {number: array(OFFSET) for number in names}
    for text in texts:
        if text.startswith("#"):
            continue
        first, colon, tail = text.partition(":")
        if not colon:
            lines.fail(text, "'state: label label'")
        state = _state(lines, first, n)
        for part in tail.split():
            number = lines.count(part, "the number of a label")
            if number not in states:
                lines.fail(f"label {number}", "a label that the first line declares")
            states[number].append(state)
    return {names[number]: members for number, members in states.items()}


def _by_name(lines: Lines, texts: Iterator[str], n: int) -> dict[str, array[int]]:
    """Read Storm's way: names are declared between two marks, and follow the number of a state."""
    states: dict[str, array[int]] = {}
    ended = False
    for text in texts:
        if text == END:
            ended = True
            break
        for name in text.split():
            if name in states:
                lines.fail(f"a second declaration of {name!r}", "labels that differ")
            states[name] = array(OFFSET)
    if not ended:
        lines.fail(f"no {END}", f"names of labels, then {END}")
    last = -1
    for text in texts:
        first, *names = text.split()
        state = _state(lines, first, n)
        if state <= last:
            lines.fail(f"state {state} after state {last}", "states in their order, each once")
        last = state
        for name in names:
            if name not in states:
                lines.fail(f"label {name!r}", f"a label that is declared before {END}")
            states[name].append(state)
    return states


def _state(lines: Lines, text: str, n: int) -> int:
    state = lines.count(text, "a state")
    if state >= n:
        lines.fail(f"state {state}", f"a state from 0 to {n - 1}")
    return state
