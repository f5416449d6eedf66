"""Rules N3 to N7: a partition with scales is a two-sided proportional exact lumping; and its quotient.

Values inside a class are proportional, ``x(u) = d(u) y(C)``, so a node sees its predecessors through the weighted sums
``sum over u in C of d(u) A(u, v)``, one for every operator and class. They must be proportional inside every class.
"""

from __future__ import annotations

from array import array
from dataclasses import replace

from ..rational import Pair, bounded_denominator, product, reduced, show, total
from ..verdict import Violation
from .graph import Group, Key, Matrix, Network, Operator

ONE: Pair = (1, 1)
ZERO: Pair = (0, 1)

Sums = dict[tuple[int, Operator, int], tuple[int, dict[int, int]]]
"""For (class, operator, target group): a denominator, and the numerators of the weighted sums by target node."""


class Lumping:
    """A map of nodes to classes with scales, about which nothing is known yet."""

    def __init__(self, network: Network, class_of: array[int], scales: dict[int, Pair]) -> None:
        self.network, self.class_of, self.scales = network, class_of, scales
        self.offsets = network.offsets()
        self.group_of = [g for g, group in enumerate(network.groups) for _ in range(group.size)]
        self.first: list[int] = []

    def scale(self, node: int) -> Pair:
        """The scale of a node."""
        return self.scales.get(node, ONE)

    def check_map(self) -> None:
        """N3: classes are numbered by their first members. N4: they do not cross groups, pinned nodes are alone."""
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
            if self.alone(group) or (c != 0 and (group != other or self.alone(other))):
                raise Violation(
                    "N4",
                    f"node {node} of group {group} is in a class with node {self.first[c]} of group {other}",
                    node=node,
                )

    def alone(self, group: int) -> bool:
        """Whether the nodes of a group may not be merged: pinned ones, and those that softmax mixes."""
        return self.network.groups[group].pinned or self.network.groups[group].function[0] == "softmax"

    def check_scales(self) -> None:
        """N5: a first member has the scale 1; others a positive one, not zero for the identity, 1 if neither fits."""
        for node in self.scales:
            if node >= len(self.class_of):
                raise Violation("N5", f"node {node} has a scale, but there are {len(self.class_of)} nodes", node=node)
        for node, c in enumerate(self.class_of):
            scale, function = self.scale(node), self.network.groups[self.group_of[node]].function[0]
            if node == self.first[c]:
                good, wanted = scale == ONE, "1 for the first node of a class"
            elif c == 0:
                continue  # the value of a constant: N7
            elif function == "identity":
                good, wanted = scale[0] != 0, "any but 0"
            elif function in ("relu", "leaky_relu", "max_pool"):
                good, wanted = scale[0] > 0, "a positive one"
            else:
                good, wanted = scale == ONE, f"1 for the function {function}"
            if not good:
                raise Violation("N5", f"node {node} has the scale {show(scale)}, expected {wanted}", node=node)

    def sums(self) -> Sums:
        """All weighted sums. The class 0 spans groups and is left to `constants`."""
        result: Sums = {}
        for (source, operator, target), matrix in self.network.arrows.items():
            start = self.offsets[source]
            members: dict[int, list[int]] = {}
            for u in matrix.rows:
                members.setdefault(self.class_of[start + u], []).append(u)
            for c, nodes in members.items():
                if c == 0:
                    continue
                factors = {u: self.scale(start + u) for u in nodes}
                common = bounded_denominator({matrix.rows[u][0] * factors[u][1] for u in nodes})
                row: dict[int, int] = {}
                for u in nodes:
                    d, weights = matrix.rows[u]
                    factor = factors[u][0] * (common // (d * factors[u][1]))
                    for v, w in weights.items():
                        row[v] = row.get(v, 0) + w * factor
                kept = {v: w for v, w in row.items() if w}
                if kept:
                    result[c, operator, target] = (common, kept)
        return result

    def constants(self) -> dict[int, dict[int, Pair]]:
        """What the unit node and the constants (class 0) give to every node, by group; N7 for a constant map."""
        parts: dict[int, dict[int, list[Pair]]] = {}
        for (source, operator, target), matrix in self.network.arrows.items():
            start = self.offsets[source]
            for u, (d, weights) in matrix.rows.items():
                scale = self.scale(start + u)
                if self.class_of[start + u] != 0 or scale[0] == 0:
                    continue
                if operator is not None:
                    raise Violation(
                        "N7", f"the constant node {start + u} is changed on its way by {operator[0]}", node=start + u
                    )
                for v, w in weights.items():
                    parts.setdefault(target, {}).setdefault(v, []).append(reduced(w * scale[0], d * scale[1]))
        summed = {g: {v: total(values) for v, values in nodes.items()} for g, nodes in parts.items()}
        return {g: {v: value for v, value in nodes.items() if value[0]} for g, nodes in summed.items()}

    def check(self) -> Network:
        """N3 to N7, and the quotient."""
        self.check_map()
        self.check_scales()
        sums, constants = self.sums(), self.constants()
        for g, group in enumerate(self.network.groups):
            here = {key: value for key, value in sums.items() if key[2] == g}
            self.check_group(g, group, here, constants.get(g, {}))
        return self.quotient(sums, constants)

    def check_group(self, g: int, group: Group, sums: Sums, bias: dict[int, Pair]) -> None:
        """N6 and N7 for the nodes of one group."""
        start = self.offsets[g]
        for v in range(group.size):
            node = start + v
            c = self.class_of[node]
            if c == 0 and node != 0:
                self.check_constant(node, v, group, sums, bias.get(v, ZERO))
                continue
            first = self.first[c]
            if first == node:
                continue
            (p, q), f = self.scale(node), first - start
            ours, theirs = bias.get(v, ZERO), bias.get(f, ZERO)
            if ours != product((p, q), theirs):
                raise self.unequal(node, first, "the unit node", ours, theirs)
            for (d, _, _), (common, row) in sums.items():
                if row.get(v, 0) * q != row.get(f, 0) * p:
                    ours, theirs = reduced(row.get(v, 0), common), reduced(row.get(f, 0), common)
                    raise self.unequal(node, first, f"class {d}", ours, theirs)

    def check_constant(self, node: int, v: int, group: Group, sums: Sums, bias: Pair) -> None:
        """N7: a member of class 0 depends on no other class, and its scale is its value."""
        for (d, _, _), (_, row) in sums.items():
            if v in row:
                raise Violation("N7", f"node {node} is said to be constant, but depends on class {d}", node=node)
        value = _value(group, bias)
        if value is None or value != self.scale(node) or (group.shape and value[0]):
            what = "no known value" if value is None else f"the value {show(value)}"
            raise Violation(
                "N7", f"the constant node {node} has {what}, its scale is {show(self.scale(node))}", node=node
            )

    def unequal(self, node: int, first: int, what: str, ours: Pair, theirs: Pair) -> Violation:
        """N6 does not hold."""
        return Violation(
            "N6",
            f"nodes {first} and {node} are in one class with scale {show(self.scale(node))}, but their weighted sums "
            f"over {what} are {show(theirs)} and {show(ours)}",
            node=node,
            other=first,
        )

    def quotient(self, sums: Sums, constants: dict[int, dict[int, Pair]]) -> Network:
        """The first members with the weighted sums; what constants give is bias."""
        old, place, kept = self.network, {}, []
        for g, group in enumerate(old.groups):
            firsts = [f for f in self.first if self.group_of[f] == g]
            place |= {f: i for i, f in enumerate(firsts)}
            kept.append(replace(group, size=len(firsts)))
        arrows: dict[Key, Matrix] = {}
        for (c, operator, target), (common, row) in sums.items():
            source, start = self.group_of[self.first[c]], self.offsets[target]
            entries = {place[start + v]: w for v, w in row.items() if start + v in place}
            matrix = arrows.setdefault((source, operator, target), Matrix())
            matrix.put(place[self.first[c]], common, entries)
        for target, bias in constants.items():
            start = self.offsets[target]
            entries = [(0, place[start + v], value) for v, value in bias.items() if start + v in place]
            arrows[0, None, target] = Matrix.of(entries)
        return Network(kept, {k: m for k, m in arrows.items() if m.rows}, old.inputs, old.outputs)


def _value(group: Group, bias: Pair) -> Pair | None:
    """The value of a node whose input is always `bias`."""
    name = group.function[0]
    if name in ("identity", "max_pool") or (name in ("relu", "leaky_relu") and bias[0] >= 0):
        return bias
    if name == "relu":
        return ZERO
    return product(group.function[1], bias) if name == "leaky_relu" else None
