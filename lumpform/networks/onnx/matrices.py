"""Read products with constant matrices of an ONNX file."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.maps import contract
from lumpform.networks.onnx.arithmetic import exact, fraction_array
from lumpform.networks.onnx.node import Node, Value, shape_of
from lumpform.networks.sums import added
from lumpform.networks.tensor import Tensor
from lumpform.networks.with_constants import with_constants


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
        matrix = _simple(exact(matrix) * alpha)
    result = contract(node.builder, tensor, axis, np.ascontiguousarray(matrix), node.name)
    if own:
        result = node.turned(result)
    return _plus(node, result, beta) if node.has(2) else result


def _plus(node: Node, result: Tensor, beta: Fraction) -> Tensor:
    """Add the third operand of Gemm, times beta, to the product."""
    bias = node.value(2)
    node.broadcasts(shape_of(bias), result.shape)
    if isinstance(bias, Tensor):
        if beta != 1:
            bias = with_constants(node.builder, bias, node.name, times=fraction_array(beta))
        return added(node.builder, result, bias, node.name)
    constant = node.weights(2) if beta == 1 else fraction_array(exact(node.weights(2)) * beta)
    return with_constants(node.builder, result, node.name, plus=constant)


def _simple(constant: NDArray[Any]) -> NDArray[Any]:
    """Return an array of `Fraction` as float64 where that is exact, as `DenseWeights` keeps them best."""
    floats = np.array([float(v) for v in constant.reshape(-1)], dtype=np.float64).reshape(constant.shape)
    same = all(Fraction(f) == v for f, v in zip(floats.reshape(-1).tolist(), constant.reshape(-1), strict=True))
    return floats if same else constant
