"""Defines what chains and networks share: a weighted graph with groups, arrows and node functions.

THEORY (section "The shared object" of docs/theory): nodes are split into groups; an arrow ``a : X -> Y`` carries the
weight of the edge from u in X to v in Y as entry (u, v) of an exact matrix. A Markov chain is one group with a loop;
a layer of a network is a group with an arrow into it. Chains and networks meet here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.html import table
from lumpform.display.words import counted
from lumpform.graph.partition import Partition
from lumpform.graph.weights import Weights
from lumpform.numbers.field import Field, joined


@dataclass(frozen=True)
class NodeFunction:
    """Says what a node does to the sum of its incoming values.

    Parameters
    ----------
    name : str
        ``identity``, ``relu``, ``leaky_relu``, ``sigmoid``, ...
    homogeneous : bool
        Whether ``f(c x) = c f(x)`` for all c > 0 (the hypothesis of the quotient theorem T1 for scales other than 1).
    parameters : tuple
        Exact parameters, for example the slope of a leaky ReLU.
    linear : bool
        Whether ``f(c x) = c f(x)`` for all c, of either sign.
    couples : bool
        Whether it mixes the nodes of the group (softmax does), so that none of them can be merged.
    """

    name: str = "identity"
    homogeneous: bool = True
    parameters: tuple[Any, ...] = ()
    linear: bool = False
    couples: bool = False


IDENTITY = NodeFunction(linear=True)


@dataclass(frozen=True)
class Group:
    """Names a set of nodes with one node function. A pinned group is never merged (inputs, outputs, unit node).

    `shape` is the shape of the value that each node holds: () for a number, (height, width) for a feature map.
    """

    name: str
    size: int
    function: NodeFunction = IDENTITY
    pinned: bool = False
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError(f"group {self.name!r} has a negative size")


@dataclass(frozen=True)
class Arrow:
    """Holds the edges from one group to another: entry (u, v) of `weights` belongs to the edge from u to v.

    `operator` says what happens to the value of u on the way, the same for all edges of the arrow: None for nothing, or
    the name and parameters of a linear map (the shift of a kernel position, the choice of a pixel). Lumping never looks
    inside: the quotient theorem holds for any linear map.
    """

    name: str
    source: str
    target: str
    weights: Weights
    operator: tuple[Any, ...] | None = None
    boolean: bool = False


@dataclass(frozen=True)
class WeightedGraph:
    """Holds groups and arrows, verified at construction: names are unique, every matrix fits its two groups.

    Nodes are numbered through all groups in order; `offset` gives the number of a group's first node.
    """

    groups: tuple[Group, ...]
    arrows: tuple[Arrow, ...] = field(default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "groups", tuple(self.groups))
        object.__setattr__(self, "arrows", tuple(self.arrows))
        for kind, names in (("group", [g.name for g in self.groups]), ("arrow", [a.name for a in self.arrows])):
            if len(set(names)) < len(names):
                raise ValueError(f"two {kind}s have the same name")
        for arrow in self.arrows:
            for end, size, group in (
                (arrow.source, arrow.weights.shape[0], "rows"),
                (arrow.target, arrow.weights.shape[1], "columns"),
            ):
                if end not in self._position:
                    raise ValueError(f"arrow {arrow.name!r} names the unknown group {end!r}")
                if self.group(end).size != size:
                    raise ValueError(
                        f"arrow {arrow.name!r} has {size} {group}, group {end!r} has {self.group(end).size} nodes"
                    )
            if arrow.boolean and not arrow.weights.all_ones():
                raise ValueError(f"the weights of arrow {arrow.name!r} are truth values, expected ones")

    def __repr__(self) -> str:
        groups = ", ".join(f"{g.name}: {g.size}" for g in self.groups)
        return f"<WeightedGraph of {groups}; {counted(len(self.arrows), 'arrow')} with {counted(self.edges, 'edge')}>"

    def _repr_html_(self) -> str:
        rows = ((a.name, a.source, a.target, " x ".join(map(str, a.weights.shape)), a.weights.nnz) for a in self.arrows)
        header = ("arrow", "from", "to", "nodes", "edges")
        return table(repr(self).strip("<>"), rows, header, len(self.arrows))

    @cached_property
    def _position(self) -> dict[str, int]:
        return {g.name: i for i, g in enumerate(self.groups)}

    @cached_property
    def _offsets(self) -> list[int]:
        return np.concatenate(([0], np.cumsum([g.size for g in self.groups], dtype=np.int64))).tolist()

    def group(self, name: str) -> Group:
        """Return the group called `name`; raise `KeyError` if there is none."""
        return self.groups[self._position[name]]

    def offset(self, name: str) -> int:
        """Return the number of the first node of a group."""
        return self._offsets[self._position[name]]

    @property
    def nodes(self) -> int:
        """Return the number of nodes in all groups."""
        return self._offsets[-1]

    @property
    def edges(self) -> int:
        """Return the number of edges with a non-zero weight in all arrows."""
        return sum(a.weights.nnz for a in self.arrows)

    @cached_property
    def unit(self) -> str | None:
        """Return the name of the first group if that is a unit node: pinned, alone, and no arrow leads into it."""
        first = self.groups[0] if self.groups else None
        if first is None or first.size != 1 or not first.pinned or any(a.target == first.name for a in self.arrows):
            return None
        return first.name

    @cached_property
    def field(self) -> Field:
        """Return the field that the weights come from."""
        return joined(a.weights.values.field for a in self.arrows)

    @cached_property
    def coarsest(self) -> Partition:
        """Return the coarsest partition that never crosses groups and keeps pinned nodes alone."""
        labels: NDArray[np.int64] = np.zeros(self.nodes, dtype=np.int64)
        for g in self.groups:
            start = self.offset(g.name)
            span = np.arange(start, start + g.size)
            labels[span] = span if g.pinned else start
        return Partition(labels)

    def merged(self) -> WeightedGraph:
        """Return the graph in which arrows with equal source, target and operator are one, added exactly."""
        found: dict[Any, Arrow] = {}
        for a in self.arrows:
            key = (a.source, a.target, a.operator, a.name if a.boolean else "")  # truth values are not added
            before = found.get(key)
            found[key] = a if before is None else replace(before, weights=before.weights.plus(a.weights))
        return self if len(found) == len(self.arrows) else WeightedGraph(self.groups, tuple(found.values()))

    def reversed(self) -> WeightedGraph:
        """Return the graph with every arrow turned round: exact lumpability here is ordinary lumpability there (T6)."""
        turned = [replace(a, source=a.target, target=a.source, weights=a.weights.transpose()) for a in self.arrows]
        return WeightedGraph(self.groups, tuple(turned))

    @classmethod
    def single(cls, weights: Weights, arrow: str = "transitions", group: str = "states") -> WeightedGraph:
        """Return a graph of one group with one loop: the shape of a Markov chain."""
        return cls((Group(group, weights.shape[0]),), (Arrow(arrow, group, group, weights),))

    def arrows_between(self, source: str, target: str) -> Sequence[Arrow]:
        """Return all arrows from one group to another."""
        return [a for a in self.arrows if a.source == source and a.target == target]
