"""Writes a history of refinement down as an experiment: only the classes that are needed, as few steps as it sees.

From the last turn back to the start. What is asked of a class of some turn is: which of these nodes belong to it? The
nodes are those that the sums in question run over. Each class outside is parted from it by one step, in the turn in
which both parted, whose own sums run over classes of the turn before; so questions only go back in time. Where sums are
weighted, one step more may say how members are scaled: by what they saw when something reached them first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.lumping.questions.experiment import Experiment
from lumpform.lumping.questions.history import NEVER, ONE, ZERO, History
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.reason import Key, reason
from lumpform.lumping.questions.steps import Described, Step

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
    steps: list[tuple[Step, list[_Wanted]]] = field(default_factory=list)


@dataclass
class _Pair:
    """Holds a class and another one from which it parted, as nodes of both; one node twice asks for its scale."""

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
        self.question, self.history, self.sight = question, history, history.sight
        self.wanted: dict[int, dict[int, _Wanted]] = {}
        self.pairs: dict[int, list[_Pair]] = {}
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
            for pair in sorted(self.pairs.pop(now, []), key=lambda p: p.node == p.other):
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
        """Sort the nodes that are asked for: those of the class, and for each other class when it parted."""
        wanted.size = size
        outside: dict[int, list[int]] = {}
        for v in sorted(wanted.nodes):
            label = int(labels[v])
            if label == wanted.label:
                wanted.inside.append(v)
            else:
                outside.setdefault(label, []).append(v)
        head = wanted.inside[0]
        for nodes in outside.values():
            self.pairs.setdefault(self._parted(head, nodes[0]), []).append(_Pair(wanted, head, nodes[0], nodes))
        if 0 < self.history.reached[head] < NEVER:
            self.pairs.setdefault(self.history.reached[head], []).append(_Pair(wanted, head, head, []))

    def _part(self, pair: _Pair, turn: int, labels: NDArray[Any]) -> None:
        """Add the step that parts a class from another, unless a step that there is does."""
        sums, others = (self.history.sums(v, labels, turn - 1) for v in (pair.node, pair.other))
        if pair.node == pair.other:
            if any(s.node_value != 0 for step, over in pair.wanted.steps if over for s in step.sums):
                return
            others = {}
        normal = self.sight.normal(pair.node)
        for _, over in pair.wanted.steps:
            if over and over[0].turn == turn - 1 and pair.node != pair.other:
                keys = self._keys(pair.wanted, over)
                if reason(_at(sums, keys), _at(others, keys), normal) is not None:
                    self._ask(zip(keys, over, strict=True), pair.outside, labels)
                    return
        keys = self._difference(pair, turn, labels, sums, others)
        over = [self.wanted.setdefault(turn - 1, {}).setdefault(c, _Wanted(turn - 1, c)) for _, c in keys]
        self._ask(zip(keys, over, strict=True), [*pair.wanted.inside, *pair.outside], labels)
        step: Step | None = None
        for key in reversed(keys):
            side, seen = self.sight.named(key[0])
            values = sums.get(key, ZERO), others.get(key, ZERO)
            round_, nodes = self.history.round_of(turn), (pair.node, pair.other)
            step = Step(round_, *nodes, seen.name, side, 0, *values, key[0], seen.boolean, step)
        if step is not None:
            pair.wanted.steps.append((step, over))

    def _keys(self, wanted: _Wanted, over: list[_Wanted]) -> list[Key]:
        """Return what the sums of a step run over."""
        step = next(s for s, classes in wanted.steps if classes is over)
        return [(s.arrow, w.label) for s, w in zip(step.sums, over, strict=True) if s.arrow is not None]

    def _part_at_start(self, pair: _Pair) -> None:
        known = {step.seen for step, over in pair.wanted.steps if not over}
        if any(w.name in known and w.value(pair.node) != w.value(pair.other) for w in self.question.observed):
            return
        found = self.question.difference_at_start(pair.node, pair.other)
        if found is None:
            raise AssertionError("nodes are apart from the beginning, and nothing is seen of it")
        what, x, y = found
        pair.wanted.steps.append((Step(0, pair.node, pair.other, what.name, "at", None, x, y), []))

    def _difference(
        self, pair: _Pair, turn: int, labels: NDArray[Any], sums: dict[Key, Any], others: dict[Key, Any]
    ) -> list[Key]:
        """Return the classes over which the sums of two nodes differ: one, or two where they have another ratio.

        Preferred are classes that are described anyway; then others than its own, where a generator has its diagonal;
        then what the first node has; then old classes, which are large.
        """
        asked, own = self.wanted.get(turn - 1, {}), labels[pair.node]
        found = reason(
            sums,
            others,
            self.sight.normal(pair.node),
            lambda key: (key[1] not in asked, key[1] == own, key not in sums, key[1], key[0]),
        )
        if found is None:
            raise AssertionError("nodes part in a round, and their sums say nothing of it")
        return found

    def _ask(self, sums: Iterable[tuple[Key, _Wanted]], nodes: Sequence[int], labels: NDArray[Any]) -> None:
        """Ask which of the nodes that some nodes see belong to classes.

        Who has an edge of truth values into the class has one whatever else it sees.
        """
        for (number, _), over in sums:
            boolean = self.sight.named(number)[1].boolean
            for v in nodes:
                targets = [t for t, _ in self.sight.row(number, v)]
                inside = [t for t in targets if labels[t] == over.label] if boolean else []
                over.nodes.update(inside or targets)
            if not self.sight.view.own:
                over.nodes.update(nodes)

    def experiment(self) -> Experiment:
        """Return what was written: classes by descending turns, with names in that order."""
        listed = [w for turn in sorted(self.wanted, reverse=True) for w in self.wanted[turn].values()]
        place = {(w.turn, w.label): i for i, w in enumerate(listed)}

        def numbered(step: Step | None, over: list[_Wanted]) -> Step | None:
            if step is None or not over:
                return step
            unit = ONE if step.boolean else self._unit(over[0])
            values = step.node_value / unit, step.other_value / unit
            at, second = place[over[0].turn, over[0].label], numbered(step.second, over[1:])
            return replace(step, over=at, node_value=values[0], other_value=values[1], second=second)

        def steps(wanted: _Wanted) -> tuple[Step, ...]:
            return tuple(s for s in (numbered(*step) for step in wanted.steps) if s is not None)

        classes = []
        for i, w in enumerate(listed):
            few, unit = tuple(w.inside[:MEMBERS]), self._unit(w)
            scales = tuple(self.history.scales[v] / unit for v in few)
            classes.append(Described(_letter(i), self.history.round_of(w.turn), few, scales, w.size, steps(w)))
        return Experiment(self.question, steps(self.first)[0], tuple(classes))

    def _unit(self, wanted: _Wanted) -> Any:
        """Return the scale that counts as 1 in a class: that of the first node that is asked for, but for constants."""
        head = wanted.inside[0]
        return ONE if head in self.history.constants else self.history.scales[head]


def _at(sums: dict[Key, Any], keys: list[Key]) -> dict[Key, Any]:
    return {key: sums[key] for key in keys if key in sums}


def _letter(index: int) -> str:
    """Return A, B, ..., Z, A1, B1, ..."""
    turn, place = divmod(index, 26)
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place] + (str(turn) if turn else "")
