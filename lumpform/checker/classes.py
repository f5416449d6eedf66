"""Finds the classes of a state-to-class map."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

from .arrays import STATE, pointers_of


class Classes:
    """Knows the members of every class; made once the map is known to be canonical.

    Attributes
    ----------
    class_of : array of int
        The class of every state.
    count : int
    first : list of int
        The first member of every class, its representative.
    """

    def __init__(self, class_of: array[int], count: int) -> None:
        self.class_of, self.count = class_of, count
        self._order = array(STATE, sorted(range(len(class_of)), key=class_of.__getitem__))
        self._starts = pointers_of(class_of, count)
        self.first = [self._order[self._starts[c]] for c in range(count)]

    def members(self, c: int) -> array[int]:
        """Return the states of class c, ascending."""
        return self._order[self._starts[c] : self._starts[c + 1]]

    def size(self, c: int) -> int:
        return self._starts[c + 1] - self._starts[c]

    def not_constant(self, codes: Sequence[int]) -> tuple[int, int] | None:
        """Return a representative and the first state whose code differs from that of its representative, or None."""
        first = self.first
        for s, c in enumerate(self.class_of):
            if codes[s] != codes[first[c]]:
                return first[c], s
        return None

    def split_by(self, states: Iterable[int]) -> tuple[int, int] | None:
        """Return a representative and a state of its class of which one is in `states` and one is not, or None."""
        counts: dict[int, int] = {}
        for s in states:
            c = self.class_of[s]
            counts[c] = counts.get(c, 0) + 1
        broken = sorted(c for c, count in counts.items() if count != self.size(c))
        if not broken:
            return None
        inside, first = bytearray(len(self.class_of)), self.first[broken[0]]
        for s in states:
            inside[s] = 1
        return first, next(s for s in self.members(broken[0]) if inside[s] != inside[first])

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.count))
