"""Reads labelled transition systems in the Aldebaran format, ``.aut``. docs/certificate-processes.md, section 2.3."""

from __future__ import annotations

import re
from array import array
from itertools import pairwise

from ..arrays import CODE, OFFSET, STATE
from ..failure import fail
from ..limits import DEFAULT, Limits
from ..models import Column, Matrix, uniform
from ..rational import ONE
from ..text import Lines
from .process import Process, finished

_HEAD = re.compile(r"des\s*\(\s*(\d{1,10})\s*,\s*(\d{1,10})\s*,\s*(\d{1,10})\s*\)", re.ASCII)
_BLANK = " \t\r\n\f\v"


def read_aut(path: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Process:
    """Return the transition system in an ``.aut`` file; the options are for other formats and change nothing here."""
    lines = Lines(path, limits)
    first = count = n = -1
    sources, targets, actions = array(STATE), array(STATE), array(STATE)
    names: dict[str, int] = {}
    for line in lines:
        text = line.strip(_BLANK)
        if not text:
            continue
        if n < 0:
            first, count, n = _sizes(lines, text)
            continue
        source, name, target = _edge(lines, text)
        if max(source, target) >= n:
            lines.fail(f"state {max(source, target)}", f"a state from 0 to {n - 1}")
        sources.append(source)
        targets.append(target)
        actions.append(names.setdefault(name, len(names)))
    if n < 0:
        fail(path, "end of file", "no first line", "des (first, transitions, states)")
    if len(sources) != count:
        fail(path, "end of file", f"{len(sources)} transitions", f"{count} as the first line says")
    if any(b < a for a, b in pairwise(sources)):
        order = sorted(range(count), key=sources.__getitem__)
        targets = array(STATE, map(targets.__getitem__, order))
        actions = array(STATE, map(actions.__getitem__, order))
    pointers = array(OFFSET, bytes(8 * (n + 1)))
    for source in sources:
        pointers[source + 1] += 1
    for state in range(n):
        pointers[state + 1] += pointers[state]
    weights = Column(array(CODE, bytes(4 * count)), [ONE])
    matrix = Matrix(count, array(OFFSET, range(count + 1)), targets, weights)
    texts = list(names)
    start = uniform([first], n) if n else None
    called = [texts[a] for a in actions]
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
