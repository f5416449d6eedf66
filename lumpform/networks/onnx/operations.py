"""List the operators that are read: up to which version of its meaning each is known, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.networks.onnx import arithmetic, moving, windows
from lumpform.networks.onnx.cast import cast
from lumpform.networks.onnx.constants import constant
from lumpform.networks.onnx.node import Node

Operation = Callable[[Node], Any]

OPERATIONS: dict[str, tuple[int, Operation]] = {
    "Add": (14, arithmetic.add),
    "AveragePool": (22, windows.pool),
    "BatchNormalization": (15, windows.batch_norm),
    "Cast": (28, cast),
    "Concat": (13, moving.concat),
    "Constant": (25, constant),
    "Conv": (22, windows.conv),
    "Div": (14, arithmetic.divide),
    "Dropout": (22, moving.dropout),
    "Expand": (13, moving.expand),
    "Flatten": (25, moving.flatten),
    "Gather": (13, moving.gather),
    "Gelu": (20, arithmetic.gelu),
    "Gemm": (13, arithmetic.gemm),
    "GlobalAveragePool": (22, windows.global_average),
    "GlobalMaxPool": (22, windows.global_maximum),
    "Identity": (25, moving.identity),
    "LeakyRelu": (16, arithmetic.leaky),
    "MatMul": (13, arithmetic.matmul),
    "MaxPool": (22, windows.pool),
    "Mean": (13, arithmetic.mean_of_all),
    "Mul": (14, arithmetic.multiply),
    "Neg": (13, arithmetic.negate),
    "PRelu": (16, arithmetic.prelu),
    "Pad": (25, moving.pad),
    "Relu": (14, arithmetic.relu),
    "Reshape": (25, moving.reshape),
    "Sigmoid": (13, arithmetic.sigmoid),
    "Slice": (13, moving.slice_),
    "Softmax": (13, arithmetic.softmax),
    "Split": (18, moving.split),
    "Squeeze": (25, moving.squeeze),
    "Sub": (14, arithmetic.subtract),
    "Sum": (13, arithmetic.sum_of_all),
    "Tanh": (13, arithmetic.tanh),
    "Tile": (13, moving.tile),
    "Transpose": (25, moving.transpose),
    "Unsqueeze": (25, moving.unsqueeze),
}
"""By name: the last version of the operator whose meaning is known here, and the function."""
