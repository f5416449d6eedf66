"""Define `Network`: a neural network as a weighted graph, and what its files need besides.

The unit node is the first group, called ``one``; its value is 1, and biases are its edges. Then come the inputs, the
hidden groups in an order of evaluation, and the outputs; inputs and outputs are pinned. A dense layer is one arrow, a
convolution one arrow per kernel position between channels, a dense layer after flattening one per pixel, a residual sum
an arrow with the identity matrix, a recurrent layer a group with an arrow from itself (`lumpform.networks.recurrent`).
Everything that lumping needs is in the graph; a lumped network is a graph again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.display.html import table
from lumpform.display.words import counted
from lumpform.errors import ModelError, OptionError
from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.kinds import kinds_of
from lumpform.graph.observation import Observation, group_of
from lumpform.graph.partition import Partition
from lumpform.graph.quotient import quotient
from lumpform.graph.weights import DenseWeights
from lumpform.networks.functions import RELU
from lumpform.networks.network_digest import network_parts
from lumpform.networks.port import Port
from lumpform.networks.recurrent import check_time, is_delay, is_recurrent
from lumpform.numbers.field import Field
from lumpform.numbers.make import exact_values

ONE = "one"
"""The name of the unit group."""


@dataclass(frozen=True, eq=False)
class Network:
    """Hold a neural network.

    Parameters
    ----------
    graph : WeightedGraph
        Group ``one`` first (one pinned node without incoming arrows), arrows from earlier to later groups; only those
        with a delay come from anywhere.
    inputs, outputs : tuple of Port
        Pinned groups; inputs have no incoming arrows.
    metadata : dict, optional
        What a file format carries besides (names, normalisation of an NNet file), untouched by lumping.

    Raises
    ------
    ModelError
        If an invariant does not hold.
    """

    domain: ClassVar[Literal["network"]] = "network"

    graph: WeightedGraph
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        groups = self.graph.groups
        if not groups or groups[0].name != ONE or groups[0].size != 1 or not groups[0].pinned:
            raise ModelError(f"the first group of a network must be the pinned unit node {ONE!r}")
        seen: set[str] = {ONE}
        into: dict[str, list[Arrow]] = {g.name: [] for g in groups}
        for arrow in self.graph.arrows:
            into[arrow.target].append(arrow)
        names = {p.group for p in self.inputs}
        for group in groups[1:]:
            late = [a.name for a in into[group.name] if a.source not in seen and not is_delay(a.operator)]
            if late:
                raise ModelError(f"arrow {late[0]!r} does not come from an earlier group, so the network has a cycle")
            if group.name in names and into[group.name]:
                raise ModelError(f"the input group {group.name!r} has incoming arrows")
            seen.add(group.name)
        for port in self.inputs + self.outputs:
            if port.group not in seen or not self.graph.group(port.group).pinned:
                raise ModelError(f"the group {port.group!r} of {port.name!r} must exist and be pinned")
        if self.recurrent:
            check_time(self.graph)

    @classmethod
    def from_layers(
        cls, layers: Iterable[tuple[Any, Any] | tuple[Any, Any, NodeFunction]], *, output: NodeFunction = IDENTITY
    ) -> Network:
        """Return a fully connected network, in which layer l computes ``f(x @ W + b)``.

        Parameters
        ----------
        layers : iterable of (W, b) or (W, b, function)
            W is (inputs, outputs), b is (outputs,) or None. The function is ReLU by default, and `output` in the last
            layer. Floats are dyadic rationals; integers and nested lists of exact numbers are taken as they are.
        """
        listed: list[tuple[Any, ...]] = [tuple(layer) for layer in layers]
        if not listed:
            raise ModelError("a network needs at least one layer")
        matrices = [_matrix(layer[0]) for layer in listed]
        groups = [Group(ONE, 1, pinned=True), Group("x0", matrices[0].shape[0], pinned=True)]
        arrows: list[Arrow] = []
        for i, (layer, matrix) in enumerate(zip(listed, matrices, strict=True), start=1):
            last = i == len(listed)
            bias, *given = layer[1:]
            function = given[0] if given else output if last else RELU
            if not isinstance(function, NodeFunction):
                wanted = "expected one of lumpform.networks.functions, such as RELU"
                raise ModelError(f"layer {i} has the function {function!r}, {wanted}")
            groups.append(Group(f"x{i}", matrix.shape[1], function, pinned=last))
            arrows.append(Arrow(f"W{i}", f"x{i - 1}", f"x{i}", matrix))
            if bias is not None:
                arrows.append(Arrow(f"b{i}", ONE, f"x{i}", _matrix([bias])))
        try:
            graph = WeightedGraph(tuple(groups), tuple(arrows))
        except ValueError as error:
            raise ModelError(f"the layers do not fit together: {error}") from None
        ports = (Port("x0", "x", (None, groups[1].size)), Port(groups[-1].name, "y", (None, groups[-1].size)))
        return cls(graph, ports[:1], ports[1:])

    @classmethod
    def from_torch(cls, module: Any, input_shape: Any = None) -> Network:
        """Read a PyTorch module, any one with an example of its inputs; see `lumpform.networks.torch`."""
        from lumpform.networks.torch import from_torch

        return from_torch(module, input_shape)

    def to_torch(self) -> Any:
        """Return a PyTorch module that computes the network; see `lumpform.networks.torch`."""
        from lumpform.networks.torch import to_torch

        return to_torch(self)

    @property
    def field(self) -> Field:
        """Return the field that the weights come from."""
        return self.graph.field

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form, which the digest of the network hashes."""
        return network_parts(self.graph, self.inputs, self.outputs)

    @cached_property
    def hidden(self) -> tuple[Group, ...]:
        """Return the groups that are neither the unit node nor an input or output."""
        ends = {ONE, *(p.group for p in self.inputs + self.outputs)}
        return tuple(g for g in self.graph.groups if g.name not in ends)

    @cached_property
    def recurrent(self) -> bool:
        """Tell whether values are sequences: an arrow has an operator along time, or a port has steps."""
        return is_recurrent(self.graph, self.inputs + self.outputs)

    @property
    def neurons(self) -> int:
        """Count the hidden neurons; channels of a convolution count once."""
        return sum(g.size for g in self.hidden)

    @property
    def parameters(self) -> int:
        """Count weights and biases, zeros included where a matrix is kept in full."""
        return sum(a.weights.stored for a in self.graph.arrows)

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        return {"hidden neurons": self.neurons, "parameters": self.parameters}

    def forward(self, *inputs: NDArray[Any] | Sequence[Any], exact: bool = False) -> Any:
        """Return the outputs for a batch of inputs; see `lumpform.networks.forward` and `forward_in_time`."""
        if self.recurrent:
            from lumpform.networks.forward_in_time import forward_in_time

            return forward_in_time(self, inputs, exact=exact)
        from lumpform.networks.forward import forward

        return forward(self, inputs, exact=exact)

    def with_graph(self, graph: WeightedGraph) -> Network:
        """Return the network with the same ports around another graph."""
        return replace(self, graph=graph)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of lumping that apply, the default first."""
        return kinds_of(self.domain)

    def respected_by_default(self, kind: str) -> tuple[str, ...]:
        """Return nothing: a network has pinned nodes instead."""
        return ()

    def gauge(self, kind: str) -> None:
        """Return None: nothing is known of the values of neurons beforehand."""

    def states_of(self, nodes: Partition) -> Partition:
        """Return the partition itself: all nodes of the graph are neurons, inputs, outputs or the unit node."""
        return nodes

    def nodes_of(self, states: Partition) -> Partition:
        """Return the partition itself."""
        return states

    def start(self, kind: str, semantics: str, respect: Iterable[str]) -> Partition:
        """Return the partition that a lumping must refine: by groups, with pinned nodes alone."""
        named = tuple(respect)
        if named:
            raise OptionError(f"a network has no {named[0]!r} to respect, expected nothing")
        return self.graph.coarsest

    def observations(self, kind: str, semantics: str, respect: Iterable[str]) -> Iterator[Observation]:
        """Yield nothing: neurons are told apart by their groups, pinned ones by themselves, and by nothing else."""
        return iter(())

    def node_name(self, node: int) -> str:
        """Return what reports call a node of the weighted graph."""
        group = group_of(self.graph, node)
        place = node - self.graph.offset(group.name)
        ends = {p.group: what for what, ports in (("input", self.inputs), ("output", self.outputs)) for p in ports}
        return f"{ends.get(group.name, 'neuron')} {place} of {group.name!r}" if node else "the unit node"

    def quotient(
        self, partition: Partition, kind: str, semantics: str, scales: Sequence[Fraction]
    ) -> tuple[Network, tuple[str, ...]]:
        """Return the quotient network, and that nothing is left out of it; see `lumpform.graph.quotient`."""
        return self.with_graph(quotient(self.graph, partition, scales)), ()

    def weighted_graph(self, semantics: str = "generator") -> WeightedGraph:
        """Return the graph (the argument is for chains and has no meaning here)."""
        return self.graph

    def __eq__(self, other: object) -> bool:
        """Tell whether graphs and ports are equal (what a file carries besides does not count)."""
        if not isinstance(other, Network):
            return NotImplemented
        return self is other or (self.graph, self.inputs, self.outputs) == (other.graph, other.inputs, other.outputs)

    def __hash__(self) -> int:
        return hash(tuple((g.name, g.size) for g in self.graph.groups))

    def _repr_html_(self) -> str:
        rows = [(g.name, g.size, g.function.name, "x".join(map(str, g.shape))) for g in self.graph.groups[1:]]
        return table(repr(self).strip("<>"), rows, ("group", "nodes", "function", "maps"))

    def __repr__(self) -> str:
        sizes = "-".join(str(g.size) for g in self.graph.groups[1:])
        return f"<Network {sizes}, {counted(self.neurons, 'hidden neuron')}, {counted(self.parameters, 'parameter')}>"


def _matrix(data: Any) -> DenseWeights:
    try:
        if isinstance(data, DenseWeights):
            return data
        if isinstance(data, np.ndarray) and data.dtype.kind in "iuf":
            return DenseWeights.from_array(data)
        rows = [list(row) for row in data]
        if all(isinstance(v, np.floating) for row in rows for v in row):
            return DenseWeights.from_array(np.array(rows))
        if any(getattr(v, "free_symbols", None) for row in rows for v in row):
            from lumpform.numbers.symbolic import understood

            rows = understood(rows)
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError("the rows have different lengths")
        shape = (len(rows), len(rows[0]) if rows else 0)
        return DenseWeights(shape, exact_values([v for row in rows for v in row]))
    except (TypeError, ValueError) as error:
        raise ModelError(f"a layer's numbers are not usable: {error}") from None
