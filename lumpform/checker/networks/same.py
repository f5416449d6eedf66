"""Checks N13: two networks compute their outputs in the same way, whatever the order of their groups.

Groups are numbered by how their values are computed: equal function, shape and incoming arrows from groups with equal
numbers, back to the inputs. Around loops all groups have equal numbers first, and are told apart round by round: those
that never are have equal values at every step, by induction over the steps. Where two networks differ, the difference
is traced back to the first place that shows it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import gcd
from typing import Any

from ..limits import DEFAULT, Limits
from ..rational import show
from ..verdict import Violation
from ..words import counted
from .arrows import flat, is_delay
from .budget import ARROW, Budget
from .canonical import canonical
from .digest import WITH_PARAMETERS
from .graph import Group, Key, Matrix, Network, Port
from .late_neurons import with_late_neurons
from .rounding import Account, rounded

Arrow = tuple[Key, Matrix]


class Numbers:
    """Gives a number to whatever is equal, of both networks together."""

    def __init__(self) -> None:
        self.known: dict[Hashable, int] = {}

    def of(self, key: Hashable) -> int:
        """Return the number of a thing."""
        return self.known.setdefault(key, len(self.known))

    def matrix(self, matrix: Matrix) -> int:
        """Return the number of a matrix, by its exact entries."""
        rows = []
        for u in sorted(matrix.rows):
            d, row = matrix.rows[u]
            common = gcd(d, *row.values())
            rows.append((u, d // common, tuple((v, row[v] // common) for v in sorted(row))))
        return self.of(tuple(rows))

    def groups(self, networks: Sequence[Network], budget: Budget) -> list[list[int]]:
        """Return the numbers of all groups of some networks, by how their values are computed.

        O(weights), and O(arrows) for every round, of which there are as many as groups on loops at most.
        """
        seen = [self._seen(network) for network in networks]
        numbers, count = [[0] * len(network.groups) for network in networks], 0
        while True:
            numbers = [self._round(*one, before) for one, before in zip(seen, numbers, strict=True)]
            found = len({number for each in numbers for number in each})
            if found == count or not any(network.recurrent for network in networks):
                return numbers
            count = found
            budget.claim(ARROW * sum(len(network.arrows) + len(network.groups) for network in networks))

    def _seen(self, network: Network) -> tuple[list[Hashable], list[list[tuple[str, bool, int, int]]]]:
        """Return what every group is, and its incoming arrows: operator, whether a delay, source, number of matrix."""
        ends: dict[int, Hashable] = {p.group: ("input", i) for i, p in enumerate(network.inputs)}
        ends[0] = "unit"
        arrows = [
            [(flat(k[1]), is_delay(k[1]), k[0], self.matrix(m)) for k, m in into if m.rows]
            for into in network.incoming()
        ]
        return [(ends.get(g), group) for g, group in enumerate(network.groups)], arrows

    def _round(self, kinds: list[Hashable], arrows: list[list[Any]], before: list[int]) -> list[int]:
        """Return the next numbers; a group that is read at another step counts with the number that it had before."""
        result: list[int] = []
        for kind, into in zip(kinds, arrows, strict=True):
            read = sorted((name, (before if delay else result)[g], matrix) for name, delay, g, matrix in into)
            result.append(self.of((kind, tuple(read))))
        return result


def check_file(exact: Network, file: Network, form: str | None, limits: Limits = DEFAULT) -> Account:
    """Check N13: what the steps end in, rounded to a format, computes its outputs in the same way as a file's network.

    Both are in their canonical form. Near-linear in the weights. Raises `Violation`.
    """
    near, account = rounded(exact, form)
    near = with_late_neurons(near)
    budget = Budget(near.weights() + file.weights(), limits)
    Comparison(canonical(near, Budget(near.weights(), limits)), file, form, budget).check()
    return account


class Comparison:
    """Compares two networks by their incoming arrows and the numbers of their groups."""

    def __init__(self, ours: Network, theirs: Network, form: str | None, budget: Budget) -> None:
        self.ours, self.theirs, self.form = ours, theirs, form
        self.numbers = Numbers().groups((ours, theirs), budget)
        self.incoming = ours.incoming(), theirs.incoming()

    def check(self) -> None:
        """Compare inputs, then every output."""
        for what, mine, file in (
            ("inputs", self.ours.inputs, self.theirs.inputs),
            ("outputs", self.ours.outputs, self.theirs.outputs),
        ):
            if len(mine) != len(file):
                raise Violation("N13", f"the reduced model has {len(file)} {what}, the result has {len(mine)}")
        read = [
            {key[0] for key, matrix in each.arrows.items() if matrix.rows} | {port.group for port in each.outputs}
            for each in (self.ours, self.theirs)
        ]
        for i, (mine, file) in enumerate(zip(self.ours.inputs, self.theirs.inputs, strict=True)):
            unread = mine.group not in read[0] and file.group not in read[1]
            (self.check_unread if unread else self.check_port)(f"input {i}", mine, file)
        for i, (mine, file) in enumerate(zip(self.ours.outputs, self.theirs.outputs, strict=True)):
            if self.numbers[0][mine.group] != self.numbers[1][file.group]:
                self.explain(mine.group, file.group)
            self.check_port(f"output {i}", mine, file)

    def check_port(self, name: str, mine: Port, file: Port) -> None:
        """Compare what kind of group an input or output is, and the layout and order of its numbers."""
        self.check_group(mine.group, file.group)
        self.check_layout(name, mine, file)
        if mine.order != file.order:
            raise Violation(
                "N13", f"the numbers of {name} of the reduced model are in another order than in the result"
            )

    def check_unread(self, name: str, mine: Port, file: Port) -> None:
        """Compare an input that no output needs in either network: how many numbers it has, and their layout."""
        ours, theirs = self.ours.groups[mine.group], self.theirs.groups[file.group]
        if ours.entries != theirs.entries:
            raise Violation("N13", f"{name} of the reduced model has {theirs.entries} numbers, expected {ours.entries}")
        self.check_layout(name, mine, file)

    def check_layout(self, name: str, mine: Port, file: Port) -> None:
        """Compare the layout of an input or output."""
        if mine.layout != file.layout:
            what = f"{name} of the reduced model has the layout {file.layout!r}, expected {mine.layout!r}"
            raise Violation("N13", f"the tensor of {what}")

    def check_group(self, mine: int, file: int) -> None:
        """Compare two groups without their arrows."""
        ours, theirs = self.ours.groups[mine], self.theirs.groups[file]
        if ours != theirs:
            raise Violation("N13", f"group {file} of the reduced model is {shown(theirs)}, expected {shown(ours)}")

    def explain(self, mine: int, file: int) -> None:
        """Raise the violation that tells two groups apart: follow arrows back to the first difference."""
        pairs = set()
        while (mine, file) not in pairs:
            pairs.add((mine, file))
            self.check_group(mine, file)
            ours, theirs = self.unlike(mine, file)
            if not ours and not theirs:
                place = [port.group for port in self.ours.inputs].index(mine)
                raise Violation("N13", f"group {file} of the reduced model is read, expected input {place}")
            if not ours:
                raise self.missing(file, theirs[0], lacking=False)
            a = next((a for a in ours if a[0][0] != mine), ours[0])  # around a loop nothing new is found
            like = [b for b in theirs if b[0][1] == a[0][1]]
            if not like:
                raise self.missing(file, a, lacking=True)
            b = like[max(range(len(like)), key=[self.likeness(a, b) for b in like].__getitem__)]
            if self.numbers[0][a[0][0]] == self.numbers[1][b[0][0]]:
                raise self.weight(file, a, b)
            self.check_group(a[0][0], b[0][0])
            if entries_of(a[1]) != entries_of(b[1]):
                raise self.weight(file, a, b)
            mine, file = a[0][0], b[0][0]
        raise Violation("N13", f"group {file} of the reduced model is computed in another way than in the result")

    def unlike(self, mine: int, file: int) -> tuple[list[Arrow], list[Arrow]]:
        """Return the incoming arrows of two groups that have no equal on the other side."""
        sides = []
        for side, g in ((0, mine), (1, file)):
            equal: dict[Hashable, list[Arrow]] = {}
            for key, matrix in self.incoming[side][g]:
                equal.setdefault((key[1], self.numbers[side][key[0]], entries_of(matrix)), []).append((key, matrix))
            sides.append(equal)
        ours, theirs = sides
        left = [arrow for key, arrows in ours.items() for arrow in arrows[len(theirs.get(key, ())) :]]
        right = [arrow for key, arrows in theirs.items() for arrow in arrows[len(ours.get(key, ())) :]]
        return left, right

    def likeness(self, a: Arrow, b: Arrow) -> tuple[bool, bool, bool]:
        """Return how alike two arrows are, to tell which of them belong together."""
        same = self.numbers[0][a[0][0]] == self.numbers[1][b[0][0]]
        alike = self.ours.groups[a[0][0]] == self.theirs.groups[b[0][0]]
        return same, alike, entries_of(a[1]) == entries_of(b[1])

    def weight(self, file: int, a: Arrow, b: Arrow) -> Violation:
        """Return the violation for the first weight in which two arrows differ."""
        (key, ours), (other, theirs) = a, b
        for u in sorted(set(ours.rows) | set(theirs.rows)):
            targets = set(ours.rows.get(u, (1, {}))[1]) | set(theirs.rows.get(u, (1, {}))[1])
            for v in sorted(targets):
                expected, found = ours.at(u, v), theirs.at(u, v)
                if expected != found:
                    what = f"the weight from group {other[0]} to {file}{_by(key)}, node {u} to {v}, is {show(found)}"
                    nearest = "" if self.form is None else f", the nearest {self.form}"
                    return Violation("N13", f"{what}, expected {show(expected)}{nearest}")
        raise AssertionError("equal matrices")

    def missing(self, file: int, arrow: Arrow, *, lacking: bool) -> Violation:
        """Return the violation for an arrow that only one of two groups has."""
        key, matrix = arrow
        source = (self.ours if lacking else self.theirs).groups[key[0]]
        u = min(matrix.rows)
        v = min(matrix.rows[u][1])
        what = f"an arrow{_by(key)} from {shown(source)} with the weight {show(matrix.at(u, v))} from node {u} to {v}"
        return Violation("N13", f"group {file} of the reduced model {'lacks' if lacking else 'has'} {what}")


def entries_of(matrix: Matrix) -> Hashable:
    """Return what two equal matrices have in common."""
    return frozenset(matrix.entries())


def _by(key: Key) -> str:
    return "" if key[1] is None else f" by {flat(key[1])}"


def shown(group: Group) -> str:
    """Return a group in words."""
    function = " ".join(map(flat, group.function[:1]))
    if group.function[0] == "leaky_relu":
        function += f" {show(group.function[1])}"
    elif group.function[0] in WITH_PARAMETERS:
        function = " ".join([function, *map(show, group.function[1:])])
    if group.function[0] == "quantize":
        function += f" {show(group.function[1])} {' '.join(map(str, group.function[2:]))}"
    maps = f" and maps of {flat(group.shape)}" if group.shape else ""
    return f"{counted(group.size, 'node')} with {function}{maps}{' (pinned)' if group.pinned else ''}"
