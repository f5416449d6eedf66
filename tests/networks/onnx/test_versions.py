"""One network in every version of the operator set, as onnx converts it: both readers find the same."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto, shape_inference, version_converter
from small_models import compare, constant, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

pytestmark = pytest.mark.medium

VERSIONS = range(7, 22)

NODES = [
    node("Conv", "x k b", "c", pads=[1, 1, 1, 1]),
    node("BatchNormalization", "c s o m v", "n"),
    node("Relu", "n", "r"),
    node("MaxPool", "r", "p", kernel_shape=[2, 2], strides=[2, 2]),
    node("Concat", "p p", "d", axis=1),
    node("AveragePool", "d", "q", kernel_shape=[2, 2]),
    node("Flatten", "q", "f"),
    node("Gemm", "f w h", "g", transB=1),
    node("LeakyRelu", "g", "l", alpha=0.25),
    node("Reshape", "l t", "e"),
    node("Transpose", "e", "a", perm=[0, 2, 1]),
    node("Sigmoid", "a", "i"),
    node("Add", "i z", "j"),
    node("Softmax", "j", axis=2),
]
HELD = {
    "k": weights(4, 2, 3, 3),
    "b": weights(4),
    "s": np.float32([1, 2, 0.5, 1]),
    "o": weights(4, seed=4),
    "m": weights(4, seed=5),
    "v": np.float32([1, 0.5, 2, 1]),
    "w": weights(6, 32),
    "h": weights(6),
    "t": constant(0, 2, 3),
    "z": weights(3, 1),
}


@cache
def of_version(version: int) -> ModelProto:
    """Return the network in one version, converted from the oldest."""
    made = shape_inference.infer_shapes(model(NODES, {"x": ["n", 2, 6, 6]}, HELD, opset=VERSIONS[0]))
    return version_converter.convert_version(made, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_both_readers_find_the_same_network_in_every_version(version: int, tmp_path: Path) -> None:
    made = of_version(version)
    assert made.opset_import[0].version == version
    network = compare(tmp_path / "m.onnx", made, samples=1)
    assert digest_of(network) == digest(read_network(str(tmp_path / "m.onnx")))
    (tmp_path / "first.onnx").write_bytes(of_version(VERSIONS[0]).SerializeToString())
    assert digest_of(lf.read(tmp_path / "first.onnx")) == digest_of(network)
