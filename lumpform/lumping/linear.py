"""Finds the least subspace that contains given vectors and is invariant: the linear closure of T0.

Vectors are looked at breadth first: those given, then the image under every map of each that was independent of those
before. Independent modulo a prime is independent; dependent there is a guess, which is proved over the rationals at the
end, for all guesses in one linear system. If a guess was wrong, the next prime decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any, Literal

from lumpform.errors import OptionError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.weights import Weights
from lumpform.lumping.span import ENDLESS, Clock, Span, Vector
from lumpform.numbers.field import require_numbers
from lumpform.numbers.residues import PRIME, primes_beyond

Map = Callable[[Vector], Vector]
"""A linear map."""


@dataclass(frozen=True)
class Invariant:
    """Holds a basis of a subspace, and what the maps do to it.

    Attributes
    ----------
    basis : tuple of vectors
    words : tuple of (int, tuple of int)
        Where each comes from: the number of a given vector, and the numbers of the maps that were applied, in order.
    given : tuple of vectors
        The given vectors as combinations of the basis.
    images : tuple of tuple of vectors
        For every map: the image of every basis vector, as a combination of the basis.
    """

    basis: tuple[Vector, ...]
    words: tuple[tuple[int, tuple[int, ...]], ...]
    given: tuple[Vector, ...]
    images: tuple[tuple[Vector, ...], ...]

    @property
    def dimension(self) -> int:
        """Return the number of basis vectors."""
        return len(self.basis)


class Growth:
    """Grows the least invariant subspace: iterating yields every vector that is looked at, before it joins.

    Who iterates may stop at any time. Shorter words come before longer ones, those of one length in the order of the
    maps.

    Parameters
    ----------
    given : sequence of vectors
    maps : sequence of Map
    prime, clock
        As for `Span`.
    """

    def __init__(
        self, given: Sequence[Vector], maps: Sequence[Map], prime: int = PRIME, clock: Clock = ENDLESS
    ) -> None:
        self.given, self.maps, self.clock = given, maps, clock
        self.span = Span(prime, clock)
        self.words: list[tuple[int, tuple[int, ...]]] = []
        self._joined: dict[tuple[int, int], int] = {}  # (basis vector, or -1; number of the map, or of the vector)
        self._guessed: dict[tuple[int, int], tuple[int, Vector]] = {}  # how many had joined before, and the vector

    def __iter__(self) -> Iterator[tuple[Vector, tuple[int, tuple[int, ...]]]]:
        queue = deque((-1, k) for k in range(len(self.given)))
        while queue:
            key = parent, number = queue.popleft()
            self.clock.check()
            if parent < 0:
                vector, word = self.given[number], (number, ())
            else:
                start, before = self.words[parent]
                vector, word = self.maps[number](self.span.vectors[parent]), (start, (*before, number))
            yield vector, word
            if self.span.adds(vector):
                index = self._joined[key] = len(self.words)
                self.words.append(word)
                queue.extend((index, k) for k in range(len(self.maps)))
            else:
                self._guessed[key] = len(self.words), vector

    def proved(self) -> Invariant | None:
        """Return the subspace, once the search is over, with the proof of all guesses; None if one was wrong.

        A guess is that a vector depends on those that joined before it, not on later ones: so the search went as it
        would have over the rationals. If it was stopped before its end, the images that were not looked at are empty.
        """
        found = self.span.coordinates([vector for _, vector in self._guessed.values()])
        if found is None:
            return None
        before = (joined for joined, _ in self._guessed.values())
        if any(max(row, default=-1) >= joined for row, joined in zip(found, before, strict=True)):
            return None
        known: dict[tuple[int, int], Vector] = dict(zip(self._guessed, found, strict=True))
        known |= {key: {index: Fraction(1)} for key, index in self._joined.items()}
        size = len(self.words)
        images = tuple(tuple(known.get((i, k), {}) for i in range(size)) for k in range(len(self.maps)))
        given = tuple(known.get((-1, k), {}) for k in range(len(self.given)))
        return Invariant(tuple(self.span.vectors), tuple(self.words), given, images)


def primes() -> Iterator[int]:
    """Yield primes below 2^61, largest first, without end: one that misleads is one of finitely many."""
    for many in count():
        yield primes_beyond(1 << 61 * many)[-1]


def least_invariant_of(given: Sequence[Vector], maps: Sequence[Map], clock: Clock = ENDLESS) -> Invariant:
    """Return the least subspace that contains the given vectors and that every map takes into itself.

    Parameters
    ----------
    given : sequence of vectors
    maps : sequence of Map
    clock : Clock

    Returns
    -------
    Invariant
        Exact. O(maps * dimension^2 * length) modulo a prime, maps * dimension applications of a map, and one linear
        system of that size.
    """
    attempts = (_grown(given, maps, prime, clock) for prime in primes())
    return next(found for found in attempts if found is not None)


def _grown(given: Sequence[Vector], maps: Sequence[Map], prime: int, clock: Clock) -> Invariant | None:
    growth = Growth(given, maps, prime, clock)
    for _ in growth:
        pass
    return growth.proved()


def least_invariant(
    graph: WeightedGraph, vectors: Sequence[Vector], side: Literal["in", "out"], clock: Clock = ENDLESS
) -> Invariant:
    """Return the least linear lumping of a graph whose subspace contains the given vectors (T0).

    Parameters
    ----------
    graph : WeightedGraph
        With rational weights; cyclic or not. Every arrow is a map, in order.
    vectors : sequence of dictionaries from node to number
        Nodes are numbered through all groups. If every vector stays inside a group, so does the basis.
    side : {"in", "out"}
        ``in``: values flow along the arrows, ``x -> A^T x`` (as exact lumping sums into nodes). ``out``: against them,
        ``x -> A x`` (as ordinary lumping sums out of nodes).
    clock : Clock

    Raises
    ------
    OptionError
        For another side.
    ModelError
        If a weight has a parameter.
    """
    if side not in ("in", "out"):
        raise OptionError(f"side is {side!r}, expected 'in' or 'out'")
    require_numbers("a linear lumping", graph.field)
    maps = []
    for arrow in graph.arrows:
        weights = arrow.weights if side == "in" else arrow.weights.transpose()
        ends = (arrow.source, arrow.target) if side == "in" else (arrow.target, arrow.source)
        maps.append(map_of(weights, *map(graph.offset, ends)))
    return least_invariant_of(vectors, maps, clock)


def map_of(weights: Weights, source: int = 0, target: int = 0) -> Map:
    """Return the map from a row vector to its product with a matrix, whose rows and columns begin at some places."""
    rows: list[list[tuple[int, Any]]] = [[] for _ in range(weights.shape[0])]
    for u, v, w in weights.entries():
        rows[u].append((target + v, w))

    def image(vector: Vector) -> Vector:
        result: Vector = {}
        for u, x in vector.items():
            for v, w in rows[u - source] if 0 <= u - source < len(rows) else ():
                result[v] = result[v] + x * w if v in result else x * w
        return {v: x for v, x in result.items() if x}

    return image
