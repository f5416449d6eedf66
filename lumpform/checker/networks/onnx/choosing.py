"""Chooses numbers one by one, as constants say, and compares constants. docs/certificate-networks.md, section 6.1."""

from __future__ import annotations

import operator
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from math import prod
from typing import Any

from ...rational import ONE, ZERO
from .arithmetic import affine
from .constants import BATCH, BOOL, INT64, Constant, exact
from .node import Node, Operation
from .shapes import Shape, axis_of, broadcast, spread, strides
from .tensor import NOTHING, Tensor, Value, meeting

ZERO_HERE = -1
"""Stands among places for a 0."""


def picked(node: Node, values: Sequence[Value], shape: Shape, places: Sequence[int], *, batch: bool = False) -> Value:
    """Return the numbers at places in operands one after the other; constants among tensors are added to nothing."""
    constants = [v for v in values if isinstance(v, Constant)]
    if len(constants) == len(values):
        if len({"float" if v.floating else v.kind for v in constants}) > 1:
            raise ValueError("constants of different types")
        numbers = [number for v in constants for number in v.data]
        zero = type(numbers[0])(0) if numbers and not isinstance(numbers[0], tuple) else ZERO
        return constants[0].like(shape, [zero if p == ZERO_HERE else numbers[p] for p in places])
    entries = array("q")
    for value in values:
        entries.extend(value.entries if isinstance(value, Tensor) else [NOTHING] * len(value.data))
    tensor = Tensor(shape, array("q", [NOTHING if p == ZERO_HERE else entries[p] for p in places]), batch)
    if not constants:
        return tensor
    pairs = [pair for v in values for pair in (v.pairs() if isinstance(v, Constant) else [ZERO] * v.size)]
    added = Constant(shape, [ZERO if p == ZERO_HERE else pairs[p] for p in places])
    return affine(node.building, tensor, added, lambda value: (ONE, value))


def size_of(value: Value) -> int:
    """Return how many numbers a value has."""
    return prod(value.shape)


def where(node: Node) -> Value:
    """Return numbers of one operand where a constant is true, of another elsewhere."""
    condition, first, second = node.constant(0), node.value(1), node.value(2)
    if condition.kind != BOOL:
        raise ValueError("a condition that is no truth value")
    shape, batch = (), False
    for value in (condition, first, second):
        shape = broadcast(shape, value.shape)
    node.building.claim(4 * prod(shape) + size_of(first) + size_of(second))
    for a, b in ((condition, first), (condition, second), (first, second)):
        batch = meeting(a, b)[1] or batch
    if batch and any(len(v.shape) == len(shape) and v.shape[0] != 1 for v in (condition, first, second)):
        raise ValueError("numbers that are broadcast against the batch")
    if batch and any(v.batch and len(v.shape) < len(shape) for v in (first, second)):
        raise ValueError("a batch that is no longer first")
    yes = spread(range(size_of(first)), first.shape, shape)
    no = spread(range(size_of(first), size_of(first) + size_of(second)), second.shape, shape)
    truth = spread(condition.data, condition.shape, shape)
    places = [y if t else n for t, y, n in zip(truth, yes, no, strict=True)]
    return picked(node, (first, second), shape, places, batch=batch)


def trilu(node: Node) -> Value:
    """Return the upper or lower triangles of matrices, 0 elsewhere."""
    value, k = node.value(0), 0
    if node.has(1):
        (k,) = node.constant(1).integers()
        if node.constant(1).kind != INT64:
            raise ValueError("a diagonal that is no integer of 64 bits")
    if len(value.shape) < 2 or (value.batch and len(value.shape) == 2):
        raise ValueError(f"the shape {list(value.shape)} instead of matrices")
    rows, columns = value.shape[-2:]
    node.building.claim(3 * size_of(value))
    upper = node.attributes.flag("upper", 1)
    places = [
        p if ((j - i >= k) if upper else (j - i <= k)) else ZERO_HERE
        for p, (_, i, j) in enumerate(product(range(prod(value.shape[:-2])), range(rows), range(columns)))
    ]
    return picked(node, [value], value.shape, places, batch=value.batch)


