"""Checks N3 to N7: a partition with scales is a two-sided proportional exact lumping; and makes its quotient.

Values inside a class are proportional, ``x(u) = d(u) y(C)``, so a node sees its predecessors through the weighted sums
``sum over u in C of d(u) A(u, v)``, one for every operator and class. They must be proportional inside every class.
Operators are linear, so what is proportional before one is so behind it. The same holds along time, step by step, since
the starts of a class are sums over the unit node, by an operator of their own, and must be proportional too.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import replace

from ..rational import ONE, Pair, bounded_denominator, reduced, show
from ..verdict import Violation
from .arrows import TIME, Operator, flat
from .budget import Budget
from .constants import constant_value
from .graph import Group, Key, Matrix, Network

UNIT = 0
"""The class of the unit node, whose other members are constants."""

Column = dict[tuple[int, Operator], tuple[int, dict[int, int]]]
"""Weighted sums into the nodes of a group: for (class, operator) a denominator, and the numerators by node."""

POSITIVE = ("relu", "leaky_relu", "max_pool")


class Lumping:
    """Checks a map of nodes to classes with scales, about which nothing is known yet."""

    def __init__(
        self, network: Network, class_of: array[int], scales: dict[int, Pair], budget: Budget | None = None
    ) -> None:
        self.network, self.class_of, self.scales = network, class_of, scales
        self.budget = Budget(network.weights()) if budget is None else budget
        self.offsets = network.offsets()
        self.group_of = [g for g, group in enumerate(network.groups) for _ in range(group.size)]
        self.first: list[int] = []

    def scale(self, node: int) -> Pair:
        """Return the scale of a node."""
        return self.scales.get(node, ONE)

    def check(self) -> Network:
        """Check N3 to N7; returns the quotient.

        O(weights) exact operations. Raises `Violation`, and `TooMuch` where the numbers are too long for the budget.
        """
        self.check_map()
        self.check_scales()
        columns = [self.sums(arrows) for arrows in self.network.incoming()]
        for g, group in enumerate(self.network.groups):
            self.check_group(g, group, columns[g])
        return self.quotient(columns)

    def check_map(self) -> None:
        """Check N3: classes are numbered by their first members; and N4: they do not cross groups."""
        if len(self.class_of) != len(self.group_of):
            raise Violation("N3", f"the map has {len(self.class_of)} entries, expected {len(self.group_of)}")
        for node, c in enumerate(self.class_of):
            if not 0 <= c <= len(self.first):
                raise Violation(
                    "N3", f"node {node} is in class {c}, expected one from 0 to {len(self.first)}", node=node
                )
            if c == len(self.first):
                self.first.append(node)
                continue
            group, other = self.group_of[node], self.group_of[self.first[c]]
            if self.alone(group) or (c != UNIT and (group != other or self.alone(other))):
                raise Violation(
                    "N4",
                    f"node {node} of group {group} is in a class with node {self.first[c]} of group {other}",
                    node=node,
                )

    def alone(self, group: int) -> bool:
        """Tell whether the nodes of a group may not be merged: pinned ones, and those that softmax mixes."""
        return self.network.groups[group].pinned or self.network.groups[group].function[0] == "softmax"

    def check_scales(self) -> None:
        """Check N5: a first member has the scale 1; others one that fits the function."""
        for node in self.scales:
            if node >= len(self.class_of):
                raise Violation("N5", f"node {node} has a scale, but there are {len(self.class_of)} nodes", node=node)
        for node, c in enumerate(self.class_of):
            scale, function = self.scale(node), self.network.groups[self.group_of[node]].function[0]
            if node == self.first[c]:
                good, wanted = scale == ONE, "1 for the first node of a class"
            elif c == UNIT:
                continue  # the value of a constant: N7
            elif function == "identity":
                good, wanted = scale[0] != 0, "any but 0"
            elif function in POSITIVE:
                good, wanted = scale[0] > 0, "a positive one"
            else:
                good, wanted = scale == ONE, f"1 for the function {function}"
            if not good:
                raise Violation("N5", f"node {node} has the scale {show(scale)}, expected {wanted}", node=node)

    def sums(self, arrows: Iterable[tuple[Key, Matrix]]) -> Column:
        """Return the weighted sums into one group; N7 for a constant map that is read.

        Those over the class of the unit node are biases: constants are numbers, and what a number gives by `put` the
        unit node gives by it too. So it does at other steps, as it has no start (`constant_value`).
        """
        parts: dict[tuple[int, Operator], list[tuple[int, tuple[int, dict[int, int]]]]] = {}
        for (source, operator, _), matrix in arrows:
            start = self.offsets[source]
            for u, row in matrix.rows.items():
                c = self.class_of[start + u]
                changed = operator is not None and operator not in TIME and operator[0] != "put"
                if c == UNIT and self.scale(start + u)[0] and changed and operator is not None:
                    what = f"the constant node {start + u} is changed on its way by {operator[0]}"
                    raise Violation("N7", what, node=start + u)
                parts.setdefault((c, operator), []).append((start + u, row))
        return {key: summed for key, members in parts.items() if (summed := self.summed(members))[1]}

    def summed(self, members: list[tuple[int, tuple[int, dict[int, int]]]]) -> tuple[int, dict[int, int]]:
        """Return the sum of rows, each times the scale of its node, over one denominator and without zeros."""
        if len(members) == 1 and self.scale(members[0][0]) == ONE:
            return members[0][1]
        common = bounded_denominator({d * self.scale(node)[1] for node, (d, _) in members})
        result: dict[int, int] = {}
        for node, (d, weights) in members:
            p, q = self.scale(node)
            factor = p * (common // (d * q))
            self.budget.claim(1 + len(weights) * (1 + (factor.bit_length() >> 9)))
            for v, w in weights.items():
                result[v] = result.get(v, 0) + w * factor
        return common, {v: w for v, w in result.items() if w}

    def check_group(self, g: int, group: Group, column: Column) -> None:
        """Check N6 and N7 for the nodes of one group."""
        start = self.offsets[g]
        into: list[list[tuple[int, Operator]]] = [[] for _ in range(group.size)]
        for key, (_, row) in column.items():
            for v in row:
                into[v].append(key)
        for v in range(group.size):
            node = start + v
            c = self.class_of[node]
            if c == UNIT and node != 0:
                self.check_constant(node, v, group, into[v], column)
            elif self.first[c] != node:
                self.check_member(node, v, self.first[c] - start, (into[v], into[self.first[c] - start]), column)

    def check_member(
        self, node: int, v: int, f: int, keys: tuple[list[tuple[int, Operator]], ...], column: Column
    ) -> None:
        """Check N6 for node v and the first member f of its class: sums over the unit node, then over other classes."""
        p, q = self.scale(node)
        wrong = []
        for key in {*keys[0], *keys[1]}:
            row = column[key][1]
            if row.get(v, 0) * q != row.get(f, 0) * p:
                wrong.append(key)
        if wrong:
            key = min(wrong, key=lambda key: (key[0], flat(key[1])))
            common, row = column[key]
            what = "the unit node" if key[0] == UNIT else f"class {key[0]}"
            ours, theirs = reduced(row.get(v, 0), common), reduced(row.get(f, 0), common)
            raise self.unequal(node, node - v + f, what, ours, theirs)

    def check_constant(self, node: int, v: int, group: Group, keys: list[tuple[int, Operator]], column: Column) -> None:
        """Check N7: a member of class 0 depends on no other class, nor on steps, and its scale is its value."""
        other = min((c for c, _ in keys if c != UNIT), default=None)
        if other is not None:
            raise Violation("N7", f"node {node} is said to be constant, but depends on class {other}", node=node)
        biases = {operator: reduced(column[c, operator][1][v], column[c, operator][0]) for c, operator in keys}
        value = constant_value(group, biases)
        if value is None or value != self.scale(node) or (group.shape and value[0]):
            what = "no known value" if value is None else f"the value {show(value)}"
            raise Violation(
                "N7", f"the constant node {node} has {what}, its scale is {show(self.scale(node))}", node=node
            )

    def unequal(self, node: int, first: int, what: str, ours: Pair, theirs: Pair) -> Violation:
        """Return the violation of N6."""
        return Violation(
            "N6",
            f"nodes {first} and {node} are in one class with scale {show(self.scale(node))}, but their weighted sums "
            f"over {what} are {show(theirs)} and {show(ours)}",
            node=node,
            other=first,
        )

    def quotient(self, columns: list[Column]) -> Network:
        """Return the first members with the weighted sums; what constants give is bias."""
        old, place = self.network, {}
        sizes = [0] * len(old.groups)
        for first in self.first:
            g = self.group_of[first]
            place[first] = sizes[g]
            sizes[g] += 1
        arrows: dict[Key, Matrix] = {}
        for g, column in enumerate(columns):
            start = self.offsets[g]
            for (c, operator), (common, row) in column.items():
                entries = {place[start + v]: w for v, w in row.items() if start + v in place}
                source = self.group_of[self.first[c]]
                arrows.setdefault((source, operator, g), Matrix()).put(place[self.first[c]], common, entries)
        groups = [replace(group, size=size) for group, size in zip(old.groups, sizes, strict=True)]
        kept = {key: matrix for key, matrix in arrows.items() if matrix.rows}
        return Network(groups, kept, old.inputs, old.outputs, old.rounded)
