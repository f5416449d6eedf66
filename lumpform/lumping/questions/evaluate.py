"""Evaluates an experiment on its model: which nodes are in the classes that it describes, and all its sums.

Nothing of the refinement is used, neither its partitions nor its fingerprints: a class is what its steps say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.observation import Observed
from lumpform.lumping.flat import seen_arrows
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.steps import Described, Step


def confirmed(question: Question, first: Step, classes: Sequence[Described]) -> bool:
    """Tell whether all values and sums of an experiment are what it says, and really differ. Exact.

    O(nodes that are reached within its rounds, times the steps of their classes, times their edges).
    """
    if any(s.over is not None and not 0 <= s.over < len(classes) for s in (first, *_all_steps(classes))):
        return False
    if any(s.over is not None and s.over <= i for i, c in enumerate(classes) for s in c.steps):
        return False  # a class would be described by itself
    return Evaluation(question, classes).confirms(first)


def _all_steps(classes: Sequence[Described]) -> list[Step]:
    return [step for c in classes for step in c.steps]


class Evaluation:
    """Holds what is needed to evaluate steps, and which of the nodes in question are in every class."""

    def __init__(self, question: Question, classes: Sequence[Described]) -> None:
        self.classes = classes
        self.arrows = seen_arrows(question.graph, question.view)
        self.observed: dict[str, list[Observed]] = {}
        for what in question.observed:
            self.observed.setdefault(what.name, []).append(what)
        self.inside: list[dict[int, bool]] = [{} for _ in classes]

    def confirms(self, first: Step) -> bool:
        """Tell whether everything comes out as it is said."""
        asked: list[set[int]] = [set() for _ in self.classes]
        self._ask(first, {first.node, first.other}, asked)
        for c, nodes in zip(self.classes, asked, strict=True):
            nodes.update(c.members)
            for step in c.steps:
                self._ask(step, nodes | {step.node, step.other}, asked)
        for i, c in reversed(list(enumerate(self.classes))):
            self.inside[i] = {v: all(self.value(s, v) == s.node_value for s in c.steps) for v in asked[i]}
            if not all(self.inside[i][v] for v in c.members) or not all(map(self._as_said, c.steps)):
                return False
        return self._as_said(first)

    def _as_said(self, step: Step) -> bool:
        values = self.value(step, step.node), self.value(step, step.other)
        return values == (step.node_value, step.other_value) and values[0] != values[1]

    def _ask(self, step: Step, nodes: Iterable[int], asked: list[set[int]]) -> None:
        """Note of which nodes it must be known whether they are in the class that a step speaks of."""
        if step.over is not None:
            asked[step.over].update(t for v in nodes for t, _ in self._row(step, v))

    def _row(self, step: Step, node: int) -> list[tuple[int, Any]]:
        """Return what a node sees by the arrow of a step."""
        if step.arrow is None or not 0 <= step.arrow < len(self.arrows):
            return []
        return self.arrows[step.arrow].row(node)

    def value(self, step: Step, node: int) -> Any:
        """Return what a step sees of a node: an observation, or the sum over its class."""
        if step.over is None:
            values = (what.value(node) for what in self.observed.get(step.seen, ()))
            return next((v for v in values if v is not None), None)
        inside = [w for t, w in self._row(step, node) if self.inside[step.over].get(t)]
        return int(bool(inside)) if step.boolean else sum(inside, start=Fraction(0))
