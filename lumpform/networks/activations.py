"""List node functions of one number that are not positively homogeneous: nodes with them merge if they are equal.

| name | value at x |
|---|---|
| `asinh`, `atan`, `cos`, `cosh`, `erf`, `exp`, `sin`, `sinh` | as everywhere |
| `ceil`, `floor`, `round`, `sign` | the integer above, below, nearest (ties to even), or of the sign |
| `celu a` | x for x >= 0, a (exp(x / a) - 1) below |
| `elu a` | x for x >= 0, a (exp(x) - 1) below |
| `gelu_tanh` | x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 |
| `hard_swish` | x max(0, min(1, x / 6 + 1 / 2)) |
| `mish` | x tanh(log(1 + exp(x))) |
| `selu a g` | g times `elu a` |
| `softplus` | log(1 + exp(x)) |
| `softsign` | x / (1 + abs(x)) |
| `swish a` | x / (1 + exp(-a x)) |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import NodeFunction


@dataclass(frozen=True)
class Activation:
    """Say of a node function which ONNX operator it is, since which version, and its attributes with their defaults.

    `values` computes it in floats, `torch` is the name of its layer, if that has the same attributes.
    """

    operator: str
    since: int
    values: Callable[..., NDArray[Any]]
    attributes: tuple[tuple[str, float], ...] = ()
    torch: str = ""


def _elu(x: NDArray[Any], alpha: Any) -> NDArray[Any]:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def _celu(x: NDArray[Any], alpha: Any) -> NDArray[Any]:
    return np.maximum(x, 0) + np.minimum(alpha * np.expm1(np.minimum(x / alpha, 700)), 0)


def _selu(x: NDArray[Any], alpha: Any, gamma: Any) -> NDArray[Any]:
    return gamma * _elu(x, alpha)


def _softplus(x: NDArray[Any]) -> NDArray[Any]:
    return np.logaddexp(x, x.dtype.type(0))


def _swish(x: NDArray[Any], alpha: Any) -> NDArray[Any]:
    from scipy.special import expit

    return x * expit(alpha * x)


def _erf(x: NDArray[Any]) -> NDArray[Any]:
    from scipy.special import erf

    return erf(x)


def _gelu_tanh(x: NDArray[Any]) -> NDArray[Any]:
    return x * (1 + np.tanh(x.dtype.type(np.sqrt(2 / np.pi)) * (x + x.dtype.type(0.044715) * x**3))) / 2


ACTIVATIONS: dict[str, Activation] = {
    "asinh": Activation("Asinh", 9, np.arcsinh),
    "atan": Activation("Atan", 7, np.arctan),
    "ceil": Activation("Ceil", 6, np.ceil),
    "celu": Activation("Celu", 12, _celu, (("alpha", 1.0),), "CELU"),
    "cos": Activation("Cos", 7, np.cos),
    "cosh": Activation("Cosh", 9, np.cosh),
    "elu": Activation("Elu", 6, _elu, (("alpha", 1.0),), "ELU"),
    "erf": Activation("Erf", 9, _erf),
    "exp": Activation("Exp", 6, np.exp),
    "floor": Activation("Floor", 6, np.floor),
    "gelu_tanh": Activation("Gelu", 20, _gelu_tanh),
    "hard_swish": Activation("HardSwish", 14, lambda x: x * np.clip(x / 6 + x.dtype.type(0.5), 0, 1), (), "Hardswish"),
    "mish": Activation("Mish", 18, lambda x: x * np.tanh(_softplus(x)), (), "Mish"),
    "round": Activation("Round", 11, np.round),
    "selu": Activation("Selu", 6, _selu, (("alpha", 1.6732631921768188), ("gamma", 1.0507010221481323))),
    "sign": Activation("Sign", 9, np.sign),
    "sin": Activation("Sin", 7, np.sin),
    "sinh": Activation("Sinh", 9, np.sinh),
    "softplus": Activation("Softplus", 1, _softplus),
    "softsign": Activation("Softsign", 1, lambda x: x / (1 + np.abs(x)), (), "Softsign"),
    "swish": Activation("Swish", 24, _swish, (("alpha", 1.0),)),
}
"""By name. `gelu_tanh` is Gelu with the attribute ``approximate="tanh"``; `swish` is written as x times a sigmoid."""


def activation(name: str, *parameters: Fraction) -> NodeFunction:
    """Return the node function with a name and parameters; CELU divides by its own, which is not 0.

    Raises
    ------
    ValueError
        If it is 0.
    """
    if name == "celu" and not parameters[0]:
        raise ValueError("found alpha = 0 of Celu, which divides by it, expected another number")
    return NodeFunction(name, homogeneous=False, parameters=parameters)
