"""Says what is known of the unit node of a network, of constants and of nodes that are zero (T12)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from lumpform.graph.graph import NodeFunction
from lumpform.graph.views import Normal, View, allowed
from lumpform.numbers.quantised import quantised

BIAS = 0
"""The number of arrows without an operator, in sums over all arrows with one operator."""

ZERO_AT_ZERO = (
    "asinh", "atan", "ceil", "celu", "clip_gate", "elu", "erf", "erf_gate", "floor", "gelu_tanh", "hard_swish", "mish",
    "power", "round", "selu", "sign", "sin", "sinh", "softsign", "swish", "tanh_gate",
)  # fmt: skip
"""Functions of which we know one rational value: 0 at 0."""

_KNOWN = ("identity", "relu", "leaky_relu", "max_pool", "quantize")


def starts_at_zero(function: NodeFunction) -> bool:
    """Tell whether a node with this function is known to be zero as long as nothing comes in."""
    return constant_value(function, Fraction(0)) == 0


def compared(view: View, function: NodeFunction) -> Normal:
    """Return what nodes of one class may differ by: nothing where a node has a value before anything comes in."""
    normal = allowed(view, function)
    return normal if not view.weighted or starts_at_zero(function) else "equal"


def reached(view: View, function: NodeFunction) -> bool:
    """Tell whether nodes with this function have a value, and the scale 1, before anything is known to come in.

    Where functions say what nodes may differ by, those that are 0 at 0 have none, also if they must be equal: they may
    turn out to be zero, or constants.
    """
    if view.normal != "function":
        return compared(view, function) == "equal"
    return not starts_at_zero(function)


def constant_value(function: NodeFunction, bias: Any) -> Fraction | None:
    """Return the value of a node whose input is always `bias`; None if it is no rational number that we know."""
    if getattr(bias, "parametric", False):
        if bias.constant is None:
            return None  # a constant, but its sign and value depend on parameters
        bias = bias.constant
    if function.name in ZERO_AT_ZERO and bias == 0:
        return Fraction(0)
    if function.name not in _KNOWN:
        return None
    if function.name == "quantize":
        return quantised(Fraction(bias), *function.parameters)
    if function.name == "relu":
        return max(bias, Fraction(0))
    if function.name == "leaky_relu" and bias < 0:
        return function.parameters[0] * bias
    return bias
