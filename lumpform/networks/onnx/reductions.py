"""Read sums, means and extremes along axes of an ONNX file.

docs/certificate-networks.md, section 6.4: a mean or a largest number over all sides of maps is pooling; any other sum
is a product with a matrix of ones along the axes, taken together.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import prod

import numpy as np

from lumpform.networks.convolution import global_mean, maximum_pool
from lumpform.networks.maps import contract
from lumpform.networks.onnx.arithmetic import times_value
from lumpform.networks.onnx.extremes import MINUS, larger
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.tensor import Index, Tensor, axis_from_front

Axes = list[int]


def along(operation: Callable[[Node, Tensor, Axes], Tensor], operand_since: int) -> Callable[[Node], Value]:
    """Return the operation that reduces along axes: an attribute at first, an operand from a version on."""

    def reduced(node: Node) -> Value:
        tensor = node.tensor()
        rank, keeps = len(tensor.shape), node.attributes.only("keepdims", (0, 1), 1)
        if node.version < operand_since:
            given = node.attributes.integers("axes", ())
        else:
            given = tuple(node.integers(1)) if node.has(1) else ()
            if node.attributes.only("noop_with_empty_axes", (0, 1), 0) and not given:
                return tensor
        axes = sorted({axis_from_front(a, rank) for a in given}) if given else list(range(rank))
        if given and len(axes) < len(given):
            raise node.fail(f"axes {list(given)}, one of them twice", "different axes")
        if axes:
            node.keeps_batch(tensor, axes[0])
        result = operation(node, tensor, axes) if axes else tensor
        entries = result.entries if keeps else np.squeeze(result.entries, tuple(axes))
        return Tensor(entries, result.batch)

    return reduced


def _are_sides(tensor: Tensor, axes: Axes) -> bool:
    """Tell whether axes are all sides of maps, of which there are one to three."""
    rank = len(tensor.shape)
    return 3 <= rank <= 5 and axes == list(range(2, rank))


def sum_along(node: Node, tensor: Tensor, axes: Axes) -> Tensor:
    count = prod(tensor.shape[a] for a in axes)
    if _are_sides(tensor, axes):
        mean = global_mean(node.builder, tensor, node.name)
        return times_value(node, mean, np.array(Fraction(count), dtype=object))
    return _summed(node, tensor, axes)


def mean_along(node: Node, tensor: Tensor, axes: Axes) -> Tensor:
    if _are_sides(tensor, axes):
        return global_mean(node.builder, tensor, node.name)
    share = Fraction(1, prod(tensor.shape[a] for a in axes))
    return times_value(node, _summed(node, tensor, axes), np.array(share, dtype=object))


def _summed(node: Node, tensor: Tensor, axes: Axes) -> Tensor:
    """Return sums along axes, which are put together behind the others."""
    together = _together(tensor.entries, axes)
    ones = np.ones((together.shape[-1], 1))
    result = contract(node.builder, Tensor(together, tensor.batch), together.ndim - 1, ones, node.name)
    return _with_ones(tensor, axes, result.entries[..., 0])


def _together(entries: Index, axes: Axes) -> Index:
    """Return entries with some axes as one, the last."""
    moved = np.moveaxis(entries, axes, range(entries.ndim - len(axes), entries.ndim))
    return moved.reshape(*moved.shape[: entries.ndim - len(axes)], -1)


def _with_ones(tensor: Tensor, axes: Axes, entries: Index) -> Tensor:
    """Return what is left of a tensor with dimensions of one in the places of axes that are gone."""
    shape = [1 if a in axes else d for a, d in enumerate(tensor.shape)]
    return Tensor(entries.reshape(shape), tensor.batch)


def _are_sides_in_the_middle(tensor: Tensor, axes: Axes) -> bool:
    """Tell whether axes are all sides of maps whose channels are the last axis, as other frameworks have them."""
    rank = len(tensor.shape)
    return 3 <= rank <= 5 and axes == list(range(1, rank - 1))


def largest_along(node: Node, tensor: Tensor, axes: Axes) -> Tensor:
    """Return the largest numbers: a maximum over whole maps, or that of two again and again."""
    if _are_sides_in_the_middle(tensor, axes):
        last = len(tensor.shape) - 1
        turned = Tensor(np.moveaxis(tensor.entries, last, 1), tensor.batch)
        found = largest_along(node, turned, list(range(2, last + 1)))
        return Tensor(np.moveaxis(found.entries, 1, last), tensor.batch)
    if _are_sides(tensor, axes):
        sides = tensor.shape[2:]
        return maximum_pool(node.builder, tensor, node.name, sides, (1,) * len(sides), (0,) * 2 * len(sides))
    together = _together(tensor.entries, axes)
    result: Value = Tensor(together[..., 0], tensor.batch)
    for k in range(1, together.shape[-1]):
        result = larger(node, result, Tensor(together[..., k], tensor.batch))
    assert isinstance(result, Tensor)
    return _with_ones(tensor, axes, result.entries)


def smallest_along(node: Node, tensor: Tensor, axes: Axes) -> Tensor:
    """Return the opposite of the largest of the opposite numbers."""
    return times_value(node, largest_along(node, times_value(node, tensor, MINUS), axes), MINUS)


reduce_sum, reduce_mean = along(sum_along, 13), along(mean_along, 18)
reduce_max, reduce_min = along(largest_along, 18), along(smallest_along, 18)


def cumulated(node: Node) -> Value:
    """Return sums of all numbers up to each along an axis, or from each on, with itself or without."""
    tensor, axes = node.tensor(), node.integers(1)
    if len(axes) != 1:
        raise node.fail(f"{len(axes)} axes", "one")
    axis = axis_from_front(axes[0], len(tensor.shape))
    node.keeps_batch(tensor, axis)
    exclusive, reverse = (node.attributes.only(n, (0, 1), 0) for n in ("exclusive", "reverse"))
    count = tensor.shape[axis] if tensor.shape else 0
    node.builder.move(count * count)
    matrix = np.triu(np.ones((count, count)), exclusive)
    return contract(node.builder, tensor, axis, matrix.T if reverse else matrix, node.name)
