"""Lumps a network linearly: in every hidden layer some neurons stay, and the others become combinations of them.

Layer by layer from the inputs: the values of the original neurons are reproduced from the neurons that stay, as they
are in the layers already reduced. So an error made before is corrected as far as it can be. What reads the layer reads
the combinations, which only changes weights. Channels of a convolution are neurons whose values are maps: their second
moments are over all positions, and one combination holds for every position (`lumpform.reduction.channels`).

A residual sum reads the combinations too: its identity matrix becomes a full one, a convolution of size 1. So the
groups that it ties need not keep the same channels, at the price of k k' weights for a sum of k channels with k'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from lumpform.graph.graph import Group
from lumpform.networks.assumed_inputs import Inputs
from lumpform.reduction.candidates import best_layer
from lumpform.reduction.channels import combinable, without_unread
from lumpform.reduction.combined import Combined, combine
from lumpform.reduction.moments import RIDGE
from lumpform.reduction.running_values import SideBySide

if TYPE_CHECKING:
    from lumpform.networks.network import Network


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
    network : Network
    inputs : Inputs
        Samples, see `lumpform.networks.assumed_inputs`.
    count : function
        For a group: how many nodes stay.
    ridge : float
        Of the regression, relative.
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
        or with the read-out of its own method, has a smaller squared error of the sums that read the layer than the one
        that was taken (T18). O(samples * weights + samples m^2) and, for a group of m nodes read by q, of which k stay,
        O(k m (m + q)), `lumpform.reduction.moments`; baselines O(m^2 (m + n)) for n that it reads. Memory is bounded:
        see `lumpform.reduction.running_values`.
    """
    done: list[Combined] = []
    fitting = SideBySide(network, inputs)
    judging = fitting if judge is None else SideBySide(network, judge)
    sides = (fitting,) if judge is None else (fitting, judging)
    for group in network.graph.groups:
        graph = fitting.graph
        if combinable(graph, group):
            wanted = min(max(count(group), 1), group.size)
            if wanted < group.size:
                tick(group.name)
                best = best_layer(fitting, judging, group, wanted, ridge, choices, caution)
                graph = without_unread(combine(graph, best.combined, best.means))
                done.append(best.combined)
        for side in sides:
            side.advance(graph, group.name)
    return network.with_graph(fitting.graph), done
