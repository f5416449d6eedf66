"""Reads Matrix Market files: the matrix of a chain and nothing else. docs/certificate.md, section 2.3."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from itertools import compress

from .arrays import CODE, STATE
from .failure import fail
from .limits import DEFAULT, Limits
from .models import Model, Parts, assemble
from .text import Lines, Numbers
from .triples import Triples, by_rows
from .words import counted

_KIND = re.compile(r"%\s*Markov chain: (dtmc|ctmc)\s*")
_WORDS = (("%%matrixmarket",), ("matrix",), ("coordinate", "array"), ("real", "integer", "double"))
_SYMMETRY = ("general", "symmetric")


def read_mtx(path: str, kind: str, rows: str = "exact", deadlocks: str = "error", limits: Limits = DEFAULT) -> Model:
    """Read the chain in a Matrix Market file; the caller's kind counts where the file states none."""
    lines = Lines(path, limits)
    stream = iter(lines)
    words = next(stream, "").lower().split()
    if len(words) != 5 or any(w not in known for w, known in zip(words, (*_WORDS, _SYMMETRY), strict=True)):
        lines.fail(" ".join(words) or "no first line", "'%%MatrixMarket matrix coordinate real general'")
    coordinate, symmetric = words[2] == "coordinate", words[4] == "symmetric"
    stated, sizes = _head(lines, stream)
    if len(sizes) != (3 if coordinate else 2):
        lines.fail(" ".join(sizes) or "no sizes", "'rows columns entries'" if coordinate else "'rows columns'")
    counts = [lines.count(text, "a size") for text in sizes]
    n = counts[0]
    if counts[1] != n:
        lines.fail(f"{counted(n, 'row')} and {counts[1]} columns", "a square matrix")
    lines.claim(n, 1, "states", limits.spare_states)
    claimed = counts[2] if coordinate else n * (n + 1) // 2 if symmetric else n * n
    lines.claim(claimed, 6 if coordinate else 2, "entries")
    numbers = Numbers(lines)
    found = Triples(n, array(STATE), array(STATE), array(CODE), numbers.table)
    if coordinate:
        _coordinates(lines, stream, numbers, found)
    else:
        _columns(stream, numbers, found, symmetric=symmetric)
    if len(found.codes) != claimed:
        fail(path, "end of file", counted(len(found.codes), "entry"), f"{claimed} as the sizes say")
    if symmetric:
        _mirror(path, found)
    return assemble(Parts(path, stated or kind, n, *by_rows(found), found.table, {}), rows, deadlocks, limits)


def _head(lines: Lines, stream: Iterator[str]) -> tuple[str | None, list[str]]:
    """Return the kind that a comment states, and the words of the line with the sizes."""
    kind: str | None = None
    for line in stream:
        text = line.strip()
        said = _KIND.fullmatch(text)
        if said is not None:
            if kind not in (None, said[1]):
                lines.fail(text, "one kind")
            kind = said[1]
        elif text and not text.startswith("%"):
            return kind, text.split()
    return kind, []


def _coordinates(lines: Lines, stream: Iterator[str], numbers: Numbers, found: Triples) -> None:
    n = found.states
    for line in stream:
        parts = line.split()
        if not parts or parts[0].startswith("%"):
            continue
        if len(parts) != 3:
            lines.fail(line.strip(), "'row column value'")
        row, column = lines.count(parts[0], "a row"), lines.count(parts[1], "a column")
        if not (1 <= row <= n and 1 <= column <= n):
            lines.fail(f"row {row}, column {column}", f"numbers from 1 to {n}")
        found.sources.append(row - 1)
        found.targets.append(column - 1)
        found.codes.append(numbers.code(parts[2]))


def _columns(stream: Iterator[str], numbers: Numbers, found: Triples, *, symmetric: bool) -> None:
    """Read all entries: of a symmetric matrix column by column from the diagonal down, of another by columns."""
    for line in stream:
        if not line.lstrip().startswith("%"):
            found.codes.extend(map(numbers.code, line.split()))
    n = found.states
    for column in range(n):
        for row in range(column if symmetric else 0, n):
            found.sources.append(row)
            found.targets.append(column)


def _mirror(path: str, found: Triples) -> None:
    """Add to the entries below the diagonal those above it."""
    pairs = list(zip(found.sources, found.targets, strict=True))
    if any(column > row for row, column in pairs):
        fail(path, "", "an entry above the diagonal of a symmetric matrix", "entries on or below it")
    off = [row != column for row, column in pairs]
    rows, columns = list(compress(found.sources, off)), list(compress(found.targets, off))
    codes = list(compress(found.codes, off))
    found.sources.extend(columns)
    found.targets.extend(rows)
    found.codes.extend(codes)
