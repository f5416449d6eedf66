"""Keeps the history of a refinement by rounds: which classes there were after each, and when two nodes parted.

In a *round* all classes are split at the same time by the sums over the classes of the round before, so that nodes
that are together after round k look alike for k steps. Where nodes see truth values, as the states of a decision
process see their choices, a round has two *turns*: first the others are split, by what they see, and then these, by the
new classes; a choice belongs to the step that takes it.

A class keeps its number when it is split, for its largest part; the others get new ones. So a node changes its number
at most log2(n) times, and all rounds together take O(n log n) of memory.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.flat import Seen, seen_arrows
from lumpform.lumping.questions.one_round import split


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
    view : View of equal sums
    start : Partition of the graph's nodes

    Attributes
    ----------
    arrows : list of Seen
    turns : list of Turn
        Turn t is ``turns[t - 1]``; before turn 1 there is the start.
    """

    def __init__(self, graph: WeightedGraph, view: View, start: Partition) -> None:
        self.arrows = seen_arrows(graph, view)
        self.order = turns_of(self.arrows)
        self.turns: list[Turn] = []
        self.parent: list[int] = [-1] * start.count
        self.born: list[int] = [0] * start.count
        self._labels = start.class_of.astype(np.int32)
        self._shown, self._at = self._labels.copy(), 0
        self._idle = 0

    @property
    def stable(self) -> bool:
        """Tell whether a whole round has split nothing."""
        return self._idle >= len(self.order)

    def round_of(self, turn: int) -> int:
        """Return the round that a turn belongs to; 0 is the start."""
        return -(-turn // len(self.order))

    def advance(self) -> None:
        """Do one more turn. O(edges + n log n)."""
        arrows = self.order[len(self.turns) % len(self.order)]
        labels, finer = self._labels, split(arrows, Partition(self._labels))
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
        self._idle = 0 if len(fresh) else self._idle + 1

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
