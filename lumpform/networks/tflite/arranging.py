"""Translate operators of TensorFlow Lite that move, cut and join entries into nodes of ONNX."""

from __future__ import annotations

import numpy as np

from lumpform.networks.tflite.translation import Translated

LAST, FIRST = (1 << 63) - 1, -(1 << 63)
"""Ends of a slice beyond any length, forwards and backwards."""


def reshape(op: Translated) -> str:
    """Return the same numbers in another shape: that of the second operand, or else of the options."""
    if op.has(1):
        shape = op.integers(1)
    else:
        options = op.options("ReshapeOptions")
        shape = [options.NewShape(i) for i in range(op.graph.parsed.limited("sides", options.NewShapeLength(), 64))]
    if any(d < -1 or d == 0 for d in shape):
        raise ValueError(f"the shape {shape}")
    return op.emit("Reshape", op.operand(), op.listed(shape))


def transpose(op: Translated) -> str:
    """Return the dimensions in another order."""
    return op.emit("Transpose", op.operand(), perm=op.integers(1))


def concatenation(op: Translated) -> str:
    """Return tensors one after the other."""
    options = op.options("ConcatenationOptions")
    if options.FusedActivationFunction():
        raise ValueError(f"the fused function {options.FusedActivationFunction()}, which the runtime refuses as well")
    names = [op.operand(i) for i in range(len(op.inputs))]
    return op.emit("Concat", *names, axis=options.Axis())


def pack(op: Translated) -> str:
    """Return tensors side by side along a new dimension."""
    axis = op.options("PackOptions").Axis()
    names = [op.emit("Unsqueeze", op.operand(i), op.listed([axis])) for i in range(len(op.inputs))]
    return op.emit("Concat", *names, axis=axis)


def slice_(op: Translated) -> str:
    """Return a part that begins somewhere and has sizes, -1 for all the rest."""
    begins, sizes = op.integers(1), op.integers(2)
    if len(begins) != len(sizes) or any(b < 0 for b in begins) or any(s < -1 for s in sizes):
        raise ValueError(f"a slice from {begins} of the sizes {sizes}")
    ends = [LAST if s == -1 else b + s for b, s in zip(begins, sizes, strict=True)]
    return op.emit("Slice", op.operand(), op.listed(begins), op.listed(ends), op.listed(range(len(begins))))


def strided_slice(op: Translated) -> str:
    """Return a part with strides; a bit of a mask says that a begin or end is open, or that a dimension goes."""
    options = op.options("StridedSliceOptions")
    if options.EllipsisMask() or options.NewAxisMask() or options.Offset():
        raise ValueError("an ellipsis, a new axis or sizes for ends")
    begins, ends, strides = (op.integers(i) for i in (1, 2, 3))
    rank = len(begins)
    if not rank == len(ends) == len(strides) or 0 in strides:
        raise ValueError(f"a slice from {begins} to {ends} by {strides}")
    gone = [i for i in range(rank) if options.ShrinkAxisMask() >> i & 1]
    for i in range(rank):
        if i in gone:
            ends[i], strides[i] = begins[i] + 1 if begins[i] != -1 else LAST, 1
            continue
        if options.BeginMask() >> i & 1:
            begins[i] = 0 if strides[i] > 0 else LAST
        if options.EndMask() >> i & 1:
            ends[i] = LAST if strides[i] > 0 else FIRST
    lists = (op.listed(numbers) for numbers in (begins, ends, range(rank), strides))
    result = op.emit("Slice", op.operand(), *lists)
    return op.emit("Squeeze", result, op.listed(gone)) if gone else result


def split(op: Translated) -> list[str]:
    """Return equal parts along a dimension."""
    axis, shape, count = op.integers(0), op.shape(1), op.options("SplitOptions").NumSplits()
    if len(axis) != 1 or not -len(shape) <= axis[0] < len(shape) or count != len(op.outputs):
        raise ValueError(f"{count} parts along {axis} for {len(op.outputs)} results")
    if shape[axis[0]] % count:
        raise ValueError(f"{count} equal parts of {shape[axis[0]]}")
    sizes = [shape[axis[0]] // count] * count
    return op.several("Split", [op.operand(1), op.listed(sizes)], count, axis=axis[0])


def split_v(op: Translated) -> list[str]:
    """Return parts of given sizes along a dimension."""
    sizes, axis = op.integers(1), op.integers(2)
    if len(axis) != 1 or min(sizes, default=0) < 1 or len(sizes) != len(op.outputs):
        raise ValueError(f"the sizes {sizes} along {axis} for {len(op.outputs)} results")
    return op.several("Split", [op.operand(), op.listed(sizes)], len(sizes), axis=axis[0])


def pad(op: Translated) -> str:
    """Return a tensor with a margin of one number, 0 if none is given."""
    shape, margins = op.shape(), op.integers(1)
    if len(margins) != 2 * len(shape) or min(margins, default=0) < 0:
        raise ValueError(f"the margins {margins} of the shape {list(shape)}")
    before, after = margins[::2], margins[1::2]
    value = () if not op.has(2) else (_scalar(op, 2),)
    if len(shape) != 4:
        return op.emit("Pad", op.operand(), op.listed([*before, *after]), *value)
    pads = [side[i] for side in (before, after) for i in (0, 3, 1, 2)]
    return op.last(op.emit("Pad", op.first(op.operand()), op.listed(pads), *value))


def _scalar(op: Translated, index: int) -> str:
    """Return the name of a constant that is one number, without dimensions."""
    array = op.graph.array(op.inputs[index])
    if array is None or array.size != 1:
        raise ValueError(f"operand {index}, which is not one number")
    return op.graph.constant(np.reshape(array, ()))


def squeeze(op: Translated) -> str:
    """Return a tensor without some of its dimensions of one entry."""
    options = op.options("SqueezeOptions")
    count = op.graph.parsed.limited("dimensions", options.SqueezeDimsLength(), 64)
    axes = [options.SqueezeDims(i) for i in range(count)] or [i for i, d in enumerate(op.shape()) if d == 1]
    return op.emit("Squeeze", op.operand(), op.listed(axes)) if axes else op.operand()


def expand_dims(op: Translated) -> str:
    """Return a tensor with a dimension of one entry more."""
    return op.emit("Unsqueeze", op.operand(), op.listed(op.integers(1)))
