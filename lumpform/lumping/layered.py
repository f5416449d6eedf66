"""Lumps feed-forward graphs fast: directions of weighted sums by fingerprint, then proved modulo primes.

For a node v let F1 and F2 be two random linear functionals of its vector of weighted sums, modulo 2^61 - 1.
Proportional vectors have equal quotients F1 / F2, so nodes are grouped by one number each. What is left is small: the
exact ratio of each candidate to its representative, from one class, and a proof that it is the ratio of all the
others, by residues modulo enough primes (`primes_beyond`). A candidate that fails the proof is compared by
definition.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.watched import tell
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.lumping.columns import add_class_sums, add_functional, disagreeing, ratios
from lumpform.lumping.scaled import UNIT, ScaledPartition, arrows_in_order
from lumpform.lumping.unit import constant_value
from lumpform.numbers.rational import lcm_of_denominators
from lumpform.numbers.residues import PRIME, primes_beyond

BLOCK = 512
"""Claims that a proof looks at together; bounds its memory by the classes times twice as many words."""


def lump_layers(graph: WeightedGraph, seed: int | None = None) -> tuple[ScaledPartition, int] | None:
    """Return the coarsest two-sided proportional exact partition of a feed-forward graph, proved.

    Parameters
    ----------
    graph : WeightedGraph
        The unit node first, every arrow from an earlier group to a later one.
    seed : int, optional
        Of the random functionals, from the system's randomness by default. The result does not depend on it: what is
        claimed is proved.

    Returns
    -------
    (state, primes) or None
        The partition with scales, and the largest number of primes that a proof needed. O(edges) expected, and
        O(classes * merged nodes) per layer for the proofs. None if fingerprints collided: then the plain reference is
        to do it.

    Raises
    ------
    ModelError
        If the graph has a cycle.
    """
    state = ScaledPartition.start(graph)
    seed = secrets.randbits(62) if seed is None else seed
    primes = 0
    for number, (group, arrows) in enumerate(arrows_in_order(graph), 1):
        tell(f"layer {number} of {len(graph.groups) - 1}")
        if group.pinned or group.function.couples:
            state.keep_apart(graph, group)
            continue
        layer = Layer(graph, group, arrows, state, seed)
        used = layer.prove() if layer.classify() else -1
        if used < 0:
            return None
        primes = max(primes, used)
    return state, primes


@dataclass(frozen=True)
class Claim:
    """Says that node `index` has `scale` times the weighted sums of node `head` (-1: all zero but for the unit)."""

    index: int
    head: int
    scale: Fraction


class Layer:
    """Lumps one group: candidates by fingerprint, classes by one exact ratio each, then a proof of what was claimed."""

    def __init__(
        self, graph: WeightedGraph, group: Group, arrows: list[Arrow], state: ScaledPartition, seed: int
    ) -> None:
        self.graph, self.group, self.arrows, self.state = graph, group, arrows, state
        self.start = graph.offset(group.name)
        self.denominator = lcm_of_denominators(Fraction(1, a.weights.values.denominator) for a in arrows)
        self.random = np.random.default_rng(seed + self.start)
        self.claims: list[Claim] = []

    def sources(self, arrow: Arrow) -> list[tuple[int, Fraction]]:
        """Return class and scale of every source of an arrow."""
        begin = self.graph.offset(arrow.source)
        nodes = range(begin, begin + arrow.weights.shape[0])
        return [(int(self.state.class_of[v]), self.state.scales[v]) for v in nodes]

    def classify(self) -> bool:
        """Put every node into a class and note what has to be proved; False if the field cannot hold the scales."""
        if any(d.denominator % PRIME == 0 for arrow in self.arrows for _, d in self.sources(arrow)):
            return False
        rest, one = self.functional()
        _, other = self.functional()
        constant = rest == 0
        candidates: dict[int, list[int]] = {}
        for index, label in enumerate(ratios(one, other).tolist()):
            value = self.constant(index) if constant[index] else None
            if value is not None:
                self.state.assign(self.start + index, 0, value)
                self.claims.append(Claim(index, -1, value))
            else:
                candidates.setdefault(label, []).append(index)
        for members in candidates.values():
            self.classify_alike(members)
        return True

    def functional(self) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return a random linear functional of all weighted sums modulo 2^61 - 1: without the bias, and with it."""
        rest = np.zeros(self.group.size, dtype=np.uint64)
        bias = np.zeros(self.group.size, dtype=np.uint64)
        randoms: dict[Any, NDArray[np.uint64]] = {}
        for arrow in self.arrows:
            sources = self.sources(arrow)
            if arrow.operator not in randoms:
                count = len(self.state.representatives)
                randoms[arrow.operator] = self.random.integers(1, PRIME, size=count, dtype=np.uint64)
            classes = np.array([c for c, _ in sources], dtype=np.int64)
            factors = randoms[arrow.operator][classes]
            for u, (_, d) in enumerate(sources):
                if d != 1:
                    factors[u] = int(factors[u]) * d.numerator * pow(d.denominator, -1, PRIME) % PRIME
            fixed = (classes == 0) & (arrow.operator is None)  # the unit node and the constants
            for part, out in ((fixed, bias), (~fixed, rest)):
                if part.any():  # a pass over all weights
                    add_functional(arrow.weights, self.denominator, np.where(part, factors, 0), out)
        return rest, (rest + bias) % np.uint64(PRIME)

    @cached_property
    def members(self) -> dict[tuple[Any, int], list[tuple[Arrow, int, Fraction]]]:
        """Return the sources of every coordinate (operator, class): their arrow, number and scale."""
        result: dict[tuple[Any, int], list[tuple[Arrow, int, Fraction]]] = {}
        for arrow in self.arrows:
            for u, (c, d) in enumerate(self.sources(arrow)):
                result.setdefault((arrow.operator, c), []).append((arrow, u, d))
        return result

    def sum_over(self, key: tuple[Any, int], index: int) -> Fraction:
        """Return the exact weighted sum of node `index` over one operator and class. O(members of the class)."""
        return sum((d * arrow.weights.entry(u, index) for arrow, u, d in self.members.get(key, ())), Fraction(0))

    def some_sum(self, index: int) -> tuple[tuple[Any, int], Fraction] | None:
        """Return a coordinate with a non-zero exact sum, and that sum; None if all are zero."""
        for key in self.members:
            value = self.sum_over(key, index)
            if value != 0:
                return key, value
        return None

    def constant(self, index: int) -> Fraction | None:
        """Return the value of a node whose only non-zero sum is the bias, as far as class 0 can take it."""
        value = constant_value(self.group.function, self.sum_over(UNIT, index))
        return value if value == 0 or not self.group.shape else None

    def classify_alike(self, members: list[int]) -> None:
        """Put nodes with one fingerprint into classes; the ratio to a head comes from one exact sum other than zero."""
        heads: list[
            tuple[int, int, tuple[tuple[Any, int], Fraction] | None]
        ] = []  # index, class, (coordinate, its sum)
        function = self.group.function
        for index in members:
            for head, c, found in heads:
                r = Fraction(1) if found is None else self.sum_over(found[0], index) / found[1]
                if r == 1 or function.linear or (r > 0 and function.homogeneous):
                    self.state.assign(self.start + index, c, r)
                    self.claims.append(Claim(index, head, r))
                    break
            else:
                c = self.state.new_class(self.start + index)
                if len(members) > 1:
                    heads.append((index, c, self.some_sum(index)))

    def prove(self, block: int = BLOCK) -> int:
        """Prove all claims over the rationals, `block` at a time; return the number of primes, or -1 if one is false.

        A claim says that certain integers are zero: ``q * S(C, v) - p * S(C, head)`` for a scale p/q, with all sums
        over a common denominator. They are smaller than `bound` in absolute value, so residues of zero modulo primes
        whose product exceeds it prove it.
        """
        if not self.claims:
            return 0
        primes = primes_beyond(self.bound())
        for prime in primes:
            plan, rows = self.plan(prime)
            for first in range(0, len(self.claims), block):
                if not self.hold(self.claims[first : first + block], prime, plan, rows):
                    return -1
        return len(primes)

    def hold(self, claims: list[Claim], prime: int, plan: list[Any], rows: int) -> bool:
        """Return whether some claims hold modulo one prime."""
        used = sorted({c.index for c in claims} | ({c.head for c in claims} - {-1}))
        place = {index: j for j, index in enumerate(used)}
        sums = np.zeros((rows, len(used)), dtype=np.uint64)
        for weights, data, row_of, factors in plan:
            add_class_sums(weights, data, prime, factors, row_of, np.array(used), sums)
        claimed = np.array(
            [
                (place[c.index], place.get(c.head, -1), c.scale.numerator % prime, c.scale.denominator % prime)
                for c in claims
            ]
        )
        return disagreeing(sums, claimed, np.uint64((1 << 61) - prime)) < 0

    def plan(self, prime: int) -> tuple[list[Any], int]:
        """Return what class sums modulo a prime need, per arrow, and the number of coordinates (0 is the bias')."""
        common = self.common()
        rows: dict[tuple[Any, int], int] = {UNIT: 0}
        plan = []
        for arrow in self.arrows:
            sources = self.sources(arrow)
            row_of = [rows.setdefault((arrow.operator, c), len(rows)) for c, _ in sources]
            factors = [d.numerator * (common[c] // d.denominator) % prime for c, d in sources]
            data = arrow.weights.values.residues(prime, self.denominator)
            plan.append((arrow.weights, data, np.array(row_of, np.int64), np.array(factors, np.uint64)))
        return plan, len(rows)

    def common(self) -> dict[int, int]:
        """Return a common denominator of the scales, per class."""
        result: dict[int, int] = {}
        for arrow in self.arrows:
            for c, d in self.sources(arrow):
                result[c] = lcm(result.setdefault(c, 1), d.denominator)
        return result

    def bound(self) -> int:
        """Return a bound of every integer that the claims say is zero, times two."""
        common = self.common()
        largest: dict[int, int] = {}
        for arrow in self.arrows:
            weight = arrow.weights.values.bound * (self.denominator // arrow.weights.values.denominator)
            for c, d in self.sources(arrow):
                numerator = abs(d.numerator) * (common[c] // d.denominator)
                largest[c] = largest.get(c, 0) + weight * numerator
        scale = max(abs(c.scale.numerator) + c.scale.denominator for c in self.claims)
        return 2 * scale * max([1, *largest.values()])
