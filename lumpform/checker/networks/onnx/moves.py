"""Moves numbers without changing them: shapes, axes, parts, copies and padding; of tensors and constants alike."""

from __future__ import annotations

from math import prod

from ...rational import ONE, ZERO
from ...words import counted
from .arithmetic import affine, same_for_all
from .constants import BATCH, FLOATING, Constant, cast
from .node import Node
from .shapes import axes_of, axis_of, broadcast, joined, spread, strided, strides
from .tensor import NOTHING, Tensor, Value

FAR = (1 << 31) - 1
"""An end of a slice from which on it means the end of a dimension of any length."""


def move(node: Node, value: Value, shape: list[int], start: int, steps: list[int]) -> Value:
    """Return the entries at strides, paid for."""
    node.building.claim(prod(shape))
    return value.like(shape, strided(value.data, start, shape, steps))


def identity(node: Node) -> Value:
    """Return the operand."""
    return node.value(0)


def dropout(node: Node) -> Value:
    """Return the operand, which is what Dropout does unless it is told that it trains."""
    if node.has(2):
        flag = node.constant(2)
        if len(flag.data) != 1 or flag.data[0]:
            raise ValueError("another training_mode than false")
    return node.value(0)


def cast_(node: Node) -> Value:
    """Return the same numbers: the values of nodes are exact whatever floats the file computes in."""
    value, kind = node.value(0), node.attributes.integer("to", 0)
    if isinstance(value, Constant):
        node.building.claim(4 * len(value.data))
        return cast(value, kind)
    if kind not in FLOATING:
        raise ValueError(f"the attribute to = {kind}")
    return value


def reshape(node: Node) -> Value:
    """Return the same numbers in another shape."""
    value, target = node.value(0), node.sizes(1)
    if BATCH in target[1:] or (BATCH in target and not value.batch):
        raise ValueError("the length of the batch elsewhere than first in a shape")
    keeps = target[:1] in ([0], [-1], [BATCH]) or (target[:1] == [1] and -1 not in target)
    target[:1] = [1 if d == BATCH else d for d in target[:1]]
    zeros = node.attributes.flag("allowzero")
    if any(d < -1 for d in target) or target.count(-1) > 1 or (zeros and {0, -1} <= set(target)):
        raise ValueError(f"the shape {target[:10]}")
    shape = list(target)
    for axis, d in enumerate(target):
        if d == 0 and not zeros:
            if axis >= len(value.shape):
                raise ValueError(f"the shape {target[:10]} for {len(value.shape)} dimensions")
            shape[axis] = value.shape[axis]
    size, known = prod(value.shape), prod(d for d in shape if d != -1)
    if -1 in shape:
        shape[shape.index(-1)] = size // known if known else 0
    if prod(shape) != size:
        raise ValueError(f"{counted(size, 'number')} for the shape {target[:10]}")
    if value.batch and not (keeps and shape[0] == 1):
        raise ValueError(f"the shape {target[:10]}, which does not keep the batch")
    return reshaped(value, shape)


def reshaped(value: Value, shape: list[int]) -> Value:
    """Return a value with another shape."""
    return value.like(shape, value.data)


def flatten(node: Node) -> Value:
    """Return a matrix."""
    value, axis = node.value(0), node.attributes.integer("axis", 1)
    rank = len(value.shape)
    if not (-rank if node.version >= 11 else 0) <= axis <= rank:
        raise ValueError(f"the axis {axis} of a tensor with {rank}")
    axis += rank if axis < 0 else 0
    shape = [prod(value.shape[:axis]), prod(value.shape[axis:])]
    if value.batch and (axis == 0 or shape[0] != 1):
        raise ValueError(f"the axis {axis}, which does not keep the batch")
    return reshaped(value, shape)


def squeeze(node: Node) -> Value:
    """Return a tensor without some dimensions of one."""
    value, axes = node.value(0), node.listed("axes", 1, 13)
    if axes is None and not value.batch:
        gone = [axis for axis, d in enumerate(value.shape) if d == 1]
    elif axes:
        gone = axes_of(axes, len(value.shape), negative=node.version >= 11)
    else:
        raise ValueError("no axes")
    if any(value.shape[axis] != 1 for axis in gone) or (value.batch and 0 in gone):
        raise ValueError(f"the axes {gone[:10]} of the shape {list(value.shape)}")
    return reshaped(value, [d for axis, d in enumerate(value.shape) if axis not in gone])


