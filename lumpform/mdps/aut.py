"""Reads and writes labelled transition systems in the Aldebaran format, ``.aut``.

The first line is ``des (first, transitions, states)``, every other one ``(from, "label", to)``; a label without commas,
blanks or brackets may stand without quotes. ``tau`` and ``i`` are names as any other. The first state is the initial
one. The transitions of a state keep the order of the file.

References
----------
.. [1] CADP manual, *The AUT file format*, https://cadp.inria.fr/man/aut.html
.. [2] mCRL2 documentation, *Labelled transition systems*, https://www.mcrl2.org/web/user_manual/language_reference/lts.html
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.files.atomic import Replacement
from lumpform.files.compressed import compressing
from lumpform.files.text import TextFile, parse_count, states_up_to
from lumpform.graph.entries import ones
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.drn import assembled
from lumpform.mdps.mdp import MDP
from lumpform.mdps.parts import Parts
from lumpform.numbers.numerals import uniform_support

_HEAD = re.compile(r"des\s*\(\s*(\d{1,10})\s*,\s*(\d{1,10})\s*,\s*(\d{1,10})\s*\)", re.ASCII)
_EDGE = re.compile(r'\s*\(\s*(\d{1,10})\s*,\s*(?:"(.*)"|([^"]*?))\s*,\s*(\d{1,10})\s*\)\s*', re.ASCII)
BLOCK = 1 << 16


def read_aut(path: str | Path) -> MDP:
    """Read the transition system in an ``.aut`` file. O(m) for m transitions, O(m log m) if states are mixed.

    Raises
    ------
    FormatError
        With the line, what was found and what was expected.
    """
    source = TextFile(path)
    first, m, n = -1, 0, -1
    sources, targets, codes = array("i"), array("i"), array("i")
    table: dict[str, int] = {}
    for chunk in source.chunks():
        start = 0
        while n < 0 and start < len(chunk):
            source.line += 1
            line = chunk[start].strip()
            start += 1
            if line:
                first, m, n = _sizes(source, line)
        match_edge, add_source, add_target, add_code = _EDGE.fullmatch, sources.append, targets.append, codes.append
        number, lookup = source.line, table.get
        for line in chunk[start:]:
            number += 1
            match = match_edge(line)
            if match is None:
                if line.strip():
                    source.line = number
                    source.fail(line.strip(), '(from, "label", to)')
                continue
            name = match[2] if match[2] is not None else match[3]
            code, a, b = lookup(name), int(match[1]), int(match[4])
            if code is None or a >= n or b >= n:
                source.line = number
                if max(a, b) >= n:
                    source.fail(f"state {max(a, b)}", states_up_to(n))
                code = table.setdefault(source.name(name, "label"), len(table))
            add_source(a)
            add_target(b)
            add_code(code)
        source.line = number
    if n < 0:
        source.fail_at_end("no first line", "des (first, transitions, states)")
    if len(codes) != m:
        source.fail_at_end(counted(len(codes), "transition"), f"{m} as the first line says")
    return assembled(path, _parts(sources, targets, codes, tuple(table), (first, n)))


def _sizes(source: TextFile, line: str) -> tuple[int, int, int]:
    """Return first state, transitions and states from the first line."""
    match = _HEAD.fullmatch(line)
    if match is None:
        source.fail(line, "des (first, transitions, states)")
    first, m, n = (parse_count(source, text, "a number") for text in match.groups())
    source.claim(m, 7, "transitions")
    source.claim_states(n)
    if first >= max(n, 1):
        source.fail(f"the first state {first}", states_up_to(n))
    return first, m, n


def _parts(
    sources: array[int], targets: array[int], codes: array[int], names: tuple[str, ...], start: tuple[int, int]
) -> Parts:
    first, n = start
    rows, columns, actions = (np.frombuffer(column, dtype=np.int32) for column in (sources, targets, codes))
    if (np.diff(rows) < 0).any():
        order = np.argsort(rows, kind="stable")
        rows, columns, actions = rows[order], columns[order], actions[order]
    m = len(rows)
    transitions = SparseWeights((m, n), np.arange(m + 1), columns, ones(m))
    pointers = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n)))).astype(np.int64)
    return Parts(transitions, pointers, "lts", names, actions, initial={first: 1} if n else None)


def write_aut(mdp: MDP, path: Path, files: Replacement) -> None:
    """Write a transition system as ``.aut``; labels always in quotes. O(m).

    Raises
    ------
    ModelError
        If it is another kind of process, has labels of states, rewards, several initial states, or a choice without a
        name (or with a double quote in it), which the format cannot hold.
    """
    if mdp.kind != "lts":
        raise ModelError(f".aut cannot hold a model of kind {mdp.kind!r}, expected a transition system (kind 'lts')")
    for what, held in (("labels of states", mdp.labels), ("rewards", {**mdp.state_rewards, **mdp.choice_rewards})):
        if held:
            raise ModelError(f".aut cannot hold {what}, here {next(iter(held))!r}")
    for name in mdp.actions:
        if not name or '"' in name or not name.isprintable():
            raise ModelError(
                f".aut cannot hold the action name {name!r}, expected printable ones without double quotes"
            )
    first = 0
    if mdp.initial is not None and mdp.states:
        support = uniform_support(mdp.initial)
        states = np.flatnonzero(support) if support is not None else np.zeros(0)
        if len(states) != 1:
            raise ModelError(".aut cannot hold several initial states, expected one")
        first = int(states[0])
    with files.open(path) as file, compressing(file, path) as stream:
        for text in _lines(mdp, first):
            stream.write(text.encode())


def _lines(mdp: MDP, first: int) -> Iterator[str]:
    yield f"des ({first}, {mdp.choices}, {mdp.states})\n"
    texts = [f', "{name}", ' for name in mdp.actions]
    state_of, targets = mdp.state_of, mdp.transitions.indices
    for start in range(0, mdp.choices, BLOCK):
        part = slice(start, start + BLOCK)
        rows = zip(state_of[part].tolist(), mdp.action_of[part].tolist(), targets[part].tolist(), strict=True)
        yield "".join([f"({s}{texts[a]}{t})\n" for s, a, t in rows])
