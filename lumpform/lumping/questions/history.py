"""Keeps the history of a refinement by rounds: which classes there were after each, and when two nodes parted.

In a *round* all classes are split at the same time by the sums over the classes of the round before, so that nodes
that are together after round k look alike for k steps. Where nodes see truth values, as the states of a decision
process see their choices, a round has two *turns*: first the others are split, by what they see, and then these, by the
new classes; a choice belongs to the step that takes it.

Where sums are weighted, a node has a scale from the round on in which something reaches it, and is zero before (T0).

A class keeps its number when it is split, for its largest part; the others get new ones. So a node changes its number
at most log2(n) times, and all rounds together take O(n log n) of memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View, normalised
from lumpform.lumping.flat import Seen
from lumpform.lumping.questions.one_round import split
from lumpform.lumping.questions.reason import Key
from lumpform.lumping.questions.sight import Sight

ONE, ZERO, NEVER = Fraction(1), Fraction(0), 1 << 62


class Turn(NamedTuple):
    """Holds which nodes changed their class, the classes before, and the classes after."""

    nodes: NDArray[np.int64]
    before: NDArray[np.int32]
    after: NDArray[np.int32]


def turns_of(arrows: list[Seen]) -> list[list[Seen]]:
    """Return the arrows by which nodes are split, in the turns of one round."""
    sets = {a.near for a in arrows if a.boolean}
    turns = [[a for a in arrows if a.near not in sets], [a for a in arrows if a.near in sets]]
    return [turn for turn in turns if turn] or [[]]


class History:
    """Refines a partition turn by turn, and remembers all of them.

    Parameters
    ----------
    graph : WeightedGraph
    view : View
    start : Partition of the graph's nodes
    constants : dict
        The values of nodes that are constants; they are a class of `start`, and are never split.

    Attributes
    ----------
    sight : Sight
    scales : list of exact numbers
        1 where sums are not weighted.
    reached : list of int
        The turn from which on a node is not zero.
    turns : list of Turn
        Turn t is ``turns[t - 1]``; before turn 1 there is the start.
    """

    def __init__(
        self, graph: WeightedGraph, view: View, start: Partition, constants: Mapping[int, Any] | None = None
    ) -> None:
        self.sight, self.view, self.constants = Sight(graph, view), view, constants or {}
        self.order = turns_of(self.sight.arrows)
        self.turns: list[Turn] = []
        self.parent: list[int] = [-1] * start.count
        self.born: list[int] = [0] * start.count
        self._labels = start.class_of.astype(np.int32)
        self._shown, self._at = self._labels.copy(), 0
        self._idle = 0
        self.scales: list[Any] = [self.constants.get(v, ONE) for v in range(len(start))]
        self.reached = [0 if self._from_the_beginning(v) else NEVER for v in range(len(start))]

    def _from_the_beginning(self, node: int) -> bool:
        known = not self.view.weighted or node in self.constants
        return known or self.sight.alone(node) or self.sight.normal(node) == "equal"

    @property
    def stable(self) -> bool:
        """Tell whether a whole round has split nothing."""
        return self._idle >= len(self.order)

    def round_of(self, turn: int) -> int:
        """Return the round that a turn belongs to; 0 is the start."""
        return -(-turn // len(self.order))

    def advance(self) -> None:
        """Do one more turn. O(edges + n log n), of exact operations where sums are compared up to factors."""
        arrows, labels = self.order[len(self.turns) % len(self.order)], self._labels
        finer = split(arrows, Partition(labels)) if self.view.equal else self._split_up_to_factors(arrows)
        parents = labels[finer.representatives] if len(labels) else labels
        largest = np.lexsort((-finer.sizes, parents))  # of every parent the largest part first
        heads = np.ones(len(largest), dtype=bool)
        heads[1:] = parents[largest][1:] != parents[largest][:-1]
        numbers, fresh = parents.astype(np.int32), np.sort(largest[~heads])
        numbers[fresh] = np.arange(len(self.parent), len(self.parent) + len(fresh))
        self.parent += parents[fresh].tolist()
        self.born += [len(self.turns) + 1] * len(fresh)
        after = numbers[finer.class_of] if len(labels) else labels
        moved = np.flatnonzero(after != labels)
        self.turns.append(Turn(moved, labels[moved], after[moved]))
        self._labels = after
        news = len(fresh) or len(self.turns) in self.reached
        self._idle = 0 if news else self._idle + 1

    def _split_up_to_factors(self, arrows: Sequence[Seen]) -> Partition:
        """Return the classes after a turn; nodes that are reached in it get their scales."""
        codes, names, turn = np.zeros(len(self._labels), dtype=np.int64), dict[Any, int](), len(self.turns)
        found: dict[int, Any] = {}
        for node in {v for a in arrows for v in range(a.near, a.near + a.weights.shape[0])} - self.constants.keys():
            sums = self.sums(node, self._labels, turn)
            form, scale = normalised(sums, self.sight.normal(node))
            if self.view.weighted and self.reached[node] <= turn:
                form = frozenset((key, value / self.scales[node]) for key, value in sums.items())
            elif sums and self.view.weighted:
                found[node] = scale
            codes[node] = names.setdefault(form, len(names) + 1)
        for node, scale in found.items():
            self.scales[node], self.reached[node] = scale, turn + 1
        return Partition(self._labels.astype(np.int64) * (len(names) + 1) + codes)

    def sums(self, node: int, labels: Sequence[int] | NDArray[Any], turn: int) -> dict[Key, Any]:
        """Return what a node sees of the classes after a turn: by number and class, zeros left out. O(degree)."""
        sums: dict[Key, Any] = {}
        for number, other, weight, boolean in self.sight.edges(node):
            key = number, int(labels[other])
            if boolean:
                sums[key] = 1
            elif self.reached[other] <= turn:
                value = weight * self.scales[other] if self.view.weighted else weight
                sums[key] = sums.get(key, ZERO) + value
        own = None if self.view.own else int(labels[node])
        return {key: value for key, value in sums.items() if value != 0 and key[1] != own}

    def parted(self, node: int, other: int) -> int | None:
        """Return the turn in which two nodes were parted: 0 if at the start, None if they are together."""
        c, d = int(self._labels[node]), int(self._labels[other])
        turn = None
        while c != d:  # undo the latest split
            c, d = (c, d) if c > d else (d, c)
            turn, c = self.born[c], self.parent[c]
        return turn

    def classes(self, turn: int) -> NDArray[Any]:
        """Return the class of every node after a turn, to be read at once; going down is cheap."""
        while self._at < turn:
            self._shown[self.turns[self._at].nodes] = self.turns[self._at].after
            self._at += 1
        while self._at > turn:
            self._at -= 1
            self._shown[self.turns[self._at].nodes] = self.turns[self._at].before
        return self._shown
