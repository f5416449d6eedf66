"""Tell which nodes treat every row of a tensor alike, so that rows can be read as samples.

In transformers a tensor has the shape samples x positions x features, and a layer multiplies the last dimension by a
matrix. All that such nodes do, they do to every row of features; so their island is read for one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lumpform.networks.islands.shapes import Known

SINGLE = frozenset({"Relu", "LeakyRelu", "Sigmoid", "Tanh", "Gelu", "Identity", "Neg", "Abs"})
"""Operators that work number by number."""

PAIRS = frozenset({"Add", "Sub", "Mul", "Div"})


def is_rowwise(node: Any, constant: set[str], known: Mapping[str, Known]) -> bool:
    """Tell whether a node does the same to every row: number by number, or by a matrix for the last dimension."""
    if node.op_type in SINGLE:
        return len(node.input) == 1
    if len(node.input) != 2:
        return False
    left, right = node.input
    if node.op_type == "MatMul":
        shape = known.get(right)
        return left not in constant and right in constant and shape is not None and len(shape.dims) == 2
    if node.op_type not in PAIRS:
        return False
    return all(name not in constant or _one_row(known.get(name)) for name in node.input)


def _one_row(shape: Known | None) -> bool:
    """Tell whether a constant is a number or one row."""
    return shape is not None and (len(shape.dims) < 2 or (len(shape.dims) == 2 and shape.dims[0] == 1))


def all_rowwise(model: Any) -> bool:
    """Tell whether all nodes of a model do the same to every row; its constants are initialisers."""
    known = {tensor.name: Known(tensor.data_type, tuple(tensor.dims)) for tensor in model.graph.initializer}
    return all(is_rowwise(node, set(known), known) for node in model.graph.node)
