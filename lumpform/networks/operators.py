"""Operators on arrows: the linear maps that a feature map undergoes on its way along an edge.

==========================================  ==========================================================================
operator                                    meaning
==========================================  ==========================================================================
None                                        nothing; a number on its way into a map of any shape is broadcast
``("shift", i, j, strides, pads, shape)``   one kernel position (i, j) of a convolution: zeros outside, every
                                            `strides`-th position, a map of `shape`; `pads` is (top, left)
``("pixel", i, j)``                         the value at one position, as flattening before a dense layer needs it
``("average", kernel, strides, pads, count_outside)``  the mean over windows of a map
``("mean",)``                               the mean of the whole map
==========================================  ==========================================================================

They work on float arrays and on object arrays of `Fraction` alike, of shape (batch, nodes, height, width).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError


def windows(
    x: NDArray[Any], kernel: tuple[int, int], strides: tuple[int, int], pads: tuple[int, int, int, int], outside: Any
) -> Iterator[NDArray[Any]]:
    """One array per kernel position with the values under it; `outside` fills the border (None: -inf for floats)."""
    if outside is None and x.dtype != object:
        outside = -np.inf
    top, left, bottom, right = pads
    height, width = x.shape[2] + top + bottom, x.shape[3] + left + right
    padded = np.full((*x.shape[:2], height, width), outside, dtype=x.dtype)
    padded[:, :, top : top + x.shape[2], left : left + x.shape[3]] = x
    rows, columns = (height - kernel[0]) // strides[0] + 1, (width - kernel[1]) // strides[1] + 1
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            yield padded[
                :,
                :,
                i : i + (rows - 1) * strides[0] + 1 : strides[0],
                j : j + (columns - 1) * strides[1] + 1 : strides[1],
            ]


def operate(operator: tuple[Any, ...] | None, x: NDArray[Any]) -> NDArray[Any]:
    """The operator applied to the values of all sources of an arrow, (batch, nodes, *shape)."""
    if operator is None:
        return x
    if operator[0] == "shift":
        return _shift(x, *operator[1:])
    if operator[0] == "pixel":
        return x[:, :, operator[1], operator[2]]
    if operator[0] == "mean":
        return _divided(x.sum(axis=(2, 3)), x.shape[2] * x.shape[3])
    if operator[0] == "average":
        return _average(x, *operator[1:])
    raise ModelError(f"unknown operator {operator[0]!r} on an arrow")


def _zero(x: NDArray[Any]) -> Any:
    return Fraction(0) if x.dtype == object else x.dtype.type(0)


def _divided(x: NDArray[Any], by: Any) -> NDArray[Any]:
    return x * Fraction(1, by) if x.dtype == object else x / x.dtype.type(by)


def _shift(
    x: NDArray[Any], i: int, j: int, strides: tuple[int, int], pads: tuple[int, int], shape: tuple[int, int]
) -> NDArray[Any]:
    out = np.full((*x.shape[:2], *shape), _zero(x), dtype=x.dtype)
    rows = [(o, o * strides[0] + i - pads[0]) for o in range(shape[0])]
    columns = [(o, o * strides[1] + j - pads[1]) for o in range(shape[1])]
    rows = [(o, s) for o, s in rows if 0 <= s < x.shape[2]]
    columns = [(o, s) for o, s in columns if 0 <= s < x.shape[3]]
    if rows and columns:
        target = np.ix_([o for o, _ in rows], [o for o, _ in columns])
        source = np.ix_([s for _, s in rows], [s for _, s in columns])
        out[:, :, target[0], target[1]] = x[:, :, source[0], source[1]]
    return out


def _average(
    x: NDArray[Any],
    kernel: tuple[int, int],
    strides: tuple[int, int],
    pads: tuple[int, int, int, int],
    count_outside: bool,
) -> NDArray[Any]:
    total = sum(windows(x, kernel, strides, pads, _zero(x)))
    if count_outside:
        return _divided(np.asarray(total), kernel[0] * kernel[1])
    ones = np.ones((1, 1, *x.shape[2:]), dtype=np.int64)
    counts = np.asarray(sum(windows(ones, kernel, strides, pads, 0)))[0, 0]
    if x.dtype == object:
        return total * np.array([[Fraction(1, int(c)) for c in row] for row in counts], dtype=object)
    return total / counts.astype(x.dtype)
