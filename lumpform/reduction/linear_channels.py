"""Lumps a network with maps linearly: of every hidden group some channels stay, and others become combinations.

Layer by layer from the inputs: the values of the original neurons are reproduced from the neurons that stay, as they
are in the layers already reduced. So an error made before is corrected as far as it can be. What reads the layer reads
the combinations, which only changes weights. Channels of a convolution are neurons whose values are maps: their second
moments are over all positions, and one combination holds for every position (`lumpform.reduction.channels`). Then all
weights into the next group of a network with maps are refitted together (`lumpform.reduction.refit`).

A residual sum reads the combinations too: its identity matrix becomes a full one, a convolution of size 1. So the
groups that it ties need not keep the same channels, at the price of k k' weights for a sum of k channels with k'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.networks.assumed_inputs import Inputs
from lumpform.networks.operators import operate
from lumpform.reduction.channels import combinable, keeps_constants, readers, without_unread
from lumpform.reduction.combined import Combined, combine
from lumpform.reduction.moments import RIDGE, Moments, fit, select
from lumpform.reduction.refit import refit
from lumpform.reduction.values import Values, float_type

if TYPE_CHECKING:
    from lumpform.networks.network import Network


CHUNK = 1 << 22
"""Samples are taken so many at a time that the values of a group are at most so many numbers."""

ROUGH = 1e-6
"""From this ridge on single precision is enough for second moments over all positions of maps."""


def lump_channels(
    network: Network,
    inputs: Inputs,
    count: Callable[[Group], int],
    *,
    ridge: float = RIDGE,
    refits: bool = True,
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
    refits : bool
        Whether the weights that a reduced group is read with are refitted, in a network with maps; among numbers
        only, the combinations are the fit already (`lumpform.reduction.refit`).
    tick : function
        Called with the name of every group before it is reduced.

    Returns
    -------
    (network, list of Combined)
        Weights that changed are float64 results. O(samples * weights) and, for a group of m nodes read by q, of which
        k stay, O(k m (m + q)). Memory: twice the values of all samples that are still read at any time, see
        `lumpform.reduction.values.affordable`.
    """
    dtype = float_type(network) if ridge >= ROUGH else np.float64
    refits = refits and any(group.shape for group in network.graph.groups)
    before, now = Values(network, inputs, dtype), Values(network, inputs, dtype)
    done: list[Combined] = []
    current, changed = network.graph, set[str]()
    for group in network.graph.groups:
        wanted = before.arrived(network.graph, group)
        if changed & {a.source for a in network.graph.arrows if a.target == group.name}:
            changed.add(group.name)
            current = refit(current, group, now.of, wanted, inputs.weights) if refits else current
        original = before.compute(group, wanted)
        value = now.compute(group, now.arrived(current, group))
        stay = min(max(count(group), 1), group.size) if combinable(current, group) else group.size
        if stay < group.size:
            tick(group.name)
            one = _combine(current, group, stay, _moments(current, group, value, original, inputs), ridge)
            current = combine(current, one)
            now.restrict(group.name, one.kept)
            changed.add(group.name)
            done.append(one)
        before.forget(group)
        now.forget(group)
    return (network.with_graph(without_unread(current)) if done else network), done


def _combine(graph: WeightedGraph, group: Group, count: int, found: tuple[Moments, Any], ridge: float) -> Combined:
    """Choose and fit: targets of the choice are the sums that read the group.

    What is not reproduced is ``|F C R - Y R|^2 = tr R^T (C^T G C - 2 C^T X + S) R`` with the features F, the originals
    Y, combinations C, reading weights R and second moments G = F^T F, X = F^T Y, S = Y^T Y.
    """
    read = np.concatenate([a.weights.floats() for a in readers(graph, group.name)], axis=1)
    moments, second = found
    mean = moments.cross[0].copy()
    if not keeps_constants(graph, group):
        moments = moments.without_constant()
    kept = select(Moments(moments.gram, moments.cross @ read), count, ridge)
    combination = fit(moments, kept, ridge)
    chosen = [0, *(j + 1 for j in kept)]
    explained = combination.T @ moments.cross[chosen]
    left = combination.T @ moments.gram[np.ix_(chosen, chosen)] @ combination - explained - explained.T + second
    spread = float(np.sum(((second - np.outer(mean, mean)) @ read) * read))
    missing = max(float(np.sum((left @ read) * read)), 0.0)
    return Combined(group.name, tuple(kept), combination, missing / spread if spread > 0 else 0.0)


def _moments(graph: WeightedGraph, group: Group, now: Any, before: Any, inputs: Inputs) -> tuple[Moments, Any]:
    """Return the moments of the values now, towards the original ones, and the second moments of these.

    Over all samples and positions, some samples at a time; a group that is read by one operator alone, for example
    the mean of every map, is seen through it.
    """
    operators = {a.operator for a in readers(graph, group.name)}
    operator = next(iter(operators)) if len(operators) == 1 else None
    total: Any = None
    step = CHUNK // max(group.size * int(np.prod(group.shape, dtype=np.int64)), 1) or 1
    for i in range(0, len(now), step):
        both = [operate(operator, v[i : i + step]) for v in (now, before)]
        positions = int(np.prod(both[0].shape[2:], dtype=np.int64))
        weights = np.repeat(inputs.weights[i : i + step] / positions, positions).astype(now.dtype)
        some, original = (np.moveaxis(v, 1, -1).reshape(-1, group.size) for v in both)
        one = Moments.of(some, original, weights)
        found = (one.gram, one.cross, original.T @ (original * weights[:, None]))
        found = tuple(f.astype(np.float64) for f in found)
        total = found if total is None else tuple(a + b for a, b in zip(total, found, strict=True))
    return Moments(total[0], total[1]), total[2]
