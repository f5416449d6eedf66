"""Puts numbers around a tensor or a constant, or cuts its edges off."""

from __future__ import annotations

from math import prod
from typing import Any

from ...rational import ONE, ZERO, Pair
from ...words import counted
from .arithmetic import affine
from .constants import Constant, exact
from .node import Node
from .resampling import taken
from .shapes import axes_of, padded, strided, strides
from .tensor import NOTHING, Tensor, Value

Around = list[tuple[int, int]]
"""How many numbers come before and after every axis."""


def pad(node: Node) -> Value:
    """Return a tensor with numbers around it, or without its edges where there are less than none."""
    value, mode = node.value(0), node.attributes.text("mode", "constant") or "constant"
    around, filling = _around(node, value), _filling(node)
    if mode != "constant":
        return _with_own_numbers(node, value, around, mode)
    if isinstance(value, Constant):
        if value.floating:
            return value.like(*_padded(node, value.shape, list(value.pairs()), around, filling))
        if filling[1] != 1:
            raise ValueError("integers and a padding that is none")
        return value.like(*_padded(node, value.shape, list(value.data), around, filling[0]))
    result = value.like(*_padded(node, value.shape, value.entries, around, NOTHING))
    if filling == ZERO:
        return result
    shape, numbers = _padded(node, value.shape, [ZERO] * value.size, around, filling)
    return affine(node.building, result, Constant(tuple(shape), list(numbers)), lambda number: (ONE, number))


def _around(node: Node, value: Value) -> Around:
    rank = len(value.shape)
    pads = node.listed("pads", 1, 11)
    axes = axes_of(node.integers(3) if node.version >= 18 and node.has(3) else list(range(rank)), rank)
    if pads is None or len(pads) != 2 * len(axes):
        raise ValueError(f"pads for {len(axes)} axes")
    around = [(0, 0)] * rank
    for axis, before, after in zip(axes, pads[: len(axes)], pads[len(axes) :], strict=True):
        around[axis] = before, after
    if value.batch and around[0] != (0, 0):
        raise ValueError("numbers along the batch")
    return around


def _filling(node: Node) -> Pair:
    """Return the number that is put around."""
    if node.version < 11:
        return exact(node.attributes.number("value", 0.0))
    if not node.has(2):
        return ZERO
    constant = node.constant(2)
    if len(constant.data) != 1 or not (constant.floating or constant.data[0] == 0):
        raise ValueError(f"a padding by {counted(len(constant.data), 'number')}, or by integers")
    return exact(constant.data[0])


def _padded(node: Node, sides: tuple[int, ...], data: Any, around: Around, filling: Any) -> tuple[list[int], Any]:
    """Return shape and data with something put around, or cut off."""
    shape = list(sides)
    for axis, (before, after) in enumerate(around):
        length, outer, inner = shape[axis], prod(shape[:axis]), prod(shape[axis + 1 :])
        kept = length + min(before, 0) + min(after, 0)
        if kept < 0:
            raise ValueError(f"the pads {[before, after]} for {counted(length, 'number')}")
        node.building.claim(outer * inner * (2 * length + max(before, 0) + max(after, 0)))
        shape[axis] = kept
        data = strided(data, max(0, -before) * inner, shape, strides((*shape[:axis], length, *shape[axis + 1 :])))
        before, after = max(before, 0), max(after, 0)
        data = padded(data, filling, before * inner, after * inner, kept * inner, outer)
        shape[axis] += before + after
    return shape, data


def padded_axes(node: Node, tensor: Tensor, around: Around) -> Tensor:
    """Return a tensor with zeros around it."""
    return tensor.like(*_padded(node, tensor.shape, tensor.entries, around, NOTHING))


def _with_own_numbers(node: Node, value: Value, around: Around, mode: str) -> Value:
    """Return a tensor with its own numbers around it: its edge, its mirror image, or itself again."""
    if mode not in ("reflect", "edge", "wrap") or (mode == "wrap" and node.version < 19):
        raise ValueError(f"the attribute mode = {mode!r}")
    for axis, (before, after) in enumerate(around):
        length = value.shape[axis]
        most = {"reflect": length - 1, "wrap": length}.get(mode, max(before, after))
        if min(before, after) < 0 or max(before, after) > most or not length:
            raise ValueError(f"the pads {[before, after]} for {counted(length, 'number')} by the mode {mode!r}")
        places = [_own_place(p, length, mode) for p in range(-before, length + after)]
        if before or after:
            value = taken(node, value, axis, places)
    return value


def _own_place(place: int, length: int, mode: str) -> int:
    """Return the place whose number stands at a place outside."""
    if mode == "wrap":
        return place % length
    if mode == "edge":
        return min(max(place, 0), length - 1)
    return length - 1 - abs(length - 1 - abs(place))
