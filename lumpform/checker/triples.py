"""Reads entries ``source target value``: ``.tra`` files as PRISM or as Storm writes them, and ``.trew`` files."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .arrays import CODE, OFFSET, STATE, pointers_of
from .failure import fail
from .limits import DEFAULT, Limits
from .rational import Pair
from .text import Lines, Numbers
from .words import counted

KINDS = ("dtmc", "ctmc")
_OTHER = re.compile(r"\b(dtmc|ctmc|mdp|ctmdp|pomdp|idtmc|imdp|ictmc)\b", re.IGNORECASE)
HEADER = "#transitions("
"""How the line begins in which current versions of PRISM state the kind, in lower case and without spaces."""


@dataclass
class Triples:
    """Holds the entries ``source target value`` of a file, in its order; a value is a place in the table."""

    states: int
    sources: array[int]
    targets: array[int]
    codes: array[int]
    table: list[Pair]
    kind: str | None = None

    def parallel(self) -> set[tuple[int, int]]:
        """Return the pairs of source and target that occur more than once."""
        width = max(self.states, 1)
        keys = array(OFFSET, [s * width + t for s, t in zip(self.sources, self.targets, strict=True)])
        if all(a < b for a, b in pairwise(keys)):
            return set()
        return {divmod(a, width) for a, b in pairwise(sorted(keys)) if a == b}


def content(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words of every line that is no comment and not blank."""
    for line in lines:
        parts = line.split()
        if parts and not parts[0].startswith("#"):
            yield parts


def _entries(lines: Lines, stream: Iterator[str], *, stated: bool) -> Iterator[list[str]]:
    """Yield the words as `content` does, and refuse a line that states the kind of a model so late."""
    for line in stream:
        parts = line.split()
        if parts and not parts[0].startswith("#"):
            yield parts
        elif stated and "".join(parts).lower().startswith(HEADER):
            lines.fail(line.strip(), "the line that states the kind before the sizes")


def read_triples(path: str, states: int | None, limits: Limits = DEFAULT) -> Triples:
    """Read the sizes and entries of a .tra file, or of a .trew file about so many states."""
    lines, spare = Lines(path, limits), limits.spare_states
    numbers = Numbers(lines)
    stream = iter(lines)
    kind, sizes = _head(lines, stream, stated=states is None)
    if sizes is None:
        n, claimed = lines.size + spare, None
    else:
        if len(sizes) != 2:
            lines.fail(" ".join(sizes) or "no sizes", "the numbers of states and entries")
        n, claimed = lines.count(sizes[0], "a number of states"), lines.count(sizes[1], "a number of entries")
        if states is not None and n != states:
            lines.fail(counted(n, "state"), f"{states} as the .tra file says")
        lines.claim(n, 1, "states", spare)
        lines.claim(claimed, 6, "entries")
    found = Triples(n, array(STATE), array(STATE), array(CODE), numbers.table, kind)
    for parts in _words(stream) if sizes is None else _entries(lines, stream, stated=states is None):
        if len(parts) != 3 and not (len(parts) == 4 and states is None and sizes is not None):
            lines.fail(" ".join(parts), "'source target value'")
        source, target = lines.count(parts[0], "a state"), lines.count(parts[1], "a state")
        if source >= n or target >= n:
            lines.fail(f"state {max(source, target)}", f"a state from 0 to {n - 1}")
        found.sources.append(source)
        found.targets.append(target)
        found.codes.append(numbers.code(parts[2]))
    if claimed is not None and len(found.codes) != claimed:
        fail(path, "end of file", counted(len(found.codes), "entry"), f"{claimed} as the first line says")
    if sizes is None:
        _conclude(found, path)
    return found


def _head(lines: Lines, stream: Iterator[str], *, stated: bool) -> tuple[str | None, list[str] | None]:
    """Return the kind that a file states, and the words of the line with its sizes (None in Storm's dialect)."""
    kind: str | None = None
    for line in stream:
        text = line.strip()
        if stated and "".join(text.split()).lower().startswith(HEADER):
            inside, _, behind = text.partition("(")[2].partition(")")
            word = inside.strip().lower()
            others = {found.lower() for found in _OTHER.findall(behind.replace("_", " "))} - {word}
            if word not in KINDS or (kind is not None and word != kind) or others:
                lines.fail(text, "one kind, DTMC or CTMC")
            kind = word
        elif text and not text.startswith("#"):
            if stated and kind is None and text.lower() in KINDS:
                return text.lower(), None
            return kind, text.split()
    return kind, []


def _words(stream: Iterator[str]) -> Iterator[list[str]]:
    """Yield the words of every line that is not blank; Storm has no comments here."""
    return filter(None, map(str.split, stream))


def _conclude(found: Triples, path: str) -> None:
    """Number the states up to the greatest, and refuse what Storm refuses: rows out of order, a pair given twice."""
    found.states = 1 + max(max(found.sources, default=-1), max(found.targets, default=-1))
    fall = next(((a, b) for a, b in pairwise(found.sources) if b < a), None)
    if fall is not None:
        fail(path, "end of file", f"transitions of state {fall[1]} after those of {fall[0]}", "states in their order")
    twice = found.parallel()
    if twice:
        source, target = min(twice)
        fail(path, "end of file", f"two transitions from {source} to {target}", "each pair of states once")


def by_rows(triples: Triples) -> tuple[array[int], array[int], array[int]]:
    """Return row pointers, targets and codes with the entries in the order of their rows."""
    sources, targets, codes = triples.sources, triples.targets, triples.codes
    if any(b < a for a, b in pairwise(sources)):
        order = sorted(range(len(sources)), key=sources.__getitem__)
        targets = array(STATE, map(targets.__getitem__, order))
        codes = array(CODE, map(codes.__getitem__, order))
    return pointers_of(sources, triples.states), targets, codes
