"""Says what the operators of ONNX do, by name."""

from __future__ import annotations

from math import prod

from ...rational import ONE, from_float
from ..activations import ACTIVATIONS
from ..graph import IDENTITY, Function
from . import (
    arithmetic,
    choosing,
    extremes,
    measures,
    moves,
    normalising,
    padding,
    pooling,
    quantised,
    reductions,
    resampling,
    windows,
)
from .along_axis import softmax, split_at
from .constants import Constant
from .entrywise import with_function
from .node import Node, Operation
from .recurrent import rnn
from .shapes import axis_of
from .tensor import Tensor
from .transposed import conv_transpose


def function(name: str) -> Operation:
    """Return the operation that is a function of every number."""
    return lambda node: with_function(node.building, node.tensor(), (name,))


def leaky_relu(node: Node) -> Tensor:
    """Return a leaky ReLU."""
    default = 0.009999999776482582  # the float32 nearest to 0.01
    slope = from_float(node.attributes.number("alpha", default))
    found: Function = IDENTITY if slope == ONE else ("leaky_relu", slope)
    return with_function(node.building, node.tensor(), found)


def gelu(node: Node) -> Tensor:
    """Return a GELU, or the function by which it is approximated."""
    approximate = node.attributes.text("approximate", "none") or "none"
    if approximate not in ("none", "tanh"):
        raise ValueError(f"the attribute approximate = {approximate!r}")
    return with_function(node.building, node.tensor(), ("gelu",) if approximate == "none" else ("gelu_tanh",))


def activation(node: Node) -> Tensor:
    """Return a function whose parameters are attributes."""
    name, attributes = ACTIVATIONS[node.kind]
    parameters = [from_float(node.attributes.number(*attribute)) for attribute in attributes]
    if name == "celu" and not parameters[0][0]:
        raise ValueError("the attribute alpha = 0, by which Celu divides")
    return with_function(node.building, node.tensor(), (name, *parameters))


def softmax_(node: Node) -> Tensor:
    """Return a softmax along one axis; before version 13, over this axis and all behind it."""
    tensor = node.tensor()
    axis = axis_of(node.attributes.integer("axis", -1 if node.version >= 13 else 1), len(tensor.shape))
    if tensor.batch and axis == 0:
        raise ValueError("a softmax over the batch")
    split = split_at(tensor.shape, axis)
    if node.version < 13:
        split = (split[0], prod(split[1:]), 1)
    return softmax(node.building, tensor, split)


def constant(node: Node) -> Constant:
    """Return the constant that the one attribute holds."""
    if len(node.attributes.found) != 1:
        raise ValueError(f"{len(node.attributes.found)} attributes instead of one")
    return node.attributes.constant(next(iter(node.attributes.found)), node.building.limits)


OPERATIONS: dict[str, Operation] = choosing.COMPARISONS | {
    "Abs": extremes.absolute,
    "Add": arithmetic.add,
    "Asinh": activation,
    "Atan": activation,
    "AveragePool": pooling.pool,
    "BatchNormalization": normalising.batch_normalisation,
    "Cast": moves.cast_,
    "Ceil": activation,
    "Celu": activation,
    "Clip": extremes.clip,
    "Concat": moves.concat,
    "Constant": constant,
    "ConstantOfShape": measures.constant_of_shape,
    "Conv": windows.conv,
    "ConvTranspose": conv_transpose,
    "Cos": activation,
    "Cosh": activation,
    "CumSum": reductions.cumulated,
    "DepthToSpace": resampling.blocks,
    "DequantizeLinear": quantised.dequantize,
    "Div": arithmetic.divide,
    "Dropout": moves.dropout,
    "Elu": activation,
    "Erf": activation,
    "Exp": activation,
    "Expand": moves.expand,
    "Flatten": moves.flatten,
    "Floor": activation,
    "Gather": moves.gather,
    "GatherElements": choosing.gather_elements,
    "GatherND": choosing.gather_nd,
    "Gelu": gelu,
    "Gemm": arithmetic.gemm,
    "GlobalAveragePool": windows.global_pool,
    "GlobalMaxPool": windows.global_pool,
    "HardSigmoid": extremes.hard_sigmoid,
    "HardSwish": activation,
    "Identity": moves.identity,
    "LeakyRelu": leaky_relu,
    "MatMul": arithmetic.matmul,
    "Max": extremes.of_all(extremes.larger),
    "MaxPool": pooling.pool,
    "Mean": arithmetic.sum_,
    "Min": extremes.of_all(extremes.smaller),
    "Mish": activation,
    "Mul": arithmetic.multiply,
    "Neg": arithmetic.negate,
    "PRelu": extremes.prelu,
    "Pad": padding.pad,
    "Pow": arithmetic.power,
    "QLinearConv": quantised.conv,
    "QLinearMatMul": quantised.matmul,
    "QuantizeLinear": quantised.quantize,
    "RNN": rnn,
    "ReduceMax": reductions.along(reductions.largest_along, 18),
    "ReduceMean": reductions.along(reductions.mean_along, 18),
    "ReduceMin": reductions.along(reductions.smallest_along, 18),
    "ReduceSum": reductions.along(reductions.sum_along, 13),
    "Relu": function("relu"),
    "Reshape": moves.reshape,
    "Resize": resampling.resize,
    "Round": activation,
    "ScatterElements": choosing.scatter_elements,
    "ScatterND": choosing.scatter_nd,
    "Selu": activation,
    "Shape": measures.shape,
    "Sigmoid": function("sigmoid"),
    "Sign": activation,
    "Sin": activation,
    "Sinh": activation,
    "Size": measures.size,
    "Slice": moves.slice_,
    "Softmax": softmax_,
    "Softplus": activation,
    "Softsign": activation,
    "SpaceToDepth": resampling.blocks,
    "Split": moves.split,
    "Squeeze": moves.squeeze,
    "Sub": arithmetic.subtract,
    "Sum": arithmetic.sum_,
    "Swish": activation,
    "Tanh": function("tanh"),
    "Tile": moves.tile,
    "Transpose": moves.transpose,
    "Trilu": choosing.trilu,
    "Unsqueeze": moves.unsqueeze,
    "Upsample": resampling.resize,
    "Where": choosing.where,
}
