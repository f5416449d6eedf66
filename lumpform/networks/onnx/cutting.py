"""Read operations of an ONNX file that cut, choose, repeat or join numbers, entries of tensors and constants alike."""

from __future__ import annotations

from math import prod

import numpy as np

from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import BATCH, Node, Value, is_real, like, numbers_of, shape_of
from lumpform.networks.onnx.shapes import same_for_all
from lumpform.networks.tensor import NOTHING, Tensor, axis_from_front
from lumpform.networks.with_constants import with_constants

FAR = (1 << 31) - 1
"""An end from here on stands for that of the dimension, however long it is."""


def slice_(node: Node) -> Value:
    value = node.value()
    if node.version < 10:
        starts, ends = (node.attributes.integers(n, ()) for n in ("starts", "ends"))
        axes = node.attributes.integers("axes", tuple(range(len(starts))))
        steps: tuple[int, ...] = (1,) * len(starts)
    else:
        starts, ends = tuple(node.integers(1)), tuple(node.integers(2))
        axes = tuple(node.integers(3)) if node.has(3) else tuple(range(len(starts)))
        steps = tuple(node.integers(4)) if node.has(4) else (1,) * len(starts)
    shape = shape_of(value)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise node.fail("starts, ends, axes and steps of different lengths, or a step of 0", "one of each per axis")
    if len({axis_from_front(a, len(shape)) for a in axes}) < len(axes):
        raise node.fail(f"axes {list(axes)}, one of them twice", "different axes")
    where = [slice(None)] * len(shape)
    for a, start, end, step in zip(axes, starts, ends, steps, strict=True):
        axis = axis_from_front(a, len(shape))
        chosen = _taken(start, end, step, shape[axis])
        if isinstance(value, Tensor):
            if axis == 0 and start == 0 and step == 1 and end >= FAR:  # all of the batch
                continue
            node.keeps_batch(value, axis)
        where[axis] = chosen
    return like(value, numbers_of(value)[tuple(where)])


def _taken(start: int, end: int, step: int, size: int) -> slice:
    """Return Python's slice for a start, an end and a step as ONNX has them: clamped, negative ones from the end."""
    if step > 0:
        low = min(max(start + size if start < 0 else start, 0), size)
        high = min(max(end + size if end < 0 else end, 0), size)
        return slice(low, high, step)
    low = min(max(start + size if start < 0 else start, 0), size - 1)
    high = min(max(end + size if end < 0 else end, -1), size - 1)
    return slice(low, None if high < 0 else high, step)


def split(node: Node) -> list[Value]:
    value = node.value()
    shape = shape_of(value)
    axis = axis_from_front(node.attributes.integer("axis", 0), len(shape))
    if isinstance(value, Tensor):
        node.keeps_batch(value, axis)
    sizes = _split_sizes(node, shape[axis])
    ends = np.cumsum([0, *sizes])
    return [
        like(value, np.take(numbers_of(value), range(a, b), axis=axis))
        for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    ]


