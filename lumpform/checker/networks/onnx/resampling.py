"""Moves numbers to larger or smaller maps: nearest neighbours, and blocks of positions."""

from __future__ import annotations

from math import prod

from ...rational import Pair, from_float
from ...words import counted
from .constants import BATCH, Constant
from .moves import move
from .node import Node
from .shapes import axes_of, strides
from .tensor import Value

PLACES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric")
NEAREST = ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")


def _place(how: str, x: int, scale: Pair, before: int, after: int) -> Pair:
    """Return where place x is on the side as it was, as ``(n, d)``, by the formulas of ONNX in exact arithmetic."""
    n, d = scale
    if how == "asymmetric":
        return x * d, n
    if how == "align_corners":
        return (x * (before - 1), after - 1) if after > 1 else (0, 1)
    if how == "pytorch_half_pixel" and after == 1:
        return 0, 1
    top, bottom = (2 * x + 1) * d - n, 2 * n  # (x + 1/2) / scale - 1/2
    if how == "half_pixel_symmetric":  # plus (before - after / scale) / 2
        top += before * n - after * d
    return top, bottom


def _nearest(how: str, place: Pair, length: int) -> int:
    """Return the whole number that is nearest to a place, within a side."""
    n, d = place
    if how == "linear":  # at the place itself, which is none between two
        n = min(max(n, 0), (length - 1) * d)
        if n % d:
            raise ValueError("numbers that are mixed by mode = linear")
        found = n // d
    elif how == "floor":
        found = n // d
    elif how == "ceil":
        found = -(-n // d)
    elif how == "round_prefer_floor":
        found = -((d - 2 * n) // (2 * d))
    else:
        found = (2 * n + d) // (2 * d)
    return min(max(found, 0), length - 1)


def resize(node: Node) -> Value:
    """Return for every number of the result the one of the operand that is nearest to its place."""
    a, value = node.attributes, node.value(0)
    if node.kind == "Upsample" and node.version >= 10:
        raise ValueError("the operator Upsample from version 10 of the operator set on, which has none")
    how, nearest = "asymmetric", "floor"
    if node.kind == "Resize" and node.version >= 11:
        how = a.text("coordinate_transformation_mode", "half_pixel") or "half_pixel"
        nearest = a.text("nearest_mode", "round_prefer_floor") or "round_prefer_floor"
    mode = a.text("mode", "nearest") or "nearest"
    if mode not in ("nearest", "linear")[: 1 + (node.kind == "Resize")] or how not in PLACES or nearest not in NEAREST:
        raise ValueError(f"the attributes mode, {how} and {nearest}")
    stretch = a.text("keep_aspect_ratio_policy", "stretch") or "stretch"
    if a.flag("antialias") or stretch != "stretch":
        raise ValueError("the attributes antialias or keep_aspect_ratio_policy")
    rank = len(value.shape)
    axes = axes_of(a.integers("axes") or list(range(rank)), rank)
    scales = _scales(node, value, axes)
    stays = all(value.shape[axis] == length for axis, (_, length) in zip(axes, scales, strict=True))
    if stays and any(n != d for (n, d), _ in scales):
        raise ValueError("scales by which no side changes its length, which are read in different ways")
    for axis, (scale, length) in zip(axes, scales, strict=True):
        before = value.shape[axis]
        if scale == (1, 1) and length == before:
            continue
        if value.batch and axis == 0:
            raise ValueError("a part of the batch")
        if how == "align_corners" and scale[0] * before != length * scale[1]:
            raise ValueError(f"align_corners and a side of {before} times a scale, which is no whole number")
        kind = "linear" if mode == "linear" else nearest
        places = [_nearest(kind, _place(how, x, scale, before, length), before) for x in range(length)]
        value = taken(node, value, axis, places)
    return value


def taken(node: Node, value: Value, axis: int, places: list[int]) -> Value:
    """Return the numbers at some places of an axis."""
    outer, length, inner = prod(value.shape[:axis]), value.shape[axis], prod(value.shape[axis + 1 :])
    node.building.claim(outer * inner * len(places) + outer * len(places))
    data = value.data
    starts = [(o * length + p) * inner for o in range(outer) for p in places]
    shape = [*value.shape[:axis], len(places), *value.shape[axis + 1 :]]
    return value.like(shape, [entry for start in starts for entry in data[start : start + inner]])


def _scales(node: Node, value: Value, axes: list[int]) -> list[tuple[Pair, int]]:
    """Return scale and length of every side, of which the file says one or the other."""
    sides = [value.shape[axis] for axis in axes]
    if node.kind == "Upsample" and node.version < 9:
        return _by_scales([from_float(s) for s in node.attributes.floats("scales")], sides)
    at = 1 if node.kind == "Upsample" or node.version < 11 else 2
    sizes = node.sizes(3) if at == 2 and node.has(3) else None
    scales: Constant | None = node.constant(at) if node.has(at) else None
    if scales is not None and not scales.data and sizes is not None:
        scales = None
    if (scales is None) == (sizes is None):
        raise ValueError("both or none of scales and sizes")
    if scales is not None:
        return _by_scales(scales.pairs(), sides)
    if sizes is not None and value.batch and 0 in axes and len(sizes) == len(axes):
        place = axes.index(0)
        if sizes[place] != BATCH:
            raise ValueError(f"the sizes {sizes[:10]}, in which the batch is {sizes[place]} samples")
        sizes[place] = 1
    if sizes is None or len(sizes) != len(sides) or min(sizes, default=1) < 1:
        raise ValueError(f"the sizes {sizes} for {len(sides)} axes")
    return [((1, 1) if m == n else (m, n), m) for m, n in zip(sizes, sides, strict=True)]


def _by_scales(scales: list[Pair], sides: list[int]) -> list[tuple[Pair, int]]:
    if len(scales) != len(sides) or any(n <= 0 for n, _ in scales):
        raise ValueError(f"{len(scales)} scales for {len(sides)} axes, or one that is not positive")
    return [((n, d), side * n // d) for side, (n, d) in zip(sides, scales, strict=True)]


def blocks(node: Node) -> Value:
    """Return larger maps of several channels, or several channels of larger maps."""
    value, b = node.value(0), node.attributes.integer("blocksize", 0)
    mode = node.attributes.text("mode", "DCR") or "DCR"
    if len(value.shape) != 4 or b < 1 or mode not in ("DCR", "CRD"):
        raise ValueError(f"the shape {list(value.shape)}, blocks of {b} and mode = {mode!r}")
    n, c, h, w = value.shape
    if node.kind == "SpaceToDepth":
        if h % b or w % b:
            raise ValueError(f"maps of {h} x {w} for blocks of {b} x {b}")
        split, shape = (n, c, h // b, b, w // b, b), (n, c * b * b, h // b, w // b)
        order = (0, 3, 5, 1, 2, 4) if mode == "DCR" else (0, 1, 3, 5, 2, 4)
    else:
        k = c // (b * b)
        if c % (b * b):
            raise ValueError(f"{counted(c, 'channel')} for blocks of {b} x {b}")
        split, shape = (n, b, b, k, h, w) if mode == "DCR" else (n, k, b, b, h, w), (n, k, h * b, w * b)
        order = (0, 3, 4, 1, 5, 2) if mode == "DCR" else (0, 1, 4, 2, 5, 3)
    steps = strides(split)
    moved = move(node, value, [split[a] for a in order], 0, [steps[a] for a in order])
    return moved.like(shape, moved.data)
