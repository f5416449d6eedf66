"""Read operations of an ONNX file that give numbers another shape or order, or leave them as they are.

Like those of `lumpform.networks.onnx.cutting` they work on entries of tensors and on constants alike, and make no
groups.
"""

from __future__ import annotations

from math import prod

from lumpform.networks.onnx.node import BATCH, Node, Value, like, numbers_of, shape_of
from lumpform.networks.tensor import Tensor, axis_from_front


def identity(node: Node) -> Value:
    return node.value()


def dropout(node: Node) -> Value:
    """Drop nothing, as in evaluation; from version 12 on an operand says if it is training instead."""
    node.attributes.without_meaning("ratio", "seed")
    if node.has(2) and bool(node.constant(2).reshape(-1)[:1].any()):
        raise node.fail("training_mode", "a network that evaluates")
    return node.value()


def reshape(node: Node) -> Value:
    """Give other sizes, in order; 0 keeps a size (unless `allowzero`), -1 is what remains."""
    value = node.value()
    target = node.sizes(1)
    if BATCH in target[1:] or (target[:1] == [BATCH] and not (isinstance(value, Tensor) and value.batch)):
        raise node.fail("the length of the batch in a shape", "as the first size, of a tensor with a batch")
    if isinstance(value, Tensor) and value.batch and target[:1] == [1] and -1 in target:
        raise node.fail(f"the shape {target}, in which one row takes all samples", "the batch as the first dimension")
    target[:1] = [1 if d == BATCH else d for d in target[:1]]
    zero = node.attributes.integer("allowzero", 0) if node.version >= 14 else 0
    shape = shape_of(value)
    if not zero:
        if any(d == 0 and i >= len(shape) for i, d in enumerate(target)):
            raise node.fail(f"the shape {target}", f"0 only where {list(shape)} has a size")
        target = [shape[i] if d == 0 else d for i, d in enumerate(target)]
    return reshaped(node, value, target)


def reshaped(node: Node, value: Value, target: list[int]) -> Value:
    """Return the value with another shape of as many numbers; a batch stays the first dimension."""
    shape = shape_of(value)
    known = prod(d for d in target if d != -1)
    if target.count(-1) > 1 or any(d < -1 for d in target):
        raise node.fail(f"the shape {target}", "sizes, and -1 once at most")
    if -1 in target:
        if not known or prod(shape) % known:
            raise node.fail(f"the shape {target}", f"one for {prod(shape)} numbers")
        target = [prod(shape) // known if d == -1 else d for d in target]
    if prod(target) != prod(shape):
        raise node.fail(f"the shape {target}", f"one for {prod(shape)} numbers")
    if isinstance(value, Tensor) and value.batch and (not target or target[0] != 1):
        raise node.fail(f"the shape {target}", "the batch as the first dimension")
    return like(value, numbers_of(value).reshape(target))


def flatten(node: Node) -> Value:
    value = node.value()
    shape = shape_of(value)
    axis = node.attributes.integer("axis", 1)
    if not -len(shape) <= axis <= len(shape) or (axis < 0 and node.version < 11):
        raise node.fail(f"axis {axis} of a tensor with {len(shape)} dimensions", "one that it has")
    axis = axis + len(shape) if axis < 0 else axis
    flat = [prod(shape[:axis]), prod(shape[axis:])]
    if isinstance(value, Tensor) and value.batch and (axis == 0 or flat[0] != 1):
        raise node.fail(f"axis {axis}, which does not keep the batch", "1, or axes of one position before it")
    return reshaped(node, value, flat)


def axes_of(node: Node) -> tuple[int, ...] | None:
    """Return the axes of Squeeze and Unsqueeze: an attribute before version 13, then an operand."""
    if node.version < 13:
        return node.attributes.integers("axes", ()) if node.attributes.has("axes") else None
    return tuple(node.integers(1)) if node.has(1) else None


def squeeze(node: Node) -> Value:
    value, given = node.value(), axes_of(node)
    shape = shape_of(value)
    batch = isinstance(value, Tensor) and value.batch
    if given == ():
        raise node.fail("an empty list of axes, which is read in different ways", "axes, or no list")
    if given is None:
        if batch:
            raise node.fail("no axes for a tensor with a batch", "the axes")
        axes = [i for i, d in enumerate(shape) if d == 1]
    else:
        axes = [axis_from_front(a, len(shape)) for a in given]
    if any(shape[a] != 1 for a in axes) or len(set(axes)) < len(axes) or (batch and 0 in axes):
        raise node.fail(f"axes {axes} of the shape {list(shape)}", "different axes of size 1 that are not the batch")
    return like(value, numbers_of(value).reshape([d for i, d in enumerate(shape) if i not in axes]))


def unsqueeze(node: Node) -> Value:
    value, given = node.value(), axes_of(node)
    if given is None:
        raise node.fail("no axes", "the axes")
    rank = len(shape_of(value)) + len(given)
    axes = [axis_from_front(a, rank) for a in given]
    if len(set(axes)) < len(axes) or (isinstance(value, Tensor) and value.batch and 0 in axes):
        raise node.fail(f"axes {list(given)}", "different axes behind the batch")
    sizes = iter(shape_of(value))
    return like(value, numbers_of(value).reshape([1 if i in axes else next(sizes) for i in range(rank)]))


def transpose(node: Node) -> Value:
    value = node.value()
    rank = len(shape_of(value))
    order = node.attributes.integers("perm", tuple(reversed(range(rank))))
    if sorted(order) != list(range(rank)):
        raise node.fail(f"perm {list(order)}", f"an order of {rank} axes")
    if isinstance(value, Tensor) and value.batch and order[:1] != (0,):
        raise node.fail(f"perm {list(order)}", "the batch as the first dimension")
    return like(value, numbers_of(value).transpose(order))
