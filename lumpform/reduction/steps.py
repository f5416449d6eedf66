"""Defines the steps of a reduction: what each makes of a graph and its nodes, and what a certificate says of it.

There are three. `Lump` merges nodes and folds constants into biases, `Drop` leaves out what no output needs, and
`Substitute` expresses nodes by others: opposite pairs, linear dependence, copies, and stable neurons, which differ only
in the expression and its reason. Whoever handles steps asks them, and need not know which step it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any, NamedTuple, Protocol

import numpy as np

from lumpform.certificates.network import drop_step, lump_step, substitute_step
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.reduction.needed import restricted
from lumpform.reduction.substitute import Substitution, substituted

ONE = Fraction(1)


class Fate(NamedTuple):
    """Says what became of a node: which node it is now (None: it is gone), its scale relative to that, and why.

    The value of a node that stays is its scale times that of the node it became; that of a constant is its scale. Why
    is ``kept`` (it stays, for itself or for its class), ``merged``, ``constant``, ``dropped``, ``folded`` (its group
    only copied, or added up for one reader), or the reason of a substitution.
    """

    node: int | None
    scale: Fraction = ONE
    why: str = "kept"

    def then(self, fates: Sequence[Fate]) -> Fate:
        """Return the fate after one more step, given what that step made of every node."""
        if self.node is None:
            return self
        node, scale, why = fates[self.node]
        return Fate(node, self.scale * scale, self.why if why == "kept" else why)


class Step(Protocol):
    """Is what every step of a reduction can do."""

    def apply(self, graph: WeightedGraph) -> WeightedGraph:
        """Return the graph after the step, whose outputs are the same."""
        ...

    def fates(self, graph: WeightedGraph) -> list[Fate]:
        """Return what becomes of every node of the graph."""
        ...

    def described(self) -> dict[str, Any]:
        """Return the step as its certificate has it (docs/certificate-networks.md, section 4)."""
        ...


@dataclass(frozen=True)
class Lump:
    """Merges the nodes of every class, and folds those in the class of the unit node, the constants, into biases.

    Attributes
    ----------
    partition : Partition
        Of the nodes of the graph at that point; class 0 is that of the unit node, node 0.
    scales : tuple of Fraction
        Of every node, relative to the first member of its class.
    """

    partition: Partition
    scales: tuple[Fraction, ...]

    def apply(self, graph: WeightedGraph) -> WeightedGraph:
        """Return the quotient (T1)."""
        return quotient(graph, self.partition, self.scales)

    def fates(self, graph: WeightedGraph) -> list[Fate]:
        """Return what becomes of every node: constants go, the others are now the representative of their class."""
        unit, *others = class_fates(self.partition, self.scales)
        return [unit, *(Fate(None, f.scale, "constant") if f.node == unit.node else f for f in others)]

    def described(self) -> dict[str, Any]:
        """Return the map and the scales."""
        return lump_step(self.partition, self.scales)


@dataclass(frozen=True)
class Drop:
    """Leaves out nodes, by their numbers in the graph at that point, that no output needs."""

    nodes: tuple[int, ...]

    def apply(self, graph: WeightedGraph) -> WeightedGraph:
        """Return the graph without them, and without groups that have become empty."""
        keep = np.ones(graph.nodes, dtype=bool)
        keep[list(self.nodes)] = False
        return restricted(graph, keep)

    def fates(self, graph: WeightedGraph) -> list[Fate]:
        """Return what becomes of every node: it is dropped, or stays."""
        return _stay_or_go(graph, dict.fromkeys(self.nodes, "dropped"))

    def described(self) -> dict[str, Any]:
        """Return the nodes."""
        return drop_step(self.nodes)


@dataclass(frozen=True)
class Substitute:
    """Carries out substitutions in one group together; `group` is its number in the graph at that point."""

    substitutions: tuple[Substitution, ...]
    group: int

    def apply(self, graph: WeightedGraph) -> WeightedGraph:
        """Return the graph in which what read these nodes reads their expressions."""
        return substituted(graph, self.substitutions)

    def fates(self, graph: WeightedGraph) -> list[Fate]:
        """Return what becomes of every node: it goes, for the reason of its substitution, or stays."""
        start = graph.offset(graph.groups[self.group].name)
        return _stay_or_go(graph, {start + s.index: s.reason for s in self.substitutions})

    def described(self) -> dict[str, Any]:
        """Return the nodes, why they go, and which of their group express them."""
        return substitute_step(self.group, self.substitutions)


def followed(graph: WeightedGraph, steps: Iterable[Step]) -> tuple[list[Fate], WeightedGraph]:
    """Return what became of every node of a graph after all steps, and the graph that they end in."""
    fates = [Fate(node) for node in range(graph.nodes)]
    for step in steps:
        after = step.fates(graph)
        fates, graph = [fate.then(after) for fate in fates], step.apply(graph)
    return fates, graph


def class_fates(partition: Partition, scales: Sequence[Fraction]) -> list[Fate]:
    """Return every member as its class, which is kept for the first member; classes are numbered in that order."""
    first = partition.representatives.tolist()
    return [
        Fate(c, scale, "kept" if first[c] == node else "merged")
        for node, (c, scale) in enumerate(zip(partition.class_of.tolist(), scales, strict=True))
    ]


def folded_fates(graph: WeightedGraph, canonical: WeightedGraph) -> list[Fate]:
    """Return what the canonical form makes of every node: groups stay as they are, or are left out.

    That is no step: the result of every certificate is compared in this form.
    """
    stay = {g.name for g in canonical.groups}
    fates: list[Fate] = []
    for group in graph.groups:
        if group.name in stay:
            start = canonical.offset(group.name)
            fates += [Fate(start + i) for i in range(group.size)]
        else:
            fates += [Fate(None, why="folded")] * group.size
    return fates


def _stay_or_go(graph: WeightedGraph, gone: Mapping[int, str]) -> list[Fate]:
    """Return fates in which some nodes go, each for its reason, and the others close up."""
    kept = count()
    return [Fate(None, why=gone[node]) if node in gone else Fate(next(kept)) for node in range(graph.nodes)]
