"""Pairs groups of two networks that may correspond, by the longest common sequence of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lumpform.graph.graph import Group

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Pair = tuple[Group | None, Group | None]

MOST = 1_000_000
"""Longer sequences are paired by place instead: the comparison takes the product of the two lengths."""


def corresponding(first: Network, second: Network) -> list[Pair]:
    """Pair the groups of two networks that are neither inputs nor the unit, in an order of evaluation of both.

    Groups of one pair have the same function and shape. Among the longest such pairings those with outputs beside
    outputs, then with more groups of equal size are taken. O(product of the numbers of groups).
    """
    sides = []
    for network in (first, second):
        left_out = {network.graph.groups[0].name, *(p.group for p in network.inputs)}
        sides.append([g for g in network.graph.groups if g.name not in left_out])
    ends = [{p.group: k for k, p in enumerate(network.outputs)} for network in (first, second)]

    def worth(a: Group, b: Group) -> int:
        """Return how much a pair is worth; 0 if it may not be one."""
        if (a.function, a.shape) != (b.function, b.shape):
            return 0
        outputs = a.name in ends[0] and ends[0][a.name] == ends[1].get(b.name)
        return 4 + (a.size == b.size) + (2 * min(len(sides[0]), len(sides[1])) if outputs else 0)

    return _best(sides[0], sides[1], worth)


def _best(left: list[Group], right: list[Group], worth: Callable[[Group, Group], int]) -> list[Pair]:
    if len(left) * len(right) > MOST:
        pairs: list[Pair] = []
        for a, b in zip(left, right, strict=False):
            pairs += [(a, b)] if worth(a, b) else [(a, None), (None, b)]
        shorter = min(len(left), len(right))
        return [*pairs, *((a, None) for a in left[shorter:]), *((None, b) for b in right[shorter:])]
    value = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]  # of what is left from (i, j) on
    for i in range(len(left) - 1, -1, -1):
        for j in range(len(right) - 1, -1, -1):
            w = worth(left[i], right[j])
            value[i][j] = max(value[i + 1][j], value[i][j + 1], w + value[i + 1][j + 1] if w else 0)
    pairs, i, j = [], 0, 0
    while i < len(left) or j < len(right):
        both = i < len(left) and j < len(right)
        w = worth(left[i], right[j]) if both else 0
        if w and value[i][j] == w + value[i + 1][j + 1]:
            pairs.append((left[i], right[j]))
            i, j = i + 1, j + 1
        elif i < len(left) and (not both or value[i][j] == value[i + 1][j]):
            pairs.append((left[i], None))
            i += 1
        else:
            pairs.append((None, right[j]))
            j += 1
    return pairs
