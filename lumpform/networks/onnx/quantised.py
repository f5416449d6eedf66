"""Read quantised operators of ONNX: integers become the numbers that they stand for, rounding a node function."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np

from lumpform.networks.functions import quantize as rounding
from lumpform.networks.onnx import matrices, windows
from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.codes import SMALL, Quantised, code_of, meant, scales_of
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.tensor import Tensor


def quantize(node: Node) -> Value:
    """Round a tensor to integers: a node function of its numbers. A constant is rounded, as the operator does it."""
    axis = _attributes(node)
    value = node.value()
    if isinstance(value, Tensor):
        code = code_of(node, 1, 2)
        return _coded(node, node.builder.function(value, rounding(*code.parameters), node.name), code)
    scales, zeros = scales_of(node, value.shape, (1, 2), axis)
    dtype = node.constant(2).dtype if node.has(2) else np.dtype(np.uint8)
    if dtype.name not in SMALL:
        raise node.fail(f"a zero point of type {dtype}", " or ".join(SMALL))
    rounded = [round(v) for v in np.asarray(exact(node.weights(0)) / scales, dtype=object).reshape(-1).tolist()]
    limits = np.iinfo(dtype)
    integers = np.array([int(v) for v in rounded], dtype=object).reshape(value.shape) + zeros
    return np.clip(integers, int(limits.min), int(limits.max)).astype(dtype)


def dequantize(node: Node) -> Value:
    """Return the numbers that integers stand for."""
    axis, value = _attributes(node), node.value()
    if isinstance(value, Tensor):
        return _numbers(node, 0, 1, 2)
    return meant(node, value, (1, 2), axis)


def conv(node: Node) -> Value:
    """Read a convolution of integers: that of the numbers that they stand for, rounded again."""
    x = _numbers(node, 0, 1, 2)
    w = meant(node, node.constant(3), (4, 5), 0)
    given = {"x": x, "w": w}
    if node.has(8):
        bias = node.constant(8)
        if bias.dtype.name != "int32" or bias.ndim != 1:
            raise node.fail(f"biases of type {bias.dtype} and shape {list(bias.shape)}", "int32, one for each channel")
        factors = exact(node.weights(1)).reshape(-1)[0] * exact(node.weights(4)).reshape(-1)
        given["b"] = np.asarray(exact(bias) * factors, dtype=object)
    code = code_of(node, 6, 7)
    result = windows.conv(_with_operands(node, "Conv", given))
    return _rounded(node, result, code)


def matmul(node: Node) -> Value:
    """Read a product of matrices of integers in the same way; one of them is a constant."""
    given: dict[str, Value] = {}
    for name, first in (("a", 0), ("b", 3)):
        value = node.value(first)
        if isinstance(value, Tensor):
            given[name] = _numbers(node, first, first + 1, first + 2)
        else:
            axis = len(value.shape) - (1 if name == "b" else 2)
            given[name] = meant(node, value, (first + 1, first + 2), axis)
    code = code_of(node, 6, 7)
    return _rounded(node, matrices.matmul(_with_operands(node, "MatMul", given)), code)


def _attributes(node: Node) -> int:
    """Return the axis of scales; blocks and chosen types are refused."""
    a = node.attributes
    a.without_meaning("saturate")
    for name in ("block_size", "output_dtype", "precision"):
        a.only(name, (0,), 0)
    return a.integer("axis", 1)


def _numbers(node: Node, operand: int, scale: int, zero: int) -> Tensor:
    """Return the numbers that a tensor of integers stands for; the operands must say the code that it has."""
    value = node.tensor(operand)
    if not isinstance(value, Quantised):
        raise node.fail(f"the operand {node.inputs[operand]!r} that is no tensor of integers", "a quantised one")
    if code_of(node, scale, zero, value.code.dtype) != value.code:
        raise node.fail("another scale or zero point than the integers have", "the one that they were rounded with")
    return Tensor(value.entries, value.batch, value.layout)


def _with_operands(node: Node, operator: str, given: dict[str, Value]) -> Node:
    """Return the node as if it were another operator with these operands."""
    result = copy(node)
    result.operator, result.inputs, result.values = operator, list(given), dict(given)
    return result


def _rounded(node: Node, result: Any, code: Any) -> Value:
    return _coded(node, node.builder.function(result, rounding(*code.parameters), node.name), code)


def _coded(node: Node, tensor: Tensor, code: Any) -> Quantised:
    if tensor.layout:
        raise node.fail("a sequence", "numbers without steps")
    return Quantised(tensor.entries, tensor.batch, tensor.layout, code)
