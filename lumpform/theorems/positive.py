"""Decides for tiny graphs which partitions are lumpings with positive scales, as far as linear equations show it.

T0 needs a class for nodes that are zero. To see why, this module looks for lumpings without one: two-sided ones, of
which every scale is positive and no vector must be contained. Scales enter the condition as products with unknown
factors, so it is not linear; but it often forces scales by linear equations, one class after the other.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any, Literal

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import SCALED
from lumpform.lumping.definition import lumpable
from lumpform.lumping.oracle import partitions

Vector = list[Fraction]
Answer = tuple[Fraction, ...] | Literal["none", "unknown"]

TRIED = (Fraction(1), Fraction(2), Fraction(1, 2))
"""Scales that are tried where equations leave them open."""


def two_maximal(graph: WeightedGraph) -> list[tuple[Partition, tuple[Fraction, ...]]] | None:
    """Return two lumpings with positive scales such that no coarser partition than both is one; None if not found."""
    answers = {p: positive_scales(graph, p) for p in partitions(graph.nodes) if p.refines(graph.coarsest)}
    good = [(p, d) for p, d in answers.items() if not isinstance(d, str)]
    for i, (p, d) in enumerate(good):
        for q, e in good[:i]:
            above = [answer for r, answer in answers.items() if p.refines(r) and q.refines(r)]
            if all(answer == "none" for answer in above):
                return [(q, e), (p, d)]
    return None


def positive_scales(graph: WeightedGraph, partition: Partition) -> Answer:
    """Return positive scales with which a partition is a two-sided lumping; ``none`` is proved, ``unknown`` is not.

    Parameters
    ----------
    graph : WeightedGraph of a few nodes, with rational weights
    partition : Partition of its nodes

    Notes
    -----
    Let C and B be classes and q the factor of the condition ``sum over u in C of d(u) A(u, v) = q d(v)`` for v in B. A
    column of zeros makes q zero, and all sums; columns that are positive multiples of one without a change of sign
    force d on B; and where d is known on B, sums must be proportional to it. Each is linear in d on C, and a sum of
    terms of one sign is not zero.
    """
    search = _Search(graph, partition)
    while not search.wrong and search.step():
        pass
    if search.wrong:
        return "none"
    open_nodes = [u for c, block in enumerate(search.blocks) if c not in search.known for u in block[1:]]
    for values in product(TRIED, repeat=len(open_nodes)) if len(open_nodes) < 5 else ():
        d = search.scales(dict(zip(open_nodes, values, strict=True)))
        if lumpable(graph, partition, SCALED, d):
            return tuple(d)
    return "unknown" if open_nodes else "none"


class _Search:
    """Holds what is known of the scales of every class, those of first members being 1."""

    def __init__(self, graph: WeightedGraph, partition: Partition) -> None:
        self.blocks = partition.classes()
        self.matrices = [_matrix(graph, number) for number in range(len(graph.arrows))]
        self.known: dict[int, Vector] = {c: [Fraction(1)] for c, block in enumerate(self.blocks) if len(block) == 1}
        self.wrong = False

    def step(self) -> bool:
        """Learn what one round of equations says; return whether there is news."""
        before = len(self.known)
        for c, block in enumerate(self.blocks):
            equations: list[Vector] = []
            for matrix in self.matrices:
                for b, targets in enumerate(self.blocks):
                    equations += self._equations([[matrix[u][v] for u in block] for v in targets], b)
            free = null_space(equations, len(block))
            one_way = any(any(row) and not _both_signs(row) for row in equations)
            if one_way or not all(map(any, zip(*free, strict=True))) or not free:
                self.wrong = True
            elif len(free) == 1:
                self._learn(c, [v / free[0][0] for v in free[0]])
        return len(self.known) > before

    def _equations(self, columns: list[Vector], target: int) -> list[Vector]:
        """Return what the sums of one class into another say of the scales of the first, as rows that must vanish."""
        if not all(any(column) for column in columns):
            return columns
        first = columns[0]
        lead = next(i for i, v in enumerate(first) if v)
        ratios = [column[lead] / first[lead] for column in columns]
        if not _both_signs(first) and all(c == [r * v for v in first] for c, r in zip(columns, ratios, strict=True)):
            self._learn(target, ratios)
        d = self.known.get(target)
        if d is None:
            return []
        return [[x - y * s for x, y in zip(column, first, strict=True)] for column, s in zip(columns, d, strict=True)]

    def _learn(self, c: int, values: Vector) -> None:
        self.wrong |= any(v <= 0 for v in values) or self.known.setdefault(c, values) != values

    def scales(self, others: dict[int, Fraction]) -> Vector:
        """Return the scales of all nodes, where those of some are given."""
        d = {u: v for c, block in enumerate(self.blocks) for u, v in zip(block, self.known.get(c, []), strict=False)}
        return [d.get(u, others.get(u, Fraction(1))) for u in range(sum(map(len, self.blocks)))]


def _both_signs(row: Vector) -> bool:
    return any(v > 0 for v in row) and any(v < 0 for v in row)


def _matrix(graph: WeightedGraph, number: int) -> list[Vector]:
    """Return an arrow as a matrix of all nodes by all nodes."""
    arrow, full = graph.arrows[number], [[Fraction(0)] * graph.nodes for _ in range(graph.nodes)]
    for u, v, weight in arrow.weights.entries():
        full[graph.offset(arrow.source) + u][graph.offset(arrow.target) + v] = weight
    return full


def null_space(rows: list[Vector], size: int) -> list[Vector]:
    """Return a basis of the vectors whose product with every row is zero (Gauss and Jordan)."""
    reduced: dict[int, Vector] = {}
    for row in rows:
        rest = list(row)
        for place, pivot in reduced.items():
            rest = [x - rest[place] * y for x, y in zip(rest, pivot, strict=True)]
        lead = next((i for i, v in enumerate(rest) if v), None)
        if lead is None:
            continue
        rest = [v / rest[lead] for v in rest]
        for place, pivot in reduced.items():
            reduced[place] = [x - pivot[lead] * y for x, y in zip(pivot, rest, strict=True)]
        reduced[lead] = rest
    free = [i for i in range(size) if i not in reduced]

    def solution(j: int) -> Any:
        return [Fraction(int(i == j)) if i not in reduced else -reduced[i][j] for i in range(size)]

    return [solution(j) for j in free]
