"""Keeps networks as plain lists while they are drawn: groups, and arrows with exact matrices as nested lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import map_shape
from lumpform.networks.port import Port
from lumpform.numbers.make import from_fractions

Matrix = list[list[Fraction]]


@dataclass
class Draft:
    """Holds one arrow. `tied`: it is the identity and stays so, so that both ends must be split alike."""

    source: str
    target: str
    matrix: Matrix
    operator: tuple[Any, ...] | None = None
    tied: bool = False


@dataclass
class Sketch:
    """Holds groups after the unit node in order, and arrows; and the layouts of input and output, if there is time."""

    groups: list[Group] = field(default_factory=list)
    arrows: list[Draft] = field(default_factory=list)
    layouts: tuple[str, str] = ("", "")

    def group(
        self, name: str, size: int, function: NodeFunction = IDENTITY, *, pinned: bool = False, shape: Any = ()
    ) -> Group:
        """Append a group; `shape` are the sides of its maps."""
        self.groups.append(Group(name, size, function, pinned, map_shape(shape)))
        return self.groups[-1]

    def size(self, name: str) -> int:
        """Return the number of nodes of a group; the unit group has one."""
        return 1 if name == ONE else next(g.size for g in self.groups if g.name == name)

    def arrow(self, source: str, target: str, matrix: Matrix, operator: Any = None, *, tied: bool = False) -> None:
        """Append an arrow."""
        self.arrows.append(Draft(source, target, matrix, operator, tied))

    def network(self) -> Network:
        """Return the network; the first group after the unit node is the input, the last one the output."""
        groups = (Group(ONE, 1, pinned=True), *self.groups)
        sizes = {g.name: g.size for g in groups}
        arrows = []
        for number, a in enumerate(self.arrows):
            shape = (sizes[a.source], sizes[a.target])
            flat = from_fractions(w for row in a.matrix for w in row)
            name = f"{a.source} to {a.target} #{number}"
            arrows.append(Arrow(name, a.source, a.target, DenseWeights(shape, flat), a.operator))
        first, last = self.groups[0], self.groups[-1]
        graph = WeightedGraph(groups, tuple(arrows))
        ports = (_port(first, "x", self.layouts[0]), _port(last, "y", self.layouts[1]))
        return Network(graph, ports[:1], ports[1:])


def _port(group: Group, name: str, layout: str) -> Port:
    if not layout:
        return Port(group.name, name, (None, group.size, *group.shape))
    return Port(group.name, name, tuple(group.size if c == "." else None for c in layout), layout=layout)


def identity(size: int) -> Matrix:
    """Return the identity matrix."""
    return [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
