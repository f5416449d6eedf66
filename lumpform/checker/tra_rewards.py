"""Reads the reward files beside a ``.tra`` file. docs/certificate.md, section 2.3."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator

from .arrays import CODE
from .columns import add, column_of
from .failure import fail
from .limits import Limits
from .models import Column, Matrix
from .rational import Pair, product, total
from .text import Lines, Numbers
from .triples import Triples, by_rows, content, read_triples
from .words import counted

_NAME = re.compile(r'#\s*Reward structure\s+"([^"]+)"', re.IGNORECASE)


def reward_files(path: str) -> Iterator[tuple[str, list[str]]]:
    """Yield what a structure without a name is called, and its files.

    They are ``model.srew`` and ``.trew``, then ``model1`` and so on to the first gap.
    """
    stem, number = path[:-4], 0
    while True:
        base = f"{stem}{number or ''}"
        files = [base + suffix for suffix in (".srew", ".trew") if os.path.exists(base + suffix)]
        if number and (not files or os.path.exists(base + ".tra")):
            return
        if files:
            yield f"reward{number or ''}", files
        number += 1


def stated_name(path: str, limits: Limits) -> str | None:
    """Return the name that a comment of a file of rewards gives them, the last one if there are several."""
    found = None
    for line in Lines(path, limits):
        match = _NAME.match(line.strip())
        found = match[1] if match else found
    return found


def reward_structures(path: str, matrix: Matrix, triples: Triples, limits: Limits) -> Iterator[tuple[str, Column]]:
    """Yield the name and the column of every reward structure beside a ``.tra`` file of a chain."""
    for unnamed, files in reward_files(path):
        stated, column = None, None
        for file in files:
            if file.endswith(".srew"):
                more = _on_states(file, matrix.size, limits)
            else:
                more = _on_transitions(file, matrix, triples, limits)
            column = more if column is None else add(column, more)
            named = stated_name(file, limits)
            if named is not None and stated not in (None, named):
                fail(file, "", f"the reward structure {named!r}", f"{stated!r} as in the file of the states")
            stated = named or stated
        if column is not None:
            yield stated or unnamed, column


def _on_states(path: str, n: int, limits: Limits) -> Column:
    lines = Lines(path, limits)
    numbers = Numbers(lines)
    entries = content(lines)
    sizes = next(entries, [])
    if len(sizes) != 2 or lines.count(sizes[0], "a number of states") != n:
        lines.fail(" ".join(sizes) or "no sizes", f"{counted(n, 'state')} and a number of entries")
    codes, given = array(CODE, bytes(4 * n)), bytearray(n)
    for parts in entries:
        if len(parts) != 2:
            lines.fail(" ".join(parts), "'state value'")
        state = lines.count(parts[0], "a state")
        if state >= n or given[state]:
            lines.fail(f"state {state}", f"a state from 0 to {n - 1}, once")
        codes[state], given[state] = numbers.code(parts[1]), 1
    if sum(given) != lines.count(sizes[1], "a number of entries"):
        fail(path, "end of file", f"{sum(given)} entries", f"{sizes[1]} as the first line says")
    return Column(codes, numbers.table)


def _on_transitions(path: str, matrix: Matrix, transitions: Triples, limits: Limits) -> Column:
    """Return what states gain by their transition rewards: the sums of weight times reward."""
    rewards = read_triples(path, matrix.size, limits)
    twice, several = rewards.parallel(), transitions.parallel()
    for pair in zip(rewards.sources, rewards.targets, strict=True):
        if pair in twice or pair in several:
            what = "two rewards of the transition" if pair in twice else "a reward of one of several transitions"
            fail(path, "", f"{what} from {pair[0]} to {pair[1]}", "one transition and one reward")
    pointers, targets, codes = by_rows(rewards)
    gains: list[Pair] = []
    for state in range(rewards.states):
        weights = dict(matrix.entries(state)) if pointers[state + 1] > pointers[state] else {}
        span = range(pointers[state], pointers[state + 1])
        present = [e for e in span if targets[e] in weights]
        gains.append(total(product(weights[targets[e]], rewards.table[codes[e]]) for e in present))
    return column_of(gains)
