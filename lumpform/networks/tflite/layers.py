"""Translate layers of TensorFlow Lite with weights or windows into nodes of ONNX."""

from __future__ import annotations

from typing import Any

from lumpform.networks.tflite.translation import Translated

PADDINGS = {0: "SAME_UPPER", 1: "VALID"}
ACTIVATIONS = ("", "Relu", "-1 to 1", "0 to 6")
"""Fused functions by number; two numbers are those between which a value is clipped. The runtime skips a fused tanh."""


def clipped(op: Translated, name: str, low: float, high: float) -> str:
    """Return numbers that are cut off below and above."""
    return op.emit("Clip", name, op.number(low), op.number(high))


def activated(op: Translated, name: str, options: Any) -> str:
    """Return numbers behind the function that is fused with an operator."""
    number = options.FusedActivationFunction()
    if not 0 <= number < len(ACTIVATIONS):
        raise ValueError(f"the fused function {number}")
    function = ACTIVATIONS[number]
    if " to " in function:
        low, high = function.split(" to ")
        return clipped(op, name, float(low), float(high))
    return op.emit(function, name) if function else name


def fully_connected(op: Translated) -> str:
    """Return a matrix product with a bias; a row of weights for every output."""
    options = op.options("FullyConnectedOptions")
    if options.WeightsFormat():
        raise ValueError("weights in a shuffled order")
    weights = op.shape(1)
    if len(weights) != 2 or min(weights) < 1:
        raise ValueError(f"weights of the shape {list(weights)}")
    name = op.operand()
    if options.KeepNumDims() and len(op.shape()) != 2:
        result = op.emit("MatMul", name, op.emit("Transpose", op.operand(1), perm=(1, 0)))
        result = op.emit("Add", result, op.operand(2)) if op.has(2) else result
        return activated(op, result, options)
    if len(op.shape()) != 2:
        name = op.emit("Reshape", name, op.listed((-1, weights[1])))
    bias = (op.operand(2),) if op.has(2) else ()
    return activated(op, op.emit("Gemm", name, op.operand(1), *bias, transB=1), options)


def convolution(op: Translated) -> str:
    """Return a convolution; its kernels have outputs, height, width, inputs."""
    options = op.options("Conv2DOptions")
    inputs, per_kernel = _maps(op)[3], _kernels(op)[3]
    if inputs % per_kernel:
        raise ValueError(f"kernels of {per_kernel} channels over {inputs}")
    kernels = op.emit("Transpose", op.operand(1), perm=(0, 3, 1, 2))
    return _convolved(op, options, kernels, inputs // per_kernel)


def depthwise(op: Translated) -> str:
    """Return a convolution of every channel by itself; its kernels have 1, height, width, outputs."""
    options = op.options("DepthwiseConv2DOptions")
    inputs, outputs = _maps(op)[3], _kernels(op)[3]
    if _kernels(op)[0] != 1 or inputs * options.DepthMultiplier() != outputs:
        raise ValueError(f"kernels of the shape {list(_kernels(op))} over {inputs} channels")
    kernels = op.emit("Transpose", op.operand(1), perm=(3, 0, 1, 2))
    return _convolved(op, options, kernels, inputs)


def _convolved(op: Translated, options: Any, kernels: str, groups: int) -> str:
    """Return a convolution with kernels in the order of ONNX."""
    window: dict[str, Any] = {"strides": (options.StrideH(), options.StrideW())}
    window |= {"dilations": (options.DilationHFactor(), options.DilationWFactor()), "group": groups}
    bias = (op.operand(2),) if op.has(2) else ()
    window["auto_pad"] = PADDINGS[_padding(options)]
    result = op.emit("Conv", op.first(op.operand()), kernels, *bias, **window)
    return activated(op, op.last(result), options)


def pool(op: Translated) -> str:
    """Return means (without what is padded) or maxima over windows."""
    options = op.options("Pool2DOptions")
    _maps(op)
    kind = "AveragePool" if op.kind == "AVERAGE_POOL_2D" else "MaxPool"
    strides, sides = (options.StrideH(), options.StrideW()), (options.FilterHeight(), options.FilterWidth())
    padding = PADDINGS[_padding(options)]
    result = op.emit(kind, op.first(op.operand()), kernel_shape=sides, strides=strides, auto_pad=padding)
    return activated(op, op.last(result), options)


def nearest(op: Translated) -> str:
    """Return maps that are enlarged by whole numbers; other factors depend on the rounding of floats."""
    options = op.options("ResizeNearestNeighborOptions")
    maps, sides = _maps(op), op.integers(1)
    if options.AlignCorners() or len(sides) != 2 or any(s < 1 or s % d for s, d in zip(sides, maps[1:3], strict=True)):
        raise ValueError(f"a map of the shape {list(maps)} resized to {sides}, which is no whole factor")
    # Rounding is of no account: position y comes from y // factor, whether centres are at halves or not.
    attributes = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    sizes = op.listed((maps[0], maps[3], *sides))
    return op.last(op.emit("Resize", op.first(op.operand()), "", "", sizes, **attributes))


def blocks(op: Translated) -> str:
    """Return maps whose blocks of positions are channels, or the other way round."""
    kind, name = ("SpaceToDepth", "SpaceToDepthOptions")
    if op.kind == "DEPTH_TO_SPACE":
        kind, name = "DepthToSpace", "DepthToSpaceOptions"
    side = op.options(name).BlockSize()
    _maps(op)
    return op.last(op.emit(kind, op.first(op.operand()), blocksize=side))


def _maps(op: Translated) -> tuple[int, ...]:
    """Return the shape of the first operand, which must be maps."""
    if len(op.shape()) != 4 or min(op.shape()) < 1:
        raise ValueError(f"maps of the shape {list(op.shape())}")
    return op.shape()


def _kernels(op: Translated) -> tuple[int, ...]:
    """Return the shape of the kernels."""
    if len(op.shape(1)) != 4 or min(op.shape(1)) < 1:
        raise ValueError(f"kernels of the shape {list(op.shape(1))}")
    return op.shape(1)


def _padding(options: Any) -> int:
    """Return which padding is meant."""
    if options.Padding() not in PADDINGS:
        raise ValueError(f"the padding {options.Padding()}")
    return options.Padding()
