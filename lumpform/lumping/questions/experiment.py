"""Defines experiments: why two nodes are not in one class, as few steps that can be replayed.

An experiment is a tree of steps. A step says what is seen differently of two nodes: something from the beginning (a
label, a reward), or the sum over a class. Which nodes belong to that class is said by steps again, each of one round
earlier or more, as far as it matters for the sums in question; so the leaves are things that can be seen.

As a formula: a class is described by a conjunction of "the sum over this class is x", which for decision processes
and transition systems is a distinguishing formula of strong bisimulation (Hennessy and Milner 1985), for chains one of
probabilistic modal logic (Larsen and Skou 1991). `replay` evaluates the formula on the model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lumpform.display.html import table
from lumpform.graph.observation import sentence
from lumpform.lumping.questions.evaluate import confirmed
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.steps import Described, Step
from lumpform.numbers.numerals import short

SHOWN = 40
"""So many sentences are shown; all steps stand in `Experiment.steps`."""


class Shown(ABC):
    """Shows sentences: all of a short experiment, the beginning of a long one."""

    @abstractmethod
    def sentences(self) -> Iterator[str]:
        """Yield what is to be said, a title first."""

    def __str__(self) -> str:
        lines = list(self.sentences())
        more = [f"... and {len(lines) - SHOWN} more lines"] if len(lines) > SHOWN else []
        return "\n".join(lines[:SHOWN] + more)

    def _repr_html_(self) -> str:
        title, *lines = str(self).split("\n")
        return table(title, [(line,) for line in lines], limit=SHOWN)


@dataclass(frozen=True, eq=False)
class Experiment(Shown):
    """Holds a shortest experiment that tells two nodes apart. True as a truth value.

    Attributes
    ----------
    question : Question
        The model, the kind of lumping and what is respected.
    first : Step
        What tells them apart in the end.
    classes : tuple of Described
        The classes that it needs, each before those that its own steps need.
    """

    question: Question
    first: Step
    classes: tuple[Described, ...]

    @property
    def depth(self) -> int:
        """Return the number of rounds: no experiment with fewer tells them apart."""
        return self.first.round

    @property
    def steps(self) -> tuple[Step, ...]:
        """Return all steps, the last one that is made first."""
        return (self.first, *(step for c in self.classes for step in c.steps))

    def replay(self) -> bool:
        """Recompute everything on the model with exact numbers: True if it comes out as it is said here.

        O(nodes within `depth` steps, times the steps of their classes, times their edges).
        """
        return confirmed(self.question, self.first, self.classes)

    def sentences(self) -> Iterator[str]:
        """Yield what the experiment says, for people."""
        name = self.question.node_name
        a, b = name(self.first.node), name(self.first.other)
        rounds = "from the beginning" if not self.depth else f"in round {self.depth}"
        yield f"{a} and {b} part {rounds} ({self.question.kind} lumping):"
        yield f"  {self.said(self.first)}"
        for described in self.classes:
            if self._alone(described):
                continue
            few = ", ".join(map(_times, map(name, described.members), described.scales))
            more = described.size - len(described.members)
            after = f"after round {described.round}" if described.round else "from the beginning"
            yield f"class {described.name} ({after}) is {few}{f' and {more} more' if more else ''}"
            for step in described.steps:
                yield f"  {self.said(step)}"

    def said(self, step: Step) -> str:
        """Return a step as a sentence."""
        a, b = self.question.node_name(step.node), self.question.node_name(step.other)
        if step.over is None:
            return sentence(step.seen, (a, step.node_value), (b, step.other_value))
        which = " and ".join(map(self._class_said, step.sums))
        if not self.question.view.equal:
            return self._up_to_factors(step, which, a, b)
        if step.boolean:
            has, has_not = (a, b) if step.node_value else (b, a)
            return f"{has} has {_one(step.seen)} in {which}, and {has_not} has none"
        side = "out" if step.side == "out" else "in"
        return self.question.sums_said(step.seen, side, which, (a, step.node_value), (b, step.other_value))

    def _up_to_factors(self, step: Step, which: str, a: str, b: str) -> str:
        """Return in words that sums over one class or two are no multiples of each other, or are the scales."""
        x, y = (
            " and ".join(map(short, v)) for v in zip(*((s.node_value, s.other_value) for s in step.sums), strict=True)
        )
        sums = ("weighted sum" if self.question.view.weighted else "sum") + ("s" if step.second else "")
        if step.measures:
            return f"over {which}, {a} has the {sums} {x}, and each member as many times that as it counts"
        return f"over {which}, {a} has the {sums} {x}, and {b} has {y}"

    def _class_said(self, step: Step) -> str:
        """Return what a class is called where a sum over it is spoken of: a node by its own name."""
        described = self.classes[step.over or 0]
        which = (
            f"class {described.name}" if not self._alone(described) else self.question.node_name(described.members[0])
        )
        many = len(self.question.graph.arrows) > 1 and step.seen != "transitions" and not self.question.view.equal
        return f"{which} (by {step.seen})" if many and self._ambiguous else which

    def _alone(self, described: Described) -> bool:
        """Tell whether a class is a node that is called by its name: one that is never merged, where scales count."""
        return self.question.view.weighted and described.size == 1 and all(s.over is None for s in described.steps)

    @cached_property
    def _ambiguous(self) -> bool:
        """Tell whether sums of several numbers are spoken of, such as those of one step and of the step before."""
        return len({s.arrow for step in self.steps for s in step.sums}) > 1

    def __repr__(self) -> str:
        nodes = f"{self.question.node_name(self.first.node)} and {self.question.node_name(self.first.other)}"
        steps = "1 step" if len(self.steps) == 1 else f"{len(self.steps)} steps"
        return f"<Experiment that parts {nodes} in round {self.depth}, {steps}>"


@dataclass(frozen=True, eq=False)
class Together:
    """Says that two nodes are in one class, so that nothing tells them apart. False as a truth value.

    Attributes
    ----------
    question : Question
    node, other : int
    """

    question: Question
    node: int
    other: int

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        a, b = self.question.node_name(self.node), self.question.node_name(self.other)
        return f"{a} and {b} are in one class of the coarsest {self.question.kind} lumping"

    def _repr_html_(self) -> str:
        return table(str(self), [])

    def __repr__(self) -> str:
        return f"<Together: {self}>"


def _times(name: str, scale: Any) -> str:
    return name if scale == 1 else f"{name} (times {short(scale)})"


def _one(arrow: str) -> str:
    """Return what one edge of truth values is called: those of a decision process are its choices."""
    return "a choice" if arrow == "choices" else f"an edge of {arrow!r}"
