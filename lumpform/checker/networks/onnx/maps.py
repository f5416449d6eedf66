"""Finds the maps that an operation wants, has them read from an input, or makes them.

docs/certificate-networks.md, sections 6.2 and 6.4.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import product
from math import prod

from ..arrows import Sides, put
from ..budget import ROW
from .building import Building, Maps, ReadAgain, position
from .shapes import strided, strides
from .tensor import NOTHING, is_run

Window = tuple[int, int, tuple[int, ...]]
"""A group, a node of it, and an offset: position y is position y + offset of the node's map, nothing outside."""

Padding = tuple[Sides, Sides]
"""Positions that are added before and after a channel."""

Entries = Sequence[int]


def sides_of(building: Building, g: int, k: int) -> Sides:
    """Return the sides of the maps of a group; a number is a map whose k sides are all 1."""
    return building.network.groups[g].shape or (1,) * k


def windows(building: Building, channels: list[Entries], sides: Sides, padding: Padding) -> list[Window | None]:
    """Return the window that every channel is, also in the padding around it; None where it is nothing at all."""
    found = [window_of(building, channel, sides) for channel in channels]
    if any(w is None or (w and not _fits(building, w, sides, padding)) for w in found):
        read_again(building, channels, sides)
        return [*made(building, channels, sides)]
    return [window or None for window in found]


def _fits(building: Building, window: Window, sides: Sides, padding: Padding) -> bool:
    """Tell whether there is nothing of the map where a channel is padded."""
    g, _, offset = window
    shape = sides_of(building, g, len(sides))
    return all(
        (not b or o <= 0) and (not e or n + o >= length)
        for b, e, o, n, length in zip(*padding, offset, sides, shape, strict=True)
    )


def whole_maps(building: Building, channels: list[Entries], sides: Sides) -> list[Window]:
    """Return the map that every channel is as a whole."""
    found = []
    for channel in channels:
        node = node_of(building, channel)
        if node is None or sides_of(building, node[0], len(sides)) != sides:
            read_again(building, channels, sides)
            return made(building, channels, sides)
        found.append((*node, (0,) * len(sides)))
    return found


def node_of(building: Building, channel: Entries) -> tuple[int, int] | None:
    """Return group and node of which a channel is all positions in row-major order, None if there is none."""
    if channel[0] == NOTHING:
        return None
    g = building.group_of(channel[0])
    group = building.network.groups[g]
    if group.positions != len(channel):
        return None
    node, place = divmod(channel[0] - building.starts[g], len(channel))
    if place or (
        not is_run(channel) and not all(map(int.__eq__, channel, range(channel[0], channel[0] + len(channel))))
    ):
        return None
    return g, node


def window_of(building: Building, channel: Entries, sides: Sides) -> Window | tuple[()] | None:
    """Return the window that a channel is, () if it is nothing at all, None if it is no window."""
    first = next((y for y, entry in enumerate(channel) if entry != NOTHING), None)
    if first is None:
        return ()
    g = building.group_of(channel[first])
    shape = sides_of(building, g, len(sides))
    if len(shape) != len(sides):
        return None
    node, place = divmod(channel[first] - building.starts[g], prod(shape))
    offset = tuple(p - y for p, y in zip(position(place, shape), position(first, sides), strict=True))
    if shape == sides and is_run(channel) and not any(offset):
        return g, node, offset
    start = building.starts[g] + node * prod(shape)
    return (g, node, offset) if _is_window(channel, sides, start, shape, offset) else None


def _is_window(channel: Entries, sides: Sides, start: int, shape: Sides, offset: tuple[int, ...]) -> bool:
    """Tell whether a channel is a window of the map that begins at an entry: row by row."""
    *outer, width = sides
    shift, length = offset[-1], shape[-1]
    before, after = max(0, min(-shift, width)), max(0, min(width, width + shift - length))
    steps = strides(shape)
    for number, y in enumerate(product(*map(range, outer))):
        row = channel[number * width : (number + 1) * width]
        p = [a + b for a, b in zip(y, offset, strict=False)]
        inside = all(0 <= c < n for c, n in zip(p, shape, strict=False)) and before + after < width
        if not inside:
            if any(entry != NOTHING for entry in row):
                return False
            continue
        at = start + sum(c * s for c, s in zip(p, steps, strict=False)) + before + shift
        expected = [NOTHING] * before + list(range(at, at + width - before - after)) + [NOTHING] * after
        if list(row) != expected:
            return False
    return True


