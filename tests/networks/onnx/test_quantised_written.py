"""A reduced quantised network: written with integers, smaller on disk, certified; other weights are rejected."""

from __future__ import annotations

import json

import numpy as np
import onnx
from small_models import model, node
from test_quantised import CODES, MAPS, SIGNED, dequantise, integers, pair

import lumpform as lf
from lumpform.checker.__main__ import main


def test_certified_smaller_and_tampered_weights_are_rejected(tmp_path):
    kernel = integers(48, 2, 3, 3, seed=4)
    kernel[1:6] = kernel[0]
    kernel[6:30] = 0
    made = model(
        [
            *pair("x", "d"),
            dequantise("w", "k", "a", "o"),
            node("Conv", "d k", "c"),
            *pair("c", "e", "t", "u"),
            dequantise("v", "l", "a", "o"),
            node("Conv", "e l"),
        ],
        MAPS,
        CODES | {"w": kernel, "v": integers(5, 48, 3, 3, seed=8) // 8, "o": SIGNED(0)},
        opset=13,
    )
    path, small, proof = (tmp_path / name for name in ("m.onnx", "s.onnx", "c.json"))
    path.write_bytes(made.SerializeToString())
    reduction = lf.reduce(lf.read(path))
    assert lf.write(reduction.model, small).exact
    proof.write_text(json.dumps(reduction.certificate()))
    assert small.stat().st_size < path.stat().st_size
    assert main([str(path), str(small), str(proof)]) == 0
    changed = onnx.load(small)
    weights = next(t for t in changed.graph.initializer if t.data_type == onnx.TensorProto.INT8 and len(t.dims) == 4)
    array = onnx.numpy_helper.to_array(weights).copy()
    array[0, 0, 0, 0] ^= np.int8(1)
    weights.CopyFrom(onnx.numpy_helper.from_array(array, weights.name))
    onnx.save(changed, small)
    assert main([str(path), str(small), str(proof)]) == 1
