"""Says why two neurons of a network are not merged, layer by layer back to the inputs.

Two neurons of a group are merged if their vectors of weighted sums over classes have one direction (as far as the node
function allows), or if both are constants. So they are apart because of one class, over which one of them has a sum and
the other has none, or of two classes, over which their sums have another ratio. Classes of hidden neurons are told from
the others that the same neurons see in the same way, by sums over earlier groups; inputs are told apart by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

from lumpform.errors import ModelError
from lumpform.graph.observation import group_of
from lumpform.graph.partition import Partition
from lumpform.graph.views import Normal, allowed
from lumpform.lumping.definition import Definition, lumpable
from lumpform.lumping.edges import components, looked_at
from lumpform.lumping.questions.experiment import Shown, Together
from lumpform.lumping.questions.question import Question
from lumpform.lumping.search import search
from lumpform.numbers.numerals import short

Key = tuple[int, int]
"""The number of what edges belong to (see `lumpform.lumping.edges`), and a class."""

ZERO = 0


class Apart(NamedTuple):
    """Says that two neurons have sums that are no multiples of each other, over one class or two.

    Attributes
    ----------
    node, other : int
    over : tuple of (number, class)
        Empty if they are in different groups, or pinned.
    node_sums, other_sums : tuple of exact numbers
        Weighted by the scales of the members of the classes.
    told : int or None
        The class that this tells from others; None for the two neurons that were asked about.
    """

    node: int
    other: int
    over: tuple[Key, ...]
    node_sums: tuple[Any, ...]
    other_sums: tuple[Any, ...]
    told: int | None = None


@dataclass(frozen=True, eq=False)
class NetworkExperiment(Shown):
    """Holds why two neurons are apart in the coarsest lumping of a network. True as a truth value.

    Attributes
    ----------
    question : Question
    partition : Partition of the nodes
        The coarsest lumping.
    scales : tuple of exact numbers
    steps : tuple of Apart
        The first one is about the two neurons; the others tell the classes apart that are spoken of.
    """

    question: Question
    partition: Partition
    scales: tuple[Any, ...]
    steps: tuple[Apart, ...]

    @cached_property
    def depth(self) -> int:
        """Return the number of layers that are looked back at."""
        steps: dict[int | None, list[Apart]] = {}
        for step in self.steps:
            steps.setdefault(step.told, []).append(step)

        @cache
        def below(told: int | None) -> int:
            over = [c for step in steps[told] for _, c in step.over]
            return max((1 + below(c) if c in steps else 1 for c in over), default=0)

        return below(None)

    def replay(self) -> bool:
        """Check with exact numbers that the partition is a lumping, recompute all sums, and that they are apart."""
        question = self.question
        if lumpable(question.graph, self.partition, question.view, self.scales) is not True:
            return False
        return all(self._confirmed(step) for step in self.steps)

    def _confirmed(self, step: Apart) -> bool:
        """Tell whether the sums of a step are what it says, and no multiples of each other; by plain loops."""
        graph, view = self.question.graph, self.question.view
        groups = [group_of(graph, v) for v in (step.node, step.other)]
        if self.partition.class_of[step.node] == self.partition.class_of[step.other]:
            return False
        if not step.over:
            pinned = any(g.pinned or g.function.couples for g in groups)
            return groups[0] is not groups[1] or pinned
        found = tuple(tuple(self._sum(v, key) for key in step.over) for v in (step.node, step.other))
        if groups[0] is not groups[1] or found != (step.node_sums, step.other_sums):
            return False
        (x, *more), (y, *others) = found
        normal = allowed(view, groups[0].function)
        if normal == "equal":
            return x != y
        if x == 0 or y == 0:
            return not more and x != y
        ratio = _factor(x, y)
        return (
            ratio is None
            or (normal == "ray" and ratio < 0)
            or any(v != u * ratio for u, v in zip(more, others, strict=True))
        )

    def _sum(self, node: int, key: Key) -> Any:
        """Return the weighted sum of a node over a class."""
        graph, total = self.question.graph, Fraction(0)
        for number, side, arrow in looked_at(graph, self.question.view):
            near, far = (arrow.source, arrow.target) if side == "out" else (arrow.target, arrow.source)
            place, first = node - graph.offset(near), graph.offset(far)
            if number == key[0] and 0 <= place < graph.group(near).size:
                row = arrow.weights.row(place) if side == "out" else arrow.weights.column(place)
                inside = [(first + u, w) for u, w in row if self.partition.class_of[first + u] == key[1]]
                total = sum((w * self.scales[u] for u, w in inside), start=total)
        return total

    def sentences(self) -> Iterator[str]:
        """Yield what the experiment says, for people."""
        name, told = self.question.node_name, set[int]()
        first = self.steps[0]
        yield f"{name(first.node)} and {name(first.other)} are apart ({self.question.kind} lumping):"
        for step in self.steps:
            if step.told is not None and step.told not in told:
                told.add(step.told)
                members = self.partition.members(step.told).tolist()
                more = f" and {len(members) - 3} more" if len(members) > 3 else ""
                yield f"class {step.told} is {', '.join(map(name, members[:3]))}{more}"
            yield f"  {self._said(step)}"

    def _said(self, step: Apart) -> str:
        name = self.question.node_name
        a, b = name(step.node), name(step.other)
        if not step.over:
            return f"{a} and {b} are in different groups, or are never merged"
        classes = " and ".join(self._class_name(key) for key in step.over)
        x, y = (" and ".join(map(short, sums)) for sums in (step.node_sums, step.other_sums))
        return f"over {classes}, {a} has the weighted sum{'s' if len(step.over) > 1 else ''} {x}, and {b} has {y}"

    def _class_name(self, key: Key) -> str:
        first = int(self.partition.representatives[key[1]])
        alone = self.partition.sizes[key[1]] == 1
        where = "" if key[0] == 0 else f" (arrows number {key[0]})"
        return (self.question.node_name(first) if alone or not first else f"class {key[1]}") + where

    def __repr__(self) -> str:
        nodes = f"{self.question.node_name(self.steps[0].node)} and {self.question.node_name(self.steps[0].other)}"
        return f"<NetworkExperiment that parts {nodes}, {len(self.steps)} steps>"


class _Sums:
    """Takes weighted sums over the classes of a lumping."""

    def __init__(self, question: Question, partition: Partition, scales: Sequence[Any]) -> None:
        self.definition = Definition(question.graph, question.view)
        self.partition, self.class_of, self.scales = partition, partition.class_of.tolist(), scales
        self.group_of = self.definition.group_of
        self.known: dict[int, dict[Key, Any]] = {}

    def of(self, node: int) -> dict[Key, Any]:
        """Return the sums of a node that are not zero."""
        if node not in self.known:
            self.known[node] = self.definition.sums(node, self.class_of, self.scales)
        return self.known[node]

    def hidden(self, node: int) -> bool:
        """Tell whether a node is told from others by its sums."""
        group = self.group_of[node]
        return not group.pinned and not group.function.couples

    def apart(self, node: int, other: int, over: Sequence[Key] | None = None) -> Apart | None:
        """Return why two nodes are apart, of the given classes only if there are any; None if that is no reason."""
        if self.class_of[node] == self.class_of[other]:
            return None
        if self.group_of[node] != self.group_of[other] or not self.hidden(node):
            return Apart(node, other, (), (), ())
        sums, others = self.of(node), self.of(other)
        normal = allowed(self.definition.view, self.group_of[node].function)
        keys = reason(sums, others, normal, None if over is None else list(over))
        if keys is None:
            return None
        mine, theirs = (tuple(vector.get(k, ZERO) for k in keys) for vector in (sums, others))
        return Apart(node, other, tuple(keys), mine, theirs)


def reason(
    sums: dict[Key, Any], others: dict[Key, Any], normal: Normal, over: list[Key] | None = None
) -> list[Key] | None:
    """Return one or two keys at which two vectors are no multiples of each other; None if they are, there.

    Parameters
    ----------
    sums, others : dict
        Zeros left out.
    normal : {"equal", "ray", "line"}
        Which multiples are allowed.
    over : list of keys, optional
        Only these are looked at.
    """
    keys = sorted(sums.keys() | others.keys()) if over is None else over
    if normal == "equal":
        return next(([k] for k in keys if sums.get(k, ZERO) != others.get(k, ZERO)), None)
    both = [k for k in keys if k in sums and k in others]
    alone = next(([k] for k in keys if (k in sums) != (k in others)), None)
    if alone is not None or not both:
        return alone
    first = both[0]
    ratio = _factor(sums[first], others[first])
    if ratio is None or (normal == "ray" and ratio < 0):
        return [first]
    return next(([first, k] for k in both[1:] if others[k] != sums[k] * ratio), None)


def _factor(value: Any, other: Any) -> Any:
    """Return how many times a number another is; None if that depends on parameters, which no scale may."""
    ratio = other / value
    return ratio.constant if getattr(ratio, "parametric", False) else ratio


def why_network(question: Question, node: int, other: int) -> NetworkExperiment | Together:
    """Return why two nodes of a feed-forward network are apart, or say that they are together.

    One step for two nodes, and for each class of hidden neurons that is spoken of as many as it takes to tell it from
    the other classes that were seen: one, as a rule. O(edges) exact operations besides the lumping.

    Raises
    ------
    ModelError
        If arrows lead around.
    """
    if any(c.cyclic for c in components(question.graph, ordered=True)):
        raise ModelError("why two neurons are apart: found arrows that lead around, expected a feed-forward network")
    found = search(question.graph, question.start, question.view, None, {})
    if found.partition.class_of[node] == found.partition.class_of[other]:
        return Together(question, node, other)
    scales = found.scales or ()
    sums = _Sums(question, found.partition, scales)
    return NetworkExperiment(question, found.partition, scales, tuple(_steps(sums, node, other)))


def _steps(sums: _Sums, node: int, other: int) -> Iterator[Apart]:
    """Yield the step for two nodes, then those for the classes that are spoken of, later groups first."""
    first = _told(sums, node, other, None)
    yield first
    asked: dict[int, set[int]] = {}  # classes to be told apart, and from which
    _ask(sums, first, asked)
    done: dict[int, list[Apart]] = {}
    while asked:
        told = max(asked, key=lambda c: int(sums.partition.representatives[c]))
        head = int(sums.partition.representatives[told])
        for c in sorted(asked.pop(told)):
            rest = int(sums.partition.representatives[c])
            step = next((s for s in done.get(told, ()) if sums.apart(head, rest, s.over)), None)
            if step is None:
                step = _told(sums, head, rest, told)
                done.setdefault(told, []).append(step)
                yield step
            _ask(sums, step._replace(other=rest), asked)


def _told(sums: _Sums, node: int, other: int, told: int | None) -> Apart:
    step = sums.apart(node, other)
    if step is None:
        raise ModelError(f"nodes {node} and {other} are apart, and no sums say why")
    return step._replace(told=told)


def _ask(sums: _Sums, step: Apart, asked: dict[int, set[int]]) -> None:
    """Ask what tells the classes of a step from the others, of the same group, that its two nodes see."""
    seen = {c for v in (step.node, step.other) for _, c in sums.of(v)}
    heads = {c: int(sums.partition.representatives[c]) for c in seen}
    for _, told in step.over:
        if not sums.hidden(heads[told]):
            continue
        group = sums.group_of[heads[told]]
        others = {c for c in seen if c != told and sums.group_of[heads[c]] == group}
        if others:
            asked.setdefault(told, set()).update(others)
