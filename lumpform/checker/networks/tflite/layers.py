"""Says what layers with weights or windows are in ONNX, where channels come first."""

from __future__ import annotations

from typing import Any

from ...words import counted
from .flat import Table
from .graph import Operator

TO_FIRST, TO_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
CLIPPED = {2: (-1, 1), 3: (0, 6)}
"""Fused functions that cut off numbers."""


def clip(op: Operator, name: str, low: float, high: float) -> str:
    """Return numbers between two others."""
    return op.emit("Clip", name, op.real(low), op.real(high))


def fused(op: Operator, name: str, number: int) -> str:
    """Return numbers behind a fused function."""
    if number == 1:
        return op.emit("Relu", name)
    if number in CLIPPED:
        return clip(op, name, *CLIPPED[number])
    if number:
        raise ValueError(f"the fused function {number}")
    return name


def dense(op: Operator) -> str:
    """Return a matrix product; every row of the matrix is an output."""
    options, matrix = op.options(8), op.shape(1)
    if options.number(1, "b") or len(matrix) != 2 or min(matrix) < 1:
        raise ValueError(f"weights of the shape {matrix}, or shuffled ones")
    name, flat = op.operand(), len(op.shape()) == 2
    if options.number(2, "B") and not flat:
        result = op.emit("MatMul", name, op.emit("Transpose", op.operand(1), perm=(1, 0)))
        if op.has(2):
            result = op.emit("Add", result, op.operand(2))
    else:
        name = name if flat else op.emit("Reshape", name, op.listed([-1, matrix[1]]))
        result = op.emit("Gemm", name, *_weights(op), transB=1)
    return fused(op, result, options.number(0, "b"))


def convolution(op: Operator) -> str:
    """Return a convolution; a kernel has outputs, height, width and inputs."""
    options, channels, kernels = op.options(1), _four(op, 0)[3], _four(op, 1)
    if channels % kernels[3]:
        raise ValueError(f"kernels of {kernels[3]} channels over {channels}")
    window = _window(options, 1, dilations=(options.number(5, "i", 1), options.number(4, "i", 1)))
    window["group"] = channels // kernels[3]
    return _convolved(op, (0, 3, 1, 2), window, options.number(3, "b"))


def depthwise(op: Operator) -> str:
    """Return a convolution of each channel; a kernel has 1, height, width and outputs."""
    options, channels, kernels = op.options(2), _four(op, 0)[3], _four(op, 1)
    if kernels[0] != 1 or channels * options.number(3) != kernels[3]:
        raise ValueError(f"kernels of the shape {kernels} over {counted(channels, 'channel')}")
    window = _window(options, 1, dilations=(options.number(6, "i", 1), options.number(5, "i", 1)), group=channels)
    return _convolved(op, (3, 0, 1, 2), window, options.number(4, "b"))


def _convolved(op: Operator, order: tuple[int, ...], window: dict[str, Any], function: int) -> str:
    kernels, *bias = _weights(op)
    kernels = op.emit("Transpose", kernels, perm=order)
    result = op.emit("Conv", op.emit("Transpose", op.operand(), perm=TO_FIRST), kernels, *bias, **window)
    return fused(op, op.emit("Transpose", result, perm=TO_LAST), function)


def pool(op: Operator) -> str:
    """Return means of what is in the map, or maxima, over windows."""
    options = op.options(5)
    _four(op, 0)
    window = _window(options, 1, kernel_shape=(options.number(4), options.number(3)))
    kind = "MaxPool" if op.kind == "MAX_POOL_2D" else "AveragePool"
    return fused(op, turned(op, kind, **window), options.number(5, "b"))


def turned(op: Operator, kind: str, *operands: str, **attributes: Any) -> str:
    """Return what a node makes of maps whose channels come first, with the channels last again."""
    result = op.emit(kind, op.emit("Transpose", op.operand(), perm=TO_FIRST), *operands, **attributes)
    return op.emit("Transpose", result, perm=TO_LAST)


def nearest(op: Operator) -> str:
    """Return maps that are enlarged by whole factors."""
    options, maps, sides = op.options(74), _four(op, 0), op.integers(1)
    if (
        options.number(0, "B")
        or len(sides) != 2
        or any(s < 1 for s in sides)
        or sides[0] % maps[1]
        or sides[1] % maps[2]
    ):
        raise ValueError(f"a map of the shape {maps} resized to {sides}")
    sizes = op.listed([maps[0], maps[3], *sides])
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return turned(op, "Resize", "", "", sizes, **how)


def blocks(op: Operator) -> str:
    """Return maps whose blocks of positions become channels, or channels that become blocks."""
    _four(op, 0)
    down = op.kind == "SPACE_TO_DEPTH"
    return turned(op, "SpaceToDepth" if down else "DepthToSpace", blocksize=op.options(19 if down else 94).number(0))


def _weights(op: Operator) -> list[str]:
    """Return weights, and a bias if there is one."""
    return [op.operand(i) for i in (1, 2) if i == 1 or op.has(i)]


def _window(options: Table, first: int, **attributes: Any) -> dict[str, Any]:
    """Return padding and strides, which all windows have; widths come before heights."""
    padding = {0: "SAME_UPPER", 1: "VALID"}.get(options.number(0, "b"))
    if padding is None:
        raise ValueError(f"the padding {options.number(0, 'b')}")
    strides = (options.number(first + 1), options.number(first))
    return {"auto_pad": padding, "strides": strides, **attributes}


def _four(op: Operator, index: int) -> list[int]:
    """Return the shape of an operand, which must have four dimensions."""
    shape = op.shape(index)
    if len(shape) != 4 or min(shape) < 1:
        raise ValueError(f"operand {index} of the shape {shape}")
    return shape