def _split_sizes(node: Node, size: int) -> list[int]:
    count = len(node.outputs)
    given: list[int] | None = None
    if node.version < 13:
        given = list(node.attributes.integers("split", ())) or (node.integers(1) if node.has(1) else None)
    elif node.has(1):
        given = node.integers(1)
    if node.version >= 18 and node.attributes.has("num_outputs"):
        wanted = node.attributes.integer("num_outputs", count)
        if wanted != count or given is not None:
            raise node.fail(f"num_outputs {wanted} for {count} outputs", "the number of outputs, and no sizes")
    if given is None:
        part = -(-size // count)
        given = [max(0, min(part, size - i * part)) for i in range(count)]
        if node.version < 18 and size % count:
            raise node.fail(f"{size} values for {count} outputs", "equal parts")
    if sum(given) != size or len(given) != count or min(given, default=0) < 0:
        raise node.fail(f"parts of {given}", f"{count} parts of {size} values")
    return given


def gather(node: Node) -> Value:
    value, indices = node.value(), node.constant(1)
    shape = shape_of(value)
    axis = axis_from_front(node.attributes.integer("axis", 0), len(shape))
    if not shape or indices.dtype.kind not in "iu":
        raise node.fail(f"indices of type {indices.dtype} for the shape {list(shape)}", "integers")
    if isinstance(value, Tensor):
        node.keeps_batch(value, axis)
    size = shape[axis]
    if indices.size and (int(indices.min()) < -size or int(indices.max()) >= size):
        raise node.fail("an index that is out of range", f"indices below {size}")
    node.builder.move(prod(shape) // max(size, 1) * indices.size)
    return like(value, np.take(numbers_of(value), indices % max(size, 1), axis=axis))


def concat(node: Node) -> Value:
    """Join values along an axis; constants among tensors are added where nothing is."""
    values = [node.value(i) for i in range(len(node.inputs))]
    rank = len(shape_of(values[0]))
    if not node.attributes.has("axis"):
        raise node.fail("no axis", "the attribute axis")
    axis = axis_from_front(node.attributes.integer("axis", 1), rank)
    tensors = [v for v in values if isinstance(v, Tensor)]
    if len({v.batch for v in tensors}) > 1:
        raise node.fail("a tensor with a batch and one without", "both or none")
    shapes = {(*shape_of(v)[:axis], *shape_of(v)[axis + 1 :]) for v in values}
    if len(shapes) > 1 or any(len(shape_of(v)) != rank for v in values):
        raise node.fail(f"the shapes {[list(shape_of(v)) for v in values]}", f"equal ones but for axis {axis}")
    node.builder.move(sum(prod(shape_of(v)) for v in values))
    if not tensors:
        arrays = [numbers_of(v) for v in values]
        if len({a.dtype.kind in "fO" for a in arrays}) > 1:
            raise node.fail("floats and integers that are joined", "numbers of one sort")
        return np.concatenate(arrays, axis=axis)
    node.keeps_batch(tensors[0], axis)
    parts = [v.entries if isinstance(v, Tensor) else np.full(v.shape, NOTHING) for v in values]
    joined = Tensor(np.concatenate(parts, axis=axis), tensors[0].batch)
    if len(tensors) == len(values):
        return joined
    if not all(map(is_real, values)):
        raise node.fail("integers that are joined with a tensor", "floats")
    constants = [np.zeros(v.shape, dtype=object) if isinstance(v, Tensor) else exact(v) for v in values]
    return with_constants(node.builder, joined, node.name, plus=np.concatenate(constants, axis=axis))


def tile(node: Node) -> Value:
    value = node.value()
    shape = shape_of(value)
    repeats = node.integers(1)
    if len(repeats) != len(shape) or min(repeats, default=0) < 0:
        raise node.fail(f"repeats {repeats}", f"one for each of {len(shape)} dimensions")
    if isinstance(value, Tensor) and value.batch and repeats[:1] != [1]:
        raise node.fail(f"repeats {repeats}", "the batch as it is")
    node.builder.move(prod(shape) * prod(repeats))
    return like(value, np.tile(numbers_of(value), repeats))


def expand(node: Node) -> Value:
    value = node.value()
    shape = shape_of(value)
    target = node.sizes(1)
    batch = target[:1] == [BATCH]
    keeps = not isinstance(value, Tensor) or (value.batch and len(target) == len(shape))
    if BATCH in target[1:] or (batch and not keeps):
        raise node.fail("the length of the batch in a shape", "as the first size, of a tensor with a batch")
    target = [1, *target[1:]] if batch else target
    try:
        result = np.broadcast_shapes(shape, tuple(target))
    except ValueError:
        raise node.fail(f"the shape {target}", f"one that {list(shape)} broadcasts to") from None
    if isinstance(value, Tensor) and value.batch and (len(result) > len(shape) or result[0] != 1):
        raise node.fail(f"the shape {target}", "the batch as it is")
    node.builder.move(prod(result))
    repeated = np.broadcast_to(numbers_of(value), result)
    if not batch or isinstance(value, Tensor):
        return like(value, repeated)
    if result[0] != 1:
        raise node.fail(f"{result[0]} places for the samples of a batch", "one, which all of them have")
    return same_for_all(node, repeated)
