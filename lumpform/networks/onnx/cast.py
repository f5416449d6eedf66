"""Read Cast: keep the numbers under another element type; where a constant would be rounded, it is an error."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.node import BATCH, Node, Value
from lumpform.networks.onnx.tensors import BFLOAT16
from lumpform.networks.tensor import Tensor

FLOATS = {1: "float32", 10: "float16", 11: "float64", BFLOAT16: "bfloat16"}
"""The element types of tensors."""

CONSTANTS: dict[int, Any] = {1: np.float32, 10: np.float16, 11: np.float64, BFLOAT16: np.float32}
INT64 = 7
CONSTANTS |= {6: np.int32, INT64: np.int64}
"""The element types of constants, and how they are held here."""


def cast(node: Node) -> Value:
    """Return the same numbers; the types to which a runtime rounds tensors are noted for bounds of float errors."""
    value = node.value()
    node.attributes.without_meaning("saturate", "round_mode")
    target = node.attributes.integer("to", 0)
    if isinstance(value, Tensor):
        if target not in FLOATS:
            raise node.fail(f"the type {target}", "a float type")
        node.builder.casts.add(FLOATS[target])
        return value
    if target not in CONSTANTS or value.dtype.kind not in "fiu":
        raise node.fail(f"the type {target}", "a float type, or an integer type of 32 or 64 bits")
    if value.dtype.kind == "i" and (value == BATCH).any() and target != INT64:
        raise node.fail("the length of the batch, which is open", "a number, or the type of sizes")
    with np.errstate(over="ignore", invalid="ignore"):
        array = value.astype(CONSTANTS[target])
    if not _same(value, array) or (target == BFLOAT16 and (array.reshape(-1).view(np.uint32) & 0xFFFF).any()):
        raise node.fail(f"a constant that would be rounded to the type {target}", "numbers of this type")
    return array


def _same(before: NDArray[Any], after: NDArray[Any]) -> bool:
    """Tell whether all numbers are what they were."""
    if after.dtype.kind == "f" and not np.isfinite(after).all():
        return False
    each = zip(before.reshape(-1).tolist(), after.reshape(-1).tolist(), strict=True)
    return all(Fraction(a) == Fraction(b) for a, b in set(each))
