"""Define functions of one number that files write as a product of a tensor and a function of the same tensor.

Parameters are exact: what a file writes with the float32 next to the root of 2 is `erf_gate` of that number, and no
`gelu`.

| name | value at x |
|---|---|
| `clip_gate a b` | x max(0, min(1, a x + b)) |
| `erf_gate c` | x (1 + erf(c x)) / 2 |
| `power n` | x^n, n a positive integer |
| `swish a` | x / (1 + exp(-a x)), of `lumpform.networks.activations` |
| `tanh_gate a b` | x (1 + tanh(a x + b x^3)) / 2 |
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import NodeFunction


def _erf_gate(x: NDArray[Any], c: Any) -> NDArray[Any]:
    from scipy.special import erf

    return x * (1 + erf(c * x)) / 2


def _tanh_gate(x: NDArray[Any], a: Any, b: Any) -> NDArray[Any]:
    return x * (1 + np.tanh(a * x + b * x**3)) / 2


GATES: dict[str, Callable[..., NDArray[Any]]] = {
    "clip_gate": lambda x, a, b: x * np.clip(a * x + b, 0, 1),
    "erf_gate": _erf_gate,
    "power": lambda x, n: x ** int(n),
    "tanh_gate": _tanh_gate,
}
"""By name: the values in floats."""

MOST_POWER = 64
"""Higher powers are refused: their values leave the range of floats."""


def gate(name: str, *parameters: Fraction) -> NodeFunction:
    """Return the node function with a name and exact parameters; the clipped one of HardSwish has its own name."""
    if name == "clip_gate" and parameters == (Fraction(1, 6), Fraction(1, 2)):
        return NodeFunction("hard_swish", homogeneous=False)
    return NodeFunction(name, homogeneous=False, parameters=parameters)
