"""Makes constants of shapes; the length of the batch, which is open, is a number that can only be moved about."""

from __future__ import annotations

from array import array
from math import prod

from ...words import counted
from .arithmetic import same_for_all
from .constants import BATCH, BOOL, FLOAT, INT64, Constant
from .node import Node
from .tensor import Value


def shape(node: Node) -> Constant:
    """Return the sizes of the operand, or from version 15 on some of them."""
    value = node.value(0)
    sizes = list(value.shape)
    if value.batch:
        sizes[0] = BATCH
    rank = len(sizes)
    start, end = node.attributes.integer("start", 0), node.attributes.integer("end", rank)
    start, end = (min(max(p + rank if p < 0 else p, 0), rank) for p in (start, end))
    found = sizes[start:end]
    return Constant((len(found),), array("q", found), INT64)


def size(node: Node) -> Constant:
    """Return how many numbers the operand has."""
    value = node.value(0)
    if value.batch:
        raise ValueError("the number of values in a batch, which is open")
    return Constant((), [prod(value.shape)], INT64)


def constant_of_shape(node: Node) -> Value:
    """Return one number in every place of a shape."""
    sizes = node.sizes(0)
    batch = sizes[:1] == [BATCH]
    target = [1, *sizes[1:]] if batch else sizes
    if any(d < 0 for d in target):
        raise ValueError(f"the shape {target[:10]}")
    node.building.claim(prod(target))
    number = Constant((), [0.0], FLOAT)
    if "value" in node.attributes:
        number = node.attributes.constant("value", node.building.limits)
    if len(number.data) != 1 or number.kind == BOOL:
        raise ValueError(f"a value of {counted(len(number.data), 'number')}")
    if prod(target) > node.building.limits.max_entries:
        raise ValueError(f"the shape {target[:10]}")
    constant = number.like(target, [number.data[0]] * prod(target))
    return same_for_all(node.building, constant) if batch else constant
