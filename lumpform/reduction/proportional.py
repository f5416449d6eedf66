"""Lumps a network proportionally, nearly: every neuron becomes a multiple, from 0 on, of the centroid of one class.

That is the quotient of T1 with classes that only nearly are proportional. First comes the exact lumping; a layer that
it makes small enough is left exactly as it is. Every other layer gets the classes of `lumpform.reduction.near_classes`,
layer by layer on the layers already reduced, towards the values of the original. What multiples leave out of the means
goes into the biases behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.assumed_inputs import Inputs
from lumpform.networks.forward import group_values
from lumpform.reduction.channels import combinable, keeps_constants, readers, without_unread
from lumpform.reduction.combined import Combined, combine
from lumpform.reduction.near_classes import Classes, Layer, classes, refitted
from lumpform.reduction.ratios import Floats
from lumpform.reduction.running_values import CHUNK

if TYPE_CHECKING:
    from lumpform.networks.network import Network


def proportional_lumping(
    network: Network,
    inputs: Inputs,
    count: Callable[[Group], int],
    *,
    tick: Callable[[str], None] = lambda name: None,
) -> tuple[Network, list[Combined]]:
    """Make every hidden layer of numbers have at most as many nodes as `count` says.

    Parameters
    ----------
    network : Network
        Without nodes that are exact multiples of others, if these shall stay exact (`approximate` sees to it).
    inputs : Inputs
        Samples, see `lumpform.networks.assumed_inputs`.
    count : function
        For a group: how many nodes stay. Groups of maps, and of their maxima, stay as they are.
    tick : function
        Called with the name of every group before it is reduced.

    Returns
    -------
    (network, list of Combined)
        `combination` has, besides its constants, at most one number in every column, the ratio; the centroid of a class
        stands in the place of its first node in `kept`. Weights that changed are float64 results. Every layer costs
        O(samples * weights) to evaluate, and what `lumpform.reduction.near_classes.classes` does.
    """
    done: list[Combined] = []
    current = network
    for group in network.graph.groups:
        if group.shape or group.function.name == "max_pool" or not combinable(current.graph, group):
            continue
        wanted = max(count(group), 1)
        if group.size <= wanted:
            continue
        tick(group.name)
        layer = _layer(network, current, group, inputs)
        found = classes(layer, _incoming(current.graph, group), wanted)
        combined = _combined(group, layer, found)
        means = found.mixing[:, found.class_of[list(combined.kept)]]
        graph = combine(current.graph, combined, means)
        current = current.with_graph(without_unread(graph))
        done.append(combined)
    return current, done


def _layer(network: Network, current: Network, group: Group, inputs: Inputs) -> Layer:
    """Evaluate both networks, some samples at a time; memory for the sums and values of the layer stays."""
    groups = tuple(
        replace(g, function=replace(g.function, name="identity", parameters=())) if g.name == group.name else g
        for g in current.graph.groups
    )
    before_function = current.with_graph(WeightedGraph(groups, current.graph.arrows))
    numbers = sum(g.size * int(np.prod(g.shape, dtype=np.int64)) for g in network.graph.groups)
    parts = [
        [group_values(n, part.parts)[group.name] for n in (before_function, network)]
        for part in inputs.chunks(CHUNK // max(numbers, 1) or 1)
    ]
    sums, values = (np.concatenate([p[i] for p in parts]) for i in range(2))
    out = np.concatenate([a.weights.floats() for a in readers(current.graph, group.name)], axis=1)
    constants = keeps_constants(current.graph, group)
    return Layer(sums, values, inputs.weights, out @ out.T, group.function, constants)


def _incoming(graph: WeightedGraph, group: Group) -> Floats:
    """Return a row for every node: its weights, with its bias."""
    arrows = [a.weights.floats() for a in graph.arrows if a.target == group.name]
    return np.concatenate(arrows, axis=0).T if arrows else np.zeros((group.size, 1))


def _combined(group: Group, layer: Layer, found: Classes) -> Combined:
    """Fit on all samples, and write classes as combinations; classes that nothing is a multiple of are left out."""
    found = refitted(layer, found)
    moments, mean = layer.moments(found.mixing)
    ratios = found.ratios
    first: dict[int, int] = {}
    for v in np.flatnonzero(ratios > 0).tolist():
        first.setdefault(int(found.class_of[v]), v)
    place = {c: i for i, c in enumerate(first)}
    combination = np.zeros((1 + len(first), group.size))
    combination[0] = layer.mean(layer.values) - ratios * mean[found.class_of]
    for v in np.flatnonzero(ratios > 0).tolist():
        combination[1 + place[int(found.class_of[v])], v] = ratios[v]
    unexplained = found.lost / moments.spread if moments.spread > 0 else 0.0
    return Combined(group.name, tuple(first.values()), combination, unexplained)
