"""List the operators of TensorFlow Lite that are read, and translate those that act on every entry or along axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.networks.tflite import arranging, choosing, layers
from lumpform.networks.tflite.layers import activated, clipped
from lumpform.networks.tflite.translation import Translated

Translation = Callable[[Translated], Any]


def _function(kind: str) -> Translation:
    """Return the translation of an operator with one operand and no options."""
    return lambda op: op.emit(kind, op.operand())


def _clip(low: float, high: float) -> Translation:
    """Return the translation of an operator that cuts off numbers."""
    return lambda op: clipped(op, op.operand(), low, high)


def _of_two(kind: str, options: str = "") -> Translation:
    """Return the translation of an operator with two operands, and a fused function if it has options."""

    def translation(op: Translated) -> str:
        result = op.emit(kind, op.operand(0), op.operand(1))
        return activated(op, result, op.options(options)) if options else result

    return translation


def _along(kind: str) -> Translation:
    """Return the translation of an operator along axes; maps are brought into the order in which they are maps."""

    def translation(op: Translated) -> str:
        rank, keep = len(op.shape()), int(op.options("ReducerOptions").KeepDims())
        axes = op.integers(1)
        if not all(-rank <= a < rank for a in axes) or not axes:
            raise ValueError(f"the axes {axes} of a tensor with {rank} dimensions")
        if rank != 4 or {a % 4 for a in axes} != {1, 2}:
            return op.emit(kind, op.operand(), op.listed(axes), keepdims=keep)
        result = op.emit(kind, op.first(op.operand()), op.listed((2, 3)), keepdims=keep)
        return op.last(result) if keep else result

    return translation


def _leaky(op: Translated) -> str:
    return op.emit("LeakyRelu", op.operand(), alpha=op.options("LeakyReluOptions").Alpha())


def _softmax(op: Translated) -> str:
    """Return a softmax along the last dimension, of numbers times a factor."""
    beta = op.options("SoftmaxOptions").Beta()
    name = op.operand() if beta == 1 else op.emit("Mul", op.operand(), op.number(beta))
    return op.emit("Softmax", name, axis=-1)


def _gelu(op: Translated) -> str:
    return op.emit("Gelu", op.operand(), approximate="tanh" if op.options("GeluOptions").Approximate() else "none")


OPERATIONS: dict[str, Translation] = {
    "ABS": _function("Abs"),
    "ADD": _of_two("Add", "AddOptions"),
    "AVERAGE_POOL_2D": layers.pool,
    "CEIL": _function("Ceil"),
    "CONCATENATION": arranging.concatenation,
    "CONV_2D": layers.convolution,
    "COS": _function("Cos"),
    "DEPTHWISE_CONV_2D": layers.depthwise,
    "DEPTH_TO_SPACE": layers.blocks,
    "DEQUANTIZE": Translated.dequantised,
    "DIV": _of_two("Div", "DivOptions"),
    "ELU": _function("Elu"),
    "EXP": _function("Exp"),
    "EXPAND_DIMS": arranging.expand_dims,
    "FLOOR": _function("Floor"),
    "FULLY_CONNECTED": layers.fully_connected,
    "GATHER": choosing.gather,
    "GELU": _gelu,
    "HARD_SWISH": _function("HardSwish"),
    "LEAKY_RELU": _leaky,
    "LOGISTIC": _function("Sigmoid"),
    "MAXIMUM": _of_two("Max"),
    "MAX_POOL_2D": layers.pool,
    "MEAN": _along("ReduceMean"),
    "MINIMUM": _of_two("Min"),
    "MIRROR_PAD": choosing.mirror_pad,
    "MUL": _of_two("Mul", "MulOptions"),
    "NEG": _function("Neg"),
    "PACK": arranging.pack,
    "PAD": arranging.pad,
    "PADV2": arranging.pad,
    "PRELU": _of_two("PRelu"),
    "QUANTIZE": lambda op: op.operand(),
    "REDUCE_MAX": _along("ReduceMax"),
    "REDUCE_MIN": _along("ReduceMin"),
    "RELU": _function("Relu"),
    "RELU6": _clip(0, 6),
    "RELU_0_TO_1": _clip(0, 1),
    "RELU_N1_TO_1": _clip(-1, 1),
    "RESHAPE": arranging.reshape,
    "RESIZE_NEAREST_NEIGHBOR": layers.nearest,
    "REVERSE_V2": choosing.reverse,
    "ROUND": _function("Round"),
    "SIGN": _function("Sign"),
    "SIN": _function("Sin"),
    "SLICE": arranging.slice_,
    "SOFTMAX": _softmax,
    "SPACE_TO_DEPTH": layers.blocks,
    "SPLIT": arranging.split,
    "SPLIT_V": arranging.split_v,
    "SQUEEZE": arranging.squeeze,
    "STRIDED_SLICE": arranging.strided_slice,
    "SUB": _of_two("Sub", "SubOptions"),
    "SUM": _along("ReduceSum"),
    "TANH": _function("Tanh"),
    "TILE": choosing.tile,
    "TRANSPOSE": arranging.transpose,
    "UNPACK": choosing.unpack,
}
