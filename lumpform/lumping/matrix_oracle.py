"""Lumps tiny matrices by the definition: tries every partition.

Nothing here is clever. `lumpable` reads the definition of THEORY section 2 aloud; `coarsest` enumerates all partitions
of at most nine nodes and takes the one that every other lumpable one refines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from lumpform.errors import OptionError
from lumpform.graph.kinds import KINDS
from lumpform.graph.partition import Partition

MAX_NODES = 9
Matrix = Sequence[Sequence[Any]]


def out_sum(matrix: Matrix, s: int, members: Sequence[int]) -> Any:
    """Return A(s, C): the weights from s into the class."""
    return sum((matrix[s][v] for v in members), Fraction(0))


def in_sum(matrix: Matrix, members: Sequence[int], s: int) -> Any:
    """Return A(C, s): the weights from the class into s."""
    return sum((matrix[u][s] for u in members), Fraction(0))


def lumpable(matrix: Matrix, partition: Partition, kind: str) -> bool:
    """Return whether a partition is a lumping of `kind`, word for word (Kemeny, Snell 1976; Buchholz 1994)."""
    classes, sides = partition.classes(), KINDS[kind].sides
    for block in classes:
        for s in block:
            for t in block:
                for target in classes:
                    if "out" in sides and out_sum(matrix, s, target) != out_sum(matrix, t, target):
                        return False
                    if "in" in sides and in_sum(matrix, target, s) != in_sum(matrix, target, t):
                        return False
    return True


def partitions(n: int) -> Iterator[Partition]:
    """Yield all partitions of {0, ..., n-1}, as restricted growth strings: Bell(n) of them."""
    if n > MAX_NODES:
        raise OptionError(f"{n} nodes have too many partitions to try (the oracle), expected at most {MAX_NODES}")

    def grow(prefix: list[int], highest: int) -> Iterator[list[int]]:
        if len(prefix) == n:
            yield prefix
            return
        for label in range(highest + 2):
            yield from grow([*prefix, label], max(highest, label))

    for labels in grow([], -1):
        yield Partition(labels)


def coarsest(matrix: Matrix, initial: Partition, kind: str) -> Partition:
    """Return the coarsest lumping of `kind` that refines `initial`, by trying all partitions.

    Raises
    ------
    ValueError
        If two lumpable partitions have no lumpable common coarsening: then T2 would be false.
    """
    good = [p for p in partitions(len(initial)) if p.refines(initial) and lumpable(matrix, p, kind)]
    best = min(good, key=lambda p: p.count)
    if not all(p.refines(best) for p in good):
        raise ValueError("there is no unique coarsest lumping")
    return best
