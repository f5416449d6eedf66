"""Find the shapes of the tensors of an ONNX graph, as far as ONNX's own inference knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lumpform.networks.onnx.read import DTYPES

Dims = tuple[int | str | None, ...]
"""Sizes; a text is the name of an open one, None one of which nothing is known."""


@dataclass(frozen=True)
class Known:
    """Hold the number of an element type and the sizes of a tensor."""

    kind: int
    dims: Dims

    @property
    def is_float(self) -> bool:
        """Tell whether its numbers are floats that networks are read from."""
        return self.kind in DTYPES


def known_shapes(model: Any) -> dict[str, Known]:
    """Return what is known of the tensors of a model; nothing of those of which ONNX infers none."""
    from onnx import shape_inference

    try:
        inferred = shape_inference.infer_shapes(model, strict_mode=False, data_prop=True).graph
    except Exception:  # it may fail as it likes over operators that it does not know: what the file says is left
        inferred = model.graph
    found: dict[str, Known] = {}
    for value in (*inferred.value_info, *inferred.output, *inferred.input):
        kind = value.type.tensor_type
        if kind.HasField("shape"):
            found[value.name] = Known(kind.elem_type, tuple(_size(d) for d in kind.shape.dim))
    for tensor in model.graph.initializer:
        found[tensor.name] = Known(tensor.data_type, tuple(tensor.dims))
    return found


def _size(dimension: Any) -> int | str | None:
    if dimension.HasField("dim_value"):
        return int(dimension.dim_value)
    return dimension.dim_param or None
