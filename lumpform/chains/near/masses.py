"""Aggregates a chain within epsilon for the kind ``exact``: started uniform inside classes it nearly stays so.

With U for the uniform distributions on classes the rows are ``Q' = U A V``, and the distance of a class is half the
absolute sum of its row of ``U A - Q' U``: how far one step from the uniform distribution on the class is from the
uniform ones, in total variation.
"""

from __future__ import annotations

from fractions import Fraction

from lumpform.chains.near.aggregate import Aggregate, Row, distance
from lumpform.chains.near.budget import least_epsilon
from lumpform.graph.partition import Partition
from lumpform.graph.weights import SparseWeights
from lumpform.lumping.within_epsilon import refine_nearly

ZERO = Fraction(0)

DOUBLINGS = 6
"""How often the tolerance inside classes is doubled while all is within epsilon, or halved while it is not."""


def few_uniform_classes(matrix: SparseWeights, start: Partition, epsilon: Fraction) -> tuple[Partition, Aggregate]:
    """Return a partition in which every class is within epsilon, with its rows; at worst the exact lumping.

    The tolerance inside classes, of sums into states, is doubled as long as what comes out is within epsilon, or
    halved until it is. O(entries) exact operations for each.
    """
    columns, tolerance, best = matrix.transpose(), epsilon, None
    for _ in range(DOUBLINGS if epsilon else 0):
        partition = refine_nearly([columns], start, tolerance)
        found = uniform_aggregate(matrix, partition)
        if found.distance <= epsilon:
            best, tolerance = (partition, found), tolerance * 2
        elif best is None:
            tolerance /= 2
        else:
            break
    if best is None:
        partition = refine_nearly([columns], start, ZERO)
        best = partition, uniform_aggregate(matrix, partition)
    return best


def uniform_classes(matrix: SparseWeights, start: Partition, count: int) -> tuple[Partition, Aggregate]:
    """Return a partition into at most so many classes, as near as is found, with its rows."""
    columns = matrix.transpose()
    exact = refine_nearly([columns], start, ZERO)
    if exact.count <= count:
        return exact, uniform_aggregate(matrix, exact)
    most = uniform_aggregate(matrix, start)

    def search(tolerance: float) -> tuple[Partition, Aggregate] | None:
        partition = refine_nearly([columns], start, Fraction(tolerance))
        return (partition, uniform_aggregate(matrix, partition)) if partition.count <= count else None

    widest = 2 * max((sum((abs(v) for v in row.values()), ZERO) for row in most.rows), default=ZERO)
    found = least_epsilon(search, float(widest) * max(1, len(start)))
    return min((found, (start, most)), key=lambda pair: pair[1].distance) if found is not None else (start, most)


def uniform_aggregate(matrix: SparseWeights, partition: Partition) -> Aggregate:
    """Return ``U A V`` and the distance of every class."""
    rows, distances, sizes = [], [], partition.sizes.tolist()
    for b, members in enumerate(partition.classes()):
        into: Row = {}
        row: Row = {}
        for s in members:
            for t, w in matrix.row(s):
                share, c = w / sizes[b], partition.class_at(t)
                into[t], row[c] = into.get(t, ZERO) + share, row.get(c, ZERO) + share
        uniform = {t: v / sizes[c] for c, v in row.items() if v for t in partition.members(c).tolist()}
        rows.append({c: v for c, v in row.items() if v})
        distances.append(distance(into, uniform))
    return Aggregate(tuple(rows), tuple(distances))
