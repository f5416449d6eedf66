"""Read functions of an ONNX file that are made of ReLUs: larger and smaller of two, clipping, absolute values.

docs/certificate-networks.md, section 6.3: the larger of a and b is ``relu(a - b) + b``, so they bring no new node
function, and all that is known about ReLUs holds for them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from lumpform.networks.functions import RELU, leaky_relu
from lumpform.networks.onnx.arithmetic import add_values, exact, subtract_values, times_value
from lumpform.networks.onnx.node import Node, Value, is_real
from lumpform.networks.tensor import Tensor
from lumpform.numbers.rational import as_rational

MINUS = np.array(-1)
Two = Callable[[Node, Value, Value], Value]


def larger(node: Node, first: Value, second: Value) -> Value:
    """Return the larger of two, number by number; a constant is what is added again."""
    if not isinstance(first, Tensor) and not isinstance(second, Tensor):
        return np.asarray(np.maximum(exact(first), exact(second)), dtype=object)
    if not isinstance(first, Tensor):
        first, second = second, first
    return add_values(node, _positive(node, subtract_values(node, first, second)), second)


def smaller(node: Node, first: Value, second: Value) -> Value:
    """Return the smaller of two, number by number: b - relu(b - a)."""
    if not isinstance(first, Tensor) and not isinstance(second, Tensor):
        return np.asarray(np.minimum(exact(first), exact(second)), dtype=object)
    if not isinstance(first, Tensor):
        first, second = second, first
    return subtract_values(node, second, _positive(node, subtract_values(node, second, first)))


def _positive(node: Node, value: Value) -> Tensor:
    if not isinstance(value, Tensor):
        raise TypeError("a ReLU of a constant")
    return node.builder.function(value, RELU, node.name)


def of_all(two: Two) -> Callable[[Node], Value]:
    """Return the operation that takes the larger or the smaller of several, from left to right."""

    def operation(node: Node) -> Value:
        values = [node.value(i) for i in range(len(node.inputs))]
        if not all(map(is_real, values)):
            raise node.fail("integers", "floats")
        result = values[0]
        for value in values[1:]:
            result = two(node, result, value)
        return result

    return operation


maximum, minimum = of_all(larger), of_all(smaller)


def clip(node: Node) -> Value:
    """Return numbers that are at least one bound and at most another; an attribute beyond all floats is none."""
    value, bounds = node.value(), [_bound(node, name, at) for at, name in enumerate(("min", "max"), start=1)]
    if not is_real(value):
        raise node.fail("integers", "floats")
    for two, bound in zip((larger, smaller), bounds, strict=True):
        if bound is not None:
            value = two(node, value, np.array(bound, dtype=object))
    return value


def _bound(node: Node, name: str, operand: int) -> Fraction | None:
    """Return a bound of Clip: an attribute before version 11, then an operand."""
    if node.version < 11:
        beyond = float(np.finfo(np.float32).max)
        number = node.attributes.number(name, beyond)
        return Fraction(number) if abs(number) < beyond else None
    if not node.has(operand):
        return None
    constant = node.weights(operand)
    if constant.size != 1 or constant.ndim > 1:
        raise node.fail(f"a bound of the shape {list(constant.shape)}", "one number")
    return as_rational(constant.reshape(-1)[0])


def absolute(node: Node) -> Value:
    """Return relu(x) + relu(-x)."""
    value = node.value()
    if not isinstance(value, Tensor):
        return np.asarray(abs(exact(node.weights(0))), dtype=object)
    opposite = times_value(node, value, MINUS)
    return add_values(node, _positive(node, value), _positive(node, opposite))


def hard_sigmoid(node: Node) -> Value:
    """Return ``alpha x + beta``, at least 0 and at most 1."""
    alpha, beta = (Fraction(node.attributes.number(n, d)) for n, d in (("alpha", 0.2), ("beta", 0.5)))
    value = times_value(node, node.tensor(), np.array(alpha, dtype=object), np.array(beta, dtype=object))
    value = larger(node, value, np.array(Fraction(0), dtype=object))
    return smaller(node, value, np.array(Fraction(1), dtype=object))


def prelu(node: Node) -> Value:
    """Return a leaky ReLU whose slope is one constant, or relu(x) - slope relu(-x) with several."""
    slopes, tensor = node.weights(1), node.tensor()
    node.broadcasts(slopes.shape, tensor.shape)
    distinct = {as_rational(v) for v in slopes.reshape(-1).tolist()}
    if len(distinct) == 1:
        return node.builder.function(tensor, leaky_relu(distinct.pop()), node.name)
    negative = _positive(node, times_value(node, tensor, MINUS))
    opposite = np.asarray(-exact(slopes), dtype=object)
    return add_values(node, _positive(node, tensor), times_value(node, negative, opposite))
