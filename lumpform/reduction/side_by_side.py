"""Runs a network and what it becomes side by side over the same samples, while it is being reduced group by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.forward import group_value
from lumpform.reduction.values import Values

if TYPE_CHECKING:
    from lumpform.networks.assumed_inputs import Inputs
    from lumpform.networks.network import Network


class SideBySide:
    """Holds the values of both networks that are still read, see `lumpform.reduction.values.Values`.

    Parameters
    ----------
    network : Network
        The original.
    inputs : Inputs
    dtype : numpy float type
        In which all is computed.

    Attributes
    ----------
    wanted : (samples, nodes, *shape) array
        What arrives at the next group in the original, before its function.
    """

    wanted: NDArray[Any]

    def __init__(self, network: Network, inputs: Inputs, dtype: Any) -> None:
        self.original, self.weights = network.graph, inputs.weights
        self.before, self.now = Values(network, inputs, dtype), Values(network, inputs, dtype)

    def reach(self, group: Group) -> None:
        """Go on to the next group: compute what arrives there in the original."""
        self.wanted = self.before.arrived(self.original, group)

    def compute(self, graph: WeightedGraph, group: Group) -> NDArray[Any]:
        """Compute the values of this group, in the original and in the graph as it is now; return what arrived there.

        Before its function, as `wanted`.
        """
        arrived = self.now.arrived(graph, group)
        self.before.compute(group, self.wanted)
        self.now.compute(group, arrived)
        return arrived

    def means(self, folded: WeightedGraph, name: str) -> NDArray[Any]:
        """Return the values of a group in a graph in which its nodes have become others; nothing is held."""
        read = [a for a in folded.arrows if a.target == name]
        return group_value(folded.group(name), read, self.now.of)

    def replace(self, graph: WeightedGraph, name: str, kept: Sequence[int] | None) -> None:
        """Go over to the nodes that stay, or, with None, to the others that a group has in a graph."""
        if kept is None:
            self.now.of[name] = self.means(graph, name)
        else:
            self.now.restrict(name, kept)

    def forget(self, group: Group) -> None:
        """Forget what no group behind this one reads."""
        self.before.forget(group)
        self.now.forget(group)
