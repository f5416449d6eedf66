"""Write the node function that rounds to multiples of a scale."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from lumpform.errors import OptionError
from lumpform.graph.graph import NodeFunction

LIMITS = {(0, 255): np.uint8, (-128, 127): np.int8, (0, 65535): np.uint16, (-32768, 32767): np.int16}
"""The types of QuantizeLinear by their limits."""

WIDE = 21
"""The version of the operator set since which QuantizeLinear has types of two bytes."""


def version_for(tensors: Iterable[Any]) -> int:
    """Return the version of the operator set that constants of a model need: `WIDE` or none (0)."""
    from onnx import TensorProto

    wide = (TensorProto.UINT16, TensorProto.INT16)
    return max((WIDE for t in tensors if t.data_type in wide), default=0)


def rounding(tape: Any, function: NodeFunction, tensor: str) -> str:
    """Append the operators QuantizeLinear and DequantizeLinear; returns the name of the result.

    Raises
    ------
    OptionError
        If the scale is no float32, tensors have another type, or the integers have other limits than those of a type.
    """
    scale, zero, lowest, highest = function.parameters
    kind, near = LIMITS.get((lowest, highest)), np.float32(float(scale))
    if tape.element != "float32" or kind is None or Fraction(float(near)) != scale:
        found = f"a scale {scale} and integers from {lowest} to {highest} in {tape.element}"
        raise OptionError(f"{found} cannot be written, expected a float32 and 8 or 16 bits")
    code = [tape.initialiser(np.asarray(near)), tape.initialiser(np.asarray(zero, dtype=kind))]
    return tape.add("DequantizeLinear", [tape.add("QuantizeLinear", [tensor, *code]), *code])
