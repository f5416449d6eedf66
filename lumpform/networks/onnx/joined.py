"""Join what a group reads from several others, so that one operation reads it: a Concat and one kernel.

A reader takes joined nodes apart again where they go into a matrix, a convolution or a maximum over windows. Node
functions and sums with constants would make a group of every part; so before them nothing is joined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lumpform.graph.graph import Group
from lumpform.graph.weights import Weights
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import Operator


@dataclass(frozen=True)
class Stacked:
    """Hold the matrices from several groups to one, the rows of one below those of the other."""

    parts: tuple[Weights, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and columns."""
        return sum(p.shape[0] for p in self.parts), self.parts[0].shape[1]


Family = dict[Operator, Weights]
"""Matrices by operator, which one operation can stand for."""

Families = dict[tuple[Any, Any], Family]
"""By source and kind of the operators."""


def kind_of(operator: Operator) -> Any:
    """Return what arrows of one source must share to become one operation."""
    if operator is None or operator[0] in ("pixel", "put", "mean"):
        return None if operator is None else operator[0]
    return (operator[0], *operator[2:]) if operator[0] in ("shift", "scatter") else operator


def alike(families: Families, groups: dict[str, Group], fits: Callable[[str], bool]) -> list[list[tuple[Any, Any]]]:
    """Return which families are one operation when their sources are joined, in the order of the first of them.

    They have the same operators and maps, and matrices of which most entries are not zero. `fits` tells which sources
    may be joined.
    """
    lists: dict[Any, list[tuple[Any, Any]]] = {}
    for source, kind in families:
        family = families[source, kind]
        key: Any = (source, kind)
        if (kind is None or kind[0] == "shift") and fits(source) and all(_is_dense(w) for w in family.values()):
            key = (kind, groups[source].shape, frozenset(family))
        lists.setdefault(key, []).append((source, kind))
    return list(lists.values())


def _is_dense(weights: Weights) -> bool:
    """Tell whether most entries are not zero."""
    return 2 * weights.nnz > weights.shape[0] * weights.shape[1]


def order_of_copies(families: Families, network: Network, group: Group) -> np.ndarray[Any, Any] | None:
    """Return which node of all sources, one after the other, every node of a group copies; None if one does not.

    Only of a group that is read as it was written: a maximum over windows, or numbers that are an output, from several.
    If it is biased, of different nodes: a reader would make one node of copies of one that have the same bias.
    """
    is_output = group.pinned and not group.shape and group.function.name == "identity"
    if len(families) < 2 or not (group.function.name == "max_pool" or is_output):
        return None
    chosen = np.full(group.size, -1, dtype=np.int64)
    first = 0
    for (_, kind), family in families.items():
        weights = family[None] if kind is None else None
        if weights is None or weights.nnz > group.size:
            return None
        for u, v, value in weights.entries():
            if value != 1 or chosen[v] >= 0:
                return None
            chosen[v] = first + u
        first += weights.shape[0]
    biased = any((a.source, a.target) == (ONE, group.name) for a in network.graph.arrows)
    repeated = biased and len(np.unique(chosen)) < group.size
    return None if repeated or (chosen < 0).any() else chosen
