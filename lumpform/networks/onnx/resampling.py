"""Read operations of an ONNX file that make maps larger or smaller by moving numbers: nearest neighbours, blocks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, prod

import numpy as np

from lumpform.display.words import counted
from lumpform.networks.onnx.node import BATCH, Node, Value, like, numbers_of, shape_of
from lumpform.networks.tensor import Tensor, axis_from_front
from lumpform.numbers.rational import as_rational

HALF = Fraction(1, 2)
NEAREST: dict[str, Callable[[Fraction], int]] = {
    "floor": floor,
    "ceil": ceil,
    "round_prefer_floor": lambda x: ceil(x - HALF),
    "round_prefer_ceil": lambda x: floor(x + HALF),
}


def _place(how: str, x: int, scale: Fraction, before: int, after: int) -> Fraction:
    """Return where place x of a longer or shorter side is on the side as it was: ONNX's formulas, exactly."""
    if how == "asymmetric":
        return x / scale
    if how == "align_corners":
        return Fraction(x * (before - 1), after - 1) if after > 1 else Fraction(0)
    if how == "pytorch_half_pixel" and after == 1:
        return Fraction(0)
    shift = Fraction(before, 2) * (1 - after / (scale * before)) if how == "half_pixel_symmetric" else 0
    return shift + (x + HALF) / scale - HALF


PLACES = ("half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric")


def resize(node: Node) -> Value:
    """Take for every number of the result the one of the operand that is nearest to its place, or there.

    Between two numbers `linear` mixes; it is read where every place is one of a number: a map of one position that is
    repeated, or every so many positions that are left.
    """
    a, value = node.attributes, node.value()
    shape = shape_of(value)
    mode = a.only("mode", ("nearest", "linear"), "nearest")
    a.without_meaning("cubic_coeff_a", "exclude_outside", "extrapolation_value")
    if node.version < 11:
        how, nearest = "asymmetric", "floor"
    else:
        how = a.only("coordinate_transformation_mode", PLACES, "half_pixel")
        nearest = a.only("nearest_mode", tuple(NEAREST), "round_prefer_floor")
    nearest = "linear" if mode == "linear" else nearest
    if node.version >= 18:
        a.only("antialias", (0,), 0)
        a.only("keep_aspect_ratio_policy", ("stretch",), "stretch")
    given = a.integers("axes", ()) if node.version >= 18 else ()
    axes = [axis_from_front(x, len(shape)) for x in given] or list(range(len(shape)))
    if len(set(axes)) < len(axes):
        raise node.fail(f"axes {list(given)}, one of them twice", "different axes")
    return resized(node, value, axes, _scales(node, value, axes), how, nearest)


def upsample(node: Node) -> Value:
    """Resize as the operator did that was there before Resize."""
    a, value = node.attributes, node.value()
    a.only("mode", ("nearest",), "nearest")
    shape = shape_of(value)
    scales = [Fraction(s) for s in a.floats("scales")] if node.version < 9 else _numbers(node, 1)
    sizes = _lengths(node, list(shape), scales)
    return resized(node, value, list(range(len(shape))), list(zip(scales, sizes, strict=True)), "asymmetric", "floor")


def _numbers(node: Node, operand: int) -> list[Fraction]:
    return [as_rational(v) for v in node.weights(operand).reshape(-1).tolist()]


def _lengths(node: Node, sides: list[int], scales: list[Fraction]) -> list[int]:
    """Return how long sides become that are scaled."""
    if len(scales) != len(sides) or min(scales, default=1) <= 0:
        raise node.fail(f"scales {[float(s) for s in scales]}", f"a positive one for each of {len(sides)} axes")
    return [floor(n * s) for n, s in zip(sides, scales, strict=True)]


