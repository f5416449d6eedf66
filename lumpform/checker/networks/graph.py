"""A network as the checker sees it: groups of nodes, and one sparse exact matrix per (source, operator, target)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import gcd
from typing import Any

from ..rational import Pair, bounded_denominator

Operator = tuple[Any, ...] | None
"""None, or a name with integers: ``("shift", i, j, (s, s), (p, p), (h, w))``, ``("pixel", i, j)``, ``("mean",)``,
``("average", kernel, strides, pads, count_outside)``; the same tuples as in docs/certificate-networks.md, section 2."""

Function = tuple[Any, ...]
"""``("identity",)``, ``("relu",)``, ``("leaky_relu", (numerator, denominator))``,
``("max_pool", kernel, strides, pads)``, ``("sigmoid",)``, ``("tanh",)``, ``("gelu",)``, ``("softmax",)``."""

IDENTITY: Function = ("identity",)


@dataclass(frozen=True)
class Group:
    """`size` nodes with one function; `shape` is () for numbers, (height, width) for maps, after the function."""

    size: int
    function: Function = IDENTITY
    pinned: bool = False
    shape: tuple[int, ...] = ()


Row = tuple[int, dict[int, int]]
"""A denominator and the numerators by target, without zeros."""


@dataclass
class Matrix:
    """Entry (u, v) is ``rows[u][1][v] / rows[u][0]``; zeros and empty rows are not kept.

    Every row has a denominator of its own: after lumping, rows are multiples by scales that have nothing in common.
    """

    rows: dict[int, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[tuple[int, int, Pair]]) -> Matrix:
        """From (source, target, number) triples; entries at one place add up."""
        by_row: dict[int, list[tuple[int, Pair]]] = {}
        for u, v, number in entries:
            by_row.setdefault(u, []).append((v, number))
        result = cls()
        for u, cells in by_row.items():
            common = bounded_denominator({d for _, (_, d) in cells})
            row: dict[int, int] = {}
            for v, (numerator, d) in cells:
                row[v] = row.get(v, 0) + numerator * (common // d)
            result.put(u, common, row)
        return result

    def put(self, u: int, denominator: int, row: dict[int, int]) -> None:
        """Set a row, without its zeros."""
        kept = {v: w for v, w in row.items() if w}
        if kept:
            self.rows[u] = (denominator, kept)
        else:
            self.rows.pop(u, None)

    def plus(self, other: Matrix) -> Matrix:
        """The sum."""
        result = Matrix(dict(self.rows))
        for u, (d, row) in other.rows.items():
            if u not in result.rows:
                result.rows[u] = (d, row)
                continue
            e, known = result.rows[u]
            common = bounded_denominator((d, e))
            summed = {v: w * (common // e) for v, w in known.items()}
            for v, w in row.items():
                summed[v] = summed.get(v, 0) + w * (common // d)
            result.put(u, common, summed)
        return result

    def entries(self) -> Iterator[tuple[int, int, Pair]]:
        """Non-zero entries (source, target, number in lowest terms)."""
        for u, (d, row) in self.rows.items():
            for v, w in row.items():
                common = gcd(w, d)
                yield u, v, (w // common, d // common)

    def at(self, u: int, v: int) -> Pair:
        """One entry."""
        d, row = self.rows.get(u, (1, {}))
        w = row.get(v, 0)
        common = gcd(w, d)
        return w // common, d // common


Key = tuple[int, Operator, int]
"""(source group, operator, target group); groups by number."""


@dataclass
class Network:
    """Group 0 is the unit node; every arrow goes from an earlier group to a later one."""

    groups: list[Group]
    arrows: dict[Key, Matrix]
    inputs: list[int]
    outputs: list[int]

    def add(self, key: Key, matrix: Matrix) -> None:
        """Add weights to the arrow with this key."""
        known = self.arrows.get(key)
        self.arrows[key] = matrix if known is None else known.plus(matrix)

    def into(self, target: int) -> list[tuple[Key, Matrix]]:
        """The incoming arrows of a group."""
        return [(key, matrix) for key, matrix in self.arrows.items() if key[2] == target]

    def offsets(self) -> list[int]:
        """The number of the first node of every group, and the number of all nodes."""
        result = [0]
        for group in self.groups:
            result.append(result[-1] + group.size)
        return result
