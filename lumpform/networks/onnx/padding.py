"""Read the operator Pad of an ONNX file: numbers around, or a part that is cut off."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from lumpform.display.words import counted
from lumpform.networks.convolution import padded
from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import Node, Value, is_real, like, numbers_of, shape_of
from lumpform.networks.tensor import NOTHING, Tensor, axis_from_front
from lumpform.networks.with_constants import with_constants
from lumpform.numbers.rational import as_rational

Own = Literal["reflect", "edge", "wrap"]
MODES = ("constant", "reflect", "edge", "wrap")


def pad(node: Node) -> Value:
    """Put numbers around, or cut a part off where a number is negative."""
    value = node.value()
    mode = node.attributes.only("mode", MODES[:3] if node.version < 19 else MODES, "constant")
    around = _around(node, value)
    filling = _filling(node)
    if mode != "constant":
        return _with_own_numbers(node, value, around, mode)
    if not isinstance(value, Tensor):
        if not is_real(value) and filling != int(filling):
            raise node.fail(f"integers padded by {filling}", "an integer")
        array = exact(value) if filling and is_real(value) else value  # no type of floats rounds what is put around
        return np.asarray(padded(node.builder, array, around, as_rational(filling) if array is not value else filling))
    result = Tensor(padded(node.builder, value.entries, around, NOTHING), value.batch)
    if not filling:
        return result
    plus = padded(node.builder, np.full(value.shape, as_rational(0)), around, as_rational(filling))
    return with_constants(node.builder, result, node.name, plus=plus)


def _around(node: Node, value: Value) -> list[tuple[int, int]]:
    """Return how many numbers come before and after every axis."""
    rank = len(shape_of(value))
    pads = list(node.attributes.integers("pads", ())) if node.version < 11 else node.integers(1)
    axes = [axis_from_front(a, rank) for a in node.integers(3)] if node.has(3) else list(range(rank))
    if len(pads) != 2 * len(axes) or len(set(axes)) < len(axes):
        raise node.fail(f"pads {pads}", f"two numbers for each of {len(axes)} dimensions")
    around = [(0, 0)] * rank
    for i, a in enumerate(axes):
        around[a] = (pads[i], pads[len(axes) + i])
    if isinstance(value, Tensor) and value.batch and around[0] != (0, 0):
        raise node.fail(f"pads {pads}", "the batch as it is")
    return around


def _filling(node: Node) -> Any:
    """Return the number that is put around."""
    if node.version < 11:
        return node.attributes.number("value", 0.0)
    if not node.has(2):
        return 0
    constant = node.constant(2)
    if constant.size != 1 or (constant.dtype.kind not in "fO" and constant.any()):
        raise node.fail(f"padding by {counted(constant.size, 'number')} of type {constant.dtype}", "one float")
    return constant.reshape(-1)[0]


def _with_own_numbers(node: Node, value: Value, around: list[tuple[int, int]], mode: Own) -> Value:
    """Put numbers of the value itself around it: its edge, its mirror image, or itself again."""
    array = numbers_of(value)
    for axis, (before, after) in enumerate(around):
        length = array.shape[axis]
        most = length - 1 if mode == "reflect" else length if mode == "wrap" else max(before, after)
        if min(before, after) < 0 or max(before, after) > most or not length:
            raise node.fail(
                f"pads {[before, after]} of {counted(length, 'number')}", f"from 0 to {most}, by the mode {mode!r}"
            )
        node.builder.move(array.size // length * (before + after))
        places = np.pad(np.arange(length), (before, after), mode=mode)
        array = np.take(array, places, axis=axis)
    return like(value, array)