def unsqueeze(node: Node) -> Value:
    """Return a tensor with more dimensions of one."""
    value, axes = node.value(0), node.listed("axes", 1, 13) or []
    rank = len(value.shape) + len(axes)
    new = set(axes_of(axes, rank, negative=node.version >= 11))
    if value.batch and 0 in new:
        raise ValueError("a dimension before the batch")
    rest = iter(value.shape)
    return reshaped(value, [1 if axis in new else next(rest) for axis in range(rank)])


def transpose(node: Node) -> Value:
    """Return a tensor with its dimensions in another order."""
    value = node.value(0)
    rank = len(value.shape)
    order = node.attributes.integers("perm")
    order = list(range(rank))[::-1] if order is None else order
    if sorted(order) != list(range(rank)) or (value.batch and order[0] != 0):
        raise ValueError(f"the attribute perm = {order[:10]} for {rank} dimensions")
    steps = strides(value.shape)
    return move(node, value, [value.shape[a] for a in order], 0, [steps[a] for a in order])


def slice_(node: Node) -> Value:
    """Return a part of a tensor."""
    value = node.value(0)
    rank = len(value.shape)
    starts, ends = node.listed("starts", 1, 10), node.listed("ends", 2, 10)
    if starts is None or ends is None or len(starts) != len(ends):
        raise ValueError("no starts and ends of one length")
    axes, jumps = node.listed("axes", 3, 10), node.listed("steps", 4, 10) if node.version >= 10 else None
    axes = axes_of(list(range(len(starts))) if axes is None else axes, rank)
    jumps = [1] * len(starts) if jumps is None else jumps
    if len(axes) != len(starts) or len(jumps) != len(starts):
        raise ValueError("starts, axes and steps of different lengths")
    shape, steps, first = list(value.shape), strides(value.shape), 0
    for axis, start, end, jump in zip(axes, starts, ends, jumps, strict=True):
        if value.batch and axis == 0:
            if (start, jump) != (0, 1) or end < FAR:
                raise ValueError("a part of the batch")
            continue
        taken = _part(start, end, jump, value.shape[axis])
        shape[axis] = len(taken)
        first += taken.start * steps[axis] if taken else 0
        steps[axis] *= jump
    return move(node, value, shape, first, steps)


def _part(start: int, end: int, jump: int, length: int) -> range:
    """Return the places that a slice of a dimension takes; unlike Python's, a start before the front is the front."""
    if jump == 0:
        raise ValueError("a step of 0")
    start, end = (place + length if place < 0 else place for place in (start, end))
    low, high = (0, length) if jump > 0 else (-1, length - 1)
    return range(min(max(start, 0), high), min(max(end, low), high), jump) if length else range(0)


