"""Make maps where an operation wants them and finds none: docs/certificate-networks.md, section 6.4.

An input is read anew so that its numbers are these maps (`Rearrange`); other numbers are put at positions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lumpform.graph.weights import SparseWeights
from lumpform.networks.builder import PIXEL, Builder, Wanted
from lumpform.networks.network import Network
from lumpform.networks.operators import Sides, place_of, put
from lumpform.networks.tensor import NOTHING, Index


class Rearrange(Exception):
    """Say that an input must be read as other maps; reading starts again."""

    def __init__(self, name: str, wanted: Wanted) -> None:
        super().__init__(name)
        self.name, self.wanted = name, wanted


def arranged(read: Callable[[Builder], Network], most_arrows: int | None = None) -> Network:
    """Return what `read` makes with a builder, called again while an input turns out to be needed as other maps."""
    arrangements: dict[str, Wanted] = {}
    while True:
        try:
            return read(Builder(arrangements, most_arrows))
        except Rearrange as found:  # at most once for each input
            arrangements[found.name] = found.wanted


def made_maps(builder: Builder, rows: Index, sides: Sides, name: str) -> Index:
    """Make maps: row i of the entries, (nodes, positions), becomes the map of node i. Returns their entries.

    Raises
    ------
    Rearrange
        If all entries come from one input that can be read so instead.
    """
    wish(builder, rows, sides)
    numbers = as_numbers(builder, rows, name)
    number = builder.group(name, len(rows), sides)
    made = builder.made[number]
    builder.claim(rows.size + PIXEL * rows.shape[1])
    for p in range(rows.shape[1]):
        operator = put(place_of(p, made.group.shape), made.group.shape)
        for part in builder.parts(numbers[:, p]):
            size = builder.made[part.group].group.size
            weights = SparseWeights.selection(part.local, np.arange(len(rows))[part.mask], (size, len(rows)))
            builder.arrow(part.group, number, weights, operator)
    return builder.all_of(number).reshape(len(rows), -1)


def as_numbers(builder: Builder, entries: Index, name: str) -> Index:
    """Copy entries of maps to numbers; numbers stay as they are."""
    flat = entries.reshape(-1).copy()
    for part in list(builder.parts(flat)):
        made = builder.made[part.group]
        if made.group.shape:
            number = builder.group(name, len(part.distinct))
            builder.gather(made.base + part.distinct, number)
            flat[part.mask] = builder.made[number].base + np.searchsorted(part.distinct, part.local)
    return flat.reshape(entries.shape)


def wish(builder: Builder, rows: Index, sides: Sides) -> None:
    """Raise `Rearrange` if the entries are those of one input, each once, that was not arranged before.

    Positions around the maps that hold nothing in all of them do not count.
    """
    rows, sides = _without_border(rows, sides)
    if (rows == NOTHING).any() or rows.shape[1] <= 1:
        return
    flat = rows.reshape(-1)
    groups = np.unique(builder.group_of(flat)).tolist()
    sources = [builder.made[g] for g in groups]
    if len(sources) == 1 and sources[0].undecided:
        local = flat - sources[0].base
        if np.array_equal(np.sort(local), np.arange(sources[0].group.size)):
            port = next(p for p in builder.inputs if p.group == sources[0].group.name)
            raise Rearrange(port.name, Wanted(local.reshape(rows.shape), sides))
    for turn in range(max(len(made.origins) for made in sources)):
        before = flat.copy()
        for part in builder.parts(flat):
            origins = builder.made[part.group].origins
            if origins:
                before[part.mask] = origins[min(turn, len(origins) - 1)][part.local]
        wish(builder, before.reshape(rows.shape), sides)


def _without_border(rows: Index, sides: Sides) -> tuple[Index, Sides]:
    """Return maps, (nodes, positions), without the border in which all of them hold nothing."""
    maps = rows.reshape(len(rows), *sides)
    filled = (maps != NOTHING).any(axis=0)
    for axis in range(len(sides)):
        others = tuple(a for a in range(len(sides)) if a != axis)
        where = np.flatnonzero(filled.any(axis=others))
        span = range(int(where[0]), int(where[-1]) + 1) if len(where) else range(0)
        maps, filled = np.take(maps, span, axis=axis + 1), np.take(filled, span, axis=axis)
    return maps.reshape(len(rows), -1), maps.shape[1:]
