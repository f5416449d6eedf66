"""Lumps graphs with one group proportionally: class sums inside a class are proportional, not equal.

Two questions are answered here for a square matrix, both exactly and by plain partition refinement:

* `refine_directions`: the coarsest refinement in which the vectors of class sums of the nodes of a class are positive
  multiples of each other. Without the own class it is the proportional lumpability of Marin, Piazza and Rossi (2019);
  on incoming sums, own class included, it is the one-sided proportional exact lumpability of a chain.
* `two_sided_disagreement`: whether a partition with scales d satisfies ``A^T D V = D V Q'``.

The coarsest refinement exists and is unique: a class of the join of two such partitions is a union of classes of
either, so the ratio of two nodes is the same for all classes of the join; and a round of refinement never separates
nodes that the coarsest one keeps together, because its classes refine those of the round.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.refine import class_sums

Sums = dict[int, Any]


def direction_sums(weights: SparseWeights, node: int, partition: Partition, own: bool) -> Sums:
    """Return the exact sums of a node into classes, zeros left out; without its own class unless `own`. O(degree)."""
    sums = class_sums(weights, node, partition)
    if not own:
        sums.pop(partition.class_at(node), None)
    return sums


def refine_directions(weights: SparseWeights, start: Partition, *, own: bool) -> tuple[Partition, tuple[Fraction, ...]]:
    """Return the coarsest refinement of `start` whose classes have proportional class sums, and the ratios.

    Parameters
    ----------
    weights : SparseWeights, n x n, exact
        Row sums are compared; give the transpose for sums of incoming weights.
    start : Partition of n nodes
    own : bool
        Whether the sum into a node's own class counts.

    Returns
    -------
    partition : Partition
    ratios : tuple of Fraction
        The sums of node s are ``ratios[s]`` times those of the first node of its class; 1 where there are none.

    Notes
    -----
    O(rounds * m) exact operations, at most n rounds.
    """
    partition = start
    while True:
        known: dict[Any, int] = {}
        labels = []
        for s, c in enumerate(partition.class_of.tolist()):
            direction = _direction(direction_sums(weights, s, partition, own))
            labels.append(known.setdefault((c, direction), len(known)))
        if len(known) == partition.count:
            return partition, _ratios(weights, partition, own)
        partition = Partition(labels)


def proportional_by_definition(weights: SparseWeights, partition: Partition, *, own: bool) -> bool:
    """Return whether all pairs of nodes of a class have proportional class sums. O(n^2 classes)."""
    for block in partition.classes():
        for s in block:
            for t in block:
                a, b = (direction_sums(weights, x, partition, own) for x in (s, t))
                if a.keys() != b.keys():
                    return False
                ratios = {a[c] / b[c] for c in a}
                if len(ratios) > 1 or any(r <= 0 for r in ratios):
                    return False
    return True


def two_sided_disagreement(
    weights: SparseWeights, partition: Partition, scales: Sequence[Fraction]
) -> tuple[int, int, int] | None:
    """Return a (node, first of its class, class) whose weighted incoming sums disagree, or None. O(m), exact.

    The condition is ``A_d(C, s) / d(s) = A_d(C, t) / d(t)`` with ``A_d(C, v) = sum over u in C of d(u) A(u, v)``.
    """
    into: list[Sums] = [{} for _ in range(len(partition))]
    for u in range(len(partition)):
        c = partition.class_at(u)
        for v, weight in weights.row(u):
            into[v][c] = into[v].get(c, Fraction(0)) + scales[u] * weight / scales[v]
    for v, sums in enumerate(into):
        first = int(partition.representatives[partition.class_at(v)])
        for c in sorted(sums.keys() | into[first].keys()):
            if sums.get(c, 0) != into[first].get(c, 0):
                return v, first, c
    return None


def _direction(sums: Sums) -> frozenset[tuple[int, Any]]:
    if not sums:
        return frozenset()
    size = abs(sums[min(sums)])
    return frozenset((c, value / size) for c, value in sums.items())


def _ratios(weights: SparseWeights, partition: Partition, own: bool) -> tuple[Fraction, ...]:
    representatives = partition.representatives.tolist()
    expected = [direction_sums(weights, r, partition, own) for r in representatives]
    result = []
    for s, c in enumerate(partition.class_of.tolist()):
        sums = direction_sums(weights, s, partition, own)
        first = min(sums, default=None)
        result.append(Fraction(1) if first is None else sums[first] / expected[c][first])
    return tuple(result)
