"""Says what the quantised operators of ONNX do: they round numbers that are computed as if nothing were quantised."""

from __future__ import annotations

from array import array

from ...rational import Pair, product, reduced
from . import arithmetic, windows
from .constants import INT32, UINT8, Constant
from .entrywise import with_function
from .integers import RANGES, Code, code_of, codes_of, function_of, meant, numbers_of, with_code
from .node import Node
from .tensor import Tensor, Value


def quantize(node: Node) -> Value:
    """Return a tensor rounded to integers, or a constant."""
    axis, value = _axis(node), node.value(0)
    if isinstance(value, Tensor):
        return _rounded(node, value, code_of(node, 1, 2))
    kind = node.constant(2).kind if node.has(2) else UINT8
    if kind not in RANGES:
        raise ValueError(f"a zero point of type {kind}")
    node.building.claim(8 * len(value.data))
    (low, high), data = RANGES[kind], []
    for number, (scale, zero) in zip(value.pairs(), codes_of(node, value.shape, (1, 2), axis), strict=True):
        data.append(min(max(_nearest(number[0] * scale[1], number[1] * scale[0]) + zero, low), high))
    return Constant(value.shape, array("q", data), kind)


def _nearest(numerator: int, denominator: int) -> int:
    """Return the integer nearest to a quotient, ties to even."""
    below, rest = divmod(numerator, denominator)
    return below + (2 * rest > denominator or (2 * rest == denominator and below % 2 == 1))


def dequantize(node: Node) -> Value:
    """Return the numbers that integers stand for."""
    axis, value = _axis(node), node.value(0)
    return numbers_of(node, 0) if isinstance(value, Tensor) else meant(node, value, (1, 2), axis)


def conv(node: Node) -> Value:
    """Return a convolution of integers, rounded to integers."""
    given: dict[str, Value] = {"x": numbers_of(node, 0), "w": meant(node, node.constant(3), (4, 5), 0)}
    if node.has(8):
        given["b"] = _biases(node, node.constant(8))
    code = code_of(node, 6, 7)
    return _rounded(node, windows.conv(_like(node, "Conv", given)), code)


def _biases(node: Node, bias: Constant) -> Constant:
    """Return the numbers that biases stand for: integers times both scales."""
    if bias.kind != INT32 or len(bias.shape) != 1:
        raise ValueError(f"biases of type {bias.kind} and the shape {list(bias.shape)}")
    (own,) = node.constant(1).pairs()
    scales = node.constant(4).pairs()
    if len(scales) not in (1, len(bias.data)):
        raise ValueError(f"{len(scales)} scales for {len(bias.data)} biases")
    data: list[Pair] = []
    for i, q in enumerate(bias.data):
        scale = product(own, scales[i if len(scales) > 1 else 0])
        data.append(reduced(q * scale[0], scale[1]))
    return Constant(bias.shape, data)


def matmul(node: Node) -> Value:
    """Return a product of matrices of integers, of which one is constant, rounded to integers."""
    given: dict[str, Value] = {}
    for name, place, behind in (("a", 0, 2), ("b", 3, 1)):
        value = node.value(place)
        if isinstance(value, Tensor):
            given[name] = numbers_of(node, place)
        else:
            given[name] = meant(node, value, (place + 1, place + 2), len(value.shape) - behind)
    code = code_of(node, 6, 7)
    return _rounded(node, arithmetic.matmul(_like(node, "MatMul", given)), code)


def _axis(node: Node) -> int:
    """Return the axis along which there are several scales. Raises `ValueError` for blocks and chosen types."""
    a = node.attributes
    for name in ("block_size", "output_dtype", "precision"):
        if a.integer(name, 0):
            raise ValueError(f"the attribute {name}")
    return a.integer("axis", 1)


def _like(node: Node, kind: str, given: dict[str, Value]) -> Node:
    """Return a node of another operator with the same attributes."""
    return Node(kind, node.version, list(given), node.results, node.attributes, given, node.building)


def _rounded(node: Node, tensor: Tensor, code: Code) -> Tensor:
    if tensor.layout:
        raise ValueError("a sequence that is rounded to integers")
    return with_code(with_function(node.building, tensor, function_of(code)), code)