def read_again(building: Building, channels: list[Entries], sides: Sides) -> None:
    """Raise `ReadAgain` if all these entries come from one input that was read as numbers, each of them once.

    A border in which all channels hold nothing does not count.
    """
    if not building.numbers:
        return
    building.claim(8 * len(channels) * prod(sides))
    corner, box = _without_border(channels, sides)
    steps = strides(sides)
    start = sum(c * step for c, step in zip(corner, steps, strict=True))
    entries = array("q", [entry for channel in channels for entry in strided(channel, start, box, steps)])
    found = origin(building, entries) if entries and NOTHING not in entries else None
    if found is not None:
        g, numbers = found
        order = array("q", bytes(8 * len(numbers)))
        for place, number in enumerate(numbers):
            order[number] = place
        raise ReadAgain(building.numbers[g], Maps(len(channels), box, order))


def _without_border(channels: list[Entries], sides: Sides) -> tuple[Sides, Sides]:
    """Return the first corner and the sides of the smallest box outside which all channels hold nothing."""
    if any(is_run(channel) for channel in channels):
        return (0,) * len(sides), sides
    held = sorted({y for channel in channels for y, entry in enumerate(channel) if entry != NOTHING})
    places = [position(y, sides) for y in held]
    if not places:
        return (0,) * len(sides), (0,) * len(sides)
    first, last = (tuple(map(end, zip(*places, strict=True))) for end in (min, max))
    return first, tuple(b - a + 1 for a, b in zip(first, last, strict=True))


def origin(building: Building, entries: array[int]) -> tuple[int, list[int]] | None:
    """Return the input, read as numbers, that all entries come from, and its numbers, if each of them occurs once.

    Entries are traced through groups that are made entry by entry; of a sum of two tensors the first is tried first.
    """
    starts = [step.start for step in building.steps]
    waiting: list[array[int]] = [entries]
    while waiting:
        entries = waiting.pop()
        last = max(entries)
        g = building.group_of(last)
        if g in building.numbers:
            start, end = building.starts[g], building.starts[g + 1]
            if min(entries) >= start and len(entries) == end - start == len(set(entries)):
                return g, [entry - start for entry in entries]
            continue
        place = bisect_right(starts, last) - 1
        if place >= 0 and building.steps[place].covers(last):
            step = building.steps[place]
            for parents in reversed(step.parents):
                building.claim(8 * len(entries))
                traced = array("q", [parents[e - step.start] if e >= step.start else e for e in entries])
                if NOTHING not in traced:
                    waiting.append(traced)
    return None


def made(building: Building, channels: list[Entries], sides: Sides) -> list[Window]:
    """Make a group with a map for every channel: of numbers, to which entries of maps are copied first."""
    building.budget.claim(ROW * len(channels) * prod(sides))
    every = array("q", [entry for channel in channels for entry in channel])
    number: dict[int, tuple[int, int]] = {}
    for h in building.held(every):
        group, start = h.group, building.starts[h.group]
        if building.network.groups[group].shape:
            group = building.group(len(h.entries))
            building.select_entries(h.group, zip(h.entries, range(len(h.entries)), strict=True), group)
            number.update({start + entry: (group, i) for i, entry in enumerate(h.entries)})
        else:
            number.update({start + entry: (group, entry) for entry in h.entries})
    g = building.group(len(channels), shape=sides)
    for place in range(prod(sides)):
        operator = put(position(place, sides), sides)
        held = [(i, number[channel[place]]) for i, channel in enumerate(channels) if channel[place] != NOTHING]
        building.read(((source, operator, u, i) for i, (source, u) in held), g)
    return [(g, i, (0,) * len(sides)) for i in range(len(channels))]