def _scales(node: Node, value: Value, axes: list[int]) -> list[tuple[Fraction, int]]:
    """Return scale and length of every side, of which the file says one or the other."""
    sides = [shape_of(value)[axis] for axis in axes]
    at = 1 if node.version < 11 else 2
    by_size = at == 2 and node.has(3)
    scales = _numbers(node, at) if node.has(at) else None
    if by_size and not scales:  # an empty list of scales stands for none
        scales = None
    if (scales is None) != by_size:
        raise node.fail("both or none of scales and sizes", "one of them")
    if scales is not None:
        return list(zip(scales, _lengths(node, sides, scales), strict=True))
    sizes = node.sizes(3)
    if isinstance(value, Tensor) and value.batch and 0 in axes and len(sizes) == len(axes):
        place = axes.index(0)
        if sizes[place] != BATCH:
            raise node.fail(f"sizes {sizes}, in which the batch is {sizes[place]} samples", "the length of the batch")
        sizes[place] = 1
    if len(sizes) != len(sides) or min(sizes, default=1) < 1:
        raise node.fail(f"sizes {sizes}", f"a positive one for each of {len(sides)} axes")
    return [(Fraction(m, n), m) for m, n in zip(sizes, sides, strict=True)]


def resized(
    node: Node, value: Value, axes: list[int], scales: list[tuple[Fraction, int]], how: str, nearest: str
) -> Value:
    """Return a value with sides of other lengths."""
    shape = list(shape_of(value))
    stays = all(shape[axis] == length for axis, (_, length) in zip(axes, scales, strict=True))
    if stays and any(scale != 1 for scale, _ in scales):  # by ONNX's formula numbers move, in runtimes none does
        raise node.fail("scales by which no side changes its length, which are read in different ways", "scales of 1")
    for axis, (_, length) in zip(axes, scales, strict=True):
        shape[axis] = length
    node.builder.move(prod(shape))
    array = numbers_of(value)
    for axis, (scale, length) in zip(axes, scales, strict=True):
        before = array.shape[axis]
        if (scale, length) == (1, before):
            continue
        node.keeps_batch(value, axis)
        if how == "align_corners" and scale * before != length:  # ONNX's formula has 12/5, some runtimes have 2
            raise node.fail(f"align_corners and a side of {before} times {float(scale)}", "a whole number, or sizes")
        places = [_place(how, x, scale, before, length) for x in range(length)]
        places = [min(max(place, Fraction(0)), Fraction(before - 1)) for place in places]
        if nearest == "linear" and any(place != int(place) for place in places):
            raise node.fail("numbers that are mixed by mode = linear", "places of single numbers, or mode = nearest")
        array = np.take(array, [NEAREST.get(nearest, int)(place) for place in places], axis=axis)
    return like(value, array)


def depth_to_space(node: Node) -> Value:
    """Make larger maps of several channels: blocks of their positions."""
    value = node.value()
    n, c, h, w, b = _blocks(node, value)
    if c % (b * b):
        raise node.fail(f"{counted(c, 'channel')} for blocks of {b} x {b}", "a multiple")
    array, k = numbers_of(value), c // b**2
    if _mode(node, 11) == "DCR":
        array = array.reshape(n, b, b, k, h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        array = array.reshape(n, k, b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return like(value, array.reshape(n, k, h * b, w * b))


def space_to_depth(node: Node) -> Value:
    """Make several channels of larger maps: one for every place in blocks of positions."""
    value = node.value()
    n, c, h, w, b = _blocks(node, value)
    if h % b or w % b:
        raise node.fail(f"maps of {h} x {w} for blocks of {b} x {b}", "multiples")
    order = (0, 3, 5, 1, 2, 4) if _mode(node, 28) == "DCR" else (0, 1, 3, 5, 2, 4)
    array = numbers_of(value).reshape(n, c, h // b, b, w // b, b).transpose(order)
    return like(value, array.reshape(n, c * b**2, h // b, w // b))


def _mode(node: Node, since: int) -> str:
    """Return how blocks become channels: block by block (DCR), or channel by channel (CRD)."""
    return node.attributes.only("mode", ("DCR", "CRD"), "DCR") if node.version >= since else "DCR"


def _blocks(node: Node, value: Value) -> tuple[int, int, int, int, int]:
    """Return samples, channels, two sides, and the length of a block."""
    shape, b = shape_of(value), node.attributes.integer("blocksize", 0)
    if len(shape) != 4 or b < 1:
        raise node.fail(f"the shape {list(shape)} and blocks of {b}", "samples, channels, two sides, and blocks from 1")
    node.builder.move(prod(shape))
    n, c, h, w = shape
    return n, c, h, w, b
