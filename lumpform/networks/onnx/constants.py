"""Read the operator Constant in all its forms."""

from __future__ import annotations

import numpy as np

from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.onnx.tensors import array_of


def constant(node: Node) -> Value:
    """Read a tensor, a number or a list of numbers; texts and sparse tensors are refused as unknown attributes."""
    a = node.attributes
    if a.has("value"):
        return array_of(node.path, a.tensor("value"), node.place)
    if a.has("value_float"):
        return np.array(a.number("value_float", 0.0), dtype=np.float32)
    if a.has("value_floats"):
        return np.array(a.floats("value_floats"), dtype=np.float32)
    if a.has("value_int"):
        return np.array(a.integer("value_int", 0), dtype=np.int64)
    if a.has("value_ints"):
        return np.array(a.integers("value_ints", ()), dtype=np.int64)
    a.check_all_known()
    raise node.fail("no value", "one of the attributes value, value_float, value_floats, value_int, value_ints")
