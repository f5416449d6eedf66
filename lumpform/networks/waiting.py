"""Define `Waiting`: names that wait to be looked at, the first of them first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator


class Waiting:
    """Give out names in the order in which they were given at first; each waits at most once. O(log names) for each."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._place = {name: place for place, name in enumerate(self._names)}
        self._heap = list(range(len(self._names)))
        self._waits = set(self._heap)

    def push(self, names: Iterable[str]) -> None:
        """Let names wait, again or still."""
        for place in {self._place[name] for name in names} - self._waits:
            self._waits.add(place)
            heapq.heappush(self._heap, place)

    def pop_all(self) -> Iterator[str]:
        """Yield the first name that waits, which waits no longer, again and again until none does."""
        while self._heap:
            place = heapq.heappop(self._heap)
            self._waits.discard(place)
            yield self._names[place]
