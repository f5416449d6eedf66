"""Read convolutions, their transposes, padding, pooling and softmax: docs/certificate-networks.md, section 6.4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.display.words import counted
from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.networks.builder import Builder
from lumpform.networks.functions import SOFTMAX, max_pool
from lumpform.networks.maps import (
    Column,
    arrows_of,
    channel_windows,
    columns_of,
    one_entry,
    reading_group,
    whole_channels,
)
from lumpform.networks.operators import OUTSIDE, Operator, Sides, average, mean, pooled, scatter, shift
from lumpform.networks.tensor import Index, Misfit, Tensor


def same_pads(sides: Sides, kernel: Sides, strides: Sides, dilations: Sides, *, more_before: bool = False) -> Sides:
    """Return pads, before every side and then after, with which strides alone make a map smaller.

    Where their number is odd, the larger half comes after, or with `more_before` before.
    """
    each = zip(sides, kernel, strides, dilations, strict=True)
    needed = [max(0, (-(-n // s) - 1) * s + (k - 1) * d + 1 - n) for n, k, s, d in each]
    less, more = tuple(n // 2 for n in needed), tuple(n - n // 2 for n in needed)
    return (*more, *less) if more_before else (*less, *more)


def _fitting(sides: Sides, window: Sides, strides: Sides, pads: Sides) -> Sides:
    """Return the sides of a map after windows have gone over it; `Misfit` if none fits."""
    result = pooled(sides, window, strides, pads)
    if min(result) < 1:
        raise Misfit(f"a map of {list(sides)} for a window over {list(window)}", "one that the window fits")
    return result


def padded(builder: Builder, array: NDArray[Any], around: Sequence[tuple[int, int]], filling: Any) -> NDArray[Any]:
    """Put `filling` before and after every axis of an array, so often; where the number is negative, cut that much off.

    Raises
    ------
    ModelError
        If more is cut off than there is, or all.
    """
    each = list(zip(around, array.shape, strict=True))
    if any(min(a, b) < 0 and d + min(min(a, 0) + min(b, 0), a + b - 1) < 0 for (a, b), d in each):
        raise ModelError(f"padding by {[list(pair) for pair in around]} of the shape {list(array.shape)}")
    builder.move(prod(max(0, a) + max(0, b) + d for (a, b), d in each))
    kept = array[tuple(slice(max(0, -a), d - max(0, -b)) for (a, b), d in each)]
    return np.pad(kept, [(max(0, a), max(0, b)) for a, b in around], constant_values=filling)


def convolution(
    builder: Builder,
    tensor: Tensor,
    kernel: NDArray[Any],
    name: str,
    *,
    strides: Sides,
    pads: Sides,
    dilations: Sides,
    groups: int = 1,
) -> Tensor:
    """Convolve (batch, channels, *sides) with a kernel (out, channels / groups, *window), zeros around the maps.

    `pads` has those before every side first, then those after. One arrow for every position of the window.
    """
    channels, sides = tensor.shape[1], tensor.shape[2:]
    if groups < 1 or kernel.shape[1] * groups != channels or kernel.shape[0] % groups:
        raise ModelError(
            f"{counted(channels, 'channel')} for a kernel of {kernel.shape[1]} channels in {counted(groups, 'group')}"
        )
    reach = tuple((n - 1) * d + 1 for n, d in zip(kernel.shape[2:], dilations, strict=True))
    shape = _fitting(sides, reach, strides, pads)
    results = []
    for sample in tensor.entries:
        columns = channel_windows(builder, sample.reshape(channels, -1), sides, pads, name)
        builder.move(kernel.shape[0] * prod(shape))
        number = builder.group(name, kernel.shape[0], shape)
        work = _Window(builder, columns, number, shape, strides, groups, shift)
        for at in product(*map(range, kernel.shape[2:])):
            step = tuple(i * d - p for i, d, p in zip(at, dilations, pads[: len(at)], strict=True))
            work.position(kernel[(slice(None), slice(None), *at)], step)
        results.append(builder.all_of(number, shape))
    return Tensor(np.stack(results), tensor.batch)


@dataclass(frozen=True)
class Scattering:
    """Say that position y arrives at ``strides * y + dilations * i - before`` of maps with the sides `shape`."""

    strides: Sides
    dilations: Sides
    before: Sides
    shape: Sides


def transposed_convolution(
    builder: Builder, tensor: Tensor, kernel: NDArray[Any], name: str, window: Scattering, *, groups: int = 1
) -> Tensor:
    """Multiply (batch, channels, *sides) by the transpose of a convolution.

    The kernel is (channels, out / groups, *window); i is a position in it. What is beyond the sides is left out. One
    arrow for every i.
    """
    strides, shape = window.strides, window.shape
    channels, sides = tensor.shape[1], tensor.shape[2:]
    if groups < 1 or kernel.shape[0] != channels or channels % groups:
        raise ModelError(
            f"{counted(channels, 'channel')} for a kernel of {kernel.shape[0]} channels in {counted(groups, 'group')}"
        )
    inner, out = channels // groups, kernel.shape[1] * groups
    as_plain = kernel.reshape(groups, inner, *kernel.shape[1:]).swapaxes(1, 2).reshape(out, inner, *kernel.shape[2:])
    results = []
    for sample in tensor.entries:
        columns: list[Column | None] = [*whole_channels(builder, sample.reshape(channels, -1), sides, name)]
        builder.move(out * prod(shape))
        number = builder.group(name, out, shape)
        work = _Window(builder, columns, number, shape, strides, groups, scatter)
        for at in product(*map(range, kernel.shape[2:])):
            step = tuple(i * d - p for i, d, p in zip(at, window.dilations, window.before, strict=True))
            work.position(as_plain[(slice(None), slice(None), *at)], step)
        results.append(builder.all_of(number, shape))
    return Tensor(np.stack(results), tensor.batch)


class _Window:
    """Make the arrows of a convolution into one group, position by position of its window.

    `operator` is `shift`, or `scatter` of a transposed one, whose channels are whole maps.
    """

    def __init__(
        self,
        builder: Builder,
        columns: list[Column | None],
        target: int,
        shape: Sides,
        strides: Sides,
        groups: int,
        operator: Callable[[Sides, Sides, Sides, Sides], Operator],
    ) -> None:
        self.builder, self.target, self.shape, self.strides, self.groups = builder, target, shape, strides, groups
        self.operator = operator
        self.families: dict[tuple[int, Sides], list[tuple[int, int]]] = {}  # (group, offset): channels and nodes
        for channel, column in enumerate(columns):
            if column is not None:
                self.families.setdefault((column.group, column.offset), []).append((channel, column.node))

    def position(self, weights: NDArray[Any], step: Sides) -> None:
        """Make the arrows of the position that takes what is `step` before; `weights` is (out, channels / groups)."""
        for (group, offset), members in self.families.items():
            sides = self.builder.made[group].group.shape or (1,) * len(self.shape)
            moved = tuple(s + o for s, o in zip(step, offset, strict=True))
            operator = self.operator(sides, moved, self.strides, self.shape)
            if operator != OUTSIDE:
                channels, nodes = (np.array(v) for v in zip(*members, strict=True))
                if self.groups == 1:
                    rows = np.ascontiguousarray(weights[:, channels].T)
                    arrows_of(self.builder, group, self.target, nodes, rows, operator)
                else:
                    self.blocks(weights, group, channels, nodes, operator)

    def blocks(self, weights: NDArray[Any], group: int, channels: Index, nodes: Index, operator: Operator) -> None:
        """Make the arrow with the weights inside groups of channels, as a sparse matrix."""
        out, inner = weights.shape
        per = out // self.groups
        columns = (channels // inner * per)[:, None] + np.arange(per)[None, :]
        values = weights[columns, (channels % inner)[:, None]]
        rows = np.broadcast_to(nodes[:, None], columns.shape)
        shape = (self.builder.made[group].group.size, out)
        matrix = SparseWeights.from_coo(rows.reshape(-1), columns.reshape(-1), values.reshape(-1), shape)
        self.builder.arrow(group, self.target, matrix, operator, solid=True)


def maximum_pool(builder: Builder, tensor: Tensor, name: str, window: Sides, strides: Sides, pads: Sides) -> Tensor:
    """Take the maximum over windows of (batch, channels, *sides); padding is never the maximum."""
    shape = _pooled(tensor.shape[2:], window, strides, pads)
    return _pooling(builder, tensor, name, shape, None, (window, strides, pads))


def average_pool(
    builder: Builder, tensor: Tensor, name: str, window: Sides, strides: Sides, pads: Sides, *, count_outside: bool
) -> Tensor:
    """Take the mean over windows of (batch, channels, *sides); `count_outside` says whether padding counts."""
    shape = _pooled(tensor.shape[2:], window, strides, pads)
    operator = average(tensor.shape[2:], window, strides, pads, count_outside)
    return _pooling(builder, tensor, name, shape, operator, None)


def global_mean(builder: Builder, tensor: Tensor, name: str) -> Tensor:
    """Take the mean of every map of (batch, channels, *sides); the sides become 1."""
    sides = tensor.shape[2:]
    return _pooling(builder, tensor, name, (1,) * len(sides), mean(sides), None)


def _pooled(sides: Sides, window: Sides, strides: Sides, pads: Sides) -> Sides:
    """Return the sides of a map after pooling; `Misfit` if a window may see nothing but padding."""
    if any(p >= w for p, w in zip(pads, window * 2, strict=True)):
        raise Misfit(f"pads {list(pads)} around windows of {list(window)}", "less padding than a window has positions")
    return _fitting(sides, window, strides, pads)


def _pooling(builder: Builder, tensor: Tensor, name: str, shape: Sides, operator: Operator, windows: Any) -> Tensor:
    channels, sides = tensor.shape[1], tensor.shape[2:]
    builder.move(tensor.shape[0] * channels * prod(shape))
    results = []
    for sample in tensor.entries:
        columns: list[Column | None] = [*whole_channels(builder, sample.reshape(channels, -1), sides, name)]
        function = {} if windows is None else {"function": max_pool(*windows)}
        number = reading_group(builder, columns, shape, name, operator, **function)
        results.append(builder.all_of(number, shape))
    return Tensor(np.stack(results), tensor.batch)


def softmax(builder: Builder, tensor: Tensor, name: str, axes: tuple[int, ...]) -> Tensor:
    """Normalise over some axes together; every choice of the others is a row of its own.

    Raises
    ------
    ModelError
        If the batch is among the axes.
    """
    if tensor.batch and 0 in axes:
        raise ModelError("a softmax over the batch")
    moved = np.moveaxis(tensor.entries, axes, range(len(axes)))
    rows = moved.reshape(prod(moved.shape[: len(axes)]), -1)
    builder.move(rows.size)
    found = columns_of(builder, rows)
    if found is not None:
        number = reading_group(builder, found[0], found[1], name, None, SOFTMAX)
        entries = np.broadcast_to(builder.all_of(number).reshape(len(rows), -1), rows.shape)
    else:
        entries = np.empty_like(rows)
        for place in range(rows.shape[1]):
            columns = [one_entry(builder, int(entry)) for entry in rows[:, place]]
            number = reading_group(builder, columns, (), name, None, SOFTMAX)
            entries[:, place] = builder.all_of(number).reshape(-1)
    return Tensor(np.moveaxis(entries.reshape(moved.shape), range(len(axes)), axes), tensor.batch)
