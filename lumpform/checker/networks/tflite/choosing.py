"""Says what operators that choose entries by place, some of them several times, are in ONNX."""

from __future__ import annotations

from ...words import counted
from .graph import Operator
from .moves import FAR


def mirror(op: Operator) -> str:
    """Return a tensor with its mirror image around it; in mode 1 the edge is mirrored as well."""
    shape, margins, edge = op.shape(), op.integers(1), op.options(77).number(0, "b")
    if len(margins) != 2 * len(shape) or edge not in (0, 1):
        raise ValueError(f"margins {margins} of the shape {shape} by mode {edge}")
    name = op.operand()
    for axis, n in enumerate(shape):
        before, after = margins[2 * axis], margins[2 * axis + 1]
        if min(before, after) < 0 or max(before, after) >= n + edge:
            raise ValueError(f"margins of {before} and {after} around {counted(n, 'entry')}")
        if before or after:
            front, last = range(before - edge, -edge, -1), n - 2 + edge
            name = op.emit("Gather", name, op.listed([*front, *range(n), *range(last, last - after, -1)]), axis=axis)
    return name


def gather(op: Operator) -> str:
    """Return the entries at constant places of a dimension."""
    options, places, shape = op.options(23), op.integers(1), op.shape(1)
    if options.number(1) or min(places, default=0) < 0:
        raise ValueError("places that are no constants from 0 on, or dimensions before them")
    name = op.listed(places)
    if len(shape) != 1:
        name = op.emit("Reshape", name, op.listed(shape))
    return op.emit("Gather", op.operand(), name, axis=options.number(0))


def unpack(op: Operator) -> list[str]:
    """Return the parts of one entry along a dimension, without it."""
    shape, options = op.shape(), op.options(64)
    count, axis = options.number(0), options.number(1)
    if not -len(shape) <= axis < len(shape) or not shape[axis] == count == len(op.outputs):
        raise ValueError(f"{count} parts of the shape {shape} along {axis}")
    parts = op.several("Split", [op.operand(), op.listed([1] * count)], count, axis=axis)
    return [op.emit("Squeeze", part, op.listed([axis])) for part in parts]


def tile(op: Operator) -> str:
    """Return a tensor again and again along every dimension."""
    return op.emit("Tile", op.operand(), op.listed(op.integers(1)))


def backwards(op: Operator) -> str:
    """Return a tensor with some dimensions from the end on."""
    axes = op.integers(1)
    n = len(axes)
    return op.emit("Slice", op.operand(), *map(op.listed, ([FAR] * n, [-FAR - 1] * n, axes, [-1] * n)))
