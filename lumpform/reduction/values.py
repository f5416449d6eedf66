"""Computes the values of a network's groups on samples one group after the other, while the network is being reduced.

What lies before a group does not change any more when it is reduced, so no value is computed twice. Values that nothing
reads any more are forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.forward import arriving
from lumpform.networks.functions import apply

LIVE = 1 << 27
"""So many numbers at most are held for each network (half a gigabyte in single precision)."""

if TYPE_CHECKING:
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network


class Values:
    """Holds the values (samples, nodes, *shape) of the groups that are computed and still read.

    Parameters
    ----------
    network : Network
    inputs : Inputs
    dtype : numpy float type
        In which all is computed.
    """

    def __init__(self, network: Network, inputs: Inputs, dtype: Any) -> None:
        graph = network.graph
        self.last = last_readers(graph)
        self.number = {group.name: i for i, group in enumerate(graph.groups)}
        self.of: dict[str, NDArray[Any]] = {graph.groups[0].name: np.ones((len(inputs.weights), 1), dtype=dtype)}
        for port, part in zip(network.inputs, inputs.parts, strict=True):
            group = graph.group(port.group)
            entries = port.entries(np.asarray(part, dtype=dtype).reshape(len(part), -1))
            self.of[group.name] = entries.reshape(len(part), group.size, *group.shape)

    def arrived(self, graph: WeightedGraph, group: Group) -> NDArray[Any]:
        """Return what arrives at the next group, from the values of the groups before it; for an input its values."""
        if group.name in self.of:
            return self.of[group.name]
        read = [a for a in graph.arrows if a.target == group.name]
        found = arriving(graph.group(group.name), read, self.of)
        if not read and group.function.name == "max_pool":  # zeros as large as the result, of whatever map
            self.of[group.name] = found
        return found

    def compute(self, group: Group, arrived: NDArray[Any]) -> NDArray[Any]:
        """Hold and return the values of the next group, from what has arrived there."""
        if group.name not in self.of:
            self.of[group.name] = apply(group.function, arrived)
        return self.of[group.name]

    def restrict(self, name: str, kept: Sequence[int]) -> None:
        """Keep some nodes of a group."""
        self.of[name] = np.ascontiguousarray(self.of[name][:, list(kept)])

    def forget(self, group: Group) -> None:
        """Forget what no group behind this one reads."""
        now = self.number[group.name]
        self.of = {name: value for name, value in self.of.items() if self.last.get(name, -1) > now}


def last_readers(graph: WeightedGraph) -> dict[str, int]:
    """Return, for every group, the number of the last group that reads it; the unit is always read."""
    number = {group.name: i for i, group in enumerate(graph.groups)}
    last: dict[str, int] = {}
    for arrow in graph.arrows:
        last[arrow.source] = max(last.get(arrow.source, 0), number[arrow.target])
    return last | {graph.groups[0].name: len(graph.groups)}


def affordable(graph: WeightedGraph) -> int:
    """Return how many samples may be taken: so that the values held at any time are at most `LIVE` numbers."""
    last, live, most = last_readers(graph), dict[str, int](), 1
    for i, group in enumerate(graph.groups):
        live[group.name] = group.size * prod(group.shape)
        most = max(most, sum(live.values()))
        live = {name: size for name, size in live.items() if last.get(name, -1) > i}
    return max(LIVE // most, 1)


def outputs(network: Network, inputs: Inputs, dtype: Any) -> list[NDArray[Any]]:
    """Return the outputs, (samples, entries) each, in a float type; values are forgotten on the way."""
    values, found = Values(network, inputs, dtype), dict[str, NDArray[Any]]()
    wanted = {port.group for port in network.outputs}
    for group in network.graph.groups:
        value = values.compute(group, values.arrived(network.graph, group))
        if group.name in wanted:
            found[group.name] = value.reshape(len(value), -1)
        values.forget(group)
    return [found[port.group] for port in network.outputs]


def float_type(network: Network) -> Any:
    """Return the type that moments are computed from: single precision is enough where there are maps."""
    return np.float32 if any(group.shape for group in network.graph.groups) else np.float64
