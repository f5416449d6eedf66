"""Writes a history of refinement down as an experiment: only the classes that are needed, as few steps as it sees.

From the last turn back to the start. What is asked of a class of some turn is: which of these nodes belong to it? The
nodes are those that the sums in question run over. Each class outside is parted from it by one step, in the turn in
which both parted, whose own sum runs over a class of the turn before; so questions only go back in time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.lumping.edges import looked_at
from lumpform.lumping.questions.experiment import Experiment
from lumpform.lumping.questions.history import History
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.steps import Described, Step
from lumpform.lumping.sums import sums_over

MEMBERS = 3
"""So many members of a class are named."""


@dataclass
class _Wanted:
    """Holds a class of a turn that must be described, for some nodes."""

    turn: int
    label: int
    nodes: set[int] = field(default_factory=set)
    size: int = 0
    inside: list[int] = field(default_factory=list)
    steps: list[tuple[Step, _Wanted | None]] = field(default_factory=list)


@dataclass
class _Pair:
    """Holds a class and another one from which it parted, as nodes of both."""

    wanted: _Wanted
    node: int
    other: int
    outside: list[int]


def explain(question: Question, history: History, node: int, other: int) -> Experiment:
    """Return the experiment that parts two nodes in the turn in which they parted."""
    writer = _Writer(question, history)
    writer.write(node, other)
    return writer.experiment()


class _Writer:
    def __init__(self, question: Question, history: History) -> None:
        self.question, self.history = question, history
        self.wanted: dict[int, dict[int, _Wanted]] = {}
        self.pairs: dict[int, list[_Pair]] = {}
        self.looked_at = list(looked_at(question.graph, question.view))
        self.first = _Wanted(-1, -1)  # holds the first step, as if it described a class

    def write(self, node: int, other: int) -> None:
        """Go back from the turn in which two nodes parted."""
        turn = self._parted(node, other)
        self.first.inside = [node]
        self.pairs[turn] = [_Pair(self.first, node, other, [other])]
        for now in range(turn, -1, -1):
            labels = self.history.classes(now)
            sizes = np.bincount(labels) if self.wanted.get(now) else ()
            for wanted in self.wanted.get(now, {}).values():
                self._compare(wanted, labels, int(sizes[wanted.label]))
            labels = self.history.classes(now - 1) if now else None
            for pair in self.pairs.pop(now, []):
                if labels is None:
                    self._part_at_start(pair)
                else:
                    self._part(pair, now, labels)

    def _parted(self, node: int, other: int) -> int:
        turn = self.history.parted(node, other)
        if turn is None:
            raise ValueError(f"nodes {node} and {other} are together")
        return turn

    def _compare(self, wanted: _Wanted, labels: NDArray[Any], size: int) -> None:
        """Find the classes from which one must be parted, and when each was."""
        outside: dict[int, list[int]] = {}
        for v in sorted(wanted.nodes):
            c = int(labels[v])
            (wanted.inside if c == wanted.label else outside.setdefault(c, [])).append(v)
        wanted.size = size
        for nodes in outside.values():
            turn = self._parted(wanted.inside[0], nodes[0])
            self.pairs.setdefault(turn, []).append(_Pair(wanted, wanted.inside[0], nodes[0], nodes))

    def _part(self, pair: _Pair, turn: int, labels: NDArray[Any]) -> None:
        """Add the step that parts a class from another, unless a step of the same turn does."""
        for step, over in pair.wanted.steps:
            if over is None or over.turn != turn - 1 or step.arrow is None:
                continue
            if self._sums(step.arrow, pair.other, labels).get(over.label, 0) != step.node_value:
                self._ask(step.arrow, over, pair.outside, labels)
                return
        arrow, label, x, y = self._difference(pair, turn, labels)
        over = self.wanted.setdefault(turn - 1, {}).setdefault(label, _Wanted(turn - 1, label))
        self._ask(arrow, over, [*pair.wanted.inside, *pair.outside], labels)
        _, side, seen = self.looked_at[arrow]
        round_ = self.history.round_of(turn)
        step = Step(round_, pair.node, pair.other, seen.name, side, 0, x, y, arrow, seen.boolean)
        pair.wanted.steps.append((step, over))

    def _part_at_start(self, pair: _Pair) -> None:
        known = {step.seen for step, over in pair.wanted.steps if over is None}
        if any(w.name in known and w.value(pair.node) != w.value(pair.other) for w in self.question.observed):
            return
        found = self.question.difference_at_start(pair.node, pair.other)
        if found is None:
            raise AssertionError("nodes are apart from the beginning, and nothing is seen of it")
        what, x, y = found
        pair.wanted.steps.append((Step(0, pair.node, pair.other, what.name, "at", None, x, y), None))

    def _difference(self, pair: _Pair, turn: int, labels: NDArray[Any]) -> tuple[int, int, Any, Any]:
        """Return the arrow and the class over which the sums of two nodes differ, and both sums.

        Preferred are classes that are described anyway; then others than its own, where a generator has its diagonal;
        then what the first node has; then old classes, which are large.
        """
        asked, own, found = self.wanted.get(turn - 1, {}), labels[pair.node], []
        for arrow in range(len(self.history.arrows)):
            sums, others = (self._sums(arrow, v, labels) for v in (pair.node, pair.other))
            for c in sums.keys() | others.keys():
                x, y = sums.get(c, 0), others.get(c, 0)
                if x != y:
                    found.append((c not in asked, c == own, not x, c, arrow, x, y))
        if not found:
            raise AssertionError("nodes part in a round, and their sums are equal")
        *_, c, arrow, x, y = min(found, key=lambda f: f[:5])
        return arrow, c, x, y

    def _sums(self, arrow: int, node: int, labels: NDArray[Any]) -> dict[int, Any]:
        return sums_over(self.history.arrows[arrow], node, labels)

    def _ask(self, arrow: int, over: _Wanted, nodes: Iterable[int], labels: NDArray[Any]) -> None:
        """Ask which of the nodes that some nodes see belong to a class.

        Who has an edge of truth values into the class has one whatever else it sees.
        """
        seen = self.history.arrows[arrow]
        for v in nodes:
            targets = [t for t, _ in seen.row(v)]
            inside = [t for t in targets if labels[t] == over.label] if seen.boolean else []
            over.nodes.update(inside or targets)

    def experiment(self) -> Experiment:
        """Return what was written: classes by descending turns, with names in that order."""
        listed = [w for turn in sorted(self.wanted, reverse=True) for w in self.wanted[turn].values()]
        place = {(w.turn, w.label): i for i, w in enumerate(listed)}

        def numbered(wanted: _Wanted) -> tuple[Step, ...]:
            return tuple(s if w is None else replace(s, over=place[w.turn, w.label]) for s, w in wanted.steps)

        classes = tuple(
            Described(_letter(i), self.history.round_of(w.turn), tuple(w.inside[:MEMBERS]), w.size, numbered(w))
            for i, w in enumerate(listed)
        )
        return Experiment(self.question, numbered(self.first)[0], classes)


def _letter(index: int) -> str:
    """Return A, B, ..., Z, A1, B1, ..."""
    turn, place = divmod(index, 26)
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] + (str(turn) if turn else "")
