"""Says how many operands and results operators of ONNX have, by version, and which attributes of which type.

From the pages of the operators (https://onnx.ai/onnx/operators/), for versions 7 to 28 of the operator set. Versions
that change only the types of numbers are not listed.
`tests/checker/networks/onnx/test_schemas.py` compares with ONNX itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .attributes import FLOAT, FLOATS, INT, INTS, SPARSE, STRING, STRINGS, TENSOR

OLDEST, NEWEST = 7, 28
"""Versions of the operator set. Before 7, binary operators had a broadcasting of their own."""

NEWEST_FILE = 14
"""The version of the file format itself (`ir_version`) that came with the newest operator set."""

MANY = 1 << 31


@dataclass(frozen=True)
class Schema:
    """Says of an operator from version `since` on: least and largest number of operands, of results, attributes."""

    since: int
    operands: tuple[int, int]
    results: int = 1
    attributes: Mapping[str, int] = field(default_factory=dict)


def _one(operands: int, **attributes: int) -> tuple[Schema, ...]:
    """Return the schema of an operator that is the same in all versions."""
    return (Schema(1, (operands, operands), 1, attributes),)


def _along_axes(since: int) -> tuple[Schema, ...]:
    """Return the schemas of an operator whose axes are an operand from a version on."""
    before = Schema(1, (1, 1), 1, {"axes": INTS, "keepdims": INT})
    return before, Schema(since, (1, 2), 1, {"keepdims": INT, "noop_with_empty_axes": INT})


_WINDOW = {"auto_pad": STRING, "kernel_shape": INTS, "pads": INTS, "strides": INTS}
_NORMAL = {"epsilon": FLOAT, "momentum": FLOAT}
_RECURRENT = {
    "activation_alpha": FLOATS,
    "activation_beta": FLOATS,
    "activations": STRINGS,
    "clip": FLOAT,
    "direction": STRING,
    "hidden_size": INT,
}
_TRANSPOSED = {"dilations": INTS, "group": INT, "output_padding": INTS, "output_shape": INTS}
_RESIZE = {
    "coordinate_transformation_mode": STRING,
    "cubic_coeff_a": FLOAT,
    "exclude_outside": INT,
    "extrapolation_value": FLOAT,
    "mode": STRING,
    "nearest_mode": STRING,
}
_ROUNDED = {"axis": INT, "saturate": INT, "block_size": INT, "output_dtype": INT}
_VALUES = {
    "value": TENSOR,
    "sparse_value": SPARSE,
    "value_float": FLOAT,
    "value_floats": FLOATS,
    "value_int": INT,
    "value_ints": INTS,
    "value_string": STRING,
    "value_strings": STRINGS,
}

SCHEMAS: dict[str, tuple[Schema, ...]] = {
    "Abs": _one(1),
    "Add": _one(2),
    "And": _one(2),
    "Asinh": (Schema(9, (1, 1)),),
    "Atan": _one(1),
    "AveragePool": (
        Schema(7, (1, 1), 1, _WINDOW | {"count_include_pad": INT}),
        Schema(10, (1, 1), 1, _WINDOW | {"count_include_pad": INT, "ceil_mode": INT}),
        Schema(19, (1, 1), 1, _WINDOW | {"count_include_pad": INT, "ceil_mode": INT, "dilations": INTS}),
    ),
    "BatchNormalization": (
        Schema(7, (5, 5), 5, _NORMAL | {"spatial": INT}),
        Schema(9, (5, 5), 5, _NORMAL),
        Schema(14, (5, 5), 3, _NORMAL | {"training_mode": INT}),
    ),
    "Cast": (
        Schema(6, (1, 1), 1, {"to": INT}),
        Schema(19, (1, 1), 1, {"to": INT, "saturate": INT}),
        Schema(24, (1, 1), 1, {"to": INT, "saturate": INT, "round_mode": STRING}),
    ),
    "Ceil": _one(1),
    "Celu": (Schema(12, (1, 1), 1, {"alpha": FLOAT}),),
    "Clip": (Schema(6, (1, 1), 1, {"max": FLOAT, "min": FLOAT}), Schema(11, (1, 3))),
    "Concat": (Schema(4, (1, MANY), 1, {"axis": INT}),),
    "Constant": (
        Schema(1, (0, 0), 1, {"value": TENSOR}),
        Schema(11, (0, 0), 1, {"value": TENSOR, "sparse_value": SPARSE}),
        Schema(12, (0, 0), 1, _VALUES),
    ),
    "ConstantOfShape": (Schema(9, (1, 1), 1, {"value": TENSOR}),),
    "Conv": (Schema(1, (2, 3), 1, _WINDOW | {"dilations": INTS, "group": INT}),),
    "ConvTranspose": (Schema(1, (2, 3), 1, _WINDOW | _TRANSPOSED),),
    "Cos": _one(1),
    "Cosh": (Schema(9, (1, 1)),),
    "CumSum": (Schema(11, (2, 2), 1, {"exclusive": INT, "reverse": INT}),),
    "DepthToSpace": (
        Schema(1, (1, 1), 1, {"blocksize": INT}),
        Schema(11, (1, 1), 1, {"blocksize": INT, "mode": STRING}),
    ),
    "DequantizeLinear": (
        Schema(10, (2, 3)),
        Schema(13, (2, 3), 1, {"axis": INT}),
        Schema(21, (2, 3), 1, {"axis": INT, "block_size": INT}),
        Schema(23, (2, 3), 1, {"axis": INT, "block_size": INT, "output_dtype": INT}),
    ),
    "Div": _one(2),
    "Dropout": (Schema(7, (1, 1), 2, {"ratio": FLOAT}), Schema(12, (1, 3), 2, {"seed": INT})),
    "Elu": _one(1, alpha=FLOAT),
    "Equal": _one(2),
    "Erf": (Schema(9, (1, 1)),),
    "Exp": _one(1),
    "Expand": (Schema(8, (2, 2)),),
    "Flatten": _one(1, axis=INT),
    "Floor": _one(1),
    "Gather": _one(2, axis=INT),
    "GatherElements": (Schema(11, (2, 2), 1, {"axis": INT}),),
    "GatherND": (Schema(11, (2, 2)), Schema(12, (2, 2), 1, {"batch_dims": INT})),
    "Gelu": (Schema(20, (1, 1), 1, {"approximate": STRING}),),
    "Gemm": (
        Schema(7, (3, 3), 1, {"alpha": FLOAT, "beta": FLOAT, "transA": INT, "transB": INT}),
        Schema(11, (2, 3), 1, {"alpha": FLOAT, "beta": FLOAT, "transA": INT, "transB": INT}),
    ),
    "GlobalAveragePool": _one(1),
    "GlobalMaxPool": _one(1),
    "Greater": _one(2),
    "GreaterOrEqual": (Schema(12, (2, 2)),),
    "HardSigmoid": _one(1, alpha=FLOAT, beta=FLOAT),
    "Identity": _one(1),
    "HardSwish": (Schema(14, (1, 1)),),
    "LeakyRelu": _one(1, alpha=FLOAT),
    "Less": _one(2),
    "LessOrEqual": (Schema(12, (2, 2)),),
    "MatMul": _one(2),
    "Max": (Schema(6, (1, MANY)),),
    "MaxPool": (
        Schema(1, (1, 1), 1, _WINDOW),
        Schema(8, (1, 1), 2, _WINDOW | {"storage_order": INT}),
        Schema(10, (1, 1), 2, _WINDOW | {"storage_order": INT, "ceil_mode": INT, "dilations": INTS}),
    ),
    "Mean": (Schema(6, (1, MANY)),),
    "Min": (Schema(6, (1, MANY)),),
    "Mish": (Schema(18, (1, 1)),),
    "Mul": _one(2),
    "Neg": _one(1),
    "Not": _one(1),
    "Or": _one(2),
    "PRelu": _one(2),
    "Pad": (
        Schema(2, (1, 1), 1, {"mode": STRING, "pads": INTS, "value": FLOAT}),
        Schema(11, (2, 3), 1, {"mode": STRING}),
        Schema(18, (2, 4), 1, {"mode": STRING}),
    ),
    "Pow": _one(2),
    "QLinearConv": (Schema(10, (8, 9), 1, _WINDOW | {"dilations": INTS, "group": INT}),),
    "QLinearMatMul": (Schema(10, (8, 8)),),
    "QuantizeLinear": (
        Schema(10, (2, 3)),
        Schema(13, (2, 3), 1, {"axis": INT}),
        Schema(19, (2, 3), 1, {"axis": INT, "saturate": INT}),
        Schema(21, (2, 3), 1, _ROUNDED),
        Schema(23, (2, 3), 1, _ROUNDED | {"precision": INT}),
    ),
    "RNN": (
        Schema(7, (3, 6), 2, _RECURRENT),
        Schema(14, (3, 6), 2, _RECURRENT | {"layout": INT}),
    ),
    "ReduceMax": _along_axes(18),
    "ReduceMean": _along_axes(18),
    "ReduceMin": _along_axes(18),
    "ReduceSum": _along_axes(13),
    "Relu": _one(1),
    "Reshape": (Schema(5, (2, 2)), Schema(14, (2, 2), 1, {"allowzero": INT})),
    "Resize": (
        Schema(10, (2, 2), 1, {"mode": STRING}),
        Schema(11, (3, 4), 1, _RESIZE),
        Schema(13, (1, 4), 1, _RESIZE),
        Schema(18, (1, 4), 1, _RESIZE | {"antialias": INT, "axes": INTS, "keep_aspect_ratio_policy": STRING}),
    ),
    "Round": (Schema(11, (1, 1)),),
    "ScatterElements": (
        Schema(11, (3, 3), 1, {"axis": INT}),
        Schema(16, (3, 3), 1, {"axis": INT, "reduction": STRING}),
    ),
    "ScatterND": (Schema(11, (3, 3)), Schema(16, (3, 3), 1, {"reduction": STRING})),
    "Selu": _one(1, alpha=FLOAT, gamma=FLOAT),
    "Shape": (Schema(1, (1, 1)), Schema(15, (1, 1), 1, {"end": INT, "start": INT})),
    "Sigmoid": _one(1),
    "Sign": (Schema(9, (1, 1)),),
    "Sin": _one(1),
    "Sinh": (Schema(9, (1, 1)),),
    "Size": _one(1),
    "Slice": (Schema(1, (1, 1), 1, {"axes": INTS, "ends": INTS, "starts": INTS}), Schema(10, (3, 5))),
    "Softmax": _one(1, axis=INT),
    "Softplus": _one(1),
    "Softsign": _one(1),
    "SpaceToDepth": (
        Schema(1, (1, 1), 1, {"blocksize": INT}),
        Schema(28, (1, 1), 1, {"blocksize": INT, "mode": STRING}),
    ),
    "Split": (
        Schema(2, (1, 1), MANY, {"axis": INT, "split": INTS}),
        Schema(13, (1, 2), MANY, {"axis": INT}),
        Schema(18, (1, 2), MANY, {"axis": INT, "num_outputs": INT}),
    ),
    "Squeeze": (Schema(1, (1, 1), 1, {"axes": INTS}), Schema(13, (1, 2))),
    "Sub": _one(2),
    "Sum": (Schema(6, (1, MANY)),),
    "Swish": (Schema(24, (1, 1), 1, {"alpha": FLOAT}),),
    "Tanh": _one(1),
    "Tile": (Schema(6, (2, 2)),),
    "Transpose": _one(1, perm=INTS),
    "Trilu": (Schema(14, (1, 2), 1, {"upper": INT}),),
    "Unsqueeze": (Schema(1, (1, 1), 1, {"axes": INTS}), Schema(13, (2, 2))),
    "Where": (Schema(9, (3, 3)),),
    "Xor": _one(2),
    "Upsample": (Schema(7, (1, 1), 1, {"mode": STRING, "scales": FLOATS}), Schema(9, (2, 2), 1, {"mode": STRING})),
}


def schema(kind: str, version: int) -> Schema:
    """Return the schema of an operator at a version of the operator set. Raises `ValueError` if there is none."""
    known = [s for s in SCHEMAS[kind] if s.since <= version]
    if not known:
        raise ValueError(f"the operator {kind!r} in version {version} of the operator set")
    return known[-1]