def _alone(*values: Value) -> None:
    if any(v.batch for v in values):
        raise ValueError("indices of samples of the batch")


def _front(indices: Iterable[int], length: int) -> list[int]:
    """Return indices counted from the front."""
    found = list(indices)
    if any(not -length <= i < length for i in found):
        raise ValueError(f"an index beyond {length}")
    return [i % length for i in found]


def _elements(node: Node, value: Value) -> tuple[Constant, list[int]]:
    """Return indices, and which place of a tensor every one of them names along an axis."""
    indices, rank = node.constant(1), len(value.shape)
    axis = axis_of(node.attributes.integer("axis", 0), rank)
    sides = list(zip(indices.shape, value.shape, strict=False))
    if len(indices.shape) != rank or any(n > m for a, (n, m) in enumerate(sides) if a != axis):
        raise ValueError(f"indices of the shape {list(indices.shape)} for the shape {list(value.shape)}")
    node.building.claim(4 * (len(indices.data) + size_of(value)))
    steps = strides(value.shape)
    at = _front(indices.integers(), value.shape[axis])
    base = [sum(i * s for a, (i, s) in enumerate(zip(p, steps, strict=True)) if a != axis) for p in _all(indices.shape)]
    return indices, [b + i * steps[axis] for b, i in zip(base, at, strict=True)]


def _all(shape: Shape) -> Iterable[tuple[int, ...]]:
    return product(*map(range, shape))


def gather_elements(node: Node) -> Value:
    """Return the number at another place along an axis, for every place."""
    value = node.value(0)
    _alone(value)
    indices, places = _elements(node, value)
    return picked(node, [value], indices.shape, places)


def scatter_elements(node: Node) -> Value:
    """Return a tensor in which numbers at some places along an axis are others."""
    value, updates = node.value(0), node.value(2)
    _check_scatter(node, value, updates)
    indices, at = _elements(node, value)
    if updates.shape != indices.shape:
        raise ValueError(f"updates of the shape {list(updates.shape)} for {list(indices.shape)}")
    return _scattered(node, value, updates, at, 1)


def _check_scatter(node: Node, value: Value, updates: Value) -> None:
    _alone(value, updates)
    if node.version >= 16 and node.attributes.text("reduction", "none") != "none":
        raise ValueError("the attribute reduction")


def _scattered(node: Node, value: Value, updates: Value, at: list[int], width: int) -> Value:
    """Return a tensor in which parts of a width are others, which come one after the other."""
    if len(set(at)) < len(at):
        raise ValueError("two numbers for one place")
    node.building.claim(size_of(value) + 2 * size_of(updates))
    places = list(range(size_of(value)))
    for number, part in enumerate(at):
        new = len(places) + number * width
        places[part * width : (part + 1) * width] = range(new, new + width)
    return picked(node, [value, updates], value.shape, places)


def _named(node: Node, indices: Constant, shape: Shape) -> list[int]:
    """Return the number of the part that every list of indices names."""
    depth = indices.shape[-1] if indices.shape else 0
    if not 1 <= depth <= len(shape):
        raise ValueError(f"lists of {depth} indices for the shape {list(shape)}")
    node.building.claim(4 * len(indices.data))
    numbers, steps = indices.integers(), strides(shape[:depth])
    columns = [_front(numbers[d::depth], shape[d]) for d in range(depth)]
    return [sum(i * s for i, s in zip(each, steps, strict=True)) for each in zip(*columns, strict=True)]


