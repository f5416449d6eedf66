"""Reads labelled transition systems in the Aldebaran format, ``.aut``. docs/certificate-processes.md, section 2.3."""

from __future__ import annotations

import re
from array import array

from ..arrays import CODE, OFFSET, STATE
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..models import Column, Matrix, uniform
from ..rational import ONE
from ..text import Lines
from ..triples import Triples, by_rows
from ..words import counted
from .process import Process, finished

_HEAD = re.compile(r"des\s*\(\s*(\d{1,10})\s*,\s*(\d{1,10})\s*,\s*(\d{1,10})\s*\)", re.ASCII)
_BLANK = " \t\r\n\f\v"


def read_aut(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return the transition system in an ``.aut`` file; the options are for other formats and change nothing here."""
    lines = Lines(path, limits)
    first = count = n = -1
    names: dict[str, int] = {}
    edges = Triples(0, array(STATE), array(STATE), array(CODE), [])  # whose values are places of names
    for line in lines:
        text = line.strip(_BLANK)
        if not text:
            continue
        if n < 0:
            first, count, n = _sizes(lines, text)
            edges.states = n
            continue
        source, name, target = _edge(lines, text)
        if max(source, target) >= n:
            lines.fail(f"state {max(source, target)}", f"a state from 0 to {n - 1}")
        edges.sources.append(source)
        edges.targets.append(target)
        edges.codes.append(names.setdefault(name, len(names)))
    if n < 0:
        fail(path, "end of file", "no first line", "des (first, transitions, states)")
    if len(edges.sources) != count:
        fail(path, "end of file", counted(len(edges.sources), "transition"), f"{count} as the first line says")
    pointers, targets, codes = by_rows(edges)
    texts = list(names)
    weights = Column(array(CODE, bytes(4 * count)), [ONE])
    matrix = Matrix(count, array(OFFSET, range(count + 1)), targets, weights)
    start = uniform([first], n) if n else None
    called = [texts[code] for code in codes]
    process = Process(path, "lts", matrix, {}, {}, start, pointers, called, bytearray(count))
    return finished(process, limits=limits)


def _sizes(lines: Lines, text: str) -> tuple[int, int, int]:
    """Return the first state, the number of transitions and that of states."""
    match = _HEAD.fullmatch(text)
    if match is None:
        lines.fail(text, "des (first, transitions, states)")
    first, count, n = map(int, match.groups())
    lines.claim(count, 7, "transitions")
    lines.claim(n, 1, "states", lines.limits.spare_states)
    if first >= max(n, 1):
        lines.fail(f"the first state {first}", f"a state from 0 to {n - 1}")
    return first, count, n


def _edge(lines: Lines, text: str) -> tuple[int, str, int]:
    """Return source, label and target of a line ``(source, "label", target)``."""
    before, _, rest = text[1:-1].partition(",")
    middle, comma, after = rest.rpartition(",")
    name = middle.strip(_BLANK)
    quoted = len(name) > 1 and name[0] == name[-1] == '"'
    if text[0] != "(" or text[-1] != ")" or not comma or ('"' in name and not quoted):
        lines.fail(text, '(from, "label", to)')
    name = name[1:-1] if quoted else name
    if not name:
        lines.fail(text, "a label that is not empty")
    return lines.count(before, "a state"), name, lines.count(after, "a state")
