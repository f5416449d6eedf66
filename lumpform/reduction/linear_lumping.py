"""Lumps a network linearly: in every hidden layer some neurons stay, and the others become combinations of them.

Layer by layer from the inputs: the values of the original neurons are reproduced from the neurons that stay, as they
are in the layers already reduced. So an error made before is corrected as far as it can be. What reads the layer reads
the combinations, which only changes weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.assumed_inputs import Inputs
from lumpform.networks.forward import group_values
from lumpform.reduction.moments import RIDGE, Moments, fit, select
from lumpform.reduction.needed import restricted
from lumpform.reduction.substitute import eligible

if TYPE_CHECKING:
    from lumpform.networks.network import Network


@dataclass(frozen=True)
class Combined:
    """Says what became of a group.

    Attributes
    ----------
    group : str
    kept : tuple of int
        The nodes that stay.
    combination : (1 + kept, nodes) float array
        Column v: the constant and the coefficients by which node v is replaced.
    unexplained : float
        The share of the variance, under the distribution used, of what reads the group that is not reproduced.
    """

    group: str
    kept: tuple[int, ...]
    combination: NDArray[np.float64]
    unexplained: float


def linear_lumping(
    network: Network,
    inputs: Inputs,
    count: Callable[[Group], int],
    *,
    ridge: float = RIDGE,
    tick: Callable[[str], None] = lambda name: None,
) -> tuple[Network, list[Combined]]:
    """Reduce every hidden group of numbers to as many nodes as `count` says.

    Parameters
    ----------
    network : Network
    inputs : Inputs
        Samples, see `lumpform.networks.assumed_inputs`.
    count : function
        For a group: how many nodes stay.
    ridge : float
        Of the regression, relative.
    tick : function
        Called with the name of every group before it is reduced.

    Returns
    -------
    (network, list of Combined)
        Weights that changed are float64 results. O(samples * weights) and, for a group of m nodes read by q, of which
        k stay, O(k m (m + q)).
    """
    original = group_values(network, inputs.parts)
    done: list[Combined] = []
    current = network
    for group in network.graph.groups:
        wanted = min(max(count(group), 1), group.size) if eligible(current.graph, group) else group.size
        if wanted >= group.size:
            continue
        tick(group.name)
        values = group_values(current, inputs.parts)[group.name]
        combined = _combine(current.graph, group, values, original[group.name], wanted, inputs, ridge)
        current = current.with_graph(combine(current.graph, group.name, combined.kept, combined.combination))
        done.append(combined)
    return current, done


def _combine(
    graph: WeightedGraph, group: Group, now: Any, before: Any, count: int, inputs: Inputs, ridge: float
) -> Combined:
    """Choose and fit: targets of the choice are the sums that read the group."""
    read = np.concatenate([a.weights.floats() for a in graph.arrows if a.source == group.name], axis=1)
    moments = Moments.of(now, before, inputs.weights)
    weighed = Moments(moments.gram, moments.cross @ read)
    kept = select(weighed, count, ridge)
    combination = fit(moments, kept, ridge)
    wanted = before @ read
    got = np.concatenate([np.ones((len(now), 1)), now[:, kept]], axis=1) @ combination @ read
    mean = inputs.weights @ wanted
    spread = float(inputs.weights @ ((wanted - mean) ** 2).sum(axis=1))
    left = float(inputs.weights @ ((wanted - got) ** 2).sum(axis=1))
    return Combined(group.name, tuple(kept), combination, left / spread if spread else 0.0)


def combine(graph: WeightedGraph, name: str, kept: Sequence[int], combination: NDArray[Any]) -> WeightedGraph:
    """Return the graph in which a group has only the kept nodes, and other nodes are read as combinations of them.

    What read node v reads ``combination[:, v]``. This is the linear quotient: with V for the combination, the arrow
    from the group becomes ``V A``. In float64.
    """
    unit = graph.groups[0].name
    start = graph.offset(name)
    arrows: list[Arrow] = []
    constants: dict[str, NDArray[Any]] = {}
    for arrow in graph.arrows:
        if arrow.source != name:
            arrows.append(arrow)
            continue
        weights = combination @ arrow.weights.floats()
        full = np.zeros(arrow.weights.shape)
        full[list(kept)] = weights[1:]
        arrows.append(replace(arrow, weights=DenseWeights.from_array(full)))
        constants[arrow.target] = constants.get(arrow.target, 0.0) + weights[0]
    for target, row in constants.items():
        place = next(
            (i for i, a in enumerate(arrows) if (a.source, a.target, a.operator) == (unit, target, None)), None
        )
        if place is None:
            arrows.append(Arrow(f"bias of {target}", unit, target, DenseWeights.from_array(row[None, :])))
        else:
            summed = DenseWeights.from_array(arrows[place].weights.floats() + row)
            arrows[place] = replace(arrows[place], weights=summed)
    keep = np.ones(graph.nodes, dtype=bool)
    keep[start : start + graph.group(name).size] = False
    keep[[start + k for k in kept]] = True
    return restricted(WeightedGraph(graph.groups, tuple(arrows)), keep)