def split(node: Node) -> list[Value]:
    """Return the parts of a tensor along an axis."""
    value, count = node.value(0), len(node.results)
    axis = axis_of(node.attributes.integer("axis", 0), len(value.shape))
    length, sizes = value.shape[axis], node.listed("split", 1, 13)
    if value.batch and axis == 0:
        raise ValueError("a part of the batch")
    if node.version >= 18 and ("num_outputs" in node.attributes) == (sizes is not None):
        raise ValueError("both or none of split and num_outputs")
    if sizes is None:
        each = -(-length // count)
        sizes = [each] * (count - 1) + [length - each * (count - 1)]
        if node.version < 18 and length % count:
            raise ValueError(f"{length} in {count} equal parts")
        if node.attributes.integer("num_outputs", count) != count:
            raise ValueError(f"another number of results than {count}")
    if len(sizes) != count or sum(sizes) != length or min(sizes) < 0:
        raise ValueError(f"the parts {sizes[:10]} of {length} for {count} results")
    steps, start, result = strides(value.shape), 0, []
    for size in sizes:
        shape = [*value.shape[:axis], size, *value.shape[axis + 1 :]]
        result.append(move(node, value, shape, start * steps[axis], steps))
        start += size
    return result


def gather(node: Node) -> Value:
    """Return the parts of a tensor that indices name along an axis."""
    value, chosen = node.value(0), node.constant(1)
    axis = axis_of(node.attributes.integer("axis", 0), len(value.shape))
    length, inner = value.shape[axis], prod(value.shape[axis + 1 :])
    if value.batch and axis == 0:
        raise ValueError("a part of the batch")
    indices = chosen.integers()
    if any(not -length <= i < length for i in indices):
        raise ValueError(f"an index beyond {length}")
    shape = [*value.shape[:axis], *chosen.shape, *value.shape[axis + 1 :]]
    node.building.claim(prod(shape) + len(indices))
    data, outer = value.data, range(prod(value.shape[:axis]))
    places = [(o * length + i % length) * inner for o in outer for i in indices] if inner else []
    if inner == 1:
        return value.like(shape, [data[place] for place in places])
    return value.like(shape, [entry for place in places for entry in data[place : place + inner]])


def concat(node: Node) -> Value:
    """Return tensors one after the other along an axis; constants among them are added where nothing is."""
    values = [node.value(i) for i in range(len(node.operands))]
    first = values[0]
    if len({v.batch for v in values if isinstance(v, Tensor)}) > 1:
        raise ValueError("tensors with a batch and without")
    if "axis" not in node.attributes:
        raise ValueError("no attribute axis")
    axis = axis_of(node.attributes.integer("axis", 0), len(first.shape))
    rests = {(v.shape[:axis], v.shape[axis + 1 :]) for v in values if len(v.shape) == len(first.shape)}
    if len(rests) != 1 or any(len(v.shape) != len(first.shape) for v in values):
        raise ValueError(f"the shapes {[list(v.shape) for v in values[:5]]} along the axis {axis}")
    shape = [*first.shape[:axis], sum(v.shape[axis] for v in values), *first.shape[axis + 1 :]]
    node.building.claim(prod(shape) + len(values))
    lengths, outer = [prod(v.shape[axis:]) for v in values], prod(first.shape[:axis])
    kinds = {isinstance(v, Constant) for v in values}
    if len(kinds) == 2:
        return _with_constants(node, values, shape, lengths, outer, batch_first=axis == 0)
    if any(v.batch and axis == 0 for v in values):
        raise ValueError("numbers along the batch")
    if len({v.floating for v in values if isinstance(v, Constant)}) > 1:
        raise ValueError("floats and integers")
    return first.like(shape, joined([v.data for v in values], lengths, outer))


def _with_constants(
    node: Node, values: list[Value], shape: list[int], lengths: list[int], outer: int, *, batch_first: bool
) -> Tensor:
    """Return tensors and constants that are joined."""
    tensors = [v for v in values if isinstance(v, Tensor)]
    if batch_first and tensors[0].batch:
        raise ValueError("numbers along the batch")
    parts = [v.entries if isinstance(v, Tensor) else [NOTHING] * len(v.data) for v in values]
    numbers = [[ZERO] * v.size if isinstance(v, Tensor) else v.pairs() for v in values]
    tensor = tensors[0].like(shape, list(joined([list(p) for p in parts], lengths, outer)))
    constant = Constant(tuple(shape), list(joined(numbers, lengths, outer)))
    return affine(node.building, tensor, constant, lambda value: (ONE, value))


def expand(node: Node) -> Value:
    """Return a tensor that is repeated along dimensions of one."""
    value, target = node.value(0), node.sizes(1)
    batch = target[:1] == [BATCH] and isinstance(value, Constant)
    if batch or (value.batch and len(target) == len(value.shape)):
        target[:1] = [1 if d == BATCH else d for d in target[:1]]
    if any(d < 0 for d in target):
        raise ValueError(f"the shape {target[:10]}")
    shape = broadcast(value.shape, tuple(target))
    if value.batch and (len(target) > len(value.shape) or (len(target) == len(value.shape) and target[0] != 1)):
        raise ValueError("numbers that are broadcast against the batch")
    node.building.claim(prod(shape))
    result = value.like(shape, spread(value.data, value.shape, shape))
    if not isinstance(result, Constant) or not batch:
        return result
    if shape[0] != 1:
        raise ValueError(f"{shape[0]} places for the samples of a batch")
    return same_for_all(node.building, result)


def tile(node: Node) -> Value:
    """Return a tensor that is repeated along every axis."""
    value, repeats = node.value(0), node.integers(1)
    if len(repeats) != len(value.shape) or any(r < 0 for r in repeats) or (value.batch and repeats[0] != 1):
        raise ValueError(f"the repeats {repeats[:10]} for the shape {list(value.shape)}")
    lengths = [n for pair in zip(repeats, value.shape, strict=True) for n in pair]
    steps = [s for step in strides(value.shape) for s in (0, step)]
    moved = move(node, value, lengths, 0, steps)
    return reshaped(moved, [r * d for r, d in zip(repeats, value.shape, strict=True)])
