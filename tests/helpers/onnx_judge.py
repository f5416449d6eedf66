"""onnxruntime as the judge of readers: what it computes for a model, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import ModelProto
from random_onnx import BATCH, random_inputs

Sample = tuple[list[np.ndarray], list[np.ndarray]]
"""The numbers of all inputs, and those of all outputs."""

OPTIONS = ort.SessionOptions()
OPTIONS.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
OPTIONS.intra_op_num_threads = 1
OPTIONS.log_severity_level = 4


def has_batch(value: Any) -> bool:
    """Tell whether the first dimension of an input or output is the batch."""
    sides = value.type.tensor_type.shape.dim
    return bool(sides) and sides[0].dim_param == BATCH


def samples_of(model: ModelProto, seed: int) -> Iterator[Sample] | None:
    """Return random inputs with their outputs: two samples together, or one where two do not run; None if none does."""
    for count in (2, 1):
        inputs = random_inputs(model, seed, count)
        try:
            session = ort.InferenceSession(model.SerializeToString(), OPTIONS, providers=["CPUExecutionProvider"])
            outputs = session.run(None, inputs)
        except Exception:  # whatever onnxruntime says of a model that it does not run
            continue
        return _apart(model, inputs, outputs, count)
    return None


def _apart(model: ModelProto, inputs: dict[str, Any], outputs: list[Any], count: int) -> Iterator[Sample]:
    """Return the samples one by one; what has no batch is the same for all."""
    given = [v for v in model.graph.input if v.name in inputs]
    for i in range(count):
        x = [inputs[v.name][i : i + 1] if has_batch(v) else inputs[v.name] for v in given]
        y = [
            np.asarray(o)[i : i + 1] if has_batch(v) else np.asarray(o)
            for v, o in zip(model.graph.output, outputs, strict=True)
        ]
        yield [v.astype(float) for v in x], [v.astype(float).reshape(-1) for v in y]
