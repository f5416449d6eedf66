"""Define node functions of networks: what they are called, which hypotheses they satisfy, and their values.

`apply` works on arrays of floats and on object arrays of `Fraction` alike where the function is rational; the others
(sigmoid, tanh, GELU, softmax) exist in floats only.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.gates import GATES
from lumpform.numbers.quantised import quantised_array

RELU = NodeFunction("relu")
SIGMOID = NodeFunction("sigmoid", homogeneous=False)
TANH = NodeFunction("tanh", homogeneous=False)
GELU = NodeFunction("gelu", homogeneous=False)
SOFTMAX = NodeFunction("softmax", homogeneous=False, couples=True)


def leaky_relu(alpha: Fraction) -> NodeFunction:
    """Return ``x`` for x >= 0 and ``alpha x`` below; the slope is exact. With alpha = 1 it is the identity."""
    return IDENTITY if alpha == 1 else NodeFunction("leaky_relu", parameters=(alpha,))


def max_pool(kernel: tuple[int, ...], strides: tuple[int, ...], pads: tuple[int, ...]) -> NodeFunction:
    """Return the maximum over windows of a map with k sides; positions outside do not count. Positively homogeneous.

    `kernel` and `strides` have k numbers, `pads` 2 k, those before first.
    """
    return NodeFunction("max_pool", parameters=(tuple(kernel), tuple(strides), tuple(pads)))


def quantize(scale: Fraction, zero: int, lowest: int, highest: int) -> NodeFunction:
    """Return the function that rounds to multiples of a scale, see `lumpform.numbers.quantised`. Not homogeneous."""
    return NodeFunction("quantize", homogeneous=False, parameters=(scale, zero, lowest, highest))


RATIONAL = {"identity", "relu", "leaky_relu", "max_pool", "quantize"}
"""Functions whose values at rational points are rational."""


def apply(function: NodeFunction, x: NDArray[Any]) -> NDArray[Any]:
    """Apply a function to all of `x`, (batch, nodes, *shape), of floats or (rational functions only) of `Fraction`.

    Raises
    ------
    ModelError
        If an irrational function is asked for exact values.
    """
    exact = x.dtype == object
    if exact and function.name not in RATIONAL:
        raise ModelError(f"{function.name} has no exact values; use the float forward pass")
    if function.name == "identity":
        return x
    if function.name == "relu":
        zero: Any = Fraction(0) if exact else x.dtype.type(0)
        return np.where(x > 0, x, zero)
    if function.name == "leaky_relu":
        alpha = function.parameters[0] if exact else x.dtype.type(float(function.parameters[0]))
        return np.where(x > 0, x, x * alpha)
    if function.name == "quantize":
        return quantised_array(x, *function.parameters)
    if function.name == "max_pool":
        from lumpform.networks.operators import windows

        kernel, strides, pads = function.parameters
        parts = list(windows(x, kernel, strides, pads, outside=None))
        result = parts[0]
        for part in parts[1:]:
            result = _larger(result, part)
        return result.reshape(result.shape[:2]) if prod(result.shape[2:]) == 1 else result
    if function.name in ACTIVATIONS:
        return ACTIVATIONS[function.name].values(x, *(x.dtype.type(float(p)) for p in function.parameters))
    if function.name in GATES:
        return GATES[function.name](x, *(x.dtype.type(float(p)) for p in function.parameters))
    return _transcendental(function.name, x)


def _larger(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Take the maximum number by number; None (object) or -inf (float) stands for outside."""
    if a.dtype != object:
        return np.maximum(a, b)
    nothing: Any = None
    missing_a, missing_b = np.equal(a, nothing), np.equal(b, nothing)  # elementwise, unlike `is`
    low = np.where(missing_a, b, a)
    other = np.where(missing_b, a, b)
    both = missing_a & missing_b
    zero: Any = Fraction(0)
    low, other = np.where(both, zero, low), np.where(both, zero, other)
    result = np.where(low > other, low, other)
    return np.where(both, nothing, result) if both.any() else result


def _transcendental(name: str, x: NDArray[Any]) -> NDArray[Any]:
    if name == "sigmoid":
        from scipy.special import expit

        return expit(x)
    if name == "tanh":
        return np.tanh(x)
    if name == "gelu":
        from scipy.special import erf

        return x * (1 + erf(x / np.sqrt(x.dtype.type(2)))) / 2
    if name == "softmax":
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    raise ModelError(f"unknown node function {name!r}")
