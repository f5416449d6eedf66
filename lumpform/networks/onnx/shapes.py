"""Read what an ONNX file computes from shapes: they are constants, but for the length of the batch, which is open.

That length is a number of its own kind, `BATCH`: it can be moved about, and stand first in a shape; whatever would
compute with it is refused.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.files.limits import MAX_ENTRIES
from lumpform.networks.onnx.node import BATCH, Node, Value, shape_of
from lumpform.networks.onnx.tensors import array_of
from lumpform.networks.tensor import NOTHING, Tensor
from lumpform.networks.with_constants import with_constants


def shape(node: Node) -> Value:
    """Return the sizes of the operand, or from version 15 on some of them."""
    value = node.value()
    sizes = list(shape_of(value))
    if isinstance(value, Tensor) and value.batch:
        sizes[0] = BATCH
    start, end = (node.attributes.integer(n, d) for n, d in (("start", 0), ("end", len(sizes))))
    rank = len(sizes)
    start, end = (min(max(p + rank if p < 0 else p, 0), rank) for p in (start, end))
    return np.array(sizes[start:end], dtype=np.int64)


def size(node: Node) -> Value:
    """Return how many numbers the operand has."""
    value = node.value()
    if isinstance(value, Tensor) and value.batch:
        raise node.fail("the number of values in a batch, which is open", "a tensor without a batch")
    return np.array(prod(shape_of(value)), dtype=np.int64)


def same_for_all(node: Node, constant: NDArray[Any]) -> Tensor:
    """Return what every sample of a batch has of a constant: a tensor, since how often it stands there is open."""
    if constant.dtype.kind not in "fO":
        raise node.fail("integers for every sample of a batch", "floats")
    nothing = Tensor(np.full(constant.shape, NOTHING), batch=True)
    return with_constants(node.builder, nothing, node.name, plus=constant)


def constant_of_shape(node: Node) -> Value:
    """Return one number in every place of a shape."""
    sizes = node.sizes(0)
    batch = sizes[:1] == [BATCH]
    target = [1, *sizes[1:]] if batch else sizes
    if any(d < 0 for d in target) or prod(target) > MAX_ENTRIES:
        raise node.fail(f"the shape {target}", f"sizes of at most {MAX_ENTRIES} numbers")
    node.builder.move(prod(target))
    number: NDArray[Any] = np.zeros(1, dtype=np.float32)
    if node.attributes.has("value"):
        number = array_of(node.path, node.attributes.tensor("value"), node.place)
    if number.size != 1 or number.dtype.kind not in "fiu":
        raise node.fail(f"a value of {counted(number.size, 'number')} of type {number.dtype}", "one number")
    constant = np.full(target, number.reshape(-1)[0], dtype=number.dtype)
    return same_for_all(node, constant) if batch else constant
