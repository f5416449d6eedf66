"""Lumps a network proportionally, nearly: every neuron becomes a multiple, from 0 on, of the centroid of one class.

That is the quotient of T1 with classes that only nearly are proportional. First comes the exact lumping; a layer that
it makes small enough is left exactly as it is. Every other layer gets the classes of `lumpform.reduction.near_classes`,
layer by layer on the layers already reduced, towards the values of the original. What multiples leave out of the means
goes into the biases behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.assumed_inputs import Inputs
from lumpform.reduction.channels import combinable, keeps_constants, readers, without_unread
from lumpform.reduction.combined import Combined, combine
from lumpform.reduction.near_classes import Classes, Layer, classes, refitted
from lumpform.reduction.ratios import Floats
from lumpform.reduction.side_by_side import SideBySide

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
        stands in the place of its first node in `kept`. Weights that changed are float64 results. O(samples *
        weights) to evaluate, and for every layer what `lumpform.reduction.near_classes.classes` does.
    """
    done: list[Combined] = []
    graph, side = network.graph, SideBySide(network, inputs, np.float64)
    for group in network.graph.groups:
        side.reach(group)
        sums = side.compute(graph, group)
        numbers = not group.shape and group.function.name != "max_pool"
        wanted = max(count(group), 1) if numbers and combinable(graph, group) else group.size
        if wanted < group.size:
            tick(group.name)
            out = np.concatenate([a.weights.floats() for a in readers(graph, group.name)], axis=1)
            constants = keeps_constants(graph, group)
            values = side.before.of[group.name]
            layer = Layer(sums, values, inputs.weights, out @ out.T, group.function, constants)
            found = classes(layer, _incoming(graph, group), wanted)
            combined = _combined(group, layer, found)
            means = found.mixing[:, found.class_of[list(combined.kept)]]
            graph = combine(graph, combined, means)
            side.replace(graph, group.name, None)
            done.append(combined)
        side.forget(group)
    return (network.with_graph(without_unread(graph)) if done else network), done


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
