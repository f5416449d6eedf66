"""Reads PRISM's explicit files: ``.tra`` and its siblings. docs/certificate.md, section 2.3."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator
from itertools import pairwise

from .arrays import CODE, OFFSET, STATE
from .columns import add, column_of
from .failure import fail
from .models import Column, Matrix, Model, assemble, canonical, uniform
from .rational import Pair, product, total
from .text import Lines, Numbers

_DECLARATION = re.compile(r'\s*(\d{1,10})="([^"]*)"', re.ASCII)
_NAME = re.compile(r'#\s*Reward structure\s+"([^"]+)"')
SPARE = 1 << 18
"""States that a file may declare beyond one per byte: isolated states take no room."""


def read_tra(path: str, kind: str, rows: str = "exact") -> Model:
    """The Markov chain in a ``.tra`` file and its siblings; the files do not say their kind, so the caller does."""
    n, triples, table = _triples(path, None)
    indptr, targets, codes = _by_rows(n, triples)
    labels = _labels(path[:-4] + ".lab", n)
    init = labels.pop("init", None)
    model = assemble(
        path,
        kind,
        n,
        indptr,
        targets,
        codes,
        table,
        labels=dict(labels),
        rewards={},
        initial=uniform(init, n) if init else None,
        rows=rows,
    )
    # Rewards of transitions are weighted with what the file says, before a row is made to sum to one.
    weights = model.matrix
    if rows == "normalise" and kind == "dtmc":
        weights = canonical(n, indptr, targets, codes, table)
    for name, column in _reward_structures(path, weights):
        if name in model.rewards:
            fail(path, "", f"a second reward structure {name!r}", "names that differ")
        model.rewards[name] = column
    return model


def _content(lines: Lines) -> Iterator[list[str]]:
    for line in lines:
        parts = line.split()
        if parts and not parts[0].startswith("#"):
            yield parts


def _triples(path: str, states: int | None) -> tuple[int, tuple[array[int], array[int], array[int]], list[Pair]]:
    """Sizes and entries ``source target value`` of a .tra or .trew file."""
    lines = Lines(path)
    numbers = Numbers(lines)
    content = _content(lines)
    sizes = next(content, [])
    if len(sizes) != 2:
        lines.fail(" ".join(sizes) or "no sizes", "the numbers of states and entries")
    n, claimed = lines.count(sizes[0], "a number of states"), lines.count(sizes[1], "a number of entries")
    if states is not None and n != states:
        lines.fail(f"{n} states", f"{states} as the .tra file says")
    lines.claim(n, 1, "states", SPARE)
    lines.claim(claimed, 6, "entries")
    sources, targets, codes = array(STATE), array(STATE), array(CODE)
    for parts in content:
        if len(parts) != 3 and not (len(parts) == 4 and states is None):
            lines.fail(" ".join(parts), "'source target value'")
        source, target = lines.count(parts[0], "a state"), lines.count(parts[1], "a state")
        if source >= n or target >= n:
            lines.fail(f"state {max(source, target)}", f"a state from 0 to {n - 1}")
        sources.append(source)
        targets.append(target)
        codes.append(numbers.code(parts[2]))
    if len(codes) != claimed:
        fail(path, "end of file", f"{len(codes)} entries", f"{claimed} as the first line says")
    return n, (sources, targets, codes), numbers.table


def _by_rows(n: int, triples: tuple[array[int], array[int], array[int]]) -> tuple[array[int], array[int], array[int]]:
    """Row pointers, targets and codes with the entries in the order of their rows."""
    sources, targets, codes = triples
    if any(b < a for a, b in pairwise(sources)):
        order = sorted(range(len(sources)), key=sources.__getitem__)
        targets = array(STATE, map(targets.__getitem__, order))
        codes = array(CODE, map(codes.__getitem__, order))
    pointers = array(OFFSET, bytes(8 * (n + 1)))
    for source in sources:
        pointers[source + 1] += 1
    for i in range(n):
        pointers[i + 1] += pointers[i]
    return pointers, targets, codes


def _labels(path: str, n: int) -> dict[str, array[int]]:
    if not os.path.exists(path):
        return {}
    lines = Lines(path)
    stripped = (text for text in map(str.strip, lines) if text and not text.startswith("#"))
    head, place = next(stripped, ""), 0
    names: dict[int, str] = {}
    while place < len(head):
        match = _DECLARATION.match(head, place)
        if match is None or int(match[1]) in names or match[2] in names.values():
            lines.fail(head[place:], 'different declarations such as 0="init" 1="deadlock"')
        names[int(match[1])] = match[2]
        place = match.end()
    states = {number: array(OFFSET) for number in names}
    for text in stripped:
        first, colon, tail = text.partition(":")
        if not colon:
            lines.fail(text, "'state: label label'")
        state = lines.count(first, "a state")
        if state >= n:
            lines.fail(f"state {state}", f"a state from 0 to {n - 1}")
        for part in tail.split():
            number = lines.count(part, "the number of a label")
            if number not in states:
                lines.fail(f"label {number}", "a label that the first line declares")
            states[number].append(state)
    return {names[number]: members for number, members in states.items()}


def _reward_structures(path: str, matrix: Matrix) -> Iterator[tuple[str, Column]]:
    """Pairs of name and column: ``model.srew`` and ``.trew``, then ``model1``, ``model2``, ... to the first gap."""
    stem, number = path[:-4], 0
    while True:
        base = f"{stem}{number or ''}"
        files = [base + suffix for suffix in (".srew", ".trew") if os.path.exists(base + suffix)]
        if number and (not files or os.path.exists(base + ".tra")):
            return
        if files:
            name, column = f"reward{number or ''}", None
            for file in files:
                more = _on_states(file, matrix.size) if file.endswith(".srew") else _on_transitions(file, matrix)
                column = more if column is None else add(column, more)
                name = _name(file) or name
            if column is not None:
                yield name, column
        number += 1


def _name(path: str) -> str | None:
    found = None
    for line in Lines(path):
        match = _NAME.match(line.strip())
        found = match[1] if match else found
    return found


def _on_states(path: str, n: int) -> Column:
    lines = Lines(path)
    numbers = Numbers(lines)
    content = _content(lines)
    sizes = next(content, [])
    if len(sizes) != 2 or lines.count(sizes[0], "a number of states") != n:
        lines.fail(" ".join(sizes) or "no sizes", f"{n} states and a number of entries")
    codes, given = array(CODE, bytes(4 * n)), bytearray(n)
    for parts in content:
        if len(parts) != 2:
            lines.fail(" ".join(parts), "'state value'")
        state = lines.count(parts[0], "a state")
        if state >= n or given[state]:
            lines.fail(f"state {state}", f"a state from 0 to {n - 1}, once")
        codes[state], given[state] = numbers.code(parts[1]), 1
    if sum(given) != lines.count(sizes[1], "a number of entries"):
        fail(path, "end of file", f"{sum(given)} entries", f"{sizes[1]} as the first line says")
    return Column(codes, numbers.table)


def _on_transitions(path: str, matrix: Matrix) -> Column:
    """What a state gains by its transition rewards: the sum of weight times reward."""
    n, triples, table = _triples(path, matrix.size)
    pointers, targets, codes = _by_rows(n, triples)
    gains: list[Pair] = []
    for state in range(n):
        weights = dict(matrix.entries(state)) if pointers[state + 1] > pointers[state] else {}
        span = range(pointers[state], pointers[state + 1])
        gains.append(total(product(weights[targets[e]], table[codes[e]]) for e in span if targets[e] in weights))
    return column_of(gains)
