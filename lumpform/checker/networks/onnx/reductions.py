"""Makes sums, means and extremes along axes. docs/certificate-networks.md, section 6.4."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from ...rational import ONE, ZERO, Pair
from .along_axis import times_matrix
from .arithmetic import product_of, scalar
from .building import Building
from .extremes import MINUS, larger
from .node import Node
from .shapes import axes_of, strided, strides
from .tensor import Tensor, Value
from .windows import over_maps

Axes = list[int]


def along(operation: Callable[[Node, Tensor, Axes], Value], operand_since: int) -> Callable[[Node], Value]:
    """Return the operation that reduces along axes: an attribute at first, an operand from a version on."""

    def reduced(node: Node) -> Value:
        tensor, keeps = node.tensor(), node.attributes.flag("keepdims", 1)
        rank = len(tensor.shape)
        given = node.listed("axes", 1, operand_since) or []
        if not given and node.attributes.flag("noop_with_empty_axes"):
            return tensor
        axes = sorted(axes_of(given, rank)) if given else list(range(rank))
        if not axes:
            return tensor
        if tensor.batch and axes[0] == 0:
            raise ValueError("numbers of several samples")
        result = operation(node, tensor, axes)
        if keeps:
            return result
        return result.like([d for a, d in enumerate(result.shape) if a not in axes], result.data)

    return reduced


def are_sides(tensor: Tensor, axes: Axes) -> bool:
    """Tell whether axes are all sides of maps, of which there are one to three."""
    rank = len(tensor.shape)
    return 3 <= rank <= 5 and axes == list(range(2, rank))


def together(building: Building, tensor: Tensor, axes: Axes) -> Tensor:
    """Return a tensor with some axes as one, the last."""
    kept = [a for a in range(len(tensor.shape)) if a not in axes]
    steps = strides(tensor.shape)
    building.claim(tensor.size)
    order = [*kept, *axes]
    entries = strided(tensor.entries, 0, [tensor.shape[a] for a in order], [steps[a] for a in order])
    return tensor.like([*(tensor.shape[a] for a in kept), prod(tensor.shape[a] for a in axes)], entries)


def with_ones(tensor: Tensor, axes: Axes, found: Value) -> Value:
    """Return what is left with dimensions of one in the places of the axes that are gone."""
    return found.like([1 if a in axes else d for a, d in enumerate(tensor.shape)], found.data)


def _summed(node: Node, tensor: Tensor, axes: Axes) -> Value:
    moved = together(node.building, tensor, axes)
    *kept, count = moved.shape
    values: list[list[Pair]] = [[ONE]] * count
    result = times_matrix(node.building, moved, len(kept), values, (*kept, 1))
    return with_ones(tensor, axes, result)


def sum_along(node: Node, tensor: Tensor, axes: Axes) -> Value:
    """Return sums; over all sides of maps they are means times the number of positions."""
    if not are_sides(tensor, axes):
        return _summed(node, tensor, axes)
    count = prod(tensor.shape[a] for a in axes)
    return product_of(node.building, over_maps(node.building, tensor, None), scalar((count, 1)))


def mean_along(node: Node, tensor: Tensor, axes: Axes) -> Value:
    """Return means; over all sides of maps they are pooling."""
    if are_sides(tensor, axes):
        return over_maps(node.building, tensor, None)
    count = prod(tensor.shape[a] for a in axes)
    return product_of(node.building, _summed(node, tensor, axes), scalar((1, count)))


def largest_of(node: Node, tensor: Tensor, axes: Axes) -> Value:
    """Return the largest numbers, that of two again and again from left to right."""
    moved = together(node.building, tensor, axes)
    *kept, count = moved.shape
    node.building.claim(moved.size)
    parts = [moved.like(kept, moved.entries[k::count]) for k in range(count)]
    result: Value = parts[0]
    for part in parts[1:]:
        result = larger(node.building, result, part)
    return with_ones(tensor, axes, result)


def largest_along(node: Node, tensor: Tensor, axes: Axes) -> Value:
    """Return the largest numbers; over all sides of maps that is pooling, also where channels are the last axis."""
    last = len(tensor.shape) - 1
    if 2 <= last <= 4 and axes == [*range(1, last)]:
        first, *sides, channels = tensor.shape
        steps = strides(tensor.shape)
        node.building.claim(tensor.size)
        shape = [first, channels, *sides]
        turned = strided(tensor.entries, 0, shape, [steps[0], steps[-1], *steps[1:-1]])
        found = over_maps(node.building, tensor.like(shape, turned), "max_pool")
        return tensor.like([first, *[1] * len(sides), channels], found.data)
    return over_maps(node.building, tensor, "max_pool") if are_sides(tensor, axes) else largest_of(node, tensor, axes)


def smallest_along(node: Node, tensor: Tensor, axes: Axes) -> Value:
    """Return the opposite of the largest of the opposite numbers."""
    opposite = product_of(node.building, tensor, scalar(MINUS))
    if not isinstance(opposite, Tensor):
        raise ValueError("a constant")
    return product_of(node.building, largest_along(node, opposite, axes), scalar(MINUS))


def cumulated(node: Node) -> Tensor:
    """Return sums of all numbers up to each along an axis, or from each on, with itself or without."""
    tensor, operand = node.tensor(), node.constant(1)
    axes = operand.integers()
    if len(axes) != 1 or len(operand.shape) > 1:
        raise ValueError(f"{len(axes)} axes")
    (axis,) = axes_of(axes, len(tensor.shape))
    exclusive, reverse = (node.attributes.flag(name) for name in ("exclusive", "reverse"))
    count = tensor.shape[axis]
    node.building.claim(count * count)
    values = [
        [ONE if (n - k if not reverse else k - n) >= exclusive else ZERO for n in range(count)] for k in range(count)
    ]
    return times_matrix(node.building, tensor, axis, values, tensor.shape)
