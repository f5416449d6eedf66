"""Evaluates an experiment on its model: which nodes are in the classes that it describes, and all its sums.

Nothing of the refinement is used, neither its partitions nor its fingerprints: a class is what its steps say. Only what
constants there are is said by a lumping, which is checked by the definition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from lumpform.graph.observation import Constant, Observed
from lumpform.graph.views import normalised
from lumpform.lumping.definition import Definition, lumpable
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.refuted import Refuted
from lumpform.lumping.questions.sight import Sight
from lumpform.lumping.questions.steps import Described, Step

ONE, ZERO = Fraction(1), Fraction(0)


def confirmed(question: Question, first: Step, classes: Sequence[Described]) -> bool:
    """Tell whether all values and sums of an experiment are what it says, and really differ. Exact.

    O(nodes that are reached within its rounds, times the steps of their classes, times their edges).
    """
    steps = [(step, i) for i, c in enumerate(classes) for step in c.steps]
    for step, i in [(first, -1), *steps]:  # a class is described by later ones
        if any(s.over is None or not i < s.over < len(classes) for s in step.sums):
            return False
    if first.measures or not _constants_confirmed(question, [first, *(step for step, _ in steps)]):
        return False
    return Evaluation(question, classes).confirms(first)


def _constants_confirmed(question: Question, steps: Sequence[Step]) -> bool:
    """Tell whether what is known is a lumping, and what is no constant in steps has other sums than a bias there."""
    if question.known is None:
        return True
    partition, scales = question.known.partition, question.known.scales
    if Refuted(question, partition, partition).at_start() is not None:
        return False
    if lumpable(question.graph, partition, question.view, scales) is not True:
        return False
    definition, class_of = Definition(question.graph, question.view), partition.class_of.tolist()
    spoken_of = {v for s in steps if s.seen == Constant.name and s.over is None for v in (s.node, s.other)}
    free = [v for v in spoken_of - question.constants.keys() if not definition.group_of[v].pinned]
    return all(definition.constant(v, definition.sums(v, class_of, scales or ()), 0) is None for v in free)


class Evaluation:
    """Holds what is needed to evaluate steps, and which of the nodes in question are in every class.

    Attributes
    ----------
    inside : list of dict
        For each class the scales of its members, and None for nodes that are in question and outside.
    """

    def __init__(self, question: Question, classes: Sequence[Described]) -> None:
        self.classes, self.view, self.constants = classes, question.view, question.constants
        self.sight = Sight(question.graph, question.view)
        self.observed: dict[str, list[Observed]] = {}
        for what in question.observed:
            self.observed.setdefault(what.name, []).append(what)
        self.inside: list[dict[int, Any]] = [{} for _ in classes]

    def confirms(self, first: Step) -> bool:
        """Tell whether everything comes out as it is said."""
        asked: list[set[int]] = [set() for _ in self.classes]
        self._ask(first, {first.node, first.other}, asked)
        for c, nodes in zip(self.classes, asked, strict=True):
            nodes.update(c.members)
            for step in c.steps:
                self._ask(step, nodes | {step.node, step.other}, asked)
        for i, c in reversed(list(enumerate(self.classes))):
            self.inside[i] = {v: self._scale(c, v) for v in asked[i]}
            if tuple(self.inside[i][v] for v in c.members) != c.scales or not all(map(self._as_said, c.steps)):
                return False
        return self._as_said(first)

    def _as_said(self, step: Step) -> bool:
        """Tell whether a step has the values that it says, and they part its nodes, or measure one."""
        parts = step.sums or (step,)
        for node, said in ((step.node, [s.node_value for s in parts]), (step.other, [s.other_value for s in parts])):
            if not step.measures and [self.value(s, node) for s in parts] != said:
                return False
        if step.measures:
            return [self.value(s, step.node) for s in parts] == [s.node_value for s in parts] != [0]
        if step.over is None:
            return step.node_value != step.other_value
        return self._form(step.node, [s.node_value for s in parts]) != self._form(
            step.node, [s.other_value for s in parts]
        )

    def _form(self, node: int, values: Sequence[Any]) -> Any:
        """Return the normal form of what a node sees."""
        return normalised({i: x for i, x in enumerate(values) if x != 0}, self.sight.normal(node))[0]

    def _scale(self, described: Described, node: int) -> Any:
        """Return how many times what the members of a class have a node has; None if it is outside."""
        sums = [s for step in described.steps for s in step.sums]
        if any(s.over is None and self.value(s, node) != s.node_value for s in described.steps):
            return None
        found, wanted = ([*values] for values in ([self.value(s, node) for s in sums], [s.node_value for s in sums]))
        if None in found or self._form(node, found) != self._form(node, wanted):
            return None
        if node in self.constants or not self.view.weighted or self.sight.alone(node):
            return self.constants.get(node, ONE)
        if self.sight.normal(node) == "equal":
            return ONE
        ratio = next((x / y for x, y in zip(found, wanted, strict=True) if y != 0), None)
        return getattr(ratio, "constant", ratio)  # nothing says that it is not zero, if there is none

    def _ask(self, step: Step, nodes: Iterable[int], asked: list[set[int]]) -> None:
        """Note of which nodes it must be known whether they are in the classes that a step speaks of."""
        for s in step.sums:
            if s.over is not None and s.arrow is not None:
                asked[s.over].update(t for v in nodes for t, _ in self.sight.row(s.arrow, v))
                if not self.view.own:
                    asked[s.over].update(nodes)

    def value(self, step: Step, node: int) -> Any:
        """Return what a step sees of a node: an observation, or the sum over its class; None if it sees nothing."""
        if step.over is None:
            values = (what.value(node) for what in self.observed.get(step.seen, ()))
            return next((v for v in values if v is not None), None)
        inside = self.inside[step.over]
        if step.arrow is None or (not self.view.own and inside.get(node) is not None):
            return None
        seen = [(w, inside[t]) for t, w in self.sight.row(step.arrow, node) if inside.get(t) is not None]
        if step.boolean:
            return int(bool(seen))
        return sum((w * scale if self.view.weighted else w for w, scale in seen), start=ZERO)
