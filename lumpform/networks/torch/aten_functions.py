"""Turn calls of ATen operators that work number by number, or along one axis, into ONNX operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lumpform.networks.torch.aten_call import Call

PLAIN = {
    "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "neg": "Neg", "abs": "Abs", "exp": "Exp", "log": "Log",
    "sqrt": "Sqrt", "erf": "Erf", "hardswish": "HardSwish", "sin": "Sin", "cos": "Cos", "floor": "Floor",
    "ceil": "Ceil", "reciprocal": "Reciprocal", "mish": "Mish", "logical_not": "Not",
    "sign": "Sign", "round": "Round",
}  # fmt: skip
"""Operators of one operand that are called otherwise in ONNX, and are the same."""


def plain(call: Call) -> str:
    return call.add(PLAIN[call.node.target._schema.name.split("::")[1]], [call.tensor("self")])


def leaky(call: Call) -> str:
    slope = call["negative_slope"]
    if call.dtype != call.torch.float64:
        return call.add("LeakyRelu", [call.tensor("self")], alpha=float(slope))
    return call.add("PRelu", [call.tensor("self"), call.scalar(slope)])  # an attribute is a float32


def prelu(call: Call) -> str:
    sizes = call.sizes("weight")
    slope = call.tensor("weight")
    sides = len(call.sizes("self")) - 2
    if call.node.target._schema.name == "aten::prelu" and sizes and sizes != [1] and sides > 0:
        slope = call.reshape(slope, sizes, [*sizes, *[1] * sides])
    return call.add("PRelu", [call.tensor("self"), slope])


def clamp(call: Call) -> str:
    low, high = (call["min"], call["max"]) if "min" in call.given else (call["min_val"], call["max_val"])
    bounds = [call.name_of(v) if v is not None else "" for v in (low, high)]
    return call.add("Clip", [call.tensor("self"), *(bounds if bounds[1] else bounds[:1])])


def relu6(call: Call) -> str:
    return call.add("Clip", [call.tensor("self"), call.scalar(0), call.scalar(6)])


def elu(call: Call) -> str:
    call.require(call["scale"] in (None, 1) and call["input_scale"] in (None, 1) and call.is_attribute("alpha"))
    return call.add("Elu", [call.tensor("self")], alpha=float(call["alpha"]))


def selu(call: Call) -> str:
    call.require(call.dtype != call.torch.float64)  # ONNX's own constants are floats
    return call.add("Selu", [call.tensor("self")])


def celu(call: Call) -> str:
    call.require(call.is_attribute("alpha"))
    return call.add("Celu", [call.tensor("self")], alpha=float(call["alpha"]))


def threshold(call: Call) -> str:
    """Keep what is above a threshold; at 0 that is a ReLU."""
    call.require(call["threshold"] == 0 and call["value"] == 0)
    return call.add("Relu", [call.tensor("self")])


def log_sigmoid(call: Call) -> str:
    return call.add("Neg", [call.add("Softplus", [call.add("Neg", [call.tensor("self")])])])


def where(call: Call) -> str:
    """Take numbers of one or another tensor, if it is known which."""
    call.require(call["condition"] in call.tape.known)
    first, second = call.name_of(call["self"]), call.name_of(call["other"])
    return call.add("Where", [call.tensor("condition"), first, second])


def masked(call: Call) -> str:
    """Put a number where a known mask is true."""
    call.require(call["mask"] in call.tape.known)
    return call.add("Where", [call.tensor("mask"), call.name_of(call["value"]), call.tensor("self")])


def cumulated(call: Call) -> str:
    call.require(call["dtype"] in (None, call.dtype))
    axis = call.tape.constant(np.array(call.axis(call["dim"]), dtype=np.int64))
    return call.add("CumSum", [call.tensor("self"), axis])


def largest(operator: str) -> Callable[[Call], Any]:
    """Return what becomes the extreme numbers along an axis; nothing may read their places."""

    def made(call: Call) -> Any:
        call.require("dim" in call.given and not any(_is_second(user) for user in call.node.users))
        axes = call.integers([call.axis(call["dim"])])
        return [call.add(operator, [call.tensor("self"), axes], keepdims=int(bool(call["keepdim"]))), None]

    return made


def _is_second(user: Any) -> bool:
    """Tell whether an FX node takes the second result of another, or all of them."""
    return getattr(user.target, "__name__", "") != "getitem" or user.args[1] != 0


def softplus(call: Call) -> str:
    """Write log(1 + exp(x)), which rounds to x above the threshold that PyTorch has by itself, 20."""
    call.require(call["beta"] == 1 and call["threshold"] == 20)
    return call.add("Softplus", [call.tensor("self")])


def silu(call: Call) -> str:
    return call.add("Mul", [call.tensor("self"), call.add("Sigmoid", [call.tensor("self")])])


def hard_sigmoid(call: Call) -> str:
    """Add 3, clip to 6, divide by 6: the attribute of HardSigmoid is a float, which a sixth is not."""
    shifted = call.add("Add", [call.tensor("self"), call.scalar(3)])
    return call.add("Div", [call.add("Clip", [shifted, call.scalar(0), call.scalar(6)]), call.scalar(6)])


def gelu(call: Call) -> str:
    return call.add("Gelu", [call.tensor("self")], approximate=call["approximate"] or "none")


def softmax(call: Call) -> str:
    name = "LogSoftmax" if "log" in call.node.target._schema.name else "Softmax"
    return call.add(name, [call.tensor("self")], axis=call.axis(call["dim"]))


def binary(operator: str) -> Callable[[Call], str]:
    """Return what becomes one ONNX operation with two operands, the second times `alpha`."""

    def made(call: Call) -> str:
        first, second = call.tensor("self"), call.tensor("other")
        call.require(call["rounding_mode"] is None)
        if call["alpha"] not in (None, 1):
            second = call.add("Mul", [second, call.scalar(call["alpha"])])
        return call.add(operator, [first, second])

    return made


def reversed_difference(call: Call) -> str:
    call.require(call["alpha"] in (None, 1))
    return call.add("Sub", [call.tensor("other"), call.tensor("self")])


def power(call: Call) -> str:
    return call.add("Pow", [call.tensor("self"), call.name_of(call["exponent"])])


def reduction(operator: str) -> Callable[[Call], str]:
    """Return what becomes one ONNX operation along some axes."""

    def made(call: Call) -> str:
        dim = call["dim"]
        axes = list(range(len(call.sizes("self")))) if dim in (None, []) else [dim] if isinstance(dim, int) else dim
        axes = [call.axis(d) for d in axes]
        return call.add(operator, [call.tensor("self"), call.integers(axes)], keepdims=int(bool(call["keepdim"])))

    return made


Converter = Callable[[Call], Any]

FUNCTIONS: dict[str, Converter] = {
    **dict.fromkeys(PLAIN, plain),
    "leaky_relu": leaky,
    "prelu": prelu,
    "_prelu_kernel": prelu,
    "clamp": clamp,
    "hardtanh": clamp,
    "relu6": relu6,
    "elu": elu,
    "selu": selu,
    "celu": celu,
    "threshold": threshold,
    **dict.fromkeys(("log_sigmoid", "log_sigmoid_forward"), log_sigmoid),
    "where": where,
    "masked_fill": masked,
    "cumsum": cumulated,
    "max": largest("ReduceMax"),
    "min": largest("ReduceMin"),
    "softplus": softplus,
    "silu": silu,
    "hardsigmoid": hard_sigmoid,
    "gelu": gelu,
    "_softmax": softmax,
    "_log_softmax": softmax,
    "add": binary("Add"),
    "sub": binary("Sub"),
    "mul": binary("Mul"),
    "div": binary("Div"),
    "rsub": reversed_difference,
    "maximum": binary("Max"),
    "minimum": binary("Min"),
    "pow": power,
    "mean": reduction("ReduceMean"),
    "sum": reduction("ReduceSum"),
    "amax": reduction("ReduceMax"),
    "amin": reduction("ReduceMin"),
}
"""By the name of the operator."""
