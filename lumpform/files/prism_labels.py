"""Reads ``.lab`` and ``.sta`` files: labels as PRISM or as Storm writes them, and what the states are called."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.files.limits import STATE_NAMES, STATE_NAMES_PER_BYTE
from lumpform.files.text import TextFile, parse_count, states_up_to

_DECLARATION = re.compile(r'\s*(\d{1,10})="([^"]*)"', re.ASCII)
_VALUATION = re.compile(r"(\d{1,10}):\s*\((.*)\)", re.ASCII)


def read_labels(path: Path, n: int) -> dict[str, NDArray[np.int64]]:
    """Read the labels in a ``.lab`` file, each with the numbers of its states.

    PRISM declares ``0="init" 1="goal"`` in one line and then writes ``state: label label`` with numbers; Storm writes
    the names between ``#DECLARATION`` and ``#END`` and then ``state name name``.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    source = TextFile(path)
    lines = source.lines()
    for line in lines:
        if line == "#DECLARATION":
            return _storms(source, lines, n)
        if line and not line.startswith("#"):
            return _prisms(source, line, lines, n)
    return {}


def _prisms(source: TextFile, first: str, lines: Iterator[str], n: int) -> dict[str, NDArray[np.int64]]:
    names = _declarations(source, first)
    source.claim_cells(len(names), n, "labels")
    states: dict[int, array[int]] = {number: array("q") for number in names}
    for line in lines:
        if not line or line.startswith("#"):
            continue
        head, colon, tail = line.partition(":")
        if not colon:
            source.fail(line, "'state: label label'")
        state = _state(source, head.strip(), n)
        for text in tail.split():
            number = parse_count(source, text, "the number of a label")
            if number not in states:
                source.fail(f"label {number}", "a label that the first line declares")
            states[number].append(state)
    return {name: _once(states[number]) for number, name in names.items()}


def _declarations(source: TextFile, line: str) -> dict[int, str]:
    names: dict[int, str] = {}
    taken: set[str] = set()
    place = 0
    while place < len(line):
        match = _DECLARATION.match(line, place)
        if match is None:
            source.fail(line[place : place + 100], 'declarations such as 0="init" 1="deadlock"')
        number = int(match[1])
        if number in names or match[2] in taken:
            source.fail(match[0].strip(), "labels that differ")
        names[number] = source.name(match[2], "label")
        taken.add(match[2])
        place = match.end()
    return names


def _storms(source: TextFile, lines: Iterator[str], n: int) -> dict[str, NDArray[np.int64]]:
    states: dict[str, array[int]] = {}
    ended = False
    for line in lines:
        if line == "#END":
            ended = True
            break
        for name in line.split():
            if name in states:
                source.fail(f"a second declaration of {name!r}", "labels that differ")
            states[source.name(name, "label")] = array("q")
    if not ended:
        source.fail_at_end("no #END after #DECLARATION", "names of labels, then #END")
    source.claim_cells(len(states), n, "labels")
    last = -1
    for line in lines:
        head, *names = line.split() or [""]
        if not head:
            continue
        state = _state(source, head, n)
        if state <= last:
            source.fail(f"state {state} after state {last}", "states in their order, each once")
        last = state
        for name in names:
            if name not in states:
                source.fail(f"label {name!r}", "a label that is declared before #END")
            states[name].append(state)
    return {name: _once(members) for name, members in states.items()}


def _once(states: array[int]) -> NDArray[np.int64]:
    """Return the numbers of states, each once: a file may say twice that a state carries a label."""
    return np.unique(np.frombuffer(states, dtype=np.int64))


def _state(source: TextFile, text: str, n: int) -> int:
    state = parse_count(source, text, "the number of a state")
    if state >= n:
        source.fail(f"state {state}", states_up_to(n))
    return state


def read_valuations(path: Path, n: int) -> list[str]:
    """Read the names ``x=1, y=2`` of n states from a ``.sta`` file.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    source = TextFile(path)
    variables: list[str] | None = None
    names: list[str] = []
    written = 0
    for line in source.lines():
        if not line or line.startswith("#"):
            continue
        if variables is None:
            if not (line.startswith("(") and line.endswith(")")):
                source.fail(line, "the variables in parentheses, such as (x,y)")
            variables = [v.strip() for v in line[1:-1].split(",")]
            continue
        match = _VALUATION.fullmatch(line)
        values = match[2].split(",") if match else []
        if match is None or int(match[1]) != len(names) or len(values) != len(variables):
            source.fail(line, f"'{len(names)}:(...)' with {counted(len(variables), 'value')}")
        name = ", ".join(f"{v}={x.strip()}" for v, x in zip(variables, values, strict=True))
        names.append(source.name(name, "valuation"))
        written += len(name)
        # The names of variables stand in the file once only.
        if written > STATE_NAMES + STATE_NAMES_PER_BYTE * source.size:
            source.fail(f"names of states with {written} characters", "shorter names of variables")
        if len(names) > n:
            source.fail(f"state {len(names) - 1}", counted(n, "state"))
    if len(names) != n:
        source.fail_at_end(counted(len(names), "state"), f"{n} as the .tra file says")
    return names
