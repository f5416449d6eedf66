"""Puts two networks into one graph over the same inputs, so that lumping can find what both compute.

Hidden groups that correspond and have the same function become one group. A group whose function mixes its nodes
(softmax) stays apart; the sums that go into it become a group of their own, in which they can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.equivalence.correspond import corresponding
from lumpform.errors import ModelError
from lumpform.graph.graph import IDENTITY, Arrow, Group, WeightedGraph
from lumpform.graph.weights import SparseWeights, Weights

if TYPE_CHECKING:
    from lumpform.networks.network import Network

Place = tuple[str, int]
"""The group of the joint graph in which a group lies, and at which node it begins there."""

Node = tuple[str, int]
"""A group of the joint graph, and a node of it."""


class Watched(WeightedGraph):
    """Looks at the clock whenever it is asked where a group begins, which lumping asks all the time."""

    tick: Callable[[], None]

    @classmethod
    def of(cls, graph: WeightedGraph, tick: Callable[[], None]) -> Watched:
        """Return a graph as one that calls `tick`."""
        watched = cls(graph.groups, graph.arrows)
        object.__setattr__(watched, "tick", tick)
        return watched

    def offset(self, name: str) -> int:
        """Return the number of the first node of a group."""
        self.tick()
        return super().offset(name)


@dataclass(frozen=True)
class Coupled:
    """Names a group of each network whose function mixes its nodes, and the group with the sums that go into both."""

    sums: str
    first: str
    second: str


@dataclass(frozen=True)
class Joint:
    """Holds two networks in one graph.

    Attributes
    ----------
    graph : WeightedGraph
    outputs : tuple of (Node, Node)
        Every output node of the first with that of the second; not pinned, so that they can merge.
    coupled : tuple of Coupled
        In the order of evaluation.
    """

    graph: WeightedGraph
    outputs: tuple[tuple[Node, Node], ...]
    coupled: tuple[Coupled, ...] = ()


def joint_graph(first: Network, second: Network, tick: Callable[[], None] = lambda: None) -> Joint:
    """Put two networks into one graph over the same inputs.

    Raises
    ------
    ModelError
        If they have different inputs or outputs.
    """
    shapes = [
        [[(g.size, g.shape) for p in getattr(n, what) for g in [n.graph.group(p.group)]] for n in (first, second)]
        for what in ("inputs", "outputs")
    ]
    if any(one != other for one, other in shapes):
        raise ModelError("the networks have different inputs or outputs, expected the same numbers and shapes")
    groups, places, into, coupled = _groups(first, second)
    size = {g.name: g.size for g in groups}
    arrows = []
    for side, network in enumerate((first, second)):
        for number, arrow in enumerate(network.graph.arrows):
            tick()
            (source, row), (target, column) = places[side][arrow.source], into[side][arrow.target]
            weights = moved(arrow.weights, row, column, (size[source], size[target]))
            arrows.append(Arrow(f"{side} {number}", source, target, weights, arrow.operator))
    for both in coupled:
        for side, name in enumerate((both.first, both.second)):
            begin = 0 if side == 0 else size[both.first]
            arrows.append(Arrow(f"into {name}", both.sums, name, _part(size[both.sums], size[name], begin)))
    outputs = []
    for a, b in zip(first.outputs, second.outputs, strict=True):
        (here, i), (there, j) = places[0][a.group], places[1][b.group]
        outputs += [((here, i + k), (there, j + k)) for k in range(first.graph.group(a.group).size)]
    return Joint(WeightedGraph(tuple(groups), tuple(arrows)), tuple(outputs), tuple(coupled))


def _groups(
    first: Network, second: Network
) -> tuple[list[Group], list[dict[str, Place]], list[dict[str, Place]], list[Coupled]]:
    """Return the groups, where those of each network lie, where arrows into them go, and the coupled ones."""
    one = first.graph.groups[0]
    groups, places = [one], [{n.graph.groups[0].name: (one.name, 0)} for n in (first, second)]
    for number, (a, b) in enumerate(zip(first.inputs, second.inputs, strict=True)):
        groups.append(replace(first.graph.group(a.group), name=f"input {number}"))
        places[0][a.group] = places[1][b.group] = groups[-1].name, 0
    into = [dict(p) for p in places]
    coupled = []
    for number, pair in enumerate(corresponding(first, second)):
        a, b = pair
        if a is not None and b is not None:
            shared = Group(f"both {number}", a.size + b.size, a.function, shape=a.shape)
            if a.function.couples:
                shared = replace(shared, function=IDENTITY)
                coupled.append(Coupled(shared.name, f"0 {number}", f"1 {number}"))
            groups.append(shared)
            for side, group, begin in ((0, a, 0), (1, b, a.size)):
                into[side][group.name] = places[side][group.name] = shared.name, begin
                if a.function.couples:
                    groups.append(replace(group, name=f"{side} {number}", pinned=False))
                    places[side][group.name] = groups[-1].name, 0
            continue
        for side, group in enumerate(pair):
            if group is not None:
                groups.append(replace(group, name=f"{side} {number}", pinned=False))
                into[side][group.name] = places[side][group.name] = groups[-1].name, 0
    return groups, places, into, coupled


class Block(SparseWeights):
    """Keeps rows as they were read: lumping asks for single entries by whole rows."""

    def row(self, index: int) -> list[tuple[int, Any]]:
        """Return the entries of one row as pairs (column, exact value)."""
        rows = vars(self).setdefault("kept", {})
        if index not in rows:
            rows[index] = super().row(index)
        return rows[index]


def moved(weights: Weights, row: int, column: int, shape: tuple[int, int]) -> SparseWeights:
    """Return a matrix as a block of a larger one."""
    rows, columns, values = weights.triples()
    lengths = np.zeros(shape[0], dtype=np.int64)
    lengths[row : row + weights.shape[0]] = np.bincount(rows, minlength=weights.shape[0])
    indptr = np.concatenate(([0], np.cumsum(lengths)))
    return Block(shape, indptr, columns.astype(np.int32) + np.int32(column), values)


def _part(rows: int, columns: int, begin: int) -> SparseWeights:
    """Return the matrix that hands on the nodes from `begin` on."""
    k = np.arange(columns)
    return SparseWeights.selection(k + begin, k, (rows, columns))
