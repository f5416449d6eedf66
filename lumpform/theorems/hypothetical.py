"""Lumping of networks with hypotheses left out: wrong on purpose, to see what each hypothesis is for.

With all flags on this is `lumpform.lumping.feedforward.lump_by_reference`, word for word the definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lumpform.graph.graph import Group, WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.lumping.feedforward import ScaledPartition, Sums, arrows_in_order, is_constant, weighted_sums


@dataclass(frozen=True)
class Rules:
    """Which hypotheses of the quotient theorem are respected."""

    weighted: bool = True
    positive: bool = True
    homogeneous: bool = True
    inputs: bool = True
    outputs: bool = True


def lump_with(network: Any, rules: Rules) -> tuple[Partition, tuple[Fraction, ...]]:
    """The partition and scales that an algorithm with these rules finds."""
    graph: WeightedGraph = network.graph
    state = ScaledPartition.start(graph)
    names = {p.group for p in network.inputs}
    for group, arrows in arrows_in_order(graph):
        apart = (rules.inputs if group.name in names else rules.outputs) if group.pinned else group.function.couples
        known: list[tuple[int, Sums]] = []
        start = graph.offset(group.name)
        for node in range(start, start + group.size):
            if apart:
                state.new_class(node)
                continue
            sums = weighted_sums(graph, arrows, node - start, state if rules.weighted else _unweighted(state))
            value = None if group.pinned else is_constant(group, sums)
            if value is not None:
                state.assign(node, 0, value)
                continue
            for c, other in known:
                r = _ratio(group, sums, other, rules)
                if r is not None:
                    state.assign(node, c, r)
                    break
            else:
                known.append((state.new_class(node), sums))
    return Partition(state.class_of), tuple(state.scales)


def _unweighted(state: ScaledPartition) -> ScaledPartition:
    scales = [Fraction(1) if c != 0 else s for c, s in zip(state.class_of.tolist(), state.scales, strict=True)]
    return ScaledPartition(state.class_of, scales, state.representatives)


def _ratio(group: Group, sums: Sums, other: Sums, rules: Rules) -> Fraction | None:
    if sums.keys() != other.keys():
        return None
    ratios = {sums[key] / other[key] for key in sums} or {Fraction(1)}
    if len(ratios) != 1:
        return None
    (r,) = ratios
    if r == 1 or group.function.linear:
        return r
    if rules.homogeneous and not group.function.homogeneous:
        return None
    return r if r > 0 or not rules.positive else None
