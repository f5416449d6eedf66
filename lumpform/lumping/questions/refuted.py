"""Says in the words of a model why a partition is no lumping of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.graph.observation import sentence
from lumpform.graph.partition import Partition
from lumpform.graph.views import allowed
from lumpform.lumping.definition import Definition
from lumpform.lumping.difference import Difference
from lumpform.lumping.edges import looked_at
from lumpform.lumping.flat import seen_arrows
from lumpform.lumping.questions.question import Question
from lumpform.lumping.questions.reason import reason
from lumpform.lumping.sums import sums_over
from lumpform.numbers.numerals import short

SHOWN = 8
"""So many sums of a choice are shown."""


class Refuted:
    """Makes differences of a question about a partition.

    Parameters
    ----------
    question : Question
    given : Partition
        As the caller counts.
    nodes : Partition of all nodes
    """

    def __init__(self, question: Question, given: Partition, nodes: Partition) -> None:
        self.question, self.given, self.nodes = question, given, nodes
        self.first = question.first

    def at_start(self) -> Difference | None:
        """Return two members of a class that are told apart from the beginning; None if there are none. O(n).

        Constants may be in the class of the unit node of a network.
        """
        start, own = self.question.start.class_of, self._own()
        heads = self.nodes.representatives[self.nodes.class_of[own]]
        wrong = start[own] != start[heads]
        if self.question.view.normal == "function" and self.question.graph.unit is not None:
            pinned = np.concatenate([np.full(g.size, g.pinned) for g in self.question.graph.groups])
            wrong &= (heads != 0) | pinned[own]
        if not wrong.any():
            return None
        at = int(np.flatnonzero(wrong)[0])
        node, other = int(own[at]), int(heads[at])
        found = self.question.difference_at_start(node, other)
        if found is None:
            raise AssertionError("nodes are apart from the beginning, and nothing is seen of it")
        what, x, y = found
        said = sentence(what.name, (self._name(node), x), (self._name(other), y))
        return self._difference(Difference(node, other, -1, x, y), f"but {said}")

    def by_sums(self, found: Difference, place: int) -> Difference:
        """Return a difference of sums in an arrow that is looked at, in words."""
        _, side, arrow = list(looked_at(self.question.graph, self.question.view))[place]
        a, b, which = self._name(found.node), self._name(found.other), self._class_name(found.class_index)
        if arrow.boolean:
            said = self._missing(found, place, arrow.name)
        else:
            said = self.question.sums_said(arrow.name, side, which, (a, found.node_sum), (b, found.other_sum))
        return self._difference(found, f"but {said}")

    def by_ratios(self, found: Difference, scales: Sequence[Any] | None) -> Difference:
        """Return a difference of sums up to a factor, in words: one class or two say that there is no factor."""
        definition = Definition(self.question.graph, self.question.view)
        d = [Fraction(1)] * len(self.nodes) if scales is None else scales
        node, other = found.node, found.other
        if node == other:  # it should be zero, or a constant
            members = self.nodes.members(int(self.nodes.class_of[node])).tolist()
            if definition.unit in members:
                return self._difference(found, "where all nodes have one value, but it is no constant that is known")
            other = next((v for v in members if d[v] != 0), other)
        sums, others = (definition.sums(v, self.nodes.class_of.tolist(), d) for v in (node, other))
        normal = allowed(self.question.view, definition.group_of[node].function)
        keys = reason(sums, others, normal) or sorted(sums.keys() | others.keys())[:2]
        x, y = ([vector.get(key, 0) for key in keys] for vector in (sums, others))
        classes = " and ".join(self._class_name(c) for _, c in keys)
        shown = [" and ".join(map(short, values)) for values in (x, y)]
        what = ("weighted sum" if self.question.view.weighted else "sum") + ("s" if len(keys) > 1 else "")
        said = (
            f"but over {classes}, {self._name(node)} has the {what} {shown[0]}, and {self._name(other)} has {shown[1]}"
        )
        index, values = (keys[0][1], (x[0], y[0])) if keys else (-1, (found.node_sum, found.other_sum))
        return self._difference(Difference(node, other, index, *values), said)

    def _missing(self, found: Difference, place: int, name: str) -> str:
        """Say what one node has the choice of and the other has not."""
        seen = seen_arrows(self.question.graph, self.question.view)
        has, has_not = (found.node, found.other) if found.node_sum else (found.other, found.node)
        choice = next(t for t, _ in seen[place].row(has) if self.nodes.class_of[t] == found.class_index)
        sums: list[str] = []
        for arrow in seen:
            if not arrow.boolean:
                over = sorted(sums_over(arrow, choice, self.nodes.class_of).items())
                sums += [f"{self._class_name(c)} with {short(value)}" for c, value in over]
        leads = ", ".join(sums[:SHOWN]) + (", ..." if len(sums) > SHOWN else "")
        none = "no choice does that" if name == "choices" else f"no edge of {name!r} leads to its class"
        return f"{self._name(choice)} goes to {leads or 'nothing'}, and of {self._name(has_not)} {none}"

    def _difference(self, found: Difference, said: str) -> Difference:
        """Return a difference as the caller counts states and classes."""
        a, b = self._name(found.node), self._name(found.other)
        share = f"{a} is" if found.node == found.other else f"{a} and {b} are"
        whole = f"{share} in {self._class_name(int(self.nodes.class_of[found.node]))}, {said}"
        index = self._class_number(found.class_index) if found.class_index >= 0 else -1
        nodes = found.node - self.first, found.other - self.first
        return replace(found, node=nodes[0], other=nodes[1], class_index=index, sentence=whole)

    def _own(self) -> Any:
        return np.arange(self.first, self.first + len(self.given))

    def _class_number(self, index: int) -> int:
        """Return the number that a caller gives a class of nodes; -1 if it has none of the caller's nodes."""
        place = int(self.nodes.representatives[index]) - self.first
        return int(self.given.class_of[place]) if 0 <= place < len(self.given) else -1

    def _class_name(self, index: int) -> str:
        number = self._class_number(index)
        return self._name(int(self.nodes.representatives[index])) if number < 0 else f"class {number}"

    def _name(self, node: int) -> str:
        return self.question.node_name(node)