def gather_nd(node: Node) -> Value:
    """Return the parts that lists of indices name, place by place along the first axes."""
    value, indices, own = node.value(0), node.constant(1), node.attributes.integer("batch_dims", 0)
    _alone(value)
    shape = value.shape
    if not 0 <= own < min(len(shape), max(len(indices.shape), 1)) or indices.shape[:own] != shape[:own]:
        raise ValueError(f"{own} common axes of {list(shape)} and {list(indices.shape)}")
    at, rest = _named(node, indices, shape[own:]), shape[own + indices.shape[-1] :]
    outer, width, block = prod(shape[:own]), prod(rest), prod(shape[own:])
    node.building.claim(2 * len(at) * width)
    each = len(at) // outer if outer else 0
    starts = [n // each * block + part * width for n, part in enumerate(at)]
    return picked(node, [value], (*indices.shape[:-1], *rest), [p for s in starts for p in range(s, s + width)])


def scatter_nd(node: Node) -> Value:
    """Return a tensor in which the parts that lists of indices name are others."""
    value, indices, updates = node.value(0), node.constant(1), node.value(2)
    _check_scatter(node, value, updates)
    at = _named(node, indices, value.shape)
    rest = value.shape[indices.shape[-1] :]
    if updates.shape != (*indices.shape[:-1], *rest):
        raise ValueError(f"updates of the shape {list(updates.shape)}")
    return _scattered(node, value, updates, at, prod(rest))


def compare(how: Callable[[Any, Any], bool], *, truths: bool = False) -> Operation:
    """Return the operation that compares constants, exactly."""

    def operation(node: Node) -> Constant:
        a, b = node.constant(0), node.constant(1)
        sorts = {_sort(a), _sort(b)}
        if len(sorts) > 1 or (sorts == {"truth"} and not truths):
            raise ValueError("constants of different sorts, or truth values")
        if sorts == {"integer"}:
            _check_open(a, b, equal=truths)
        shape = broadcast(a.shape, b.shape)
        node.building.claim(4 * prod(shape))
        pairs = zip(spread(a.data, a.shape, shape), spread(b.data, b.shape, shape), strict=True)
        return Constant(shape, [int(_compared(how, x, y)) for x, y in pairs], BOOL)

    return operation


def _compared(how: Callable[[Any, Any], bool], x: Any, y: Any) -> bool:
    (n, d), (m, e) = exact(x), exact(y)
    return how(n * e, m * d)


def _sort(constant: Constant) -> str:
    if constant.kind == BOOL:
        return "truth"
    if not (constant.floating or constant.is_integer):
        raise ValueError("quantised integers")
    return "float" if constant.floating else "integer"


def _check_open(a: Constant, b: Constant, *, equal: bool) -> None:
    """Refuse to compare the length of the batch, but with what is no length."""
    for one, other in ((a, b), (b, a)):
        if BATCH in one.data and (not equal or BATCH in other.data or any(v > 0 for v in other.data)):
            raise ValueError("the length of the batch, which is open")


def of_truths(how: Callable[..., int]) -> Operation:
    """Return the operation on truth values, of one or two operands."""

    def operation(node: Node) -> Constant:
        constants = [node.constant(i) for i in range(len(node.operands))]
        if any(c.kind != BOOL for c in constants):
            raise ValueError("numbers instead of truth values")
        shape: Shape = ()
        for c in constants:
            shape = broadcast(shape, c.shape)
        node.building.claim(4 * prod(shape))
        columns = [spread(c.data, c.shape, shape) for c in constants]
        return Constant(shape, [int(how(*(bool(v) for v in row))) for row in zip(*columns, strict=True)], BOOL)

    return operation


COMPARISONS: dict[str, Operation] = {
    "And": of_truths(operator.and_),
    "Equal": compare(operator.eq, truths=True),
    "Greater": compare(operator.gt),
    "GreaterOrEqual": compare(operator.ge),
    "Less": compare(operator.lt),
    "LessOrEqual": compare(operator.le),
    "Not": of_truths(operator.not_),
    "Or": of_truths(operator.or_),
    "Xor": of_truths(operator.xor),
}
"""Operators on constants alone."""
