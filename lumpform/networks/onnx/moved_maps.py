"""Find the maps of a network whose numbers are only moved there from other groups, before they are written.

A reader that wants maps where there are none makes them (docs/certificate-networks.md, section 6.4): numbers of maps
are copied to numbers, and these are put at positions. Where a network has just these groups, a file needs only
operations that move numbers (`lumpform.networks.onnx.moves`), and a reader makes the groups again.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lumpform.graph.graph import Arrow, Group
from lumpform.networks.kernel_side import as_windows
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.joined import kind_of
from lumpform.networks.onnx.moves import NOTHING, Places

MOST = 3
"""Sides that an ONNX runtime convolves."""


@dataclass(frozen=True, eq=False)
class Moved:
    """Say of which groups' numbers maps are made.

    Attributes
    ----------
    sources : tuple of str
        Groups, whose entries are counted through, node by node and position by position.
    places : array of int, (nodes, *sides)
        Which of them is where; -1 is a zero.
    plain : bool
        Whether the one operation that reads the maps wants them as they are, so that nothing must make them before.
    """

    sources: tuple[str, ...]
    places: Places
    plain: bool


class MovedMaps:
    """Hold what is only moved in a network.

    Attributes
    ----------
    maps : dict of str to Moved
        By the name of the group.
    unwritten : set of str
        Groups of numbers that a reader makes on the way.
    whole : set of str
        Groups of maps that are made because one operation reads them whole.
    """

    def __init__(self, network: Network) -> None:
        self.groups: dict[str, Group] = {g.name: g for g in network.graph.groups}
        self.into: dict[str, list[Arrow]] = {name: [] for name in self.groups}
        self.out: dict[str, list[Arrow]] = {name: [] for name in self.groups}
        for arrow in network.graph.arrows:
            self.into[arrow.target].append(arrow)
            self.out[arrow.source].append(arrow)
        self.inputs = {p.group for p in network.inputs}
        self.maps: dict[str, Moved] = {}
        self.unwritten: set[str] = set()
        self.whole: set[str] = set()
        if not network.recurrent and len({p.batched for p in network.inputs}) == 1:
            for group in network.graph.groups:
                self._look(group)

    def _look(self, group: Group) -> None:
        """Note what is moved to the maps of a group."""
        puts = [a for a in self.into[group.name] if is_put(a)]
        shapes = {a.operator[2] for a in puts if a.operator is not None}
        if len(shapes) != 1 or len(next(iter(shapes))) > MOST:
            return
        copied: dict[str, Any] = {}  # by group of numbers, the group and the entries that they are
        for name in dict.fromkeys(a.source for a in puts):
            pixels = self._pixels(name, group.name)
            if pixels is None and name == ONE:
                return
            copied[name] = pixels or (name, np.arange(self.groups[name].size))
        sources = tuple(dict.fromkeys(source for source, _ in copied.values()))
        sizes = [self.groups[s].size * prod(self.groups[s].shape) for s in sources]
        starts = dict(zip(sources, np.cumsum([0, *sizes]).tolist(), strict=False))
        places: Places = np.full((group.size, *next(iter(shapes))), NOTHING, dtype=np.int64)
        for arrow in puts:
            source, entries = copied[arrow.source]
            rows, columns, values = arrow.weights.triples()
            there = places[(slice(None), *(arrow.operator or ((), ()))[1])]
            if any(v != 1 for v in values.fractions()) or len(set(columns.tolist())) < len(columns):
                return
            if (there[columns] != NOTHING).any():
                return
            there[columns] = starts[source] + entries[rows]
        if any(int((places != NOTHING).sum()) in self._inputs_behind(name) for name in sources):
            return
        used = np.bincount(places[places != NOTHING], minlength=sum(sizes)) > 0
        for name, (source, entries) in copied.items():
            if source != name and not used[starts[source] + entries].all():
                return
        if self._is_made(places, sources, sizes):
            found = self.maps[group.name] = Moved(sources, places, self._is_plain(group, puts))
            if found.plain and group.function.name != "max_pool":
                self.whole.add(group.name)
            self.unwritten |= {name for name, (source, _) in copied.items() if source != name}

    def _pixels(self, name: str, reader: str) -> tuple[str, Places] | None:
        """Return the group of maps and its entries of which numbers that one group reads are copies, in order."""
        group, arrows = self.groups[name], self.into[name]
        sources = {a.source for a in arrows}
        if group.pinned or group.shape or group.function.name != "identity" or len(sources) != 1:
            return None
        if any(a.target != reader or not is_put(a) for a in self.out[name]):
            return None
        (source,) = sources
        shape = self.groups[source].shape
        if not shape:
            return None
        entries = np.full(group.size, NOTHING, dtype=np.int64)
        for arrow in arrows:
            if arrow.operator is None or arrow.operator[0] != "pixel":
                return None
            rows, columns, values = arrow.weights.triples()
            if any(v != 1 for v in values.fractions()) or (entries[columns] != NOTHING).any():
                return None
            if len(set(columns.tolist())) < len(columns):
                return None
            entries[columns] = rows * prod(shape) + int(np.ravel_multi_index(arrow.operator[1], shape))
        ascending = (entries != NOTHING).all() and (np.diff(entries) > 0).all()
        return (source, entries) if ascending else None

    def _inputs_behind(self, name: str) -> set[int]:
        """Return how many numbers inputs have that entries of a group may be, one by one.

        A reader would see maps in such an input, if all its numbers were there.
        """
        open_, seen, found = [name], {name}, set()
        while open_:
            name = open_.pop()
            if name in self.inputs and not self.groups[name].shape:
                found.add(self.groups[name].size)
            for arrow in self.into[name]:
                if arrow.source not in seen and arrow.weights.nnz <= arrow.weights.shape[1]:
                    columns = arrow.weights.triples()[1]
                    if len(set(columns.tolist())) == len(columns):
                        seen.add(arrow.source)
                        open_.append(arrow.source)
        return found

    def _is_made(self, places: Places, sources: tuple[str, ...], sizes: list[int]) -> bool:
        """Tell whether a reader makes these maps: some node's numbers are no window of another map."""
        starts = np.cumsum([0, *sizes])
        return any(not self._is_window(row, sources, starts) for row in places)

    def _is_window(self, row: Places, sources: tuple[str, ...], starts: Any) -> bool:
        """Tell whether the numbers of one node are those of one other, moved as a whole, and zeros outside."""
        here = np.argwhere(row != NOTHING)
        if not len(here):
            return True
        entries = row[row != NOTHING]
        of = np.searchsorted(starts, entries, side="right") - 1
        shape = self.groups[sources[of[0]]].shape or (1,) * row.ndim
        nodes, places = np.divmod(entries - starts[of[0]], prod(shape))
        if (of != of[0]).any() or (nodes != nodes[0]).any() or len(shape) != row.ndim:
            return False
        there = np.stack(np.unravel_index(places, shape), axis=1)
        offset = there[0] - here[0]
        every = np.argwhere(np.ones(row.shape, dtype=bool)) + offset
        inside = ((every >= 0) & (every < np.array(shape))).all(axis=1)
        return bool((there - here == offset).all()) and int(inside.sum()) == len(here)

    def _is_plain(self, group: Group, puts: list[Arrow]) -> bool:
        """Tell whether one operation over maps wants them, and nothing else reads them."""
        if len(puts) < len(self.into[group.name]):
            return False
        if group.function.name == "max_pool":
            return True
        if group.pinned or group.function.name != "identity":
            return False
        readers = {a.target for a in self.out[group.name]}
        if len(readers) != 1:
            return False
        (reader,) = readers
        arrows = [a for a in self.into[reader] if a.source != ONE]
        kinds = {kind_of(a.operator) for a in as_windows(arrows, group)}
        if any(a.source != group.name for a in arrows) or len(kinds) != 1:
            return False
        (kind,) = kinds
        if kind == "pixel":
            return False
        if kind is not None:
            return True
        return self.groups[reader].function.name == "max_pool" or not all(_is_scaling(a) for a in arrows)


