"""Interval bounds of the inputs of nodes on a box, in exact arithmetic. What cannot be bounded has no bounds."""

from __future__ import annotations

from ..rational import Pair, product, total
from .graph import Network

ZERO: Pair = (0, 1)
Interval = tuple[Pair, Pair]


class Bounds:
    """Bounds for the inputs in a box; they are computed anew for every network that is asked about."""

    def __init__(self, box: tuple[Interval, ...]) -> None:
        self.box = box
        self._network: Network | None = None
        self._inputs: dict[int, list[Interval]] = {}

    def of(self, network: Network, group: int, node: int) -> Interval | None:
        """The least and the greatest input that a node can have, or None if no bound is known."""
        if self._network is not network:
            self._network, self._inputs = network, input_bounds(network, self.box)
        found = self._inputs.get(group)
        return None if found is None else found[node]


def input_bounds(network: Network, box: tuple[Interval, ...]) -> dict[int, list[Interval]]:
    """Bounds of the inputs of every node, for groups of numbers that depend on numbers alone."""
    values: dict[int, list[Interval]] = {0: [((1, 1), (1, 1))]}
    start = 0
    for g in network.inputs:
        size = network.groups[g].size
        if not network.groups[g].shape:
            values[g] = list(box[start : start + size])
        start += size
    result: dict[int, list[Interval]] = {}
    for g, group in enumerate(network.groups):
        into = network.into(g)
        if g in values or group.shape or any(k[0] not in values or k[1] is not None for k, _ in into):
            continue
        result[g] = _sums(group.size, [(values[source], matrix) for (source, _, _), matrix in into])
        images = [_image(group.function, interval) for interval in result[g]]
        if all(image is not None for image in images):
            values[g] = [image for image in images if image is not None]
    return result


def _sums(size: int, into: list[tuple[list[Interval], object]]) -> list[Interval]:
    """Sums of weights times intervals, over one denominator for each incoming node."""
    ends: tuple[list[list[Pair]], list[list[Pair]]] = ([[] for _ in range(size)], [[] for _ in range(size)])
    for values, matrix in into:
        by_denominator: dict[int, tuple[list[int], list[int]]] = {}
        for u, (d, row) in matrix.rows.items():  # type: ignore[attr-defined]
            low, high = values[u]
            common = low[1] * high[1]
            a, b = low[0] * high[1], high[0] * low[1]
            lows, highs = by_denominator.setdefault(d * common, ([0] * size, [0] * size))
            for v, w in row.items():
                lows[v] += w * (a if w > 0 else b)
                highs[v] += w * (b if w > 0 else a)
        for d, both in by_denominator.items():
            for end, numerators in zip(ends, both, strict=True):
                for v, numerator in enumerate(numerators):
                    if numerator:
                        end[v].append((numerator, d))
    return [(total(ends[0][v]), total(ends[1][v])) for v in range(size)]


def _image(function: tuple[object, ...], interval: Interval) -> Interval | None:
    low, high = interval
    if function[0] == "identity":
        return interval
    if function[0] == "relu":
        return (low if low[0] > 0 else ZERO), (high if high[0] > 0 else ZERO)
    if function[0] == "leaky_relu":
        alpha: Pair = function[1]  # type: ignore[assignment]
        ends = [end if end[0] >= 0 else product(alpha, end) for end in interval]
        ends += [ZERO] if low[0] < 0 < high[0] else []
        least = greatest = ends[0]
        for end in ends[1:]:
            least = end if end[0] * least[1] < least[0] * end[1] else least
            greatest = end if end[0] * greatest[1] > greatest[0] * end[1] else greatest
        return least, greatest
    return None
