"""Makes functions of ReLUs: the larger and the smaller of two, clipping, absolute values, ReLUs with several slopes.

docs/certificate-networks.md, section 6.3.
"""

from __future__ import annotations

from collections.abc import Callable

from ...rational import ONE, ZERO, Pair, from_float
from ..graph import IDENTITY, Function
from .arithmetic import affine, combined, negated, product_of, scalar, sum_of
from .building import Building
from .constants import Constant
from .entrywise import with_function
from .node import Node
from .shapes import broadcast
from .tensor import Tensor, Value
from .tensor_sums import plus

MINUS: Pair = (-1, 1)
BEYOND = (2 - 2**-23) * 2.0**127
"""The largest float32: a bound of it, in an attribute, is none."""


def at_least(a: Pair, b: Pair) -> bool:
    """Tell whether a number is at least another."""
    return a[0] * b[1] >= b[0] * a[1]


def minus(building: Building, a: Value, b: Value) -> Value:
    """Return a difference of which at least one side is a tensor."""
    if isinstance(b, Constant):
        return sum_of(building, a, negated(building, b))
    if isinstance(a, Tensor):
        return plus(building, a, b, -1)
    return affine(building, b, a, lambda value: (MINUS, value))


def positive(building: Building, value: Value) -> Tensor:
    """Return the ReLU of a tensor."""
    if isinstance(value, Constant):
        raise ValueError("a ReLU of a constant")
    return with_function(building, value, ("relu",))


def larger(building: Building, a: Value, b: Value) -> Value:
    """Return the larger of two, number by number: relu(a - b) + b, where a constant is b."""
    if isinstance(a, Constant):
        if isinstance(b, Constant):
            return combined(building, a, b, lambda x, y: x if at_least(x, y) else y)
        a, b = b, a
    return sum_of(building, positive(building, minus(building, a, b)), b)


def smaller(building: Building, a: Value, b: Value) -> Value:
    """Return the smaller of two, number by number: b - relu(b - a), where a constant is b."""
    if isinstance(a, Constant):
        if isinstance(b, Constant):
            return combined(building, a, b, lambda x, y: y if at_least(x, y) else x)
        a, b = b, a
    return minus(building, b, positive(building, minus(building, b, a)))


Two = Callable[[Building, Value, Value], Value]


def of_all(two: Two) -> Callable[[Node], Value]:
    """Return the operation that takes the larger or the smaller of several, from left to right."""

    def operation(node: Node) -> Value:
        values = [node.value(i) for i in range(len(node.operands))]
        if any(isinstance(v, Constant) and not v.floating for v in values):
            raise ValueError("integers")
        result = values[0]
        for value in values[1:]:
            result = two(node.building, result, value)
        return result

    return operation


def clip(node: Node) -> Value:
    """Return numbers that are at least one bound and then at most another."""
    value = node.value(0)
    if isinstance(value, Constant) and not value.floating:
        raise ValueError("integers")
    for two, name, at in ((larger, "min", 1), (smaller, "max", 2)):
        bound = _bound(node, name, at)
        if bound is not None:
            value = two(node.building, value, bound)
    return value


def _bound(node: Node, name: str, operand: int) -> Constant | None:
    """Return a bound of Clip: an attribute before version 11, then an operand."""
    if node.version < 11:
        number = node.attributes.number(name, BEYOND)
        return scalar(from_float(number)) if abs(number) < BEYOND else None
    if not node.has(operand):
        return None
    constant = node.constant(operand)
    if len(constant.data) != 1 or len(constant.shape) > 1:
        raise ValueError(f"a bound of the shape {list(constant.shape)}")
    return scalar(constant.pairs()[0])


def absolute(node: Node) -> Value:
    """Return relu(x) + relu(-x)."""
    value, building = node.value(0), node.building
    if isinstance(value, Constant):
        building.claim(2 * len(value.data))
        return value.like(value.shape, [(abs(n), d) for n, d in value.pairs()])
    opposite = product_of(building, value, scalar(MINUS))
    return sum_of(building, positive(building, value), positive(building, opposite))


def hard_sigmoid(node: Node) -> Value:
    """Return ``alpha x + beta``, at least 0 and at most 1."""
    a, tensor, building = node.attributes, node.tensor(), node.building
    alpha = from_float(a.number("alpha", 0.20000000298023224))  # the float32 nearest to 0.2
    beta = from_float(a.number("beta", 0.5))
    value = affine(building, tensor, scalar(alpha), lambda factor: (factor, beta))
    return smaller(building, larger(building, value, scalar(ZERO)), scalar(ONE))


def prelu(node: Node) -> Value:
    """Return a leaky ReLU whose slope is one constant, or relu(x) - slope relu(-x) with several."""
    tensor, slopes, building = node.tensor(), node.constant(1), node.building
    if broadcast(tensor.shape, slopes.shape) != tensor.shape:
        raise ValueError(f"slopes of the shape {list(slopes.shape)} for the shape {list(tensor.shape)}")
    found = set(slopes.pairs())
    if len(found) == 1:
        slope = found.pop()
        function: Function = IDENTITY if slope == ONE else ("leaky_relu", slope)
        return with_function(building, tensor, function)
    negative = positive(building, product_of(building, tensor, scalar(MINUS)))
    return sum_of(building, positive(building, tensor), product_of(building, negative, negated(building, slopes)))
