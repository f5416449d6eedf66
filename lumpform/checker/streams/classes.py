"""Knows the classes of a map without a list of their members, which are found by going through the map."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from ..arrays import CODE, OFFSET, STATE
from ..classes import Classes


class MappedClasses(Classes):
    """Knows first members and sizes; made once the map is known to be canonical."""

    def __init__(self, class_of: array[int], count: int) -> None:
        self.class_of, self.count = class_of, count
        sizes, first = array(OFFSET, bytes(8 * count)), list[int]()
        for s, c in enumerate(class_of):
            if c == len(first):
                first.append(s)
            sizes[c] += 1
        self._sizes, self.first = sizes, first

    def members(self, c: int) -> array[int]:
        """Return the states of class c, ascending. O(states)."""
        return array(STATE, [s for s, other in enumerate(self.class_of) if other == c])

    def size(self, c: int) -> int:
        return self._sizes[c]

    def not_constant(self, codes: Iterable[int]) -> tuple[int, int] | None:
        """Return what `Classes` does, in one pass over the codes."""
        known = array(CODE)
        for s, (c, code) in enumerate(zip(self.class_of, codes, strict=True)):
            if c == len(known):
                known.append(code)
            elif known[c] != code:
                return self.first[c], s
        return None
