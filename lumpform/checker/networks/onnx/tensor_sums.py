"""Adds and subtracts two tensors, broadcast against each other. docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from array import array

from ...rational import ZERO
from .building import NUMBER, Building
from .entrywise import WithConstants
from .shapes import spread
from .tensor import NOTHING, Tensor, is_run, meeting

Pairs = list[tuple[int, int]]
Places = dict[tuple[int, int], int]
"""Where the sum of every pair of entries is."""


def plus(building: Building, left: Tensor, right: Tensor, sign: int = 1) -> Tensor:
    """Return the sum of two tensors, or their difference: a group for every pair of groups that meet."""
    shape, batch = meeting(left, right)
    if shape == left.shape == right.shape and _alike(building, left, right):
        return _sum_of_whole_groups(building, left, right, sign, batch=batch)
    building.claim(8 * Tensor(shape, range(1)).size)
    pairs = list(zip(spread(left.entries, left.shape, shape), spread(right.entries, right.shape, shape), strict=True))
    occurring = sorted(set(pairs))
    places: Places = {(a, b): a for a, b in occurring if b == NOTHING}
    alone = [b for a, b in occurring if a == NOTHING and b != NOTHING]
    places |= zip(((NOTHING, b) for b in alone), _signed(building, alone, sign), strict=True)
    meetings: dict[tuple[int, int], Pairs] = {}
    for a, b in occurring:
        if NOTHING not in (a, b):
            meetings.setdefault((building.group_of(a), building.group_of(b)), []).append((a, b))
    start, parents = building.starts[-1], (array("q"), array("q"))
    for both in sorted(meetings):
        for side, made in zip(parents, _sum_of_groups(building, both, meetings[both], places, sign), strict=True):
            side.extend(made)
    building.note(start, *parents, how=("sum", sign))
    return Tensor(shape, array("q", map(places.__getitem__, pairs)), batch)


def _signed(building: Building, entries: list[int], sign: int) -> list[int]:
    """Return entries, or a product of them with -1."""
    if sign == 1 or not entries:
        return entries
    tensor = Tensor((len(entries),), entries)
    return list(
        WithConstants(building, tensor, (), [((sign, 1), ZERO)], (tensor.shape, False), product=True).made().entries
    )


def _alike(building: Building, left: Tensor, right: Tensor) -> bool:
    """Tell whether both are whole groups of the same form in natural order, which is most common."""
    if not (is_run(left.entries) and is_run(right.entries)):
        return False
    g, h = (building.group_of(t.entries[0]) for t in (left, right))
    a, b = building.network.groups[g], building.network.groups[h]
    whole = (left.entries, right.entries) == (building.whole(g), building.whole(h))
    return whole and (a.size, a.shape) == (b.size, b.shape)


def _sum_of_whole_groups(building: Building, left: Tensor, right: Tensor, sign: int, *, batch: bool) -> Tensor:
    """Return the sum, node by node, of two groups of the same form."""
    g, h = (building.group_of(t.entries[0]) for t in (left, right))
    group, start = building.network.groups[g], building.starts[-1]
    new = building.group(group.size, shape=group.shape)
    building.select(g, range(group.size), new)
    building.select(h, range(group.size), new, sign)
    building.note(start, left.entries, right.entries, how=("sum", sign))
    return Tensor(left.shape, range(start, start + left.size), batch)


def _sum_of_groups(
    building: Building, both: tuple[int, int], pairs: Pairs, places: Places, sign: int
) -> tuple[array[int], array[int]]:
    """Make the group for two groups that meet: of maps where all positions meet, otherwise of numbers.

    Returns the summands of all its entries.
    """
    groups = [building.network.groups[g] for g in both]
    (p, m), (q, n) = ((building.starts[g], group.positions) for g, group in zip(both, groups, strict=True))
    shapes, positions = [group.shape for group in groups], max(m, n)
    broadcast = NUMBER in shapes
    nodes: dict[tuple[int, int], int] = {}
    aligned = broadcast or shapes[0] == shapes[1]
    for a, b in pairs:
        (u, i), (v, j) = divmod(a - p, m), divmod(b - q, n)
        aligned = aligned and (broadcast or i == j)
        nodes[u, v] = nodes.get((u, v), 0) + 1
    start = building.starts[-1]
    if not aligned or any(count != positions for count in nodes.values()):
        new = building.group(len(pairs))
        building.select_entries(both[0], ((a - p, i) for i, (a, _) in enumerate(pairs)), new)
        building.select_entries(both[1], ((b - q, i) for i, (_, b) in enumerate(pairs)), new, sign)
        places.update({pair: start + i for i, pair in enumerate(pairs)})
        return array("q", [a for a, _ in pairs]), array("q", [b for _, b in pairs])
    order = sorted(nodes)
    new = building.group(len(order), shape=shapes[0] or shapes[1])
    building.select(both[0], [u for u, _ in order], new)
    building.select(both[1], [v for _, v in order], new, sign)
    rank = {pair: i * positions for i, pair in enumerate(order)}
    summands = array("q", bytes(8 * len(pairs))), array("q", bytes(8 * len(pairs)))
    for a, b in pairs:
        (u, i), (v, j) = divmod(a - p, m), divmod(b - q, n)
        place = rank[u, v] + max(i, j)
        summands[0][place], summands[1][place] = a, b
        places[a, b] = start + place
    return summands
