"""Refines a partition by exact signatures, on any exact field: the plain reference.

Slow and simple on purpose: in every round the signature of a node is its class together with its exact sums into every
class, one dictionary per matrix. It works on rationals and on symbolic weights whose equality can be decided, and the
kernels are tested equal to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lumpform.graph.partition import Partition
from lumpform.graph.weights import Weights


def class_sums(weights: Weights, node: int, partition: Partition) -> dict[int, Any]:
    """Return the exact sums A(node, C) over all classes C, zeros left out. O(degree)."""
    sums: dict[int, Any] = {}
    class_of = partition.class_of
    for target, value in weights.row(node):
        c = int(class_of[target])
        sums[c] = sums[c] + value if c in sums else value
    return {c: v for c, v in sums.items() if v != 0}


def refine(matrices: Sequence[Weights], initial: Partition) -> Partition:
    """Return the coarsest refinement of `initial` in which every matrix has equal row sums into every class.

    Parameters
    ----------
    matrices : sequence of n x n weights
        Several arrows on one set of nodes; for exact lumpability give transposed ones (T6).
    initial : Partition of n nodes

    Returns
    -------
    Partition
        Coarsest and unique (T2, unscaled kinds). O(rounds * m) exact additions, at most n rounds.
    """
    partition = initial
    while True:
        signatures: dict[Any, int] = {}
        labels = [
            signatures.setdefault(
                (c, *(frozenset(class_sums(w, s, partition).items()) for w in matrices)), len(signatures)
            )
            for s, c in enumerate(partition.class_of.tolist())
        ]
        if len(signatures) == partition.count:
            return partition
        partition = Partition(labels)


def disagreement(weights: Weights, partition: Partition) -> tuple[int, int, int, Any, Any] | None:
    """Return the first (node, representative, class, sum, sum) whose class sums differ, or None. Exact, O(m)."""
    zero = 0
    representatives = partition.representatives.tolist()
    expected = [class_sums(weights, r, partition) for r in representatives]
    for s, b in enumerate(partition.class_of.tolist()):
        sums = class_sums(weights, s, partition)
        if sums != expected[b]:
            c = min(c for c in sums.keys() | expected[b].keys() if sums.get(c, zero) != expected[b].get(c, zero))
            return s, representatives[b], c, sums.get(c, zero), expected[b].get(c, zero)
    return None
