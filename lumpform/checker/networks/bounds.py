"""Bounds the inputs of nodes on a box, by exact intervals. What cannot be bounded has no bounds.

A node that holds a map has one interval for all its positions.
"""

from __future__ import annotations

from ..rational import ONE, ZERO, Pair, product, total
from .arrows import Operator, Sides
from .constants import rounded
from .graph import Function, Matrix, Network

Interval = tuple[Pair, Pair]


class Bounds:
    """Knows bounds for the inputs in a box; they are computed anew for every network that is asked about."""

    def __init__(self, box: tuple[Interval, ...]) -> None:
        self.box = box
        self._network: Network | None = None
        self._inputs: dict[int, list[Interval]] = {}

    def of(self, network: Network, group: int, node: int) -> Interval | None:
        """Return the least and the greatest input that a node can have, or None if no bound is known."""
        if self._network is not network:
            self._network, self._inputs = network, input_bounds(network, self.box)
        found = self._inputs.get(group)
        return None if found is None else found[node]


def input_bounds(network: Network, box: tuple[Interval, ...]) -> dict[int, list[Interval]]:
    """Return bounds of the inputs of every node of groups that depend on bounded ones alone."""
    values: dict[int, list[Interval]] = {0: [(ONE, ONE)]}
    start = 0
    for port in network.inputs:
        size = network.groups[port.group].size
        values[port.group] = list(box[start : start + size])
        start += size
    result: dict[int, list[Interval]] = {}
    incoming = network.incoming()
    for g, group in enumerate(network.groups):
        if g in values or any(key[0] not in values for key, _ in incoming[g]):
            continue
        arriving = []
        for (source, operator, _), matrix in incoming[g]:
            pads = with_zeros(operator, network.groups[source].shape)
            arriving.append(([_with_zero(i) for i in values[source]] if pads else values[source], matrix))
        result[g] = _sums(group.size, arriving)
        images = [_image(group.function, interval) for interval in result[g]]
        if all(image is not None for image in images):
            values[g] = [image for image in images if image is not None]
    return result


def with_zeros(operator: Operator, sides: Sides) -> bool:
    """Tell whether an operator may put zeros beside the values of a source with these sides."""
    if operator is None or operator[0] in ("pixel", "mean"):
        return False
    if operator[0] == "average":
        return bool(operator[5]) and any((*operator[3], *operator[4]))
    if operator[0] == "put":
        return any(side != 1 for side in operator[2])
    _, d, s, h = operator
    if operator[0] == "scatter":  # where positions arrive side by side it is a shift
        return True
    return any(o < 0 or o + t * (n - 1) >= side for o, t, n, side in zip(d, s, h, sides, strict=True))


def _with_zero(interval: Interval) -> Interval:
    """Return an interval stretched to 0."""
    low, high = interval
    return (low if low[0] < 0 else ZERO), (high if high[0] > 0 else ZERO)


def _sums(size: int, into: list[tuple[list[Interval], Matrix]]) -> list[Interval]:
    """Return sums of weights times intervals, over one denominator for each incoming node."""
    ends: tuple[list[list[Pair]], list[list[Pair]]] = ([[] for _ in range(size)], [[] for _ in range(size)])
    for values, matrix in into:
        by_denominator: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
        for u, (d, row) in matrix.rows.items():
            low, high = values[u]
            common = low[1] * high[1]
            a, b = low[0] * high[1], high[0] * low[1]
            lows, highs = by_denominator.setdefault(d * common, ({}, {}))
            for v, w in row.items():
                lows[v] = lows.get(v, 0) + w * (a if w > 0 else b)
                highs[v] = highs.get(v, 0) + w * (b if w > 0 else a)
        for d, both in by_denominator.items():
            for end, numerators in zip(ends, both, strict=True):
                for v, numerator in numerators.items():
                    if numerator:
                        end[v].append((numerator, d))
    return [(total(ends[0][v]), total(ends[1][v])) for v in range(size)]


def _image(function: Function, interval: Interval) -> Interval | None:
    """Return the interval of the values of a function, None if they are not rational."""
    low, high = interval
    if function[0] in ("identity", "max_pool"):
        return interval
    if function[0] == "relu":
        return (low if low[0] > 0 else ZERO), (high if high[0] > 0 else ZERO)
    if function[0] == "quantize":  # it never decreases
        return rounded(low, *function[1:]), rounded(high, *function[1:])
    if function[0] == "leaky_relu":
        alpha: Pair = function[1]
        ends = [end if end[0] >= 0 else product(alpha, end) for end in interval]
        ends += [ZERO] if low[0] < 0 < high[0] else []
        least = greatest = ends[0]
        for end in ends[1:]:
            least = end if end[0] * least[1] < least[0] * end[1] else least
            greatest = end if end[0] * greatest[1] > greatest[0] * end[1] else greatest
        return least, greatest
    return None
