"""Lumps two models in one graph (T17): if what they show falls into the same classes, they are equal.

The answer is a proof of equality or nothing: networks can be equal without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.display.words import with_article
from lumpform.equivalence.copies import without_copies
from lumpform.equivalence.joint_graph import Coupled, Joint, Node, Watched, joint_graph
from lumpform.equivalence.observed import compared
from lumpform.equivalence.side_by_side import side_by_side
from lumpform.errors import ModelError
from lumpform.graph.graph import Arrow, WeightedGraph
from lumpform.graph.views import NETWORK
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.search import Found, search
from lumpform.networks.functions import SOFTMAX
from lumpform.networks.recurrent import require_feed_forward

if TYPE_CHECKING:
    from lumpform.networks.network import Network

SMALL = 2_000
"""Up to so many edges plain Python lumps before the kernels would be loaded."""

SYMMETRIC = (SOFTMAX,)
"""Functions that give every node the same share in whatever order the nodes stand."""


def jointly_equal(first: Any, second: Any, *, respect: Iterable[str] | None = None) -> bool:
    """Tell whether joint lumping proves two models equal.

    Parameters
    ----------
    first, second : Network or MarkovChain
        Networks with the same inputs and outputs, in order: equal outputs on all inputs. Chains of one kind with
        initial distributions: equal distributions of label sets and equal expected rewards at all times.
    respect : iterable of {"labels", "rewards"}, optional
        Chains: what is compared, by default both.

    Raises
    ------
    ModelError
        If they have different inputs, outputs or kinds, or a chain has no initial distribution.
    """
    domain = domain_of(first, second)
    if domain == "network":
        return networks_equal(first, second)
    if domain != "chain":
        raise ModelError(f"joint lumping compares chains and networks, found models of the domain {domain!r}")
    return not side_by_side(first, second, compared(first, second, respect)).masses


def domain_of(first: Any, second: Any) -> str:
    """Return the domain of two models; `ModelError` if they are of different ones."""
    if first.domain != second.domain:
        a, b = sorted(map(with_article, (first.domain, second.domain)))
        raise ModelError(f"{a} and {b} cannot be compared, expected two models of one domain")
    return first.domain


def networks_equal(first: Network, second: Network, tick: Callable[[], None] = lambda: None) -> bool:
    """Tell whether corresponding outputs fall into one class with ratio one; `tick` is called all the time.

    O(edges) expected for every group that mixes its nodes, and once more; all of it twice if a network has groups that
    are copies of others, of which the other may have fewer. `ModelError` if one of them is recurrent.
    """
    for network in (first, second):
        require_feed_forward("joint lumping", network)
    if outputs_equal(joint_graph(first, second, tick), tick):
        return True
    plain = without_copies(first), without_copies(second)
    copies = plain[0] is not first or plain[1] is not second
    return copies and outputs_equal(joint_graph(*plain, tick), tick)


def outputs_equal(joint: Joint, tick: Callable[[], None]) -> bool:
    """Tell whether corresponding outputs fall into one class with ratio one."""
    while True:
        state = _lumped(Watched.of(joint.graph, tick))
        keys = [(_key(joint.graph, state, a), _key(joint.graph, state, b)) for a, b in joint.outputs]
        if all(a == b for a, b in keys):
            return True
        merged = _merged(joint, state)
        if merged is None:
            return False
        joint = merged


def _lumped(graph: WeightedGraph) -> Found:
    return search(graph, graph.coarsest, NETWORK, "reference" if graph.edges <= SMALL else None, {})


def _key(graph: WeightedGraph, state: Found, node: Node) -> tuple[int, Any]:
    """Return class and scale of a node: nodes with the same are equal everywhere."""
    place = graph.offset(node[0]) + node[1]
    return state.partition.class_at(place), (state.scales or ())[place]


Sources = dict[str, tuple[str, list[int]]]
"""Holds, for groups that are the same as others, which group stands for them, and which node for each node."""


def _merged(joint: Joint, state: Found) -> Joint | None:
    """Return the graph with coupled groups merged whose sums are the same; None if there is none.

    What the groups of such a pair hand on comes from nodes of the first then, one for all nodes with the same sums.
    """
    found: Sources = {}
    apart: list[Coupled] = []
    for pair in joint.coupled:
        orders = _same_sums(joint.graph, state, pair)
        if orders is None:
            apart.append(pair)
        else:
            found |= {pair.first: (pair.first, orders[0]), pair.second: (pair.first, orders[1])}
    if not found:
        return None
    arrows = [_redirected(a, found, joint.graph) for a in joint.graph.arrows]

    def node(n: Node) -> Node:
        return (found[n[0]][0], found[n[0]][1][n[1]]) if n[0] in found else n

    outputs = tuple((node(a), node(b)) for a, b in joint.outputs)
    return Joint(replace(joint.graph, arrows=tuple(arrows)), outputs, tuple(apart))


def _same_sums(graph: WeightedGraph, state: Found, pair: Coupled) -> tuple[list[int], list[int]] | None:
    """Return for the nodes of both groups which node of the first stands for them; None if the groups differ."""
    size = graph.group(pair.first).size
    if graph.group(pair.second).size != size:
        return None
    keys = [_key(graph, state, (pair.sums, k)) for k in range(2 * size)]
    first, second = keys[:size], keys[size:]
    if graph.group(pair.first).function not in SYMMETRIC:
        return (list(range(size)), list(range(size))) if first == second else None
    if Counter(first) != Counter(second):
        return None
    stands: dict[Any, int] = {}
    for k, key in enumerate(first):
        stands.setdefault(key, k)
    return [stands[key] for key in first], [stands[key] for key in second]


def _redirected(arrow: Arrow, found: Sources, graph: WeightedGraph) -> Arrow:
    """Return an arrow that comes from the nodes that stand for those of its group."""
    if arrow.source not in found:
        return arrow
    name, order = found[arrow.source]
    if order == list(range(len(order))):
        return replace(arrow, source=name)
    rows, columns, values = arrow.weights.triples()
    shape = (graph.group(name).size, arrow.weights.shape[1])
    weights = SparseWeights.from_coo(np.array(order, dtype=np.int64)[rows], columns, values, shape)
    return replace(arrow, source=name, weights=weights)
