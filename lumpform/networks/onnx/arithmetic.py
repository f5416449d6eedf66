"""Read sums and products number by number of an ONNX file; constants are computed exactly."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.gates import MOST_POWER, gate
from lumpform.networks.onnx.gated import product_of_tensors
from lumpform.networks.onnx.node import BATCH, Node, Value, is_real, shape_of
from lumpform.networks.sums import added
from lumpform.networks.tensor import Tensor
from lumpform.networks.with_constants import with_constants
from lumpform.numbers.rational import as_rational


def exact(constant: NDArray[Any]) -> NDArray[Any]:
    """Return a constant as an array of `Fraction`."""
    out = np.empty(constant.size, dtype=object)
    out[:] = [as_rational(v) for v in constant.reshape(-1).tolist()]
    return out.reshape(constant.shape)


def fraction_array(result: Any) -> NDArray[Any]:
    """Return an array of `Fraction`, where NumPy has made a single one of an array without dimensions."""
    return np.asarray(result, dtype=object)


def _pair(node: Node) -> tuple[Value, Value]:
    """Return two operands of real numbers."""
    first, second = node.value(0), node.value(1)
    for value in (first, second):
        if not is_real(value):
            raise node.fail("integers", "floats")
    return first, second


def _of_integers(node: Node, how: Callable[[Any, Any], Any]) -> NDArray[Any] | None:
    """Return what two constants of integers, which are sizes, make; None if the operands are no such constants."""
    first, second = node.value(0), node.value(1)
    pair = [v for v in (first, second) if not isinstance(v, Tensor) and v.dtype.kind == "i" and v.dtype.itemsize >= 4]
    if len(pair) < 2 or pair[0].dtype != pair[1].dtype:
        return None
    if any((v == BATCH).any() for v in pair):
        raise node.fail("the length of the batch, which is open", "a number")
    if node.operator == "Div" and ((pair[0] < 0).any() or (pair[1] <= 0).any()):
        raise node.fail("a division of or by negative integers, or by 0", "sizes")
    node.builder.move(prod(np.broadcast_shapes(pair[0].shape, pair[1].shape)))
    result = np.asarray(how(pair[0].astype(object), pair[1].astype(object)), dtype=object)
    limits = np.iinfo(pair[0].dtype)
    if any(not limits.min <= v <= limits.max for v in result.reshape(-1).tolist()):
        raise node.fail(f"an integer beyond {pair[0].dtype}", "one of that type")
    return result.astype(pair[0].dtype)


def add(node: Node) -> Value:
    found = _of_integers(node, operator.add)
    if found is not None:
        return found
    return add_values(node, *_pair(node))


def add_values(node: Node, first: Value, second: Value) -> Value:
    """Return a sum of two tensors or constants."""
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return added(node.builder, first, second, node.name)
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        tensor, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        return with_constants(node.builder, tensor, node.name, plus=constant)  # type: ignore[arg-type]
    return fraction_array(exact(first) + exact(second))


def subtract(node: Node) -> Value:
    found = _of_integers(node, operator.sub)
    if found is not None:
        return found
    return subtract_values(node, *_pair(node))


def subtract_values(node: Node, first: Value, second: Value) -> Value:
    """Return a difference of two tensors or constants; a constant minus a tensor is one step."""
    if isinstance(second, Tensor):
        if isinstance(first, Tensor):
            return added(node.builder, first, second, node.name, minus=True)
        return with_constants(node.builder, second, node.name, times=np.array(-1), plus=first)
    if isinstance(first, Tensor):
        return with_constants(node.builder, first, node.name, plus=fraction_array(-exact(second)))
    return fraction_array(exact(first) - exact(second))


def times_value(node: Node, tensor: Value, factor: NDArray[Any], plus: NDArray[Any] | None = None) -> Tensor:
    """Return a tensor times a constant, and plus another, in one step."""
    if not isinstance(tensor, Tensor):
        raise TypeError("a constant times a constant")
    return with_constants(node.builder, tensor, node.name, times=factor, plus=plus)


def multiply(node: Node) -> Value:
    of_integers = _of_integers(node, operator.mul)
    if of_integers is not None:
        return of_integers
    first, second = _pair(node)
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        found = product_of_tensors(node, first, second)
        if found is None:
            raise node.fail("two tensors that depend on the inputs", "a constant factor, or x and a function of x")
        return found
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        tensor, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        return with_constants(node.builder, tensor, node.name, times=constant)  # type: ignore[arg-type]
    return fraction_array(exact(first) * exact(second))


def power(node: Node) -> Value:
    """Return a power of a tensor by a positive integer, one for all numbers."""
    exponents = {as_rational(v) for v in node.constant(1).reshape(-1).tolist()}
    tensor = node.tensor()
    node.broadcasts(node.constant(1).shape, tensor.shape)
    n = exponents.pop() if len(exponents) == 1 else Fraction(0)
    if n.denominator > 1 or not 1 <= n <= MOST_POWER:
        raise node.fail("other exponents than one positive integer", f"one up to {MOST_POWER}")
    return tensor if n == 1 else node.builder.function(tensor, gate("power", n), node.name)


def divide(node: Node) -> Value:
    of_integers = _of_integers(node, operator.floordiv)
    if of_integers is not None:
        return of_integers
    first, second = _pair(node)
    if isinstance(second, Tensor):
        raise node.fail("a divisor that depends on the inputs", "a constant")
    if np.any(second == 0):
        raise node.fail("a division by 0", "numbers that are not 0")
    inverse = fraction_array(Fraction(1) / exact(second))
    if isinstance(first, Tensor):
        return with_constants(node.builder, first, node.name, times=inverse)
    return fraction_array(exact(first) * inverse)


def negate(node: Node) -> Value:
    value = node.value()
    if isinstance(value, Tensor):
        return with_constants(node.builder, value, node.name, times=np.array(-1))
    return fraction_array(-exact(node.weights(0)))


def sum_of_all(node: Node) -> Value:
    values = [node.value(i) for i in range(len(node.inputs))]
    if node.version < 8 and len({shape_of(v) for v in values}) > 1:
        raise node.fail("different shapes", "equal ones")
    if not values or not all(map(is_real, values)):
        raise node.fail("nothing, or integers", "floats")
    total = values[0]
    for value in values[1:]:
        total = add_values(node, total, value)
    return total


def mean_of_all(node: Node) -> Value:
    total = sum_of_all(node)
    share = Fraction(1, len(node.inputs))
    if isinstance(total, Tensor):
        return with_constants(node.builder, total, node.name, times=fraction_array(share))
    return fraction_array(exact(total) * share)
