"""Says what the operators of TensorFlow Lite are in ONNX, by their numbers in the schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import choosing, layers, moves
from .graph import HALF, Operator
from .layers import clip, fused

Translation = Callable[[Operator], Any]


def each(kind: str) -> Translation:
    """Return what a function of every number is."""
    return lambda op: op.emit(kind, op.operand())


def between(low: float, high: float) -> Translation:
    """Return what a function is that cuts off numbers."""
    return lambda op: clip(op, op.operand(), low, high)


def two(kind: str, options: int = 0) -> Translation:
    """Return what an operator of two tensors is; with options, it has a fused function."""

    def translation(op: Operator) -> str:
        result = op.emit(kind, op.operand(0), op.operand(1))
        return fused(op, result, op.options(options).number(0, "b")) if options else result

    return translation


def along(kind: str) -> Translation:
    """Return what an operator along axes is; those of a map are the last ones in ONNX."""

    def translation(op: Operator) -> str:
        axes, rank, keep = op.integers(1), len(op.shape()), int(op.options(27).number(0, "B") != 0)
        if not axes or any(not -rank <= a < rank for a in axes):
            raise ValueError(f"the axes {axes} of {rank}")
        if rank != 4 or {a % 4 for a in axes} != {1, 2}:
            return op.emit(kind, op.operand(), op.listed(axes), keepdims=keep)
        if keep:
            return layers.turned(op, kind, op.listed([2, 3]), keepdims=1)
        maps = op.emit("Transpose", op.operand(), perm=layers.TO_FIRST)
        return op.emit(kind, maps, op.listed([2, 3]), keepdims=0)

    return translation


def leaky(op: Operator) -> str:
    """Return a leaky ReLU."""
    return op.emit("LeakyRelu", op.operand(), alpha=op.options(75).real(0))


def softmax(op: Operator) -> str:
    """Return a softmax along the last dimension, of the numbers times a factor."""
    factor = op.options(9).real(0)
    name = op.operand() if factor == 1 else op.emit("Mul", op.operand(), op.real(factor))
    return op.emit("Softmax", name, axis=-1)


def gelu(op: Operator) -> str:
    """Return a GELU."""
    return op.emit("Gelu", op.operand(), approximate="tanh" if op.options(116).number(0, "B") else "none")


def numbers(op: Operator) -> str:
    """Return the numbers for which a constant stands."""
    number = op.number(0)
    if op.graph.kind(number) == HALF and op.graph.data(number):
        return op.graph.halves(number)
    if not op.graph.data(number):
        op.graph.code(number)
        return op.operand()
    return op.graph.scaled(number)


OPERATORS: dict[int, tuple[str, Translation]] = {
    0: ("ADD", two("Add", 11)),
    1: ("AVERAGE_POOL_2D", layers.pool),
    2: ("CONCATENATION", moves.concatenation),
    3: ("CONV_2D", layers.convolution),
    4: ("DEPTHWISE_CONV_2D", layers.depthwise),
    5: ("DEPTH_TO_SPACE", layers.blocks),
    6: ("DEQUANTIZE", numbers),
    8: ("FLOOR", each("Floor")),
    9: ("FULLY_CONNECTED", layers.dense),
    14: ("LOGISTIC", each("Sigmoid")),
    17: ("MAX_POOL_2D", layers.pool),
    18: ("MUL", two("Mul", 21)),
    19: ("RELU", each("Relu")),
    20: ("RELU_N1_TO_1", between(-1, 1)),
    21: ("RELU6", between(0, 6)),
    22: ("RESHAPE", moves.reshape),
    25: ("SOFTMAX", softmax),
    26: ("SPACE_TO_DEPTH", layers.blocks),
    28: ("TANH", each("Tanh")),
    34: ("PAD", moves.pad),
    36: ("GATHER", choosing.gather),
    39: ("TRANSPOSE", moves.transpose),
    40: ("MEAN", along("ReduceMean")),
    41: ("SUB", two("Sub", 28)),
    42: ("DIV", two("Div", 29)),
    43: ("SQUEEZE", moves.squeeze),
    45: ("STRIDED_SLICE", moves.strided_slice),
    47: ("EXP", each("Exp")),
    49: ("SPLIT", moves.split),
    54: ("PRELU", two("PRelu")),
    55: ("MAXIMUM", two("Max")),
    57: ("MINIMUM", two("Min")),
    59: ("NEG", each("Neg")),
    60: ("PADV2", moves.pad),
    65: ("SLICE", moves.slice_),
    66: ("SIN", each("Sin")),
    69: ("TILE", choosing.tile),
    70: ("EXPAND_DIMS", moves.expand),
    74: ("SUM", along("ReduceSum")),
    82: ("REDUCE_MAX", along("ReduceMax")),
    83: ("PACK", moves.pack),
    88: ("UNPACK", choosing.unpack),
    89: ("REDUCE_MIN", along("ReduceMin")),
    97: ("RESIZE_NEAREST_NEIGHBOR", layers.nearest),
    98: ("LEAKY_RELU", leaky),
    100: ("MIRROR_PAD", choosing.mirror),
    101: ("ABS", each("Abs")),
    102: ("SPLIT_V", moves.split_sizes),
    104: ("CEIL", each("Ceil")),
    105: ("REVERSE_V2", choosing.backwards),
    108: ("COS", each("Cos")),
    111: ("ELU", each("Elu")),
    114: ("QUANTIZE", lambda op: op.operand()),
    116: ("ROUND", each("Round")),
    117: ("HARD_SWISH", each("HardSwish")),
    150: ("GELU", gelu),
    152: ("RELU_0_TO_1", between(0, 1)),
    158: ("SIGN", each("Sign")),
}
