"""Says what operators do to integers of one byte: to the numbers that they stand for, which are then rounded."""

from __future__ import annotations

import struct
from math import prod
from typing import Any

from .graph import BYTES, INT16, RANGES, Graph, Operator

KEPT = (
    "CONCATENATION", "DEPTH_TO_SPACE", "EXPAND_DIMS", "GATHER", "MAX_POOL_2D", "MIRROR_PAD", "PACK", "PAD", "RESHAPE",
    "REVERSE_V2", "TILE", "UNPACK",
    "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SPACE_TO_DEPTH", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "TRANSPOSE",
)  # fmt: skip
"""Operators that move integers."""

ROUNDED = (
    "ABS", "ADD", "AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "LEAKY_RELU", "LOGISTIC",
    "MAXIMUM", "MEAN", "MINIMUM", "MUL", "NEG", "PRELU", "QUANTIZE", "REDUCE_MAX", "REDUCE_MIN", "RELU", "RELU6",
    "RELU_0_TO_1", "RELU_N1_TO_1", "SOFTMAX", "SUB", "TANH",
)  # fmt: skip
"""Operators whose results are rounded."""

TABLES = ("LOGISTIC", "SOFTMAX", "TANH")
"""Operators of which runtimes have too few digits for integers of two bytes."""

SIZES = (2, 4)
"""Element types of integers that are no quantised numbers."""


def of_integers(graph: Graph, op: Operator, translation: Any) -> Any:
    """Return the results of an operator that makes integers of one byte."""
    if op.kind not in KEPT + ROUNDED:
        raise ValueError("integers of one byte")
    codes = [graph.code(number) for number in op.outputs]
    kinds = {graph.kind(number) for number in op.inputs if number != -1}
    if op.kind != "QUANTIZE" and not kinds <= {*BYTES, *SIZES}:
        raise ValueError(f"operands of the element types {sorted(kinds)} for integers")
    _check_means(op)
    if op.kind in TABLES and any(kind == INT16 for _, _, kind in codes):
        raise ValueError("a table for integers of two bytes")
    graph.among_integers = True
    try:
        made = translation(op)
    finally:
        graph.among_integers = False
    made = made if isinstance(made, list) else [made]
    if op.kind in ROUNDED or (op.kind == "MAX_POOL_2D" and op.options(5).number(5, "b")):
        return [_rounded(op, name, *code) for name, code in zip(made, codes, strict=True)]
    if len({*codes, *(graph.code(n) for n in op.inputs if n != -1 and graph.kind(n) in BYTES)}) > 1:
        raise ValueError("integers of several scales or zero points")
    return made


def _rounded(op: Operator, name: str, scale: float, zero: int, kind: int) -> str:
    """Return numbers that are rounded to a scale, and what the integers stand for."""
    how = op.real(scale), op.graph.constant(BYTES[kind], [], struct.pack(f"<{RANGES[kind][0]}", zero))
    return op.emit("DequantizeLinear", op.emit("QuantizeLinear", name, *how), *how)


def _check_means(op: Operator) -> None:
    """Refuse means that may end in a half, which runtimes do not round to even."""
    if op.kind == "AVERAGE_POOL_2D":
        options = op.options(5)
        if options.number(0, "b") != 1 or options.number(3) * options.number(4) % 2 == 0:
            raise ValueError("means over an even number of integers, or with padding")
    if op.kind == "MEAN" and prod(op.shape()[a] for a in op.integers(1)) % 2 == 0:
        raise ValueError("means over an even number of integers")


def check_floats(graph: Graph, op: Operator) -> None:
    """Refuse integers that become floats, but by DEQUANTIZE."""
    if op.kind != "DEQUANTIZE" and any(n in graph.names and graph.kind(n) in BYTES for n in op.inputs):
        raise ValueError("integers that become floats")
