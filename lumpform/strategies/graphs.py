"""Draws weighted graphs of any shape: one to three groups, one to four arrows, cyclic or not."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import SparseWeights

RELU = NodeFunction("relu")
FUNCTIONS = (
    IDENTITY,
    RELU,
    RELU,
    NodeFunction("leaky_relu", parameters=(Fraction(1, 2),)),
    NodeFunction("sigmoid", homogeneous=False),
    NodeFunction("tanh", homogeneous=False),
)
NUMBERS = ((0, 1), (0, 1, 2), (0, 1, -1), (0, 1, 2, -1, -2))
"""Few different weights, so that sums are often equal or multiples of each other."""


@st.composite
def graphs(
    draw: DrawFn, *, max_nodes: int = 6, unit: bool = False, booleans: bool = False, functions: bool = False
) -> WeightedGraph:
    """Draw a weighted graph of one to three groups and one to four arrows, cyclic or not.

    Parameters
    ----------
    max_nodes : int
        At most so many nodes, the unit node not counted.
    unit : bool
        The first group is a unit node: one pinned node without incoming arrows.
    booleans : bool
        Some arrows have truth values as weights.
    functions : bool
        Groups have node functions, not only the identity.
    """
    groups = [Group("one", 1, pinned=True)] if unit else []
    left = max_nodes
    for i in range(draw(st.integers(1, 3))):
        size = draw(st.integers(1, max(1, min(3, left))))
        if left < 1:
            break
        left -= size
        function = draw(st.sampled_from(FUNCTIONS)) if functions else IDENTITY
        groups.append(Group(f"g{i}", size, function, pinned=draw(st.integers(0, 2)) == 0))
    arrows = []
    for i in range(draw(st.integers(1, 4))):
        source, target = draw(st.sampled_from(groups)), draw(st.sampled_from(groups[1 if unit else 0 :]))
        boolean = booleans and draw(st.integers(0, 3)) == 0
        number = st.sampled_from(NUMBERS[0] if boolean else draw(st.sampled_from(NUMBERS)))
        flat = draw(st.lists(number, min_size=source.size * target.size, max_size=source.size * target.size))
        rows = [flat[k : k + target.size] for k in range(0, len(flat), target.size)]
        operator = draw(st.sampled_from((None, None, ("shift", 1))))
        arrows.append(Arrow(f"a{i}", source.name, target.name, SparseWeights.from_dense(rows), operator, boolean))
    return WeightedGraph(tuple(groups), tuple(arrows))
