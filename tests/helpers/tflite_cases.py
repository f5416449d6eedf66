"""Lists small TensorFlow Lite graphs, at least one for every operator that is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from tflite_files import Made, Options

RNG = np.random.default_rng(5)
MAPS = (1, 6, 5, 4)


def numbers(*shape: int) -> Any:
    return (RNG.integers(-8, 9, shape) / 4).astype(np.float32)


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int32)


def fused(name: str, number: int = 0) -> Options:
    return Options(name, _0=("Int8", number))


Case = Callable[[Made], Sequence[int]]


def one(
    name: str, shape: Sequence[int], constants: Sequence[Any], result: Sequence[int], options: Options | None = None
) -> Case:
    """Return the graph of one operator, whose first operand is the input and whose others are constants."""

    def case(made: Made) -> Sequence[int]:
        x = made.input(shape)
        return made.operator(name, [x, *map(made.constant, constants)], [result], options)

    return case


def conv(padding: int, strides: tuple[int, int], dilation: int, result: Sequence[int], function: int, per: int) -> Case:
    options = Options(
        "Conv2DOptions", _0=("Int8", padding), _1=("Int32", strides[1]), _2=("Int32", strides[0]),
        _3=("Int8", function), _4=("Int32", dilation), _5=("Int32", dilation),
    )  # fmt: skip
    return one("CONV_2D", MAPS, [numbers(6, 3, 2, per), numbers(6)], result, options)


def depthwise(padding: int, stride: int, result: Sequence[int], function: int) -> Case:
    options = Options(
        "DepthwiseConv2DOptions", _0=("Int8", padding), _1=("Int32", stride), _2=("Int32", stride), _3=("Int32", 2),
        _4=("Int8", function),
    )  # fmt: skip
    return one("DEPTHWISE_CONV_2D", MAPS, [numbers(1, 3, 3, 8), numbers(8)], result, options)


def pool(name: str, padding: int, result: Sequence[int], function: int = 0) -> Case:
    options = Options(
        "Pool2DOptions", _0=("Int8", padding), _1=("Int32", 2), _2=("Int32", 2), _3=("Int32", 2), _4=("Int32", 3),
        _5=("Int8", function),
    )  # fmt: skip
    return one(name, MAPS, [], result, options)


def reduce(name: str, axes: Any, keep: bool, result: Sequence[int]) -> Case:
    return one(name, MAPS, [axes], result, Options("ReducerOptions", _0=("Bool", keep)))


def strided(begins: Any, ends: Any, strides: Any, masks: tuple[int, int, int], result: Sequence[int]) -> Case:
    begin, end, shrink = masks
    options = Options("StridedSliceOptions", _0=("Int32", begin), _1=("Int32", end), _4=("Int32", shrink))
    return one("STRIDED_SLICE", MAPS, [begins, ends, strides], result, options)


def split(made: Made) -> Sequence[int]:
    x, axis = made.input(MAPS), made.constant(ints(3))
    return made.operator("SPLIT", [axis, x], [(1, 6, 5, 2)] * 2, Options("SplitOptions", _0=("Int32", 2)))


def split_v(made: Made) -> Sequence[int]:
    x, sizes, axis = made.input(MAPS), made.constant(ints(1, 5)), made.constant(np.array(1, dtype=np.int32))
    shapes = [(1, 1, 5, 4), (1, 5, 5, 4)]
    return made.operator("SPLIT_V", [x, sizes, axis], shapes, Options("SplitVOptions", _0=("Int32", 2)))


def concatenation(made: Made) -> Sequence[int]:
    x, y = made.input(MAPS), made.input((1, 6, 5, 1))
    options = Options("ConcatenationOptions", _0=("Int32", 3))
    return made.operator("CONCATENATION", [x, y], [(1, 6, 5, 5)], options)


def pack(made: Made) -> Sequence[int]:
    x, y = made.input((1, 5)), made.input((1, 5))
    return made.operator("PACK", [x, y], [(1, 2, 5)], Options("PackOptions", _0=("Int32", 2), _1=("Int32", 1)))


def both(name: str, options: str = "") -> Case:
    def case(made: Made) -> Sequence[int]:
        x, y = made.input(MAPS), made.input(MAPS)
        return made.operator(name, [x, y], [MAPS], fused(options, 1) if options else None)

    return case


def halves(made: Made) -> Sequence[int]:
    x, w = made.input((1, 5)), made.constant(numbers(3, 5).astype(np.float16))
    weights = made.operator("DEQUANTIZE", [w], [(3, 5)], Options("DequantizeOptions"))
    return made.operator("FULLY_CONNECTED", [x, *weights, -1], [(1, 3)], fused("FullyConnectedOptions"))


def bytes_(made: Made) -> Sequence[int]:
    scales = ([0.5, 0.1, 0.25], [0, 0, 0], 0)
    x, w = made.input((1, 5)), made.constant(RNG.integers(-128, 128, (3, 5)).astype(np.int8), scales)
    weights = made.operator("DEQUANTIZE", [w], [(3, 5)], Options("DequantizeOptions"))
    return made.operator("FULLY_CONNECTED", [x, *weights, -1], [(1, 3)], fused("FullyConnectedOptions"))


def small_network(made: Made) -> Sequence[int]:
    """Convolution, a depthwise convolution, the mean, and a layer: every second channel is the one before it."""
    h = made.input((1, 6, 5, 1))
    kernels = [np.repeat(numbers(3, 2, 2, 1), 2, axis=0), numbers(1).repeat(6)]
    first = Options("Conv2DOptions", _0=("Int8", 0), _1=("Int32", 1), _2=("Int32", 1), _3=("Int8", 1))
    (h,) = made.operator("CONV_2D", [h, *map(made.constant, kernels)], [(1, 6, 5, 6)], first)
    kernels = [np.repeat(numbers(1, 3, 3, 3), 2, axis=3), np.zeros(6, dtype=np.float32)]
    fields = {"_0": ("Int8", 1), "_1": ("Int32", 1), "_2": ("Int32", 1), "_3": ("Int32", 1), "_4": ("Int8", 3)}
    second = Options("DepthwiseConv2DOptions", **fields)
    (h,) = made.operator("DEPTHWISE_CONV_2D", [h, *map(made.constant, kernels)], [(1, 4, 3, 6)], second)
    (h,) = made.operator(
        "MEAN", [h, made.constant(ints(1, 2))], [(1, 6)], Options("ReducerOptions", _0=("Bool", False))
    )
    layer = [h, made.constant(numbers(2, 6)), made.constant(numbers(2))]
    return made.operator("FULLY_CONNECTED", layer, [(1, 2)], fused("FullyConnectedOptions"))


def mirrored(mode: int, result: Sequence[int]) -> Case:
    margins = np.array([[0, 0], [1, 2], [2, 1], [0, 0]], dtype=np.int32)
    return one("MIRROR_PAD", MAPS, [margins], result, Options("MirrorPadOptions", _0=("Int8", mode)))


def unpack(made: Made) -> Sequence[int]:
    x = made.input((1, 3, 5))
    return made.operator("UNPACK", [x], [(1, 5)] * 3, Options("UnpackOptions", _0=("Int32", 3), _1=("Int32", 1)))


FUNCTIONS = ("elu", "hard swish", "exp", "sin", "cos", "floor", "ceil", "round", "sign")

BEGINS, ENDS = ints(0, 1, 0, 0), ints(1, 6, 3, 4)
CASES: dict[str, Case] = {
    "layer": one("FULLY_CONNECTED", (1, 5), [numbers(3, 5), numbers(3)], (1, 3), fused("FullyConnectedOptions", 1)),
    "layer of maps": one("FULLY_CONNECTED", MAPS, [numbers(3, 120), numbers(3)], (1, 3),
                          fused("FullyConnectedOptions")),
    "layer along the last": one(
        "FULLY_CONNECTED", (1, 3, 5), [numbers(2, 5), numbers(2)], (1, 3, 2),
        Options("FullyConnectedOptions", _0=("Int8", 0), _2=("Bool", True)),
    ),
    "conv same": conv(0, (2, 1), 1, (1, 3, 5, 6), 3, 4),
    "conv valid": conv(1, (1, 2), 1, (1, 4, 2, 6), 1, 4),
    "conv dilated": conv(0, (1, 1), 2, (1, 6, 5, 6), 0, 4),
    "conv in groups": conv(1, (1, 1), 1, (1, 4, 4, 6), 2, 2),
    "depthwise": depthwise(0, 2, (1, 3, 3, 8), 1),
    "depthwise valid": depthwise(1, 1, (1, 4, 3, 8), 2),
    "mean pool": pool("AVERAGE_POOL_2D", 0, (1, 3, 3, 4)),
    "max pool": pool("MAX_POOL_2D", 1, (1, 2, 2, 4), 1),
    "add": one("ADD", MAPS, [numbers(4)], MAPS, fused("AddOptions", 1)),
    "sub": one("SUB", MAPS, [numbers(1, 1, 1, 4)], MAPS, fused("SubOptions")),
    "mul": one("MUL", MAPS, [numbers(4)], MAPS, fused("MulOptions")),
    "div": one("DIV", MAPS, [np.array([1, 2, 4, -8], dtype=np.float32)], MAPS, fused("DivOptions")),
    "add two": both("ADD", "AddOptions"),
    "maximum": both("MAXIMUM"),
    "minimum": one("MINIMUM", MAPS, [np.array(0.5, dtype=np.float32)], MAPS),
    "relu": one("RELU", MAPS, [], MAPS),
    "relu6": one("RELU6", MAPS, [], MAPS),
    "relu to 1": one("RELU_N1_TO_1", MAPS, [], MAPS),
    "leaky relu": one("LEAKY_RELU", MAPS, [], MAPS, Options("LeakyReluOptions", _0=("Float32", 0.25))),
    "prelu": one("PRELU", MAPS, [np.abs(numbers(1, 1, 4)) / 2], MAPS),
    "sigmoid": one("LOGISTIC", MAPS, [], MAPS),
    "tanh": one("TANH", (1, 5), [], (1, 5)),
    "gelu": one("GELU", (1, 5), [], (1, 5), Options("GeluOptions", _0=("Bool", False))),
    "abs": one("ABS", MAPS, [], MAPS),
    "neg": one("NEG", MAPS, [], MAPS),
    "softmax": one("SOFTMAX", (1, 5), [], (1, 5), Options("SoftmaxOptions", _0=("Float32", 1.0))),
    "softmax of maps": one("SOFTMAX", MAPS, [], MAPS, Options("SoftmaxOptions", _0=("Float32", 2.0))),
    "reshape": one("RESHAPE", MAPS, [ints(1, -1)], (1, 120), Options("ReshapeOptions", _0=("list", (1, -1)))),
    "transpose": one("TRANSPOSE", MAPS, [ints(0, 2, 3, 1)], (1, 5, 4, 6)),
    "concatenation": concatenation,
    "pack": pack,
    "slice": one("SLICE", MAPS, [BEGINS, ints(1, 2, -1, 3)], (1, 2, 5, 3)),
    "strided slice": strided(BEGINS, ENDS, ints(1, 2, 1, 1), (1, 8, 0), (1, 3, 3, 4)),
    "strided slice that shrinks": strided(BEGINS, ENDS, ints(1, 1, 1, 1), (0, 0, 2), (1, 3, 4)),
    "split": split,
    "split of sizes": split_v,
    "pad": one("PAD", MAPS, [np.array([[0, 0], [1, 2], [0, 1], [0, 0]], dtype=np.int32)], (1, 9, 6, 4)),
    "pad channels": one("PADV2", MAPS, [np.array([[0, 0], [0, 0], [0, 0], [1, 2]], dtype=np.int32),
                                        np.array([1.5], dtype=np.float32)], (1, 6, 5, 7)),
    "mean": reduce("MEAN", ints(1, 2), False, (1, 4)),
    "mean that keeps": reduce("MEAN", ints(1, 2), True, (1, 1, 1, 4)),
    "mean of channels": reduce("MEAN", ints(3), False, (1, 6, 5)),
    "sum": reduce("SUM", ints(1, 2), False, (1, 4)),
    "largest": reduce("REDUCE_MAX", ints(1, 2), True, (1, 1, 1, 4)),
    "smallest": reduce("REDUCE_MIN", ints(1, 2), False, (1, 4)),
    "nearest": one("RESIZE_NEAREST_NEIGHBOR", MAPS, [ints(12, 15)], (1, 12, 15, 4),
                   Options("ResizeNearestNeighborOptions", _1=("Bool", True))),
    "space to depth": one("SPACE_TO_DEPTH", (1, 6, 4, 3), [], (1, 3, 2, 12),
                          Options("SpaceToDepthOptions", _0=("Int32", 2))),
    "depth to space": one("DEPTH_TO_SPACE", (1, 3, 2, 12), [], (1, 6, 4, 3),
                          Options("DepthToSpaceOptions", _0=("Int32", 2))),
    "squeeze": one("SQUEEZE", (1, 1, 5, 4), [], (1, 5, 4), Options("SqueezeOptions", _0=("list", (1,)))),
    "expand": one("EXPAND_DIMS", (1, 5), [np.array(1, dtype=np.int32)], (1, 1, 5), Options("ExpandDimsOptions")),
    "mirrored": mirrored(0, (1, 9, 8, 4)),
    "mirrored with the edge": mirrored(1, (1, 9, 8, 4)),
    "gather": one("GATHER", MAPS, [ints(3, 0, 3)], (1, 6, 5, 3), Options("GatherOptions", _0=("Int32", 3))),
    "gather a table": one("GATHER", MAPS, [np.array([[1, 0], [2, 2]], dtype=np.int32)], (1, 2, 2, 5, 4),
                          Options("GatherOptions", _0=("Int32", 1))),
    "unpack": unpack,
    "tile": one("TILE", MAPS, [ints(1, 2, 1, 3)], (1, 12, 5, 12)),
    "backwards": one("REVERSE_V2", MAPS, [ints(1)], MAPS),
    **{name: one(name.upper().replace(" ", "_"), MAPS, [], MAPS) for name in FUNCTIONS},
    "halves": halves,
    "bytes": bytes_,
    "small network": small_network,
}  # fmt: skip
