"""Tell which nodes treat every row of a tensor alike, so that rows can be read as samples.

In transformers a tensor has the shape samples x positions x features, and a layer multiplies the last dimension by a
matrix. All that such nodes do, they do to every row of features; so their island is read for one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumpform.networks.activations import ACTIVATIONS

SINGLE = frozenset({"Relu", "LeakyRelu", "Sigmoid", "Tanh", "Gelu", "Identity", "Neg", "Abs"}).union(
    known.operator for known in ACTIVATIONS.values()
)
"""Operators that work number by number."""

PAIRS = frozenset({"Add", "Sub", "Mul", "Div", "Pow"})


def row_constants(graph: Any) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the initialisers of a graph, and of what turns them: the constants of an island of rows."""
    known = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Transpose" and len(node.input) == 1 and node.input[0] in known and node.domain == "":
            sides = known[node.input[0]]
            order = next((list(a.ints) for a in node.attribute if a.name == "perm"), [*reversed(range(len(sides)))])
            if sorted(order) == [*range(len(sides))]:
                known[node.output[0]] = tuple(sides[k] for k in order)
    return known


def is_rowwise(node: Any, constant: Mapping[str, tuple[int, ...]]) -> bool:
    """Tell whether a node does the same to every row: number by number, or by a matrix for the last dimension."""
    if node.op_type in SINGLE:
        return len(node.input) == 1
    if len(node.input) != 2:
        return False
    left, right = node.input
    if node.op_type == "MatMul":
        return left not in constant and len(constant.get(right, ())) == 2
    if node.op_type not in PAIRS:
        return False
    return all(name not in constant or _one_row(constant[name]) for name in node.input)


def _one_row(sides: tuple[int, ...]) -> bool:
    """Tell whether a constant is a number or one row."""
    return len(sides) < 2 or (len(sides) == 2 and sides[0] == 1)


def all_rowwise(model: Any) -> bool:
    """Tell whether all nodes of a model do the same to every row; its constants are initialisers."""
    constant = row_constants(model.graph)
    return all(is_rowwise(node, constant) for node in model.graph.node)
