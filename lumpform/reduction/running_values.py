"""Runs two networks side by side over samples, the original and the one that is being reduced, group after group.

Both are computed only as far as the group that is looked at, and what nothing behind it reads is forgotten. So all
groups together cost one pass of both. Where values are more than `KEPT` numbers, samples are run again for every group,
some at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.forward import group_value, input_values

if TYPE_CHECKING:
    from lumpform.graph.graph import WeightedGraph
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network

CHUNK = 1 << 24
"""Samples are taken so many at a time that all values are at most so many numbers."""

KEPT = 1 << 26
"""At most so many numbers are kept from one group to the next."""


class Running:
    """Holds the values of a network for some samples, as far as they were asked for."""

    def __init__(self, network: Network, parts: tuple[NDArray[np.float64], ...]) -> None:
        self.start = input_values(network, parts)
        self.values: dict[str, NDArray[Any]] = dict(self.start)

    def at(self, graph: WeightedGraph, name: str) -> NDArray[Any]:
        """Return the values of a group, computing what is before it where that is not there."""
        if name not in self.values:
            for source in dict.fromkeys(a.source for a in graph.arrows if a.target == name):
                self.at(graph, source)
            read = [a for a in graph.arrows if a.target == name]
            self.values[name] = group_value(graph.group(name), read, self.values)
        return self.values[name]

    def forget(self, before: WeightedGraph, graph: WeightedGraph, name: str) -> None:
        """Go over to a graph in which a group has changed, and forget what only groups up to this one read."""
        sizes = {g.name: g.size for g in before.groups}
        if any(g.size != sizes.get(g.name) for g in graph.groups if g.name != name):
            self.values = dict(self.start)
            return
        if before is not graph:
            self.values.pop(name, None)
            self.at(graph, name)
        order = {g.name: i for i, g in enumerate(graph.groups)}
        last: dict[str, int] = {}
        for arrow in graph.arrows:
            last[arrow.source] = max(last.get(arrow.source, 0), order[arrow.target])
        for old in [v for v in self.values if v not in self.start and last.get(v, 0) <= order[name]]:
            del self.values[old]


class SideBySide:
    """Runs the original network and the one that it becomes on the same samples.

    Attributes
    ----------
    original : Network
    graph : WeightedGraph
        Of the network now.
    """

    def __init__(self, network: Network, inputs: Inputs) -> None:
        self.original, self.graph, self.inputs = network, network.graph, inputs
        entries = sum(g.size * int(np.prod(g.shape, dtype=np.int64)) for g in network.graph.groups)
        self.samples = CHUNK // max(entries, 1) or 1
        few = entries * len(inputs.weights) <= KEPT
        self.kept = list(self._start()) if few else None

    def _start(self) -> Iterator[tuple[Running, Running, NDArray[np.float64]]]:
        for part in self.inputs.chunks(self.samples):
            yield Running(self.original, part.parts), Running(self.original, part.parts), part.weights

    def at(self, name: str) -> Iterator[tuple[Running, NDArray[Any], NDArray[np.float64]]]:
        """Yield, some samples at a time: the network now, the original values of a group, the weights."""
        for now, before, weights in self._start() if self.kept is None else self.kept:
            yield now, before.at(self.original.graph, name), weights

    def advance(self, graph: WeightedGraph, name: str) -> None:
        """Go over to the graph in which a group has changed."""
        for now, before, _ in self.kept or ():
            now.forget(self.graph, graph, name)
            before.forget(self.original.graph, self.original.graph, name)
        self.graph = graph
