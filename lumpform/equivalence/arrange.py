"""Brings an input or output of a network into the order of its tensor: one node for every number.

A network may hold a tensor as numbers or as maps, and its entries in another order than the tensor has them
(`Port.order`). Two networks that hold a tensor in the same way are compared as they are. For two that do not, a group
of plain numbers in the order of the tensor is put in front of an input, or behind an output.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import SparseWeights
from lumpform.networks.operators import pixel, put

if TYPE_CHECKING:
    from lumpform.networks.network import Network
    from lumpform.networks.port import Port


def arrangement(network: Network, port: Port) -> tuple[object, ...]:
    """Return how a network holds a tensor: nodes, shape of a node, and the order of the entries."""
    group = network.graph.group(port.group)
    return group.size, group.shape, port.order


def with_plain_ports(network: Network, inputs: Container[int], outputs: Container[int]) -> Network:
    """Return the same function, with some inputs and outputs as plain numbers in the order of their tensors.

    Parameters
    ----------
    network : Network
    inputs, outputs : container of int
        The numbers of the ports in question; the others stay as they are.

    Returns
    -------
    Network
        What was an input is a hidden group that its numbers are put into, what was an output one they are taken from.
        O(numbers) arrows for a tensor of maps.
    """
    groups, arrows = list(network.graph.groups), list(network.graph.arrows)
    ports: dict[str, list[Port]] = {"inputs": [], "outputs": []}
    for what, chosen in (("inputs", inputs), ("outputs", outputs)):
        for number, port in enumerate(getattr(network, what)):
            if number not in chosen:
                ports[what].append(port)
                continue
            place = next(i for i, g in enumerate(groups) if g.name == port.group)
            group = groups[place]
            plain = Group(_new_name(f"{what} {number}", groups), group.size * prod(group.shape), pinned=True)
            groups.insert(place if what == "inputs" else len(groups), plain)
            arrows += _arrows(group, plain, port.order, inwards=what == "inputs")
            ports[what].append(replace(port, group=plain.name, order=None))
    shown = {network.graph.groups[0].name, *(p.group for p in (*ports["inputs"], *ports["outputs"]))}
    graph = WeightedGraph(tuple(replace(g, pinned=g.name in shown) for g in groups), tuple(arrows))
    return replace(network, graph=graph, inputs=tuple(ports["inputs"]), outputs=tuple(ports["outputs"]))


def _new_name(wanted: str, groups: list[Group]) -> str:
    taken = {g.name for g in groups}
    while wanted in taken:
        wanted += "'"
    return wanted


def _arrows(group: Group, plain: Group, order: tuple[int, ...] | None, *, inwards: bool) -> list[Arrow]:
    """Return an arrow for every position of a map, or one for numbers."""
    positions = list(product(*map(range, group.shape)))
    tensor_of = np.arange(plain.size)  # the number of every entry in its tensor
    if order is not None:
        tensor_of[np.asarray(order, dtype=np.int64)] = np.arange(plain.size)
    by_node = tensor_of.reshape(group.size, len(positions))
    nodes = np.arange(group.size)
    made = []
    for k, position in enumerate(positions):
        numbers = by_node[:, k]
        if inwards:
            operator = put(position, group.shape) if group.shape else None
            weights = SparseWeights.selection(numbers, nodes, (plain.size, group.size))
            made.append(Arrow(f"{plain.name} at {k}", plain.name, group.name, weights, operator))
        else:
            operator = pixel(group.shape, position) if group.shape else None
            weights = SparseWeights.selection(nodes, numbers, (group.size, plain.size))
            made.append(Arrow(f"{plain.name} at {k}", group.name, plain.name, weights, operator))
    return made
