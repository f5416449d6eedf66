"""Writes a model as plain text, which the compiled checker reads and prints again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from lumpform.rocq.side import Column, Side

BLOCK = 1 << 16
"""States that are texts at a time."""


def model_text(side: Side) -> Iterator[str]:
    """Yield the text in blocks: a line each, words and numbers with one space between them (docs/machine-proofs.md)."""
    yield f"below {side.below}\ncolumns{joined(c.below for c in side.columns)}\nstates {side.states}\n"
    for low in range(0, side.states, BLOCK):
        yield _states(side, low, min(low + BLOCK, side.states))
    yield f"start{'' if side.start is None else _start(side.start)}\n"


def joined(numbers: Iterable[int]) -> str:
    """Return numbers, each behind a space."""
    return "".join(f" {number}" for number in numbers)


def _states(side: Side, low: int, high: int) -> str:
    """Return the lines of some states: values of columns, then pairs of a target and a weight."""
    ends = side.ends[low : high + 1]
    first, texts = ends[0], [str(number) for number in side.table]
    pairs = zip(side.targets[first : ends[-1]], side.codes[first : ends[-1]], strict=True)
    entries = [f"{target} {texts[code]}" for target, code in pairs]
    rows = [entries[a - first : b - first] for a, b in pairwise(ends)]
    for column in reversed(side.columns):
        texts = [str(number) for number in column.table]
        for row, code in zip(rows, column.codes[low:high], strict=True):
            row.insert(0, texts[code])
    return "".join([" ".join(row) + "\n" for row in rows])


def _start(column: Column) -> str:
    pairs = ((s, column.table[code]) for s, code in enumerate(column.codes, 1))
    return f" {column.below}{''.join(f' {s} {number}' for s, number in pairs if number)}"
