"""Joint lumping (T17): two models in one graph; if what they show falls into the same classes, they are equal.

Two networks share the unit node and the inputs; hidden groups that correspond in order and have the same function
become one group, so that neurons of both can fall into one class. Two chains stand side by side. The answer is a
proof of equality or nothing: networks can be equal without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from lumpform.errors import ModelError
from lumpform.graph import Arrow, Group, WeightedGraph
from lumpform.lumping import lump
from lumpform.lumping.layered import lump_layers
from lumpform.weights import SparseWeights

if TYPE_CHECKING:
    from lumpform.chains.chain import MarkovChain
    from lumpform.networks.network import Network

Place = tuple[str, int]
"""The group of the joint graph in which a group lies, and at which node it begins there."""


def jointly_equal(first: Any, second: Any) -> bool:
    """Whether joint lumping proves two models equal.

    Parameters
    ----------
    first, second : Network or MarkovChain
        Networks with the same inputs and outputs: equal outputs on all inputs. Chains of one kind with initial
        distributions: equal distributions of label sets at all times.

    Raises
    ------
    ModelError
        If they have different inputs, outputs or kinds, or a chain has no initial distribution.
    """
    if hasattr(first, "graph") != hasattr(second, "graph"):
        raise ModelError("a chain and a network cannot be compared, expected two models of one domain")
    return _networks(first, second) if hasattr(first, "graph") else _chains(first, second)


def _networks(first: Network, second: Network) -> bool:
    joined = joint_graph(first, second)
    state, _ = lump_layers(joined.graph)
    for a, b in joined.outputs:
        for node in range(a.stop - a.start):
            u, v = a.start + node, b.start + node
            if state.class_of[u] != state.class_of[v] or state.scales[u] != state.scales[v]:
                return False
    return True


@dataclass(frozen=True)
class Joint:
    """Two networks in one graph, and for each output the nodes of the first and of the second."""

    graph: WeightedGraph
    outputs: tuple[tuple[range, range], ...]


def joint_graph(first: Network, second: Network) -> Joint:
    """Both networks in one graph over the same inputs; outputs are not pinned there, so that they can merge."""
    sizes = [[(g.size, g.shape) for p in ports for g in [n.graph.group(p.group)]] for n, ports in _ports(first, second)]
    if sizes[0] != sizes[1] or sizes[2] != sizes[3]:
        raise ModelError("the networks have different inputs or outputs, expected the same numbers and shapes")
    groups, places = _groups(first, second)
    arrows = []
    for side, network in enumerate((first, second)):
        for number, arrow in enumerate(network.graph.arrows):
            (source, row), (target, column) = places[side][arrow.source], places[side][arrow.target]
            shape = (_size(groups, source), _size(groups, target))
            weights = _moved(arrow.weights, row, column, shape)
            arrows.append(Arrow(f"{side} {number}", source, target, weights, arrow.operator))
    graph = WeightedGraph(tuple(groups), tuple(arrows))
    outputs = []
    for a, b in zip(first.outputs, second.outputs, strict=True):
        spans = []
        for side, port in ((0, a), (1, b)):
            name, start = places[side][port.group]
            begin = graph.offset(name) + start
            spans.append(range(begin, begin + (first, second)[side].graph.group(port.group).size))
        outputs.append((spans[0], spans[1]))
    return Joint(graph, tuple(outputs))


def _ports(first: Network, second: Network) -> list[tuple[Network, Any]]:
    return [(first, first.inputs), (second, second.inputs), (first, first.outputs), (second, second.outputs)]


def _groups(first: Network, second: Network) -> tuple[list[Group], list[dict[str, Place]]]:
    """The groups of the joint graph, and where those of each network lie."""
    one = first.graph.groups[0]
    groups, places = [one], [{n.graph.groups[0].name: (one.name, 0)} for n in (first, second)]
    for number, (a, b) in enumerate(zip(first.inputs, second.inputs, strict=True)):
        groups.append(replace(first.graph.group(a.group), name=f"input {number}"))
        places[0][a.group] = places[1][b.group] = groups[-1].name, 0
    rest = [[g for g in n.graph.groups if g.name not in places[side]] for side, n in enumerate((first, second))]
    for number, pair in enumerate(zip_longest(*rest)):
        a, b = pair
        if a is not None and b is not None and (a.function, a.shape) == (b.function, b.shape):
            groups.append(Group(f"both {number}", a.size + b.size, a.function, shape=a.shape))
            places[0][a.name], places[1][b.name] = (groups[-1].name, 0), (groups[-1].name, a.size)
            continue
        for side, group in enumerate(pair):
            if group is not None:
                groups.append(replace(group, name=f"{side} {number}", pinned=False))
                places[side][group.name] = groups[-1].name, 0
    return groups, places


def _size(groups: list[Group], name: str) -> int:
    return next(g.size for g in groups if g.name == name)


def _moved(weights: Any, row: int, column: int, shape: tuple[int, int]) -> SparseWeights:
    """The matrix as a block of a larger one."""
    sparse = weights if isinstance(weights, SparseWeights) else weights.to_sparse()
    return SparseWeights.from_coo(sparse.row_of_entries() + row, sparse.indices + column, sparse.values, shape)


def _chains(first: MarkovChain, second: MarkovChain) -> bool:
    from lumpform.chains.transform import disjoint_union

    if first.initial is None or second.initial is None:
        raise ModelError("a chain has no initial distribution, expected one for each")
    both = disjoint_union(first, second)
    partition = lump(both, respect=("labels",)).partition
    masses = [Fraction(0)] * partition.count
    for sign, chain, start in ((1, first, 0), (-1, second, first.states)):
        for s, p in enumerate(chain.initial.fractions() if chain.initial is not None else []):
            masses[partition.pi(start + s)] += sign * p
    return not any(masses)
