"""Chooses medoids: some nodes such that giving every node to its cheapest one costs as little as possible, nearly.

A greedy choice, then exchanges of one medoid for another node, the best one first, while that helps. Source: Kaufman
and Rousseeuw, *Finding groups in data*, 1990 (BUILD and SWAP); the exchanges of all pairs are looked at together as in
Schubert and Rousseeuw, *Faster k-medoids clustering*, SISAP 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EXCHANGES = 30
"""At most so many exchanges: centroids go on from there."""

Floats = NDArray[np.float64]


def medoids(cost: Floats, alone: Floats, count: int) -> list[int]:
    """Return the numbers of the medoids, increasing.

    Parameters
    ----------
    cost : (m, m) float array
        What it costs to give node v to medoid c, in row v and column c.
    alone : (m,) float array
        What it costs to give node v to none.
    count : int
        How many medoids, from 1 to m.

    Returns
    -------
    list of int
        O((count + EXCHANGES) m^2).
    """
    chosen: list[int] = []
    least = alone.copy()
    for _ in range(count):
        gain = np.maximum(least[:, None] - cost, 0.0).sum(axis=0)
        gain[chosen] = -1.0
        chosen.append(int(gain.argmax()))
        least = np.minimum(least, cost[:, chosen[-1]])
    for _ in range(EXCHANGES):
        change = _changes(cost, alone, chosen)
        out, into = np.unravel_index(int(change.argmin()), change.shape)
        if change[out, into] >= -1e-9 * least.sum():
            break
        chosen[int(out)] = int(into)
    return sorted(chosen)


def _changes(cost: Floats, alone: Floats, chosen: list[int]) -> Floats:
    """Return by how much the total changes if a medoid (row) is exchanged for a node (column)."""
    places = np.concatenate([cost[:, chosen], alone[:, None]], axis=1)
    nodes = np.arange(len(cost))
    nearest = places.argmin(axis=1)
    first = places[nodes, nearest]
    places[nodes, nearest] = np.inf
    second = places.min(axis=1)
    joined = np.minimum(cost - first[:, None], 0.0)
    moved = np.minimum(cost, second[:, None]) - first[:, None] - joined
    change = np.zeros((len(chosen) + 1, len(cost)))
    np.add.at(change, nearest, moved)
    change = change[:-1] + joined.sum(axis=0)
    change[:, chosen] = 0.0
    return change
