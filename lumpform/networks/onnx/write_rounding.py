"""Write the node function that rounds to multiples of a scale."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.graph.graph import NodeFunction

LIMITS = {(0, 255): np.uint8, (-128, 127): np.int8}
"""The types of QuantizeLinear by their limits."""


def rounding(tape: Any, function: NodeFunction, tensor: str) -> str:
    """Append the operators QuantizeLinear and DequantizeLinear; returns the name of the result.

    Raises
    ------
    OptionError
        If the scale is no float32, tensors have another type, or the integers more than 8 bits.
    """
    scale, zero, lowest, highest = function.parameters
    kind, near = LIMITS.get((lowest, highest)), np.float32(float(scale))
    if tape.element != "float32" or kind is None or Fraction(float(near)) != scale:
        found = f"a scale {scale} and integers from {lowest} to {highest} in {tape.element}"
        raise OptionError(f"{found} cannot be written, expected a float32 and 8 bits")
    code = [tape.initialiser(np.asarray(near)), tape.initialiser(np.asarray(zero, dtype=kind))]
    return tape.add("DequantizeLinear", [tape.add("QuantizeLinear", [tensor, *code]), *code])
