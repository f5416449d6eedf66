"""Says what arrays hold, as type codes of the standard library's `array`, and where rows of entries begin in one."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise

STATE = "i"
"""Numbers of states and of classes: below 2^31."""

CODE = "I"
"""Places in a table of distinct values."""

OFFSET = "q"
"""Places in an array that may be longer than 2^31, and sets of states."""


def pointers_of(rows: Iterable[int], count: int) -> array[int]:
    """Return where each of `count` rows begins, once entries are sorted by their rows, and where the last one ends."""
    sizes = array(OFFSET, bytes(8 * (count + 1)))
    for row in rows:
        sizes[row + 1] += 1
    return array(OFFSET, accumulate(sizes))


def rows_of(pointers: Iterable[int]) -> array[int]:
    """Return the row of every entry, given where rows begin and the last one ends."""
    rows = array(STATE)
    for row, (start, end) in enumerate(pairwise(pointers)):
        rows.extend([row] * (end - start))
    return rows
