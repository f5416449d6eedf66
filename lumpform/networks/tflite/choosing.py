"""Translate operators of TensorFlow Lite that choose entries by place, some of them several times."""

from __future__ import annotations

import numpy as np

from lumpform.networks.tflite.arranging import FIRST, LAST
from lumpform.networks.tflite.translation import Translated


def mirror_pad(op: Translated) -> str:
    """Return a tensor with its mirror image around it, with or without the edge itself."""
    shape, margins, mode = op.shape(), op.integers(1), op.options("MirrorPadOptions").Mode()
    if len(margins) != 2 * len(shape) or mode not in (0, 1):
        raise ValueError(f"the margins {margins} of the shape {list(shape)} by mode {mode}")
    name = op.operand()
    for axis, length in enumerate(shape):
        around = margins[2 * axis : 2 * axis + 2]
        if min(around) < 0 or max(around) > length - 1 + mode:
            raise ValueError(f"the margins {around} of {length} entries")
        if any(around):
            places = np.pad(np.arange(length), around, mode="symmetric" if mode else "reflect")
            name = op.emit("Gather", name, op.listed(places.tolist()), axis=axis)
    return name


def gather(op: Translated) -> str:
    """Return the entries at constant places of a dimension."""
    options, places = op.options("GatherOptions"), op.graph.array(op.inputs[1]) if op.has(1) else None
    if options.BatchDims() or places is None or places.dtype.kind != "i" or (places.size and places.min() < 0):
        raise ValueError("places that are no constants from 0 on, or dimensions before them")
    return op.emit("Gather", op.operand(), op.graph.constant(places.astype(np.int64)), axis=options.Axis())


def unpack(op: Translated) -> list[str]:
    """Return the parts of one entry along a dimension, without it."""
    options, rank = op.options("UnpackOptions"), len(op.shape())
    axis, count = options.Axis(), options.Num()
    if not -rank <= axis < rank or not count == op.shape()[axis] == len(op.outputs):
        raise ValueError(f"{count} parts along {axis} of the shape {list(op.shape())}")
    parts = op.several("Split", [op.operand(), op.listed([1] * count)], count, axis=axis)
    return [op.emit("Squeeze", part, op.listed([axis])) for part in parts]


def tile(op: Translated) -> str:
    """Return a tensor again and again along every dimension."""
    return op.emit("Tile", op.operand(), op.listed(op.integers(1)))


def reverse(op: Translated) -> str:
    """Return a tensor with some dimensions backwards."""
    axes = op.integers(1)
    lists = ([LAST] * len(axes), [FIRST] * len(axes), axes, [-1] * len(axes))
    return op.emit("Slice", op.operand(), *map(op.listed, lists))
