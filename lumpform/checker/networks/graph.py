"""Keeps a network: groups of nodes, and one sparse exact matrix per (source, operator, target)."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import gcd, prod
from typing import Any

from ..rational import Pair, bounded_denominator
from .arrows import TIME, Operator, Sides

Function = tuple[Any, ...]
"""``("identity",)``, ``("relu",)``, ``("leaky_relu", (numerator, denominator))``, ``("max_pool", w, s, b, e)``,
``("sigmoid",)``, ``("tanh",)``, ``("gelu",)``, ``("softmax",)``,
``("quantize", (numerator, denominator), zero, lowest, highest)``,
or one of `ACTIVATIONS` with its parameters; docs/certificate-networks.md, section 2.1."""

IDENTITY: Function = ("identity",)


@dataclass(frozen=True)
class Group:
    """Is `size` nodes with one function; `shape` is () for numbers, else the sides of the maps, after the function.

    A map of one position is a number.
    """

    size: int
    function: Function = IDENTITY
    pinned: bool = False
    shape: Sides = ()

    @property
    def positions(self) -> int:
        """Return the number of numbers that a node holds."""
        return prod(self.shape)

    @property
    def entries(self) -> int:
        """Return the number of numbers that the group holds."""
        return self.size * self.positions


Row = tuple[int, dict[int, int]]
"""A denominator and the numerators by target, without zeros."""


@dataclass
class Matrix:
    """Keeps entries by rows: entry (u, v) is ``rows[u][1][v] / rows[u][0]``; zeros and empty rows are not kept.

    Every row has a denominator of its own: after lumping, rows are multiples by scales that have nothing in common.
    A matrix that is an arrow of a network is not changed any more, so that networks can share it.
    """

    rows: dict[int, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Iterable[tuple[int, int, Pair]]) -> Matrix:
        """Make the matrix of (source, target, number) triples; entries at one place add up."""
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

    @classmethod
    def selecting(cls, sources: Iterable[int], weight: int = 1) -> Matrix:
        """Make the matrix in which target i reads the i-th of these sources, each with the same weight."""
        rows: dict[int, Row] = {}
        for v, u in enumerate(sources):
            row = rows.get(u)
            if row is None:
                rows[u] = (1, {v: weight})
            else:
                row[1][v] = weight
        return cls(rows)

    def put(self, u: int, denominator: int, row: dict[int, int]) -> None:
        """Set a row, without its zeros."""
        kept = {v: w for v, w in row.items() if w}
        if kept:
            self.rows[u] = (denominator, kept)
        else:
            self.rows.pop(u, None)

    def plus(self, other: Matrix) -> Matrix:
        """Return the sum."""
        result = Matrix(dict(self.rows))
        for u, row in other.rows.items():
            result.add_row(u, row)
        return result

    def add_row(self, u: int, more: Row) -> None:
        """Add to a row."""
        known = self.rows.get(u)
        if known is None:
            self.rows[u] = more
            return
        (e, row), (d, added) = known, more
        common = d if d == e else bounded_denominator((d, e))
        summed = {v: w * (common // e) for v, w in row.items()}
        for v, w in added.items():
            summed[v] = summed.get(v, 0) + w * (common // d)
        self.put(u, common, summed)

    def is_identity(self, size: int) -> bool:
        """Tell whether this is the identity matrix of so many nodes."""
        return len(self.rows) == size and all(len(row) == 1 and row.get(u) == d for u, (d, row) in self.rows.items())

    def entries(self) -> Iterator[tuple[int, int, Pair]]:
        """Yield the non-zero entries (source, target, number in lowest terms)."""
        for u, (d, row) in self.rows.items():
            for v, w in row.items():
                common = gcd(w, d)
                yield u, v, (w // common, d // common)

    def count(self) -> int:
        """Return the number of non-zero entries."""
        return sum(len(row) for _, row in self.rows.values())

    def at(self, u: int, v: int) -> Pair:
        """Return one entry."""
        d, row = self.rows.get(u, (1, {}))
        w = row.get(v, 0)
        common = gcd(w, d)
        return w // common, d // common


Key = tuple[int, Operator, int]
"""(source group, operator, target group); groups by number."""


@dataclass(frozen=True)
class Port:
    """Is an input or output: number j of its tensor is entry ``order[j]`` of the group, entry j if `order` is None.

    Of a recurrent network, `layout` has a letter for every dimension of the tensor: ``t`` for steps, ``n`` for samples,
    a point for numbers.
    """

    group: int
    order: array[int] | None = None
    layout: str = ""


@dataclass
class Network:
    """Holds groups and arrows: group 0 is the unit node, and every arrow goes from an earlier group to a later one.

    In a recurrent network, where values are sequences, a delay may also go from a group to itself.

    `solid` are the arrows that matrices and convolutions of a file made, and `rounded` is the number of factors that
    reading it rounded (batch normalisation); both are no part of the network.
    """

    groups: list[Group]
    arrows: dict[Key, Matrix]
    inputs: list[Port]
    outputs: list[Port]
    rounded: int = 0
    solid: set[Key] = field(default_factory=set)

    @property
    def recurrent(self) -> bool:
        """Tell whether values are sequences: a port has steps, or an arrow an operator of time."""
        steps = any("t" in port.layout for port in (*self.inputs, *self.outputs))
        return steps or any(operator in TIME for _, operator, _ in self.arrows)

    @property
    def hidden(self) -> int:
        """Return the number of nodes that are neither inputs nor outputs."""
        ends = {0, *(port.group for port in (*self.inputs, *self.outputs))}
        return sum(group.size for g, group in enumerate(self.groups) if g not in ends)

    def add(self, key: Key, matrix: Matrix, *, solid: bool = False) -> None:
        """Add weights to the arrow with this key."""
        known = self.arrows.get(key)
        self.arrows[key] = matrix if known is None else known.plus(matrix)
        if solid:
            self.solid.add(key)

    def incoming(self) -> list[list[tuple[Key, Matrix]]]:
        """Return the incoming arrows of every group."""
        result: list[list[tuple[Key, Matrix]]] = [[] for _ in self.groups]
        for key, matrix in self.arrows.items():
            result[key[2]].append((key, matrix))
        return result

    def offsets(self) -> list[int]:
        """Return the number of the first node of every group, and the number of all nodes."""
        result = [0]
        for group in self.groups:
            result.append(result[-1] + group.size)
        return result

    def weights(self) -> int:
        """Return the number of weights."""
        return sum(matrix.count() for matrix in self.arrows.values())
