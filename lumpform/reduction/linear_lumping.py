"""Lumps a network linearly: in every hidden layer some neurons stay, and the others become combinations of them.

Layer by layer from the inputs: the values of the original neurons are reproduced from the neurons that stay, as they
are in the layers already reduced. So an error made before is corrected as far as it can be. What reads the layer reads
the combinations, which only changes weights. Channels of a convolution are neurons whose values are maps: their second
moments are over all positions, and one combination holds for every position (`lumpform.reduction.channels`). Then all
weights into the next group of a network with maps are refitted together (`lumpform.reduction.refit`).

A residual sum reads the combinations too: its identity matrix becomes a full one, a convolution of size 1. So the
groups that it ties need not keep the same channels, at the price of k k' weights for a sum of k channels with k'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.assumed_inputs import Inputs
from lumpform.reduction.candidates import Task, best_layer
from lumpform.reduction.channels import combinable, without_unread
from lumpform.reduction.combined import Combined, combine
from lumpform.reduction.moments import RIDGE
from lumpform.reduction.refit import refit
from lumpform.reduction.side_by_side import SideBySide
from lumpform.reduction.values import float_type

if TYPE_CHECKING:
    from lumpform.networks.network import Network

ROUGH = 1e-6
"""From this ridge on single precision is enough for second moments over all positions of maps."""


def linear_lumping(
    network: Network,
    inputs: Inputs,
    count: Callable[[Group], int],
    *,
    ridge: float = RIDGE,
    judge: Inputs | None = None,
    choices: Sequence[str] = ("greedy",),
    caution: float = 1.0,
    tick: Callable[[str], None] = lambda name: None,
) -> tuple[Network, list[Combined]]:
    """Reduce every hidden group, of numbers or of maps, to as many nodes as `count` says.

    Parameters
    ----------
    network, inputs : Network, Inputs
        The latter are samples, see `lumpform.networks.assumed_inputs`.
    count, ridge : function, float
        For a group: how many nodes stay. Of the regression, relative.
    judge : Inputs, optional
        Other samples, on which the candidates for a layer are compared; by default the same.
    choices : sequence of str
        Where candidates come from: ``greedy`` and names of `lumpform.reduction.candidates.BASELINES`.
    caution : float
        What a refitted layer of cluster means has to get below to be taken, as a share of the error of others.
    tick : function
        Called with the name of every group before it is reduced.

    Returns
    -------
    (network, list of Combined)
        Weights that changed are float64 results. Under the distribution of `judge`, no candidate for a layer, refitted
        or as its own method reads it, has a smaller squared error of what reads the layer (T18). O(samples * weights +
        samples m^2) and, for a group of m nodes read by q, of which k stay, O(k m (m + q)); baselines O(m^2 (m + n))
        for n that it reads. Memory: twice the values that are still read at any time, see `values.affordable`.
    """
    dtype = float_type(network) if ridge >= ROUGH else np.float64
    fitting = SideBySide(network, inputs, dtype)
    judging = fitting if judge is None else SideBySide(network, judge, dtype)
    sides = list(dict.fromkeys((fitting, judging)))
    refits = any(group.shape for group in network.graph.groups)  # among numbers, combinations are the fit already
    done: list[Combined] = []
    graph, changed = network.graph, set[str]()
    for group in network.graph.groups:
        for side in sides:
            side.reach(group)
        if refits and changed & {a.source for a in graph.arrows if a.target == group.name}:
            changed.add(group.name)
            graph = refit(graph, group, fitting.now.of, fitting.wanted, inputs.weights)
        for side in sides:
            side.compute(graph, group)
        stay = min(max(count(group), 1), group.size) if combinable(graph, group) else group.size
        if stay < group.size:
            tick(group.name)
            graph, combined = _smaller(Task(graph, group, fitting, judging, stay, ridge, caution), choices, sides)
            changed.add(group.name)
            done.append(combined)
        for side in sides:
            side.forget(group)
    return (network.with_graph(without_unread(graph)) if done else network), done


def _smaller(task: Task, choices: Sequence[str], sides: Sequence[SideBySide]) -> tuple[WeightedGraph, Combined]:
    """Return the graph with the best smaller layer, which the sides go over to, and what it is."""
    best = best_layer(task, choices)
    graph = combine(task.graph, best.combined, best.means)
    for side in sides:
        side.replace(graph, task.group.name, best.combined.kept if best.means is None else None)
    return graph, best.combined
