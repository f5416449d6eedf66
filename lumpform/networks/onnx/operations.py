"""List the operators that are read: up to which version of its meaning each is known, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.networks.onnx import arithmetic, cutting, matrices, node_functions, reshaping, windows
from lumpform.networks.onnx.cast import cast
from lumpform.networks.onnx.constants import constant
from lumpform.networks.onnx.node import Node
from lumpform.networks.onnx.recurrent import rnn

Operation = Callable[[Node], Any]

OPERATIONS: dict[str, tuple[int, Operation]] = {
    "Add": (14, arithmetic.add),
    "AveragePool": (22, windows.pool),
    "BatchNormalization": (15, windows.batch_norm),
    "Cast": (28, cast),
    "Concat": (13, cutting.concat),
    "Constant": (25, constant),
    "Conv": (22, windows.conv),
    "Div": (14, arithmetic.divide),
    "Dropout": (22, reshaping.dropout),
    "Expand": (13, cutting.expand),
    "Flatten": (25, reshaping.flatten),
    "Gather": (13, cutting.gather),
    "Gelu": (20, node_functions.gelu),
    "Gemm": (13, matrices.gemm),
    "GlobalAveragePool": (22, windows.global_average),
    "GlobalMaxPool": (22, windows.global_maximum),
    "Identity": (25, reshaping.identity),
    "LeakyRelu": (16, node_functions.leaky),
    "MatMul": (13, matrices.matmul),
    "MaxPool": (22, windows.pool),
    "Mean": (13, arithmetic.mean_of_all),
    "Mul": (14, arithmetic.multiply),
    "Neg": (13, arithmetic.negate),
    "PRelu": (16, node_functions.prelu),
    "Pad": (25, cutting.pad),
    "RNN": (22, rnn),
    "Relu": (14, node_functions.relu),
    "Reshape": (25, reshaping.reshape),
    "Sigmoid": (13, node_functions.sigmoid),
    "Slice": (13, cutting.slice_),
    "Softmax": (13, node_functions.softmax),
    "Split": (18, cutting.split),
    "Squeeze": (25, reshaping.squeeze),
    "Sub": (14, arithmetic.subtract),
    "Sum": (13, arithmetic.sum_of_all),
    "Tanh": (13, node_functions.tanh),
    "Tile": (13, cutting.tile),
    "Transpose": (25, reshaping.transpose),
    "Unsqueeze": (25, reshaping.unsqueeze),
}
"""By name: the last version of the operator whose meaning is known here, and the function."""

SEVERAL = {"RNN", "Split"}
"""Operators of which more than the first result is read."""
