"""Write numbers on their way into maps as ONNX operations: put at positions, or counted everywhere.

A reader must find the same groups and arrows again (docs/certificate-networks.md, section 6.4), whatever the weights.
Convolutions have at most three sides; maps of more are made by a matrix along the axis of the nodes.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.weights import Weights
from lumpform.networks.onnx.channel_groups import OPERATION, in_groups
from lumpform.networks.onnx.tape import Tape
from lumpform.networks.operators import Sides

Array = NDArray[Any]

MOST = 3
"""Sides that an ONNX runtime convolves."""

RESHAPED = 4 * OPERATION
"""Bytes that two reshapes cost, with their shapes, about."""


def mixed(
    tape: Tape,
    tensor: str,
    matrix: Array,
    sides: Sides,
    *,
    moved: bool = False,
    flat: bool = False,
    scaled: bool = False,
) -> str:
    """Multiply the nodes of a tensor [samples, nodes, *sides] by a matrix (nodes, results).

    `moved` says whether nodes may be moved before, as the channels of a convolution (`in_groups`), `flat` whether the
    nodes are those of maps, at all positions, and `scaled` whether a diagonal matrix may be a vector.
    """
    if not sides:
        return _product(tape, tensor, matrix, moved=moved, flat=flat, scaled=scaled)
    if len(sides) <= MOST:
        kernel = np.ascontiguousarray(matrix.T).reshape(*matrix.T.shape, *[1] * len(sides))
        return tape.convolution(tensor, kernel, moved=moved)
    rows = tape.reshape(tensor, [0, matrix.shape[0], prod(sides)])
    product = tape.add("MatMul", [tape.initialiser(matrix.T), rows])
    return tape.reshape(product, [0, matrix.shape[1], *sides])


def _product(tape: Tape, tensor: str, matrix: Array, *, moved: bool, flat: bool, scaled: bool) -> str:
    """Multiply numbers [samples, nodes] by a matrix; where most of it is zero, as a vector or in groups of channels.

    A reader would see maps again in flat ones times a vector, and other maps in an input that becomes channels.
    """
    size, count = matrix.shape
    diagonal = np.diagonal(matrix)
    if scaled and size == count > 1 and diagonal.all() and np.count_nonzero(matrix) == size:
        return tape.add("Mul", [tensor, tape.initialiser(diagonal)])
    kernel = np.ascontiguousarray(matrix.T)[:, :, None]
    if (
        tape.dtype == "float32"
        and (moved or not flat)
        and in_groups(kernel, moved=moved).bytes + RESHAPED < matrix.nbytes
    ):
        result = tape.convolution(tape.reshape(tensor, [0, size, 1]), kernel, moved=moved)
        return tape.reshape(result, [0, count])
    if moved:
        tensor, kernel = tape.spread(tensor, matrix.T)
        matrix = np.ascontiguousarray(kernel.T)
    return tape.add("MatMul", [tensor, tape.initialiser(matrix)])


def as_maps(tape: Tape, tensor: str, matrix: Array, sides: Sides, *, batched: bool) -> str:
    """Do the same to a tensor that a reader is to see as maps with these sides, whatever it sees in it so far."""
    if len(sides) <= MOST:
        return mixed(tape, tensor, matrix, sides)
    # A matrix along the last axis of the full shape: all others but the batch are sides.
    k, lead = len(sides), [0] if batched else []
    if not batched:
        tensor = tape.reshape(tensor, [matrix.shape[0], *sides])
    first, last = len(lead), len(lead) + k
    back = [*range(first), *range(first + 1, last + 1), first]
    turned = tape.add("Transpose", [tensor], perm=back)
    product = tape.add("MatMul", [turned, tape.initialiser(matrix)])
    result = tape.add("Transpose", [product], perm=[*range(first), last, *range(first, last)])
    return result if batched else tape.reshape(result, [1, matrix.shape[1], *sides])


def put(tape: Tape, tensor: str, family: dict[Sides, Array], sides: Sides, *, batched: bool) -> str:
    """Put numbers [samples, nodes], times a matrix (nodes, results) for every position, at positions of maps."""
    size, count = next(iter(family.values())).shape
    k = len(sides)
    if k <= MOST:  # a window as large as the map meets the one position of its source once, wherever it stands
        kernel = np.zeros((count, size, *sides), dtype=tape.dtype)
        for position, matrix in family.items():
            there = tuple(h - 1 - p for h, p in zip(sides, position, strict=True))
            kernel[(slice(None), slice(None), *there)] = matrix.T
        point = tape.reshape(tensor, [0, size, *[1] * k])
        return tape.convolution(point, kernel, moved=False, pads=[h - 1 for h in sides] * 2)
    chosen = np.full((count, *sides), size, dtype=np.int64)
    for position, matrix in family.items():
        rows, columns = np.nonzero(matrix)
        place = (columns, *position)
        if (matrix[rows, columns] != 1).any() or len(set(columns.tolist())) < len(columns):
            raise OptionError(f"weights into single positions of maps of {k} sides, expected at most {MOST} sides")
        chosen[place] = rows
    rows = chosen.reshape(count, -1)
    if (rows == rows[:, :1]).all():
        raise OptionError(f"maps of {k} sides that are the same everywhere, expected at most {MOST} sides")
    copied = tape.add("MatMul", [tensor, tape.initialiser(np.eye(size, dtype=tape.dtype))])
    maps = gathered(tape, with_zero(tape, copied), chosen)
    return as_maps(tape, maps, np.eye(count, dtype=tape.dtype), sides, batched=batched)


def with_zero(tape: Tape, tensor: str) -> str:
    """Append a zero to numbers [samples, nodes]."""
    return tape.add("Pad", [tensor, tape.initialiser(np.array([0, 0, 0, 1], dtype=np.int64))])


def gathered(tape: Tape, tensor: str, chosen: Array) -> str:
    """Return [samples, *shape of `chosen`]: numbers of [samples, numbers] by their place."""
    flat = tape.add("Gather", [tensor, tape.initialiser(chosen.reshape(-1).astype(np.int64))], axis=1)
    return flat if chosen.ndim == 1 else tape.reshape(flat, [0, *chosen.shape])


def zeros(tape: Tape, tensor: str, size: int, sides: Sides, *, batched: bool) -> str:
    """Return [samples, size, *sides] of zeros for every sample of some numbers [samples, 1]."""
    nothing = np.zeros((1, size), dtype=tape.dtype)
    if not sides:
        return mixed(tape, tensor, nothing, ())
    if len(sides) <= MOST:
        point = tape.reshape(tensor, [0, 1, *[1] * len(sides)])
        kernel = tape.initialiser(nothing.reshape(size, 1, *[1] * len(sides)))
        return tape.add("Conv", [point, kernel], pads=[h - 1 for h in sides] + [0] * len(sides))
    chosen = np.ones((1, *sides), dtype=np.int64)
    chosen.reshape(-1)[0] = 0  # not the same everywhere, or it would be a number
    return as_maps(tape, gathered(tape, with_zero(tape, tensor), chosen), nothing, sides, batched=batched)


def everywhere(tape: Tape, tensor: str, matrix: Array, sides: Sides, *, batched: bool) -> str:
    """Multiply numbers [samples, nodes] by a matrix (nodes, results) at every position of maps.

    A map of zeros among the nodes, which nothing reads, says to a reader what maps these are.
    """
    size, count = matrix.shape
    q = prod(sides)
    first = tape.add("Gather", [tensor, tape.initialiser(np.zeros(1, dtype=np.int64))], axis=1)
    empty = tape.reshape(zeros(tape, first, 1, sides, batched=batched), [0, 1, q])
    wide = tape.add("Expand", [tape.reshape(tensor, [0, size, 1]), tape.initialiser(np.array([1, size, q], np.int64))])
    joined = tape.add("Concat", [empty, wide], axis=1)
    left = np.concatenate([np.zeros((1, count), dtype=tape.dtype), matrix]).T
    return tape.reshape(tape.add("MatMul", [tape.initialiser(left), joined]), [0, count, *sides])


def is_choice(weights: Weights) -> bool:
    """Tell whether every target is one source as it is, or nothing."""
    taken = set()
    for _, v, value in weights.entries():
        if value != 1 or v in taken:
            return False
        taken.add(v)
    return True
