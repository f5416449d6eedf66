"""List the operators that are read: up to which version of its meaning each is known, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.networks.onnx import (
    arithmetic,
    cutting,
    extremes,
    matrices,
    node_functions,
    quantised,
    reductions,
    resampling,
    reshaping,
    shapes,
    windows,
)
from lumpform.networks.onnx.cast import cast
from lumpform.networks.onnx.constants import constant
from lumpform.networks.onnx.node import Node
from lumpform.networks.onnx.padding import pad
from lumpform.networks.onnx.recurrent import rnn
from lumpform.networks.onnx.transposed import conv_transpose

Operation = Callable[[Node], Any]

OPERATIONS: dict[str, tuple[int, Operation]] = {
    "Abs": (13, extremes.absolute),
    "Add": (14, arithmetic.add),
    "Asinh": (22, node_functions.other("asinh")),
    "Atan": (22, node_functions.other("atan")),
    "AveragePool": (22, windows.pool),
    "BatchNormalization": (15, windows.batch_norm),
    "Cast": (28, cast),
    "Ceil": (13, node_functions.other("ceil")),
    "Celu": (28, node_functions.other("celu")),
    "Clip": (13, extremes.clip),
    "Concat": (13, cutting.concat),
    "Constant": (25, constant),
    "ConstantOfShape": (25, shapes.constant_of_shape),
    "Conv": (22, windows.conv),
    "ConvTranspose": (22, conv_transpose),
    "Cos": (22, node_functions.other("cos")),
    "Cosh": (22, node_functions.other("cosh")),
    "CumSum": (14, reductions.cumulated),
    "DepthToSpace": (28, resampling.depth_to_space),
    "DequantizeLinear": (28, quantised.dequantize),
    "Div": (14, arithmetic.divide),
    "Dropout": (22, reshaping.dropout),
    "Elu": (22, node_functions.other("elu")),
    "Erf": (13, node_functions.other("erf")),
    "Exp": (13, node_functions.other("exp")),
    "Expand": (13, cutting.expand),
    "Flatten": (25, reshaping.flatten),
    "Floor": (13, node_functions.other("floor")),
    "Gather": (13, cutting.gather),
    "Gelu": (20, node_functions.gelu),
    "Gemm": (13, matrices.gemm),
    "GlobalAveragePool": (22, windows.global_average),
    "GlobalMaxPool": (22, windows.global_maximum),
    "HardSigmoid": (22, extremes.hard_sigmoid),
    "HardSwish": (22, node_functions.other("hard_swish")),
    "Identity": (25, reshaping.identity),
    "LeakyRelu": (16, node_functions.leaky),
    "MatMul": (13, matrices.matmul),
    "Max": (13, extremes.maximum),
    "MaxPool": (22, windows.pool),
    "Mean": (13, arithmetic.mean_of_all),
    "Min": (13, extremes.minimum),
    "Mish": (22, node_functions.other("mish")),
    "Mul": (14, arithmetic.multiply),
    "Neg": (13, arithmetic.negate),
    "PRelu": (16, extremes.prelu),
    "Pad": (25, pad),
    "Pow": (15, arithmetic.power),
    "QLinearConv": (10, quantised.conv),
    "QLinearMatMul": (21, quantised.matmul),
    "QuantizeLinear": (28, quantised.quantize),
    "RNN": (22, rnn),
    "ReduceMax": (20, reductions.reduce_max),
    "ReduceMean": (18, reductions.reduce_mean),
    "ReduceMin": (20, reductions.reduce_min),
    "ReduceSum": (13, reductions.reduce_sum),
    "Relu": (14, node_functions.relu),
    "Reshape": (25, reshaping.reshape),
    "Resize": (19, resampling.resize),
    "Round": (22, node_functions.other("round")),
    "Selu": (22, node_functions.other("selu")),
    "Shape": (25, shapes.shape),
    "Sigmoid": (13, node_functions.sigmoid),
    "Sign": (13, node_functions.other("sign")),
    "Sin": (22, node_functions.other("sin")),
    "Sinh": (22, node_functions.other("sinh")),
    "Size": (25, shapes.size),
    "Slice": (13, cutting.slice_),
    "Softmax": (13, node_functions.softmax),
    "Softplus": (22, node_functions.other("softplus")),
    "Softsign": (22, node_functions.other("softsign")),
    "SpaceToDepth": (28, resampling.space_to_depth),
    "Split": (18, cutting.split),
    "Squeeze": (25, reshaping.squeeze),
    "Sub": (14, arithmetic.subtract),
    "Sum": (13, arithmetic.sum_of_all),
    "Swish": (24, node_functions.other("swish")),
    "Tanh": (13, node_functions.tanh),
    "Tile": (13, cutting.tile),
    "Transpose": (25, reshaping.transpose),
    "Unsqueeze": (25, reshaping.unsqueeze),
    "Upsample": (9, resampling.upsample),
}
"""By name: the last version of the operator whose meaning is known here, and the function."""

SEVERAL = {"RNN", "Split"}
"""Operators of which more than the first result is read."""
