"""Hold integers of quantised tensors: the numbers that they stand for, and the code that says which integer is which.

An integer q stands for ``scale (q - zero)``. A tensor of integers that depends on an input is kept as the numbers that
its integers stand for (docs/certificate-networks.md, section 6.1); operations that only move numbers keep the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.arithmetic import exact
from lumpform.networks.onnx.node import Node
from lumpform.networks.tensor import Tensor
from lumpform.numbers.rational import as_rational

SMALL = ("uint8", "int8", "uint16", "int16")
"""Element types of quantised tensors, by the names that NumPy has for them."""


@dataclass(frozen=True)
class Code:
    """Say which number an integer of a type stands for: ``scale (q - zero)``."""

    scale: Fraction
    zero: int
    dtype: str

    @property
    def parameters(self) -> tuple[Fraction, int, int, int]:
        """Return the parameters of the node function: scale, zero, lowest and highest integer."""
        limits = np.iinfo(self.dtype)
        return self.scale, self.zero, int(limits.min), int(limits.max)


@dataclass(frozen=True, eq=False)
class Quantised(Tensor):
    """Hold integers by the numbers that they stand for; only operations that know it may have it (`moved`)."""

    code: Code = Code(Fraction(1), 0, "uint8")


def code_of(node: Node, scale: int, zero: int, dtype: str = "uint8") -> Code:
    """Return the code of a whole tensor that two operands say; without a zero point, it is 0 of a given type."""
    factor = node.weights(scale)
    point = node.constant(zero) if node.has(zero) else np.zeros((), dtype=dtype)
    if factor.size != 1 or point.size != 1 or factor.ndim > 1 or point.ndim > 1:
        raise node.fail(f"a scale of shape {list(factor.shape)} for a tensor that depends on an input", "one number")
    if point.dtype.name not in SMALL:
        raise node.fail(f"a zero point of type {point.dtype}", " or ".join(SMALL))
    value = as_rational(factor.reshape(-1).tolist()[0])
    if value <= 0:
        raise node.fail("a scale that is not positive", "a positive number")
    return Code(value, int(point.reshape(-1)[0]), point.dtype.name)


def scales_of(node: Node, shape: tuple[int, ...], operands: tuple[int, int], axis: int) -> tuple[Any, Any]:
    """Return scales and zero points of a constant, each as an array that broadcasts to its shape, exact."""
    factor = node.weights(operands[0])
    point = node.constant(operands[1]) if node.has(operands[1]) else np.zeros(factor.shape, dtype=np.int64)
    alike = factor.shape == point.shape or factor.size == point.size == 1
    if not alike or max(factor.ndim, point.ndim) > 1 or point.dtype.kind not in "iu":
        raise node.fail(f"scales of shape {list(factor.shape)}, zero points of {list(point.shape)}", "one of each")
    factor = exact(factor)
    if (factor <= 0).any():
        raise node.fail("a scale that is not positive", "positive numbers")
    if factor.size == 1:
        return factor.reshape(()), point.reshape(()).astype(np.int64)
    rank = len(shape)
    if not -rank <= axis < rank or shape[axis] != len(factor):
        raise node.fail(f"{len(factor)} scales along axis {axis} of the shape {list(shape)}", "one for each")
    along = [1] * rank
    along[axis] = len(factor)
    return factor.reshape(along), point.reshape(along).astype(np.int64)


def meant(node: Node, integers: NDArray[Any], operands: tuple[int, int], axis: int) -> NDArray[Any]:
    """Return the numbers that the integers of a constant stand for; floats where those are exact."""
    if integers.dtype.name not in (*SMALL, "int32"):
        raise node.fail(f"a constant of type {integers.dtype}", " or ".join((*SMALL, "int32")))
    zero = operands[1]
    if node.has(zero) and node.constant(zero).dtype != integers.dtype:
        raise node.fail(f"a zero point of type {node.constant(zero).dtype}", f"{integers.dtype}")
    scales, points = scales_of(node, integers.shape, operands, axis)
    numbers = integers.astype(np.int64) - points
    floats = scales.astype(np.float64)
    digits = max((abs(v.numerator).bit_length() for v in scales.reshape(-1).tolist()), default=0)
    if digits + int(np.abs(numbers).max(initial=0)).bit_length() <= 53:
        return numbers * floats
    return np.asarray(numbers.astype(object) * scales, dtype=object)


def moved(node: Node, operation: Any) -> Any:
    """Return what an operation that only moves numbers makes of integers: integers of the same code.

    Raises
    ------
    FormatError
        If the operator does not know integers, or would mix integers of different codes.
    """
    found = [node.values.get(name) for name in node.inputs]
    codes = [value.code for value in found if isinstance(value, Quantised)]
    if not codes or node.operator in KNOW_CODES:
        return operation(node)
    if node.operator not in MOVE_CODES:
        raise node.fail("a tensor of quantised integers", f"floats, or one of {', '.join(MOVE_CODES)}")
    counted = found if node.operator == "Concat" else found[:1]
    if not all(isinstance(value, Quantised) and value.code == codes[0] for value in counted):
        raise node.fail("integers of different scales or zero points", "the same for all")
    result = operation(node)
    several = result if isinstance(result, list) else [result]
    coded = [Quantised(v.entries, v.batch, v.layout, codes[0]) if isinstance(v, Tensor) else v for v in several]
    return coded if isinstance(result, list) else coded[0]


MOVE_CODES = (
    "Concat",
    "Flatten",
    "Gather",
    "Identity",
    "MaxPool",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
)
"""Operators that do to the numbers what they do to the integers."""

KNOW_CODES = ("DequantizeLinear", "QLinearConv", "QLinearMatMul", "Shape", "Size")
"""Operators that read the code themselves, or only the shape."""
