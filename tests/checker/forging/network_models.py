"""Networks of numbers in `Fraction`s, what they compute, and what the steps of a certificate make of them.

Everything is written from docs/certificate-networks.md, sections 1 and 4; nothing is shared with the checker but its
data types, into which `Net.network` converts.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lumpform.checker.networks.graph import Group, Matrix, Network, Port

ONE = 0
"""The number of the group of the unit node."""

Arrow = dict[tuple[int, int], Fraction]
Scales = dict[int, Fraction]


@dataclass
class Net:
    """Groups (size, function, pinned), and a matrix for every pair of groups that has an arrow."""

    sizes: list[int]
    functions: list[tuple[str, Fraction]]
    pinned: list[bool]
    inputs: list[int]
    outputs: list[int]
    arrows: dict[tuple[int, int], Arrow] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Any) -> Net:
        """Take over a network of the program that has numbers only."""
        graph = network.graph
        number = {g.name: i for i, g in enumerate(graph.groups)}
        functions = [(g.function.name, Fraction(*g.function.parameters or (0,))) for g in graph.groups]
        ports = [[number[p.group] for p in ports] for ports in (network.inputs, network.outputs)]
        net = cls([g.size for g in graph.groups], functions, [g.pinned for g in graph.groups], *ports)
        for a in graph.arrows:
            assert a.operator is None
            cells = net.arrows.setdefault((number[a.source], number[a.target]), {})
            for u in range(a.weights.shape[0]):
                for v, w in a.weights.row(u):
                    cells[u, v] = cells.get((u, v), Fraction(0)) + w
        return net

    def copy(self) -> Net:
        return deepcopy(self)

    def network(self) -> Network:
        """Return the same as the checker keeps it."""
        groups = []
        for size, (name, slope), pinned in zip(self.sizes, self.functions, self.pinned, strict=True):
            function = (name, (slope.numerator, slope.denominator)) if name == "leaky_relu" else (name,)
            groups.append(Group(size, function, pinned))
        made = Network(groups, {}, [Port(g) for g in self.inputs], [Port(g) for g in self.outputs])
        for (s, t), cells in self.arrows.items():
            entries = [(u, v, (w.numerator, w.denominator)) for (u, v), w in cells.items() if w]
            if entries:
                made.add((s, None, t), Matrix.of(entries))
        return made

    def values(self, x: list[Fraction]) -> list[Fraction]:
        """Return all outputs for the numbers of all inputs."""
        known: dict[int, list[Fraction]] = {ONE: [Fraction(1)]}
        for g in self.inputs:
            known[g], x = x[: self.sizes[g]], x[self.sizes[g] :]
        for g, size in enumerate(self.sizes):
            if g not in known:
                known[g] = [_image(self.functions[g], z) for z in self._sums(g, size, known)]
        return [v for g in self.outputs for v in known[g]]

    def _sums(self, g: int, size: int, known: dict[int, list[Fraction]]) -> list[Fraction]:
        sums = [Fraction(0)] * size
        for (s, t), cells in self.arrows.items():
            if t == g:
                for (u, v), w in cells.items():
                    sums[v] += w * known[s][u]
        return sums

    def offsets(self) -> list[int]:
        """Return the number of the first node of every group, and the number of nodes."""
        result = [0]
        for size in self.sizes:
            result.append(result[-1] + size)
        return result

    def place(self, node: int) -> tuple[int, int]:
        """Return the group of a node and its number there."""
        offsets = self.offsets()
        g = max(i for i, start in enumerate(offsets[:-1]) if start <= node and node < offsets[i + 1])
        return g, node - offsets[g]


def _image(function: tuple[str, Fraction], z: Fraction) -> Fraction:
    name, slope = function
    return z if name == "identity" or z > 0 else slope * z if name == "leaky_relu" else Fraction(0)


def lumped(net: Net, class_of: list[int], scales: Scales) -> Net:
    """Return the quotient by a map whose classes are numbered by their first members, right or not."""
    firsts = {c: class_of.index(c) for c in set(class_of)}
    kept = sorted(firsts.values())
    place = {node: net.place(node) for node in range(len(class_of))}
    within: dict[int, tuple[int, int]] = {}
    sizes = [0] * len(net.sizes)
    for node in kept:
        g = place[node][0]
        within[node] = (g, sizes[g])
        sizes[g] += 1
    made = Net(sizes, list(net.functions), list(net.pinned), list(net.inputs), list(net.outputs))
    offsets = net.offsets()
    for (s, t), cells in net.arrows.items():
        for (u, v), w in cells.items():
            source, target = offsets[s] + u, offsets[t] + v
            if target in within:
                g, i = within[firsts[class_of[source]]]
                arrow = made.arrows.setdefault((g, t), {})
                key = (i, within[target][1])
                arrow[key] = arrow.get(key, Fraction(0)) + scales.get(source, Fraction(1)) * w
    return made


def without(net: Net, nodes: set[int]) -> Net:
    """Return a network without some nodes; hidden groups without nodes are left out."""
    places = {net.place(node) for node in nodes}
    kept = [[i for i in range(size) if (g, i) not in places] for g, size in enumerate(net.sizes)]
    stay = [g for g, members in enumerate(kept) if members or net.pinned[g]]
    number = {g: i for i, g in enumerate(stay)}
    made = Net(
        [len(kept[g]) for g in stay],
        [net.functions[g] for g in stay],
        [net.pinned[g] for g in stay],
        [number[g] for g in net.inputs],
        [number[g] for g in net.outputs],
    )
    position = [{i: k for k, i in enumerate(members)} for members in kept]
    for (s, t), cells in net.arrows.items():
        inside = {
            (position[s][u], position[t][v]): w for (u, v), w in cells.items() if u in position[s] and v in position[t]
        }
        if inside:
            made.arrows[number[s], number[t]] = inside
    return made


def substituted(net: Net, g: int, nodes: list[dict[str, Any]]) -> Net:
    """Return a network in which the readers of some nodes of a group read what these are said to be."""
    made, slope = net.copy(), net.functions[g][1]
    for node in nodes:
        i, reason = node["node"], node["reason"]
        inside = {j: Fraction(r) for j, r in node["inside"]}
        share = {"opposite": 1, "copy": 1, "active": 1, "inactive": slope}.get(reason, 0)  # of the node's input
        for (s, t), cells in list(made.arrows.items()):
            if s != g:
                continue
            for (u, v), w in list(cells.items()):
                if u != i:
                    continue
                del cells[u, v]
                for j, r in inside.items():
                    cells[j, v] = cells.get((j, v), Fraction(0)) + r * w
                for (source, target), into in net.arrows.items():
                    if target == g and share:
                        hand = made.arrows.setdefault((source, t), {})
                        for (a, b), x in into.items():
                            if b == i:
                                hand[a, v] = hand.get((a, v), Fraction(0)) + share * x * w
    start = net.offsets()[g]
    return without(made, {start + node["node"] for node in nodes})
