"""Move all numbers of one tensor by operations that need no place for every number, where there are some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from math import prod

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.tape import Tape
from lumpform.networks.operators import Sides

Places = NDArray[np.int64]
"""Which number of a tensor, counted in row-major order, is where."""


@dataclass(frozen=True)
class Held:
    """Name a tensor, and the shape of one sample in it."""

    tensor: str
    shape: Sides

    @property
    def size(self) -> int:
        """Return the numbers of one sample."""
        return prod(self.shape)


def in_short(tape: Tape, source: Held, places: Places, worth: int) -> str | None:
    """Move numbers by operations that need no place for every number, if there are some."""
    for way in (axis_by_axis, _turned, _blocks):
        found = way(tape, source, places)
        if found is not None:
            return found
    return _digit_by_digit(tape, source, places) if 4 * places.size >= worth else None


def axis_by_axis(tape: Tape, source: Held, places: Places) -> str | None:
    """Move along every axis by itself: slices, repetitions (nearest neighbours), and what is chosen by place."""
    shape = source.shape
    if len(shape) != places.ndim:
        return None
    chosen = []
    for axis, along in enumerate(np.unravel_index(places, shape)):
        line = np.moveaxis(along, axis, 0).reshape(places.shape[axis], -1)
        if (line != line[:, :1]).any():
            return None
        chosen.append(line[:, 0])
    tensor = source.tensor
    scales = [_repeats(line, n) if len(shape) > 1 else 1 for line, n in zip(chosen, shape, strict=True)]
    if max(scales) > 1:
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
        tensor = tape.add("Resize", [tensor, "", tape.initialiser(np.array([1, *scales], dtype=np.float32))], **how)
    rest = [(a + 1, line) for a, line in enumerate(chosen) if scales[a] == 1 and not _is_whole(line, shape[a])]
    even = [(a, line) for a, line in rest if len(steps := set(np.diff(line).tolist())) <= 1 and 0 not in steps]
    if even:
        steps = [int(line[1] - line[0]) if len(line) > 1 else 1 for _, line in even]
        ends = [int(line[-1]) + (1 if s > 0 else -1) for (_, line), s in zip(even, steps, strict=True)]
        ends = [e if e >= 0 else -(2**31) for e in ends]
        table = [[int(line[0]) for _, line in even], ends, [a for a, _ in even], steps]
        operands = [
            tape.initialiser(np.array(row, dtype=np.int64)) for row in (table if set(steps) != {1} else table[:3])
        ]
        tensor = tape.add("Slice", [tensor, *operands])
    for axis, line in rest:
        if all(axis != a for a, _ in even):
            tensor = tape.add("Gather", [tensor, tape.initialiser(line.astype(np.int32))], axis=axis)
    return tensor


def _repeats(line: Places, count: int) -> int:
    """Return how often every place of an axis is repeated, one after the other; 1 if it is something else."""
    often = len(line) // count
    return often if often and np.array_equal(line, np.repeat(np.arange(count), often)) else 1


def _is_whole(line: Places, count: int) -> bool:
    return np.array_equal(line, np.arange(count))


def _turned(tape: Tape, source: Held, places: Places) -> str | None:
    """Move all numbers in the order that they have, or that axes before or after have when they are turned."""
    if places.size != source.size or max(places.ndim, len(source.shape)) > 5:
        return None
    for order in permutations(range(places.ndim)):
        back = tuple(np.argsort(order).tolist())
        if np.array_equal(places.transpose(back).reshape(-1), np.arange(places.size)):
            tensor = _reshaped(tape, source.tensor, source.shape, tuple(places.shape[i] for i in back))
            plain = list(order) == sorted(order)
            return tensor if plain else tape.add("Transpose", [tensor], perm=[0, *(i + 1 for i in order)])
    numbers = np.arange(places.size).reshape(source.shape)
    for order in permutations(range(len(source.shape))):
        turned = numbers.transpose(order)
        if np.array_equal(turned.reshape(-1), places.reshape(-1)):
            tensor = tape.add("Transpose", [source.tensor], perm=[0, *(i + 1 for i in order)])
            return _reshaped(tape, tensor, turned.shape, places.shape)
    return None


def _reshaped(tape: Tape, tensor: str, before: Sides, after: Sides) -> str:
    if before == after:
        return tensor
    return tape.add("Flatten", [tensor]) if len(after) == 1 else tape.reshape(tensor, [0, *after])


def _blocks(tape: Tape, source: Held, places: Places) -> str | None:
    """Make channels of blocks of positions, or blocks of positions of channels."""
    if places.ndim != 3 or len(source.shape) != 3 or places.size != source.size:
        return None
    numbers = np.arange(places.size).reshape(source.shape)
    for operator, block, how, array in _blocked(numbers, places.shape):
        if np.array_equal(array.reshape(places.shape), places):
            return tape.add(operator, [source.tensor], blocksize=block, **how)
    return None


def _blocked(numbers: Places, shape: Sides) -> Iterator[tuple[str, int, dict[str, str], Places]]:
    c, h, w = numbers.shape
    if shape[1] > h and shape[1] % h == 0 and c % (shape[1] // h) ** 2 == 0:
        b = shape[1] // h
        yield "DepthToSpace", b, {}, numbers.reshape(b, b, -1, h, w).transpose(2, 3, 0, 4, 1)
        yield "DepthToSpace", b, {"mode": "CRD"}, numbers.reshape(-1, b, b, h, w).transpose(0, 3, 1, 4, 2)
    elif h > shape[1] and h % shape[1] == 0 and w % (h // shape[1]) == 0:
        b = h // shape[1]
        yield "SpaceToDepth", b, {}, numbers.reshape(c, h // b, b, w // b, b).transpose(2, 4, 0, 1, 3)


def _digit_by_digit(tape: Tape, source: Held, places: Places) -> str | None:
    """Take axes apart, turn and repeat the parts, and put axes together again: what several moves in turn come to."""
    digits = digits_of(places)
    if digits is None or len(digits) > 8:
        return None
    own = sorted((d for d in digits if d[1]), key=lambda d: -d[1])
    expected = np.cumprod([1, *(radix for radix, _ in own[::-1])])[::-1]
    if [stride for _, stride in own] != expected[1:].tolist() or expected[0] != source.size:
        return None
    tensor = _reshaped(tape, source.tensor, source.shape, tuple(radix for radix, _ in own))
    order = [own.index(d) for d in digits if d[1]]
    shape = tuple(own[i][0] for i in order)
    if order != sorted(order):
        tensor = tape.add("Transpose", [tensor], perm=[0, *(i + 1 for i in order)])
    if len(shape) < len(digits):
        ones = tuple(radix if stride else 1 for radix, stride in digits)
        full = np.array([1, *(radix for radix, _ in digits)], dtype=np.int64)
        tensor, shape = _reshaped(tape, tensor, shape, ones), tuple(full[1:].tolist())
        tensor = tape.add("Expand", [tensor, tape.initialiser(full)])
    return _reshaped(tape, tensor, shape, places.shape)


def digits_of(places: Places) -> list[tuple[int, int]] | None:
    """Return pairs (radix, stride) with which places are the sum of digit times stride; None if they are none.

    The digits are those of the axes, one after the other, each taken apart where needed. O(places).
    """
    digits: list[tuple[int, int]] = []
    left = places
    for axis, count in enumerate(places.shape):
        line = places[tuple(slice(None) if a == axis else 0 for a in range(places.ndim))]
        left = left - line.reshape([-1 if a == axis else 1 for a in range(places.ndim)])
        own: list[tuple[int, int]] = []
        while count > 1:
            stride = int(line[1] - line[0])
            steps = np.diff(line) == stride
            radix = count if steps.all() else int(np.argmin(steps)) + 1
            if count % radix or (line.reshape(-1, radix) - line[::radix, None] != stride * np.arange(radix)).any():
                return None
            own.insert(0, (radix, stride))
            line, count = line[::radix], count // radix
        digits += own
    return digits if places.reshape(-1)[0] == 0 and not left.any() else None
