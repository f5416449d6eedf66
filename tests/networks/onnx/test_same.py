"""Padding that is computed from SAME: where windows leave numbers out, runtimes begin at different places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import lumpform as lf
from lumpform.checker import Unreadable
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError


def windowed(operator: str, kernel: int, stride: int, side: int, mode: str) -> onnx.ModelProto:
    """Return a model of one operator over windows."""
    attributes = {"kernel_shape": [kernel], "strides": [stride], "auto_pad": mode}
    weights = [numpy_helper.from_array(np.arange(1, 1 + kernel, dtype=np.float32).reshape(1, 1, kernel), "w")]
    inputs = ["x", "w"] if operator == "Conv" else ["x"]
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("x", ["N", 1, side]), ("y", None))]
    node = helper.make_node(operator, inputs, ["y"], **attributes)
    graph = helper.make_graph([node], "g", ports[:1], ports[1:], weights[: len(inputs) - 1])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(("kernel", "stride", "side"), [(1, 2, 4), (2, 3, 3), (3, 2, 5), (2, 1, 3)])
@pytest.mark.parametrize("operator", ["Conv", "AveragePool"])
def test_at_most_one_number_left_out_is_read(
    operator: str, kernel: int, stride: int, side: int, mode: str, tmp_path: Path
) -> None:
    model = windowed(operator, kernel, stride, side, mode)
    onnx.save(model, tmp_path / "m.onnx")
    x = np.arange(2 * side, dtype=np.float32).reshape(2, 1, side)
    (wanted,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    assert np.allclose(lf.read(tmp_path / "m.onnx").forward(x).reshape(wanted.shape), wanted, atol=1e-5)
    read_network(str(tmp_path / "m.onnx"))


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(("kernel", "stride", "side"), [(1, 3, 3), (1, 4, 4), (2, 4, 4)])
@pytest.mark.parametrize("operator", ["Conv", "AveragePool", "MaxPool"])
def test_several_numbers_left_out_are_refused(
    operator: str, kernel: int, stride: int, side: int, mode: str, tmp_path: Path
) -> None:
    """onnxruntime begins at the first number in a convolution and in the middle in pooling."""
    path = tmp_path / "m.onnx"
    onnx.save(windowed(operator, kernel, stride, side, mode), path)
    with pytest.raises(FormatError, match="where windows leave several numbers out"):
        lf.read(path)
    with pytest.raises(Unreadable, match="with windows that leave several numbers out"):
        read_network(str(path))
