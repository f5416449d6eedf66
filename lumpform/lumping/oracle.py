"""Lumps tiny graphs by the definition: tries every partition, and takes the one that every other lumping contains (T0).

Nothing here is clever. Scales are forced: what is known of one class says what the classes that it reaches must be, up
to a factor for each. A class that nothing reaches could have any scales, but then it is not in the least lumping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from lumpform.errors import OptionError
from lumpform.graph.graph import Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.definition import Definition, lumpable
from lumpform.lumping.unit import BIAS, compared, reached
from lumpform.numbers.field import require_ordered

MAX_NODES = 9
ONE, ZERO = Fraction(1), Fraction(0)
Found = tuple[Partition, "tuple[Any, ...] | None"]
Vectors = Sequence[Sequence[Any]]
NOWHERE, UNIT = -1, 0
"""Labels of nodes that are zero, and of constants."""


def coarsest(graph: WeightedGraph, start: Partition, view: View, given: Vectors | None = None) -> Found:
    """Return what `lumpform.lumping.refine.coarsest` returns, by trying all partitions of at most nine nodes.

    Raises
    ------
    ValueError
        If there is no lumping that is contained in all others: then T0 would be false.
    """
    good = list(lumpings(graph, start, view, given))
    best = min(good, key=lambda found: found[0].count)
    if not all(_contained(best, other, view.weighted) for other in good):
        raise ValueError("there is no unique coarsest lumping")
    return best


def lumpings(graph: WeightedGraph, start: Partition, view: View, given: Vectors | None = None) -> Iterator[Found]:
    """Yield all lumpings that refine `start`, those with weights as far as their scales are forced."""
    if not view.weighted:
        for partition in partitions(graph.nodes):
            if partition.refines(start) and partition.refines(graph.coarsest) and lumpable(graph, partition, view):
                yield partition, Definition(graph, view).factors(partition) if view.scales else None
        return
    require_ordered("the definition", graph.field)  # of which ratios are positive
    definition = Definition(graph, view)
    free = sum(g.size for g in graph.groups if given is not None or not (g.pinned or g.function.couples))
    if free > MAX_NODES:
        raise OptionError(f"{free} nodes have too many partitions to try (the oracle), expected at most {MAX_NODES}")
    for labels in product(*(list(_labels(graph, g, definition, given is None)) for g in graph.groups)):
        forced = _Forced(definition, [label for group in labels for label in group], given)
        found = forced.lumping(start)
        if found is not None:
            yield found


def scales_of(graph: WeightedGraph, partition: Partition, view: View) -> list[Any] | None:
    """Return the scales that make a partition of a feed-forward graph a lumping, or None if there are none."""
    definition = Definition(graph, view)
    first = partition.representatives[partition.class_of].tolist()
    labels = [UNIT if definition.unit is not None and r == definition.unit else r + 1 for r in first]
    found = _Forced(definition, labels, None).lumping(Partition([0] * graph.nodes))
    return None if found is None else list(found[1] or ())


def partitions(n: int) -> Iterator[Partition]:
    """Yield all partitions of {0, ..., n-1}, as restricted growth strings: Bell(n) of them."""
    if n > MAX_NODES:
        raise OptionError(f"{n} nodes have too many partitions to try (the oracle), expected at most {MAX_NODES}")

    def grow(prefix: list[int], highest: int) -> Iterator[list[int]]:
        if len(prefix) == n:
            yield prefix
            return
        for label in range(highest + 2):
            yield from grow([*prefix, label], max(highest, label))

    for labels in grow([], -1):
        yield Partition(labels)


def _labels(graph: WeightedGraph, group: Group, definition: Definition, kept: bool) -> Iterator[list[int]]:
    """Yield what the nodes of a group can be: zero, constants, or of the class of some first member (plus one)."""
    first = graph.offset(group.name)
    if definition.unit == first:
        yield [UNIT]
        return
    if kept and (group.pinned or group.function.couples):
        yield [first + i + 1 for i in range(group.size)]
        return
    free = not reached(definition.view, group.function)
    for partition in partitions(group.size):
        own = [first + int(r) + 1 for r in partition.representatives]
        blocks = range(partition.count) if free else ()
        for zero in (None, *blocks):
            for unit in (None, *blocks) if definition.unit is not None else (None,):
                if unit is None or unit != zero:
                    names = [NOWHERE if c == zero else UNIT if c == unit else own[c] for c in range(partition.count)]
                    yield partition.lift(names)


class _Forced:
    """Finds the scales that labels force."""

    def __init__(self, definition: Definition, labels: list[int], given: Vectors | None) -> None:
        self.definition, self.labels, self.given = definition, labels, given
        self.members: dict[int, list[int]] = {}
        for node, label in enumerate(labels):
            self.members.setdefault(label, []).append(node)
        self.d: dict[int, Any] = dict.fromkeys(self.members.pop(NOWHERE, []), ZERO)
        self.wrong = False

    def lumping(self, start: Partition) -> Found | None:
        """Return the lumping, or None if there is none with these labels, or its scales are free."""
        for label, members in self.members.items():
            if label != UNIT and len({start.class_of[v] for v in members}) > 1:
                return None
        self._begin()
        while not self.wrong and self._step():
            pass
        if self.wrong or len(self.d) < len(self.labels):
            return None
        d = [self.d[v] for v in range(len(self.labels))]
        if not self._contains_given(d):
            return None
        zero = {v: UNIT if self.definition.unit is not None else -1 - v for v in range(len(d))}
        groups = self.definition.group_of
        if self.definition.unit is None:
            names: dict[Any, int] = {}
            for v in range(len(d)):
                zero[v] = names.setdefault((groups[v].name, start.class_at(v)), -1 - len(names))
        partition = Partition([zero[v] if c == NOWHERE else c for v, c in enumerate(self.labels)])
        good = lumpable(self.definition.graph, partition, self.definition.view, d)
        return (partition, tuple(d)) if good else None

    def _begin(self) -> None:
        """Set what the vectors that must be in the lumping force; by default the indicators of nodes that are kept."""
        for label, members in self.members.items():
            group = self.definition.group_of[members[0]]
            if self.given is not None:
                for vector in self.given:
                    self._force(label, [vector[v] for v in members])
            elif members == [self.definition.unit] or group.pinned or group.function.couples:
                self.d[members[0]] = ONE
            elif label != UNIT and compared(self.definition.view, group.function) == "equal":
                self.d |= dict.fromkeys(members, ONE)
        if self.definition.unit is not None:
            self.d[self.definition.unit] = ONE

    def _force(self, label: int, values: list[Any]) -> bool:
        """Take values of a class as its scales unless they are zero; return whether that is news."""
        members = self.members[label]
        if members[0] in self.d or all(v == 0 for v in values):
            return False
        self.wrong |= any(v == 0 for v in values)
        if not self.wrong:
            self.d |= {node: v / values[0] for node, v in zip(members, values, strict=True)}
        return not self.wrong

    def _step(self) -> bool:
        """Find scales from what is known; return whether there is news."""
        for label, members in self.members.items():
            if label == UNIT:
                if self._constants(members):
                    return True
                continue
            known = [self._sums(v) for v in members]
            for key in sorted({k for sums in known for k in sums}):
                if self._force(label, [sums.get(key, ZERO) for sums in known]):
                    return True
        return False

    def _sums(self, node: int) -> dict[tuple[int, int], Any]:
        """Return the sums over classes all of whose members have a scale."""
        whole = {c for c, members in self.members.items() if all(v in self.d for v in members)}
        d = [self.d.get(v, ZERO) for v in range(len(self.labels))]
        sums = self.definition.sums(node, self.labels, d)
        return {key: value for key, value in sums.items() if key[1] in whole}

    def _constants(self, members: list[int]) -> bool:
        """Find the value of one more constant, if those that it reads at the same step are known.

        That everything else it reads vanishes, itself at earlier steps included, is for `lumpable` to say.
        """
        for node in members:
            read = [e for e in self.definition.seen[node] if e.arrow == BIAS and self.labels[e.other] == UNIT]
            if node in self.d or any(e.other not in self.d for e in read):
                continue
            bias = sum((e.weight * self.d[e.other] for e in read), start=ZERO)
            value = self.definition.constant(node, {(BIAS, UNIT): bias} if bias else {}, UNIT)
            self.wrong |= value is None
            if not self.wrong:
                self.d[node] = value
            return not self.wrong
        return False

    def _contains_given(self, d: list[Any]) -> bool:
        for vector in self.given or ():
            if any(d[v] == 0 and vector[v] != 0 for v in range(len(d))):
                return False
            for members in self.members.values():
                if any(vector[v] * d[members[0]] != vector[members[0]] * d[v] for v in members):
                    return False
        return True


def _contained(first: Found, second: Found, weighted: bool) -> bool:
    """Tell whether the space of one lumping lies in that of another."""
    (small, d), (large, e) = first, second
    if d is None or e is None or not weighted:
        return large.refines(small)
    for block in large.classes():
        alive = [v for v in block if e[v] != 0]
        if any(d[v] != 0 for v in block if e[v] == 0):
            return False
        for v in alive[1:]:
            u = alive[0]
            together = small.class_of[u] == small.class_of[v] and d[u] * e[v] == d[v] * e[u]
            if not together and (d[u] != 0 or d[v] != 0):
                return False
    return True
