"""Say in which order groups are looked at and listed: `Waiting` gives those out that wait, the first of them first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lumpform.graph.graph import Group
from lumpform.networks.network import ONE
from lumpform.networks.recurrent import is_delay


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


def in_layers(groups: Mapping[str, Group], inputs: Sequence[str], into: Mapping[str, Iterable[Any]]) -> list[Group]:
    """Return groups: the unit node, the inputs, the others by the number of arrows on the longest way there.

    `into` has the sources and operators of the arrows into a group; all but delays come from earlier ones.
    """
    depth: dict[str, int] = dict.fromkeys([ONE, *inputs], 0)
    for name in groups:
        if name not in depth:
            before = [depth[source] for source, operator in into[name] if not is_delay(operator)]
            depth[name] = 1 + max(before, default=0)
    rest = [name for name in groups if name != ONE and name not in inputs]
    return [groups[name] for name in [ONE, *inputs, *sorted(rest, key=depth.__getitem__)]]
