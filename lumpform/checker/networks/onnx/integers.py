"""Keeps tensors of quantised integers: as the numbers that they stand for, with the scale and zero point to tell which.

docs/certificate-networks.md, section 6.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ...rational import Pair, reduced
from ..graph import Function
from .constants import INT32, SMALL, UINT8, Constant
from .node import Node, Operation
from .tensor import Tensor, Value

RANGES = SMALL
"""The smallest and the largest integer of every type that tensors are rounded to."""

Code = tuple[Pair, int, int]
"""Scale, zero point and element type."""

MOVING = (
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
"""Operators that treat integers as they treat the numbers that these stand for."""

READING = ("DequantizeLinear", "QLinearConv", "QLinearMatMul", "Shape", "Size")
"""Operators that know what integers stand for, or take nothing but a shape."""


@dataclass
class Integers(Tensor):
    """Is a tensor whose numbers are known as integers of some code."""

    code: Code = ((1, 1), 0, UINT8)


def with_code(tensor: Tensor, code: Code) -> Integers:
    """Return a tensor as integers."""
    return Integers(tensor.shape, tensor.entries, tensor.batch, tensor.layout, code)


def function_of(code: Code) -> Function:
    """Return the node function that rounds to a code."""
    scale, zero, kind = code
    return ("quantize", scale, zero, *RANGES[kind])


def code_of(node: Node, scale: int, zero: int, kind: int = UINT8) -> Code:
    """Return the one code that two operands say. Without a zero point it is 0, of a given type."""
    factor = node.constant(scale)
    point = node.constant(zero) if node.has(zero) else Constant((), [0], kind)
    for found in (factor, point):
        if len(found.data) != 1 or len(found.shape) > 1:
            raise ValueError(f"a scale or zero point of the shape {list(found.shape)} for a whole tensor")
    if point.kind not in RANGES:
        raise ValueError(f"a zero point of type {point.kind}")
    (value,) = factor.pairs()
    if value[0] <= 0:
        raise ValueError("a scale that is not positive")
    return value, int(point.data[0]), point.kind


def codes_of(node: Node, shape: Sequence[int], places: tuple[int, int], axis: int) -> list[tuple[Pair, int]]:
    """Return scale and zero point for every number of a constant, in row-major order."""
    factor = node.constant(places[0])
    scales = factor.pairs()
    zeros = [int(v) for v in node.constant(places[1]).data] if node.has(places[1]) else [0] * len(scales)
    other = node.constant(places[1]).shape if node.has(places[1]) else factor.shape
    alike = other == factor.shape or (prod(other) == prod(factor.shape) == 1 and len(other) <= 1)
    if not alike or len(factor.shape) > 1 or any(scale[0] <= 0 for scale in scales):
        raise ValueError(f"scales of the shape {list(factor.shape)}, or one that is not positive")
    each = list(zip(scales, zeros, strict=True))
    if len(each) == 1:
        return each * prod(shape)
    if not -len(shape) <= axis < len(shape) or shape[axis] != len(each):
        raise ValueError(f"{len(each)} scales along axis {axis} of the shape {list(shape)}")
    axis %= len(shape)
    behind = prod(shape[axis + 1 :])
    return [code for code in each for _ in range(behind)] * prod(shape[:axis])


def meant(node: Node, constant: Constant, places: tuple[int, int], axis: int) -> Constant:
    """Return the numbers that the integers of a constant stand for."""
    if constant.kind not in (*RANGES, INT32):
        raise ValueError(f"a constant of type {constant.kind} where integers stand for numbers")
    if node.has(places[1]) and node.constant(places[1]).kind != constant.kind:
        raise ValueError("a zero point of another type than the integers")
    node.building.claim(8 * len(constant.data))
    known: dict[Any, Pair] = {}
    data = []
    for q, (scale, zero) in zip(constant.data, codes_of(node, constant.shape, places, axis), strict=True):
        key = q, scale, zero
        if key not in known:
            known[key] = reduced((q - zero) * scale[0], scale[1])
        data.append(known[key])
    return Constant(constant.shape, data)


def numbers_of(node: Node, place: int) -> Tensor:
    """Return the numbers that an operand of integers stands for; scale and zero point come behind it."""
    found = node.tensor(place)
    if not isinstance(found, Integers):
        raise ValueError(f"operand {place}, which is no tensor of integers")
    said = code_of(node, place + 1, place + 2, found.code[2])
    if said != found.code:
        raise ValueError("another scale or zero point than that of the integers")
    return Tensor(found.shape, found.entries, found.batch, found.layout)


def of_integers(node: Node, operation: Operation) -> Any:
    """Carry out an operation; if it is given integers, what it moves are integers again. Raises `ValueError`."""
    found: list[Value | None] = [node.values.get(name) for name in node.operands]
    codes = [value.code for value in found if isinstance(value, Integers)]
    if not codes or node.kind in READING:
        return operation(node)
    if node.kind not in MOVING:
        raise ValueError(f"a tensor of quantised integers, expected floats, or one of {', '.join(MOVING)}")
    for value in found if node.kind == "Concat" else found[:1]:
        if not isinstance(value, Integers) or value.code != codes[0]:
            raise ValueError("integers of different scales or zero points")
    made = operation(node)
    if isinstance(made, list):
        return [with_code(value, codes[0]) if isinstance(value, Tensor) else value for value in made]
    return with_code(made, codes[0]) if isinstance(made, Tensor) else made
