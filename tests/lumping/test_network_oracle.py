"""T2 on tiny networks, by the definition: of all partitions that satisfy it, `lump` finds the one that all refine."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import lumpform as lf
from lumpform import strategies as ls
from lumpform.lumping.oracle import partitions

STRUCTURES = ("dense", "residual", "convolutional")


def entries(weights):
    """All non-zero weights (source, target, weight)."""
    return [(u, v, w) for u in range(weights.shape[0]) for v, w in weights.row(u)]


class Definition:
    """Two-sided proportional exact partitions of a network, word for word (docs/theory.md, section 2)."""

    def __init__(self, network):
        self.graph = network.graph
        self.group_of = [g for g in self.graph.groups for _ in range(g.size)]
        self.into = [[] for _ in self.group_of]
        for arrow in self.graph.arrows:
            source, target = self.graph.offset(arrow.source), self.graph.offset(arrow.target)
            for u, v, w in entries(arrow.weights):
                self.into[target + v].append((arrow.operator, source + u, w))

    def sums(self, node, class_of, scales):
        """Weighted sums by operator and class."""
        result = {}
        for operator, u, w in self.into[node]:
            key = operator, class_of[u]
            result[key] = result.get(key, 0) + scales[u] * w
        return {key: value for key, value in result.items() if value}

    def scales(self, class_of):
        """Scales that make the partition one, or None: they are forced, group after group."""
        scales, firsts = [Fraction(1)], {class_of[0]: 0}
        for node in range(1, len(class_of)):
            group, c = self.group_of[node], class_of[node]
            sums = self.sums(node, class_of, scales)
            if c == class_of[0]:
                value = self.constant(group, sums, class_of)
            elif c not in firsts:
                firsts[c], value = node, Fraction(1)
            else:
                value = self.ratio(group, sums, self.sums(firsts[c], class_of, scales))
            if value is None:
                return None
            scales.append(value)
        return scales

    def constant(self, group, sums, class_of):
        """The value of a member of the unit node's class."""
        if set(sums) - {(None, class_of[0])}:
            return None
        bias = sums.get((None, class_of[0]), Fraction(0))
        name = group.function.name
        value = max(bias, 0) if name == "relu" else bias
        if name == "leaky_relu" and bias < 0:
            value = bias * group.function.parameters[0]
        if name == "sigmoid" or (group.shape and value):
            return None
        return Fraction(value)

    def ratio(self, group, sums, other):
        """The ratio to the first member of the class; sums that are all zero leave it open, and it is 1."""
        if sums.keys() != other.keys():
            return None
        ratios = {sums[key] / other[key] for key in sums} or {Fraction(1)}
        (r,) = ratios if len(ratios) == 1 else (None,)
        allowed = r is not None and (r == 1 or group.function.linear or (group.function.homogeneous and r > 0))
        return r if allowed else None


def candidates(network):
    """All partitions of hidden nodes inside their groups, or joined to the unit node, as class numbers of all nodes."""
    definition = Definition(network)
    groups = network.graph.groups

    def grow(g, labels):
        if g == len(groups):
            yield labels
            return
        group, start = groups[g], len(labels)
        if group.pinned:
            yield from grow(g + 1, labels + list(range(start, start + group.size)))
            return
        for partition in partitions(group.size):
            for constant in (None, *range(partition.count)):
                chosen = [0 if c == constant else start + int(partition.representatives[c]) for c in partition.class_of]
                yield from grow(g + 1, labels + chosen)

    for labels in grow(0, []):
        scales = definition.scales(labels)
        if scales is not None:
            yield labels, scales


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_the_coarsest_by_definition(structure, data):
    network = data.draw(ls.networks(structure=structure, max_layers=2, max_width=3))
    assume(network.neurons <= 6)
    good = [lf.Partition(labels) for labels, _ in candidates(network)]
    found = lf.lump(network)
    assert found.partition in good
    assert all(partition.refines(found.partition) for partition in good)
