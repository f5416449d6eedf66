"""List the operators that are read: up to which version of its meaning each is known, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lumpform.networks.onnx import (
    arithmetic,
    choosing,
    cutting,
    extremes,
    matrices,
    node_functions,
    pooling,
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
    "And": (7, choosing.joined_truth(np.logical_and)),
    "Asinh": (22, node_functions.other("asinh")),
    "Atan": (22, node_functions.other("atan")),
    "AveragePool": (22, pooling.pool),
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
    "Equal": (19, choosing.compared(np.equal)),
    "Erf": (13, node_functions.other("erf")),
    "Exp": (13, node_functions.other("exp")),
    "Expand": (13, cutting.expand),
    "Flatten": (25, reshaping.flatten),
    "Floor": (13, node_functions.other("floor")),
    "Gather": (13, cutting.gather),
    "GatherElements": (13, choosing.gather_elements),
    "GatherND": (13, choosing.gather_nd),
    "Gelu": (20, node_functions.gelu),
    "Gemm": (13, matrices.gemm),
    "GlobalAveragePool": (22, windows.global_average),
    "GlobalMaxPool": (22, windows.global_maximum),
    "Greater": (13, choosing.compared(np.greater)),
    "GreaterOrEqual": (16, choosing.compared(np.greater_equal)),
    "HardSigmoid": (22, extremes.hard_sigmoid),
    "HardSwish": (22, node_functions.other("hard_swish")),
    "Identity": (25, reshaping.identity),
    "LeakyRelu": (16, node_functions.leaky),
    "Less": (13, choosing.compared(np.less)),
    "LessOrEqual": (16, choosing.compared(np.less_equal)),
    "MatMul": (13, matrices.matmul),
    "Max": (13, extremes.maximum),
    "MaxPool": (22, pooling.pool),
    "Mean": (13, arithmetic.mean_of_all),
    "Min": (13, extremes.minimum),
    "Mish": (22, node_functions.other("mish")),
    "Mul": (14, arithmetic.multiply),
    "Neg": (13, arithmetic.negate),
    "Not": (1, choosing.joined_truth(np.logical_not)),
    "Or": (7, choosing.joined_truth(np.logical_or)),
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
    "ScatterElements": (18, choosing.scatter_elements),
    "ScatterND": (18, choosing.scatter_nd),
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
    "Trilu": (14, choosing.trilu),
    "Unsqueeze": (25, reshaping.unsqueeze),
    "Upsample": (9, resampling.upsample),
    "Where": (16, choosing.where),
    "Xor": (7, choosing.joined_truth(np.logical_xor)),
}
"""By name: the last version of the operator whose meaning is known here, and the function."""

SEVERAL = {"RNN", "Split"}
"""Operators of which more than the first result is read."""

WITH_IDLE = {"Dropout", "MaxPool"}
"""Operators whose second result (what was dropped, where the maxima are) may have a name that nothing reads."""
