"""Says what operators that move, cut and join entries are in ONNX."""

from __future__ import annotations

from math import prod

from .graph import KINDS, Operator
from .layers import turned

FAR = (1 << 63) - 1
"""Beyond the end of any dimension."""


def reshape(op: Operator) -> str:
    """Return the numbers in a shape that an operand or the options say."""
    shape = op.integers(1) if op.has(1) else op.options(17).integers(0)
    if any(d == 0 or d < -1 for d in shape):
        raise ValueError(f"the shape {shape}")
    return op.emit("Reshape", op.operand(), op.listed(shape))


def transpose(op: Operator) -> str:
    """Return the dimensions in another order."""
    return op.emit("Transpose", op.operand(), perm=op.integers(1))


def concatenation(op: Operator) -> str:
    """Return tensors one after the other; the runtime knows no fused function here."""
    options = op.options(10)
    if options.number(1, "b"):
        raise ValueError(f"the fused function {options.number(1, 'b')}")
    return op.emit("Concat", *(op.operand(i) for i in range(len(op.inputs))), axis=options.number(0))


def pack(op: Operator) -> str:
    """Return tensors side by side in a new dimension."""
    axis = op.options(59).number(1)
    parts = [op.emit("Unsqueeze", op.operand(i), op.listed([axis])) for i in range(len(op.inputs))]
    return op.emit("Concat", *parts, axis=axis)


def slice_(op: Operator) -> str:
    """Return a part with a size in each dimension, -1 for the rest."""
    begins, sizes = op.integers(1), op.integers(2)
    if len(begins) != len(sizes) or min([*begins, 0]) < 0 or min([*sizes, 0]) < -1:
        raise ValueError(f"a part from {begins} of the sizes {sizes}")
    ends = [FAR if size < 0 else begin + size for begin, size in zip(begins, sizes, strict=True)]
    return op.emit("Slice", op.operand(), *map(op.listed, (begins, ends, range(len(begins)))))


def strided_slice(op: Operator) -> str:
    """Return a part in steps; the bits of masks are dimensions."""
    options = op.options(32)
    begin_mask, end_mask, ellipsis, new, shrink = (options.number(i) for i in range(5))
    if ellipsis or new or options.number(5, "B"):
        raise ValueError("an ellipsis, a new dimension, or an end that is a size")
    begins, ends, steps = op.integers(1), op.integers(2), op.integers(3)
    if not len(begins) == len(ends) == len(steps) or 0 in steps:
        raise ValueError(f"a part from {begins} to {ends} by {steps}")
    gone = []
    for i, step in enumerate(steps):
        bit = 1 << i
        if shrink & bit:
            gone.append(i)
            steps[i], ends[i] = 1, FAR if begins[i] == -1 else begins[i] + 1
        else:
            begins[i] = begins[i] if not begin_mask & bit else 0 if step > 0 else FAR
            ends[i] = ends[i] if not end_mask & bit else FAR if step > 0 else -FAR - 1
    result = op.emit("Slice", op.operand(), *map(op.listed, (begins, ends, range(len(steps)), steps)))
    return op.emit("Squeeze", result, op.listed(gone)) if gone else result


def split(op: Operator) -> list[str]:
    """Return equal parts along a dimension."""
    axis, shape, parts = op.integers(0), op.shape(1), op.options(35).number(0)
    if len(axis) != 1 or not -len(shape) <= axis[0] < len(shape) or parts != len(op.outputs) or shape[axis[0]] % parts:
        raise ValueError(f"{parts} equal parts of the shape {shape} along {axis}")
    return op.several("Split", [op.operand(1), op.listed([shape[axis[0]] // parts] * parts)], parts, axis=axis[0])


def split_sizes(op: Operator) -> list[str]:
    """Return parts of several sizes along a dimension."""
    sizes, axis = op.integers(1), op.integers(2)
    if len(axis) != 1 or min(sizes, default=0) < 1 or len(sizes) != len(op.outputs):
        raise ValueError(f"parts of the sizes {sizes} along {axis}")
    return op.several("Split", [op.operand(), op.listed(sizes)], len(sizes), axis=axis[0])


def pad(op: Operator) -> str:
    """Return a tensor with margins of one number."""
    margins, rank = op.integers(1), len(op.shape())
    if len(margins) != 2 * rank or min(margins, default=0) < 0:
        raise ValueError(f"margins {margins} of {rank} dimensions")
    value = []
    if op.has(2):
        number = op.number(2)
        if op.graph.kind(number) not in KINDS or not op.graph.data(number):
            raise ValueError("margins of no known number")
        kind, width = KINDS[op.graph.kind(number)]
        if prod(op.graph.sized(number, width)) != 1:
            raise ValueError("margins of several numbers")
        value.append(op.graph.constant(kind, [], op.graph.data(number)))
    order = (0, 3, 1, 2) if rank == 4 else range(rank)
    pads = op.listed([margins[2 * i + side] for side in (0, 1) for i in order])
    return turned(op, "Pad", pads, *value) if rank == 4 else op.emit("Pad", op.operand(), pads, *value)


def squeeze(op: Operator) -> str:
    """Return a tensor without dimensions of one entry."""
    axes = op.options(30).integers(0) or [i for i, d in enumerate(op.shape()) if d == 1]
    return op.emit("Squeeze", op.operand(), op.listed(axes)) if axes else op.operand()


def expand(op: Operator) -> str:
    """Return a tensor with one dimension more."""
    return op.emit("Unsqueeze", op.operand(), op.listed(op.integers(1)))
