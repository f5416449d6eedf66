"""Read pooling over windows of an ONNX file: by the maximum, which is a node function, or by the mean, an operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import gcd, prod

import numpy as np

from lumpform.graph.weights import SparseWeights
from lumpform.networks.convolution import average_pool, convolution, maximum_pool, padded
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.onnx.windows import maps, window
from lumpform.networks.operators import Sides, pooled, scatter
from lumpform.networks.tensor import NOTHING, Misfit, Tensor

Pooling = Callable[[Tensor, Sides, Sides, Sides], Tensor]
"""Pools maps over windows of a size, with strides and pads, which have no gaps."""


def pool(node: Node) -> Value:
    """Pool over windows, which may have gaps."""
    tensor = maps(node)
    sides, k = tensor.shape[2:], len(tensor.shape) - 2
    kernel = node.attributes.integers("kernel_shape", ())
    strides, pads, dilations = window(node, sides, kernel)
    dilations = tuple(d if w > 1 else 1 for d, w in zip(dilations, kernel, strict=True))
    if max(dilations) > 1 and node.attributes.text("auto_pad", "NOTSET").startswith("SAME"):
        raise node.fail("auto_pad and dilations of pooling, which is read in different ways", "pads")
    reach = tuple((w - 1) * d + 1 for w, d in zip(kernel, dilations, strict=True))
    stated = pads
    if node.attributes.only("ceil_mode", (0, 1), 0):
        pads = ceiled(node, reach, sides, strides, pads)
    name = node.name
    if node.operator == "MaxPool":
        node.attributes.without_meaning("storage_order")  # of places, which are not read

        def run(t: Tensor, kernel: Sides, strides: Sides, pads: Sides) -> Tensor:
            return maximum_pool(node.builder, t, name, kernel, strides, pads)
    else:
        counts = bool(node.attributes.only("count_include_pad", (0, 1), 0))
        if counts and pads != stated:  # padding counts and what lies beyond does not: it becomes zeros of the map
            around = [(0, 0), (0, 0), *zip(stated[:k], stated[k:], strict=True)]
            tensor = Tensor(padded(node.builder, tensor.entries, around, NOTHING), tensor.batch)
            pads, counts = (*[0] * k, *(p - s for p, s in zip(pads[k:], stated[k:], strict=True))), False

        def run(t: Tensor, kernel: Sides, strides: Sides, pads: Sides) -> Tensor:
            return average_pool(node.builder, t, name, kernel, strides, pads, count_outside=counts)

    if set(dilations) <= {1}:
        return run(tensor, kernel, strides, pads)
    return _with_gaps(
        node, tensor, run, pooled(tensor.shape[2:], reach, strides, pads), (kernel, strides, pads, dilations)
    )


def ceiled(node: Node, reach: Sides, sides: Sides, strides: Sides, pads: Sides) -> Sides:
    """Return pads that make room behind for a last window which begins before the padding there does."""
    auto, k = node.attributes.text("auto_pad", "NOTSET"), len(sides)
    if auto.startswith("SAME"):  # then windows end where the padding does, or before it
        return pads
    after = []
    for n, w, s, before, behind in zip(sides, reach, strides, pads[:k], pads[k:], strict=True):
        count = -(-(n + before + behind - w) // s) + 1
        count -= (count - 1) * s >= n + before
        after.append(max(behind, (count - 1) * s + w - n - before))
        if auto == "VALID" and after[-1] > behind:  # windows are counted in different ways
            raise node.fail("ceil_mode and auto_pad 'VALID' where a last window goes beyond the map", "one of them")
    return (*pads[:k], *after)


@dataclass(frozen=True)
class _Along:
    """Say of a side which windows are taken together, every `period`-th, and where the numbers begin that they read.

    Of these numbers, those that are as far apart as the gaps say, windows have no gaps.
    """

    first: int
    period: int
    start: int
    stride: int
    before: int
    after: int


def _along(side: int, count: int, window: int, stride: int, before: int, step: int) -> list[_Along]:
    """Return the windows of a side of a map, `count` of them, by the place of their first number modulo `step`."""
    period, result = step // gcd(stride, step), []
    for first in range(min(period, count)):
        place, residue = divmod(first * stride - before, step)
        start = residue + max(0, place) * step
        length, own = len(range(start, side, step)), len(range(first, count, period))
        if not length:
            raise Misfit(f"a window over nothing but padding of {side} numbers", "windows that have a number each")
        between, pads = stride * period // step, max(0, -place)
        end = (own - 1) * between + window - pads
        result.append(_Along(first, period, start, between, pads, max(0, end - length)))
    return result


def _with_gaps(
    node: Node, tensor: Tensor, run: Pooling, shape: Sides, how: tuple[Sides, Sides, Sides, Sides]
) -> Tensor:
    """Pool over windows with gaps: those that begin at places which differ by whole gaps are windows without."""
    if min(shape) < 1:
        raise Misfit(f"a map of {list(tensor.shape[2:])} for a window over {list(how[0])}", "one that the window fits")
    kernel, strides, pads, dilations = how
    builder, channels, k = node.builder, tensor.shape[1], len(shape)
    kept = {"strides": dilations, "pads": (0,) * 2 * k, "dilations": (1,) * k, "groups": channels}
    builder.move(tensor.shape[0] * channels * prod(shape))
    each = zip(tensor.shape[2:], shape, kernel, strides, pads, dilations, strict=False)
    parts: list[tuple[Tensor, tuple[_Along, ...]]] = []
    for along in product(*(_along(*side) for side in each)):
        rest = Tensor(tensor.entries[(..., *(slice(a.start, None) for a in along))], tensor.batch)
        chosen = convolution(builder, rest, np.ones((channels, 1, *(1,) * k)), node.name, **kept)
        own = (*(a.before for a in along), *(a.after for a in along))
        parts.append((run(chosen, kernel, tuple(a.stride for a in along), own), along))
    if len(parts) == 1:
        return parts[0][0]
    results = []
    for sample in range(tensor.shape[0]):
        number = builder.group(node.name, channels, shape)
        for part, along in parts:
            source = int(builder.group_of(part.entries[sample].reshape(-1)[:1])[0])
            operator = scatter(part.shape[2:], tuple(a.first for a in along), tuple(a.period for a in along), shape)
            builder.claim(channels)
            weights = SparseWeights.selection(np.arange(channels), np.arange(channels), (channels, channels))
            builder.arrow(source, number, weights, operator)
        results.append(builder.all_of(number, shape))
    return Tensor(np.stack(results), tensor.batch)
