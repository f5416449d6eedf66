"""Read sums, products and matrices of an ONNX file; constants are computed exactly."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.convolution import softmax as softmax_over
from lumpform.networks.entrywise import added, with_constants
from lumpform.networks.functions import GELU, RELU, SIGMOID, TANH, leaky_relu
from lumpform.networks.maps import contract
from lumpform.networks.onnx.node import Node, Value, is_real, shape_of
from lumpform.networks.tensor import Tensor, axis_from_front
from lumpform.numbers.rational import as_rational


def exact(constant: NDArray[Any]) -> NDArray[Any]:
    """Return a constant as an array of `Fraction`."""
    out = np.empty(constant.size, dtype=object)
    out[:] = [as_rational(v) for v in constant.reshape(-1).tolist()]
    return out.reshape(constant.shape)


def _array(result: Any) -> NDArray[Any]:
    """Return an array of `Fraction`, where NumPy has made a single one of an array without dimensions."""
    return np.asarray(result, dtype=object)


def simple(constant: NDArray[Any]) -> NDArray[Any]:
    """Return an array of `Fraction` as float64 where that is exact, as `DenseWeights` keeps them best."""
    floats = np.array([float(v) for v in constant.reshape(-1)], dtype=np.float64).reshape(constant.shape)
    same = all(Fraction(f) == v for f, v in zip(floats.reshape(-1).tolist(), constant.reshape(-1), strict=True))
    return floats if same else constant


def _pair(node: Node) -> tuple[Value, Value]:
    """Return two operands of real numbers."""
    first, second = node.value(0), node.value(1)
    for value in (first, second):
        if not is_real(value):
            raise node.fail("integers", "floats")
    return first, second


def add(node: Node) -> Value:
    return _sum(node, *_pair(node))


def _sum(node: Node, first: Value, second: Value) -> Value:
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        return added(node.builder, first, second, node.name)
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        tensor, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        return with_constants(node.builder, tensor, node.name, plus=constant)  # type: ignore[arg-type]
    return _array(exact(first) + exact(second))


def subtract(node: Node) -> Value:
    first, second = _pair(node)
    if isinstance(second, Tensor):
        if isinstance(first, Tensor):
            return added(node.builder, first, second, node.name, minus=True)
        return with_constants(node.builder, second, node.name, times=np.array(-1), plus=first)
    if isinstance(first, Tensor):
        return with_constants(node.builder, first, node.name, plus=_array(-exact(second)))
    return _array(exact(first) - exact(second))


def multiply(node: Node) -> Value:
    first, second = _pair(node)
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        raise node.fail("two tensors that depend on the inputs", "a constant factor")
    if isinstance(first, Tensor) or isinstance(second, Tensor):
        tensor, constant = (first, second) if isinstance(first, Tensor) else (second, first)
        return with_constants(node.builder, tensor, node.name, times=constant)  # type: ignore[arg-type]
    return _array(exact(first) * exact(second))


def divide(node: Node) -> Value:
    first, second = _pair(node)
    if isinstance(second, Tensor):
        raise node.fail("a divisor that depends on the inputs", "a constant")
    if np.any(second == 0):
        raise node.fail("a division by 0", "numbers that are not 0")
    inverse = _array(Fraction(1) / exact(second))
    if isinstance(first, Tensor):
        return with_constants(node.builder, first, node.name, times=inverse)
    return _array(exact(first) * inverse)


def negate(node: Node) -> Value:
    value = node.value()
    if isinstance(value, Tensor):
        return with_constants(node.builder, value, node.name, times=np.array(-1))
    return _array(-exact(node.weights(0)))


def sum_of_all(node: Node) -> Value:
    values = [node.value(i) for i in range(len(node.inputs))]
    if node.version < 8 and len({shape_of(v) for v in values}) > 1:
        raise node.fail("different shapes", "equal ones")
    if not values or not all(map(is_real, values)):
        raise node.fail("nothing, or integers", "floats")
    total = values[0]
    for value in values[1:]:
        total = _sum(node, total, value)
    return total


def mean_of_all(node: Node) -> Value:
    total = sum_of_all(node)
    share = Fraction(1, len(node.inputs))
    if isinstance(total, Tensor):
        return with_constants(node.builder, total, node.name, times=_array(share))
    return _array(exact(total) * share)


def matmul(node: Node) -> Value:
    """Multiply a tensor by a constant matrix or vector, along its last axis, or the last but one."""
    first, second = node.value(0), node.value(1)
    if isinstance(first, Tensor) == isinstance(second, Tensor):
        raise node.fail("two tensors, or two constants", "one tensor that depends on the inputs and a constant matrix")
    right = isinstance(first, Tensor)
    tensor, constant = (node.tensor(0), node.weights(1)) if right else (node.tensor(1), node.weights(0))
    rank, vector = len(tensor.shape), constant.ndim == 1
    axis = rank - 1 if right or rank == 1 else rank - 2
    stack, known = constant.shape[:-2], constant.shape[-1:] if vector else constant.shape[-2:]
    count = known[0 if right or vector else -1] if known else 0
    if not rank or set(stack) - {1} or count != tensor.shape[axis] or not constant.size:
        raise node.fail(f"a constant of shape {list(constant.shape)} for {list(tensor.shape)}", "a matrix that fits")
    matrix = constant.reshape(known)
    matrix = matrix[:, None] if vector else matrix if right else matrix.T
    node.keeps_batch(tensor, axis)
    result = contract(node.builder, tensor, axis, np.ascontiguousarray(matrix), node.name).entries
    if vector:
        result = np.squeeze(result, axis)
    missing = len(stack) if rank == 1 else max(0, len(stack) + 2 - rank)
    if missing and tensor.batch:
        raise node.fail(f"a constant of shape {list(constant.shape)}", "no dimensions before the batch")
    return Tensor(result.reshape((1,) * missing + result.shape), tensor.batch)


def gemm(node: Node) -> Value:
    """Multiply two matrices, one of them constant, and add a third."""
    a = node.attributes
    alpha, beta = Fraction(a.number("alpha", 1.0)), Fraction(a.number("beta", 1.0))
    turned = a.only("transA", (0, 1), 0), a.only("transB", (0, 1), 0)
    first, second = node.value(0), node.value(1)
    if isinstance(first, Tensor) == isinstance(second, Tensor):
        raise node.fail("two tensors, or two constants", "one tensor that depends on the inputs and a constant matrix")
    left = isinstance(second, Tensor)
    tensor, matrix = (node.tensor(1), node.weights(0)) if left else (node.tensor(0), node.weights(1))
    own, other = (turned[1], turned[0]) if left else turned
    axis = own if left else 1 - own  # the axis of the tensor that is summed over
    if len(tensor.shape) != 2 or matrix.ndim != 2:
        raise node.fail(f"the shapes {list(tensor.shape)} and {list(matrix.shape)}", "matrices")
    matrix = matrix if other == left else matrix.T
    if tensor.shape[axis] != matrix.shape[0] or not matrix.size:
        raise node.fail(f"a matrix of shape {list(matrix.shape)} for {tensor.shape[axis]} values", "one that fits")
    node.keeps_batch(tensor, axis)
    if alpha != 1:
        matrix = simple(exact(matrix) * alpha)
    result = contract(node.builder, tensor, axis, np.ascontiguousarray(matrix), node.name)
    if own:
        result = node.turned(result)
    return _plus(node, result, beta) if node.has(2) else result


def _plus(node: Node, result: Tensor, beta: Fraction) -> Tensor:
    """Add the third operand of Gemm, times beta, to the product."""
    bias = node.value(2)
    _fits(node, shape_of(bias), result.shape)
    if isinstance(bias, Tensor):
        if beta != 1:
            bias = with_constants(node.builder, bias, node.name, times=_array(beta))
        return added(node.builder, result, bias, node.name)
    constant = node.weights(2) if beta == 1 else _array(exact(node.weights(2)) * beta)
    return with_constants(node.builder, result, node.name, plus=constant)


def _fits(node: Node, shape: tuple[int, ...], result: tuple[int, ...]) -> None:
    """Raise an error unless a summand broadcasts to the result, one way only."""
    try:
        fits = np.broadcast_shapes(shape, result) == result
    except ValueError:
        fits = False
    if not fits:
        raise node.fail(f"a summand of shape {list(shape)}", f"one that broadcasts to {list(result)}")


def function(known: Any) -> Callable[[Node], Value]:
    """Return the operation that applies a node function."""

    def apply(node: Node) -> Value:
        return node.builder.function(node.tensor(), known, node.name)

    return apply


relu, sigmoid, tanh = function(RELU), function(SIGMOID), function(TANH)


def gelu(node: Node) -> Value:
    node.attributes.only("approximate", ("none",), "none")
    return node.builder.function(node.tensor(), GELU, node.name)


def leaky(node: Node) -> Value:
    alpha = Fraction(node.attributes.number("alpha", 0.01))
    return node.builder.function(node.tensor(), leaky_relu(alpha), node.name)


def prelu(node: Node) -> Value:
    slopes = node.weights(1)
    tensor = node.tensor()
    distinct = {as_rational(v) for v in slopes.reshape(-1).tolist()}
    if len(distinct) != 1:
        raise node.fail(f"{len(distinct)} different slopes", "one shared slope")
    _fits(node, slopes.shape, tensor.shape)
    return node.builder.function(tensor, leaky_relu(distinct.pop()), node.name)


def softmax(node: Node) -> Value:
    """Normalise along one axis; before version 13, over all axes from one on."""
    tensor = node.tensor()
    rank = len(tensor.shape)
    axis = axis_from_front(node.attributes.integer("axis", -1 if node.version >= 13 else 1), rank)
    axes = (axis,) if node.version >= 13 else tuple(range(axis, rank))
    return softmax_over(node.builder, tensor, node.name, axes)
