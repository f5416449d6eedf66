"""Says how what reads a group of numbers or of maps (channels) goes over to combinations of the nodes that stay.

A reader of node v, through any operator, reads ``combination[:, v]`` instead: operators are linear, so the matrix A of
every arrow becomes V A. Two things are particular to maps. A constant is the same at every position, but read through
zero padding it is not: then the combinations have no constant. And where every channel is only handed on, to its own
maximum pooling or through its own kernel (a depthwise convolution), a combination before it says nothing about what
comes behind: such a group is left to the next one, and keeps the channels that are needed there.
"""

from __future__ import annotations

import numpy as np

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.networks.operators import operate
from lumpform.reduction.needed import needed, restricted


def readers(graph: WeightedGraph, name: str) -> list[Arrow]:
    """Return the arrows that leave a group."""
    return [a for a in graph.arrows if a.source == name]


def combinable(graph: WeightedGraph, group: Group) -> bool:
    """Tell whether nodes of a group may be replaced by combinations: hidden, read, and not only handed on."""
    read = any(a.source == group.name for a in graph.arrows)
    return read and not group.pinned and not group.function.couples and not handed_on(graph, group)


def handed_on(graph: WeightedGraph, group: Group) -> bool:
    """Tell whether every map of a group only feeds a map of its own behind it: pooled, or with a kernel of its own."""
    outgoing = readers(graph, group.name)
    if not group.shape or not outgoing or any(graph.group(a.target).pinned for a in outgoing):
        return False
    return all(one_to_one(a) and graph.group(a.target).shape for a in outgoing)


def one_to_one(arrow: Arrow) -> bool:
    """Tell whether no node reads two of an arrow's sources, and no two read the same."""
    rows, columns, _ = arrow.weights.triples()
    return len(set(rows.tolist())) == len(rows) and len(set(columns.tolist())) == len(columns)


def keeps_constants(graph: WeightedGraph, group: Group) -> bool:
    """Tell whether a map that is 1 everywhere is 1 everywhere behind every operator that the group is read by."""
    ones = np.ones((1, 1, *group.shape))
    operators = {a.operator for a in readers(graph, group.name)}
    return all(bool(np.isclose(operate(operator, ones), 1.0, rtol=1e-12).all()) for operator in operators)


def without_unread(graph: WeightedGraph) -> WeightedGraph:
    """Return the graph without the channels of handed-on groups that nothing needs any more. O(edges)."""
    mask = needed(graph)
    for group in graph.groups:
        if not handed_on(graph, group):
            mask[graph.offset(group.name) : graph.offset(group.name) + group.size] = True
    return graph if mask.all() else restricted(graph, mask)
