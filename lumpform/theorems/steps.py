"""Takes steps of graphs as linear loops, and lifts vectors of a quotient to the graph that was lumped."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from lumpform.display.words import counted
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.theorems.common import Vector
from lumpform.theorems.show import show_vector


def step(graph: WeightedGraph, x: Vector) -> Vector:
    """Return what arrives at every node along all arrows, when every node u holds x(u)."""
    result = [Fraction(0)] * graph.nodes
    for arrow in graph.arrows:
        source, target = graph.offset(arrow.source), graph.offset(arrow.target)
        for u, v, weight in arrow.weights.entries():
            result[target + v] += x[source + u] * weight
    return result


def members(partition: Partition, scales: Sequence[Any]) -> list[int]:
    """Return the nodes that are left in the quotient: first members that are not zero, in order."""
    return [u for u in sorted(partition.representatives.tolist()) if scales[u] != 0]


def lifted(partition: Partition, scales: Sequence[Any], y: Vector) -> Vector:
    """Return the vector with the value of its class in the quotient, times its scale, at every node."""
    place = {partition.class_at(u): i for i, u in enumerate(members(partition, scales))}
    return [d * y[place[c]] if d else Fraction(0) for d, c in zip(scales, partition.class_of.tolist(), strict=True)]


def lifting_failure(
    graphs: tuple[WeightedGraph, WeightedGraph], found: tuple[Partition, Sequence[Any]], x: Vector, pushes: Vector
) -> str | None:
    """Follow a loop and its quotient, and return where they part, in words.

    Parameters
    ----------
    graphs : (WeightedGraph, WeightedGraph)
        A graph and its quotient.
    found : (Partition, scales)
    x : vector
        The start; the value of a node of the quotient is that of a first member.
    pushes : vector
        How many times the start is added to what arrives at each step: an input.
    """
    (partition, scales), start, y = found, x, [x[u] for u in members(*found)]
    entry = y
    for steps, push in enumerate([None, *pushes]):
        if push is not None:
            x = [a + push * b for a, b in zip(step(graphs[0], x), start, strict=True)]
            y = [a + push * b for a, b in zip(step(graphs[1], y), entry, strict=True)]
        wanted = lifted(partition, scales, y)
        if x != wanted:
            return (
                f"after {counted(steps, 'step')} nodes have {show_vector(x)}, the lifted quotient {show_vector(wanted)}"
            )
    return None
