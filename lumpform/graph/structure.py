"""Finds what the graph of a chain decides before any arithmetic: who can reach whom, where the chain ends up.

The sets are those of the usual preprocessing (Baier, Katoen 2008, section 10.1): states that reach a target with
probability 0 or 1 are found on the graph, so the linear system that is left has exactly one solution.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.weights import SparseWeights

Mask = NDArray[np.bool_]


def pattern(weights: SparseWeights) -> Any:
    """Return the graph as a scipy matrix of ones."""
    from scipy.sparse import csr_array

    data = np.ones(weights.nnz, dtype=np.int8)
    return csr_array((data, weights.indices, weights.indptr.astype(np.int32)), shape=weights.shape)


def can_reach(weights: SparseWeights, targets: Mask, through: Mask | None = None) -> Mask:
    """Return the states with a path into `targets`, all of whose states before the target lie in `through`. O(m)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    n = weights.shape[0]
    if not targets.any():
        return np.zeros(n, dtype=bool)
    rows, columns = weights.row_of_entries(), weights.indices
    if through is not None:
        keep = through[rows]
        rows, columns = rows[keep], columns[keep]
    sources = np.flatnonzero(targets)
    # Backwards from one extra node that leads to every target.
    start = np.concatenate((columns, np.full(len(sources), n)))
    end = np.concatenate((rows, sources))
    graph = csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(n + 1, n + 1))
    found = np.zeros(n + 1, dtype=bool)
    found[breadth_first_order(graph, n, directed=True, return_predecessors=False)] = True
    return found[:n]


def never_and_surely(weights: SparseWeights, targets: Mask) -> tuple[Mask, Mask]:
    """Return the states that reach `targets` with probability 0, and with probability 1. O(m)."""
    never = ~can_reach(weights, targets)
    surely = ~can_reach(weights, never, through=~targets)
    return never, surely


def recurrent_classes(weights: SparseWeights) -> list[NDArray[np.int64]]:
    """Return the bottom strongly connected components, each increasing, ordered by their smallest state. O(m)."""
    from scipy.sparse.csgraph import connected_components

    n = weights.shape[0]
    if n == 0:
        return []
    count, component = connected_components(pattern(weights), directed=True, connection="strong")
    leaves = component[weights.row_of_entries()] != component[weights.indices]
    open_components = np.zeros(count, dtype=bool)
    open_components[component[weights.row_of_entries()[leaves]]] = True
    order = np.argsort(component, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(component, minlength=count))[:-1])
    bottom = [g.astype(np.int64) for c, g in enumerate(groups) if not open_components[c]]
    return sorted(bottom, key=lambda g: int(g[0]))
