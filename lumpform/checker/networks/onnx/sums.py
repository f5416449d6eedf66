"""Sums of two tensors, broadcast against each other. docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from .building import NUMBER, Building
from .shapes import spread
from .tensor import NOTHING, Tensor, is_run, meeting

Pairs = list[tuple[int, int]]


def plus(building: Building, left: Tensor, right: Tensor) -> Tensor:
    """Return the sum of two tensors: a group for every pair of groups that meet."""
    shape, batch = meeting(left, right)
    start = building.starts[-1]
    if shape == left.shape == right.shape and _alike(building, left, right):
        g, h = (building.group_of(t.entries[0]) for t in (left, right))
        new = building.group(building.network.groups[g].size, shape=building.network.groups[g].shape)
        for source in (g, h):
            building.select(source, range(building.network.groups[g].size), new)
        building.note(start, left.entries, right.entries)
        return Tensor(shape, range(start, start + left.size), batch)
    size = Tensor(shape, range(1), batch).size
    building.claim(8 * size)
    pairs = list(zip(spread(left.entries, left.shape, shape), spread(right.entries, right.shape, shape), strict=True))
    groups = {entry: building.group_of(entry) for pair in set(pairs) for entry in pair if entry != NOTHING}
    groups[NOTHING] = NOTHING
    meetings: dict[tuple[int, int], Pairs] = {}
    for a, b in sorted(set(pairs)):
        meetings.setdefault((groups[a], groups[b]), []).append((a, b))
    places = dict.fromkeys(meetings.pop((NOTHING, NOTHING), ()), NOTHING)
    parents = array("q"), array("q")
    for both in sorted(meetings):
        for side, made in zip(parents, _sum_of_groups(building, both, meetings[both], places), strict=True):
            side.extend(made)
    building.note(start, *parents)
    return Tensor(shape, array("q", map(places.__getitem__, pairs)), batch)


def _alike(building: Building, left: Tensor, right: Tensor) -> bool:
    """Tell whether both are whole groups of the same form in natural order, which is most common."""
    if not (is_run(left.entries) and is_run(right.entries)):
        return False
    g, h = (building.group_of(t.entries[0]) for t in (left, right))
    a, b = building.network.groups[g], building.network.groups[h]
    whole = (left.entries, right.entries) == (building.whole(g), building.whole(h))
    return whole and (a.size, a.shape) == (b.size, b.shape)


def _sum_of_groups(
    building: Building, both: tuple[int, int], pairs: Pairs, places: dict[tuple[int, int], int]
) -> tuple[Sequence[int], Sequence[int]]:
    """Make the group for two groups that meet: of maps where all positions meet, otherwise of numbers.

    Returns the summands of all its entries.
    """
    starts = [0 if g == NOTHING else building.starts[g] for g in both]
    shapes = [NUMBER if g == NOTHING else building.network.groups[g].shape for g in both]
    counts = [1 if g == NOTHING else building.network.groups[g].positions for g in both]
    shape = shapes[0] or shapes[1]
    q = max(counts) if shape else 1
    nodes: dict[tuple[int, int], int] = {}
    aligned = shapes[0] == shapes[1] or NUMBER in shapes
    inside = [tuple(e if e == NOTHING else e - s for e, s in zip(pair, starts, strict=True)) for pair in pairs]
    for a, b in inside:
        (u, i), (v, j) = ((e, 0) if e == NOTHING else divmod(e, n) for e, n in zip((a, b), counts, strict=True))
        aligned = aligned and (i == j or NUMBER in shapes)
        nodes[u, v] = nodes.get((u, v), 0) + 1
    start = building.starts[-1]
    if not aligned or any(count != q for count in nodes.values()):
        new = building.group(len(pairs))
        for side, g in enumerate(both):
            if g != NOTHING:
                building.select_entries(g, ((pair[side], i) for i, pair in enumerate(inside)), new)
        places.update({pair: start + i for i, pair in enumerate(pairs)})
        return [a for a, _ in pairs], [b for _, b in pairs]
    order = sorted(nodes)
    new = building.group(len(order), shape=shape)
    for side, g in enumerate(both):
        if g != NOTHING:
            building.select(g, [pair[side] for pair in order], new)
    rank = {pair: i for i, pair in enumerate(order)}
    parents = (array("q", bytes(8 * len(pairs))), array("q", bytes(8 * len(pairs))))
    for pair, (a, b) in zip(pairs, inside, strict=True):
        u, v = (e if e == NOTHING else e // n for e, n in zip((a, b), counts, strict=True))
        place = rank[u, v] * q + max(
            0 if s == NUMBER else e % n for e, n, s in zip((a, b), counts, shapes, strict=True)
        )
        parents[0][place], parents[1][place] = pair
        places[pair] = start + place
    return parents