def is_put(arrow: Arrow) -> bool:
    """Tell whether an arrow puts numbers at a position."""
    return arrow.operator is not None and arrow.operator[0] == "put"


def _is_scaling(arrow: Arrow) -> bool:
    """Tell whether every node goes to at most one, and is all that goes there."""
    rows, columns, _ = arrow.weights.triples()
    return len(set(rows.tolist())) == len(rows) and len(set(columns.tolist())) == len(columns)


def seen_as(network: Network) -> list[list[str]]:
    """Return, for every input, the groups in which a reader sees the same numbers: it and functions of it alone.

    Where an operation wants maps of one of them, it is the input that is read as these maps (section 6.2).
    """
    arrows: dict[str, list[Arrow]] = {g.name: [] for g in network.graph.groups}
    for arrow in network.graph.arrows:
        arrows[arrow.target].append(arrow)
    found = {p.group: [p.group] for p in network.inputs}
    home = {p.group: p.group for p in network.inputs}
    for group in network.graph.groups:
        into = arrows[group.name]
        if len(into) != 1 or into[0].source not in home or group.function.name in ("max_pool", "softmax"):
            continue
        (arrow,) = into
        source = network.graph.group(arrow.source)
        if arrow.operator is None and source.shape == group.shape and arrow.weights.is_identity():
            home[group.name] = home[arrow.source]
            found[home[group.name]].append(group.name)
    return list(found.values())
