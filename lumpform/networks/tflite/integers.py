"""Say in ONNX what operators of TensorFlow Lite do to integers of one or two bytes: q stands for ``scale (q - zero)``.

The numbers go through the operator as floats do, and are then rounded by QuantizeLinear and taken back. Operators that
only move numbers keep scale and zero point, and round nothing (docs/certificate-networks.md, section 6.7).
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

INTEGERS = ("INT8", "UINT8", "INT16")

MOVING = (
    "CONCATENATION", "DEPTH_TO_SPACE", "EXPAND_DIMS", "GATHER", "MAX_POOL_2D", "MIRROR_PAD", "PACK", "PAD", "RESHAPE",
    "REVERSE_V2", "TILE", "UNPACK",
    "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TRANSPOSE",
)  # fmt: skip
"""Operators whose results have the integers of their operands."""

ROUNDING = (
    "ABS", "ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "LEAKY_RELU", "LOGISTIC",
    "MAXIMUM", "MEAN", "MINIMUM", "MUL", "NEG", "PRELU", "QUANTIZE", "REDUCE_MAX", "REDUCE_MIN", "RELU", "RELU6",
    "RELU_0_TO_1", "RELU_N1_TO_1", "SOFTMAX", "SUB", "TANH",
)  # fmt: skip
"""Operators whose results are rounded to a scale of their own."""

TABLES = ("LOGISTIC", "SOFTMAX", "TANH")
"""Operators that runtimes take from tables, which are too coarse for integers of two bytes."""

WITH_BIAS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")

MOST_BIAS = 1 << 53
"""The largest bias: a double has all integers up to here."""

Code = tuple[float, int, str]
"""Scale, zero point and element type."""


def code_of(table: Any, kind: str) -> Code:
    """Return the one scale and zero point of a tensor. Raises `ValueError` if there are others."""
    how = table.Quantization()
    if how is None or how.DetailsType() or how.ScaleLength() != 1 or how.ZeroPointLength() != 1:
        raise ValueError("a tensor of integers without one scale and one zero point")
    scale, zero = float(how.Scale(0)), int(how.ZeroPoint(0))
    limits = np.iinfo(kind.lower())
    if not 0 < scale < float("inf") or not limits.min <= zero <= limits.max:
        raise ValueError(f"the scale {scale} and the zero point {zero}")
    return scale, zero, kind


def check_means(op: Any) -> None:
    """Refuse means over an even number of integers: where they end in a half, runtimes do not round to even."""
    if op.kind == "AVERAGE_POOL_2D":
        options = op.options("Pool2DOptions")
        count, padded = options.FilterHeight() * options.FilterWidth(), options.Padding() != 1
        if padded or count % 2 == 0:
            raise ValueError("means over an even number of integers, or over windows that are padded")
    if op.kind == "MEAN" and prod(op.shape()[a] for a in op.integers(1)) % 2 == 0:
        raise ValueError("means over an even number of integers")


def check_tables(op: Any, codes: list[Code]) -> None:
    """Refuse functions of integers of two bytes that runtimes only compute to some of their digits."""
    if op.kind in TABLES and any(kind == "INT16" for _, _, kind in codes):
        raise ValueError("integers of two bytes, for which runtimes take this operator from a table")


def rounded(op: Any, name: str, code: Code) -> str:
    """Return numbers rounded to a code."""
    scale, zero, kind = code
    how = op.graph.constant(np.float32(scale)), op.graph.constant(np.array(zero, dtype=kind.lower()))
    return op.emit("DequantizeLinear", op.emit("QuantizeLinear", name, *how), *how)


def bias(op: Any) -> str:
    """Return a bias of 32 or 64 bits: its integers times the scales of what is multiplied, both exactly."""
    array = op.graph.array(op.inputs[2])
    scales = np.asarray(op.graph.parsed.tensor(op.inputs[1])[2].Quantization().ScaleAsNumpy(), dtype=np.float32)
    own = op.graph.code(op.inputs[0])[0]
    if array is None or array.dtype not in (np.int32, np.int64) or array.ndim != 1:
        raise ValueError("a bias that is no list of integers")
    if len(scales) not in (1, array.size) or any(abs(int(v)) > MOST_BIAS for v in array):
        raise ValueError(f"{len(scales)} scales for {array.size} biases, or one beyond {MOST_BIAS}")
    factor = op.emit("Mul", op.graph.constant(scales), op.graph.constant(np.float32(own)))
    return op.emit("Mul", op.graph.constant(array.astype(np.float64)), factor)
