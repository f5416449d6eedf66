"""Pooling over windows with gaps, rounded up, padded in every way: both readers compute what onnxruntime does."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checker_values import outputs_with_magnitude
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, checker, helper, numpy_helper

import lumpform as lf
from lumpform.checker import Unreadable, check
from lumpform.checker.networks.canonical import canonical
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError
from lumpform.networks.onnx.write import to_onnx

ort = pytest.importorskip("onnxruntime", reason="the extra test is not installed")
from onnx_judge import OPTIONS  # noqa: E402


def pooling(operator: str, shape: tuple[int, ...], **attributes: Any) -> Any:
    """Return a model with a convolution, pooling and a further convolution: maps before and after."""
    rng = np.random.default_rng(3)
    sides = len(shape) - 1
    weights = {
        name: rng.integers(-3, 4, size=(3, count, *[1] * sides)).astype(np.float32)
        for name, count in (("k", shape[0]), ("l", 3))
    }
    nodes = [
        helper.make_node("Conv", ["x", "k"], ["a"]),
        helper.make_node(operator, ["a"], ["b"], name="p", **attributes),
        helper.make_node("Conv", ["b", "l"], ["y"]),
    ]
    constants = [helper.make_tensor(n, TensorProto.FLOAT, w.shape, w.reshape(-1)) for n, w in weights.items()]
    ends = [
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s)]
        for n, s in (("x", ["batch", *shape]), ("y", [None] * (sides + 2)))
    ]
    model = helper.make_model(
        helper.make_graph(nodes, "g", *ends, constants), opset_imports=[helper.make_opsetid("", 19)], ir_version=8
    )
    checker.check_model(model)
    return model


def judged(model: Any, shape: tuple[int, ...], path: Path) -> str:
    """Return how a model is read by both readers; wrong values are an assertion."""
    path.write_bytes(model.SerializeToString())
    x = np.random.default_rng(5).integers(-8, 9, size=(1, *shape)).astype(np.float32)
    try:
        wanted = ort.InferenceSession(str(path), OPTIONS, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    except Exception:  # whatever onnxruntime says of a model that it does not run
        wanted = None
    try:
        network = lf.read(path)
    except FormatError:
        with pytest.raises(Unreadable):
            read_network(str(path))
        return "refused"
    own = canonical(read_network(str(path)))
    if wanted is None:
        return "read, not run"
    found = np.asarray(network.forward(x.astype(float)))
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-4)
    values = outputs_with_magnitude(own, [x.astype(float)])[0][0]
    np.testing.assert_allclose(values.reshape(wanted.shape), wanted, rtol=1e-5, atol=1e-4)
    return "right"


@st.composite
def attributes(draw: Any) -> tuple[str, tuple[int, ...], dict[str, Any]]:
    """Draw an operator, a shape and attributes; some of them do not fit."""
    sides = draw(st.integers(1, 2))

    def each(low: int, high: int) -> list[int]:
        return [draw(st.integers(low, high)) for _ in range(sides)]

    operator = draw(st.sampled_from(["MaxPool", "AveragePool"]))
    given: dict[str, Any] = {"kernel_shape": each(1, 3), "strides": each(1, 4)}
    if draw(st.booleans()):
        given["dilations"] = each(1, 4)
    given["ceil_mode"] = draw(st.integers(0, 1))
    if operator == "AveragePool":
        given["count_include_pad"] = draw(st.integers(0, 1))
    auto = draw(st.sampled_from(["NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    if auto != "NOTSET":
        given["auto_pad"] = auto
    elif draw(st.booleans()):
        given["pads"] = each(0, 2) + each(0, 2)
    return operator, (2, *each(1, 9)), given


@pytest.mark.medium
@settings(max_examples=60, deadline=None)
@given(attributes())
def test_both_readers_pool_as_onnxruntime_does(case: tuple[str, tuple[int, ...], dict[str, Any]]) -> None:
    operator, shape, given = case
    with tempfile.TemporaryDirectory() as folder:
        judged(pooling(operator, shape, **given), shape, Path(folder) / "m.onnx")


RIGHT = {
    "gaps": ("MaxPool", (2, 7, 8), {"kernel_shape": [2, 3], "dilations": [3, 2]}),
    "gaps and strides": ("MaxPool", (2, 9), {"kernel_shape": [3], "dilations": [2], "strides": [3], "pads": [2, 1]}),
    "no gap to join": ("AveragePool", (2, 9, 9), {"kernel_shape": [2, 2], "dilations": [2, 3], "strides": [4, 3]}),
    "a window of one": ("MaxPool", (2, 5), {"kernel_shape": [1], "dilations": [4], "auto_pad": "SAME_UPPER"}),
    "means with gaps": (
        "AveragePool",
        (2, 8),
        {"kernel_shape": [3], "dilations": [2], "pads": [2, 2], "count_include_pad": 1},
    ),
    "counted and rounded up": (
        "AveragePool",
        (2, 6, 7),
        {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1, "ceil_mode": 1},
    ),
    "all of it": (
        "AveragePool",
        (2, 8),
        {
            "kernel_shape": [2],
            "dilations": [3],
            "strides": [2],
            "pads": [1, 0],
            "count_include_pad": 1,
            "ceil_mode": 1,
        },
    ),
    "same and rounded up": (
        "MaxPool",
        (2, 6),
        {"kernel_shape": [3], "strides": [2], "auto_pad": "SAME_LOWER", "ceil_mode": 1},
    ),
}
REFUSED = {
    "same with gaps": ("MaxPool", (2, 6), {"kernel_shape": [2], "dilations": [2], "auto_pad": "SAME_UPPER"}),
    "valid and rounded up": (
        "MaxPool",
        (2, 5),
        {"kernel_shape": [2], "strides": [2], "auto_pad": "VALID", "ceil_mode": 1},
    ),
    "nothing but padding": ("MaxPool", (2, 1), {"kernel_shape": [2], "dilations": [3], "strides": [2], "pads": [2, 2]}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_it_is_right(name: str, tmp_path: Path) -> None:
    operator, shape, given = RIGHT[name]
    assert judged(pooling(operator, shape, **given), shape, tmp_path / "m.onnx") == "right"


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path) -> None:
    operator, shape, given = REFUSED[name]
    assert judged(pooling(operator, shape, **given), shape, tmp_path / "m.onnx") == "refused"


@pytest.mark.medium
def test_a_copied_channel_goes_and_the_result_is_certified(tmp_path: Path) -> None:
    shape = (2, 9, 9)
    model = pooling("MaxPool", shape, kernel_shape=[2, 2], dilations=[2, 2])
    kernel = numpy_helper.to_array(model.graph.initializer[0]).copy()
    kernel[2] = kernel[0]
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernel, "k"))
    files = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    files[0].write_bytes(model.SerializeToString())
    reduction = lf.reduce(lf.read(files[0]))
    files[1].write_bytes(to_onnx(reduction.model)[0].SerializeToString())
    files[2].write_text(json.dumps(reduction.certificate(None)))
    assert reduction.model.neurons < reduction.original.neurons
    assert check(*map(str, files)).verified
    x = np.random.default_rng(2).normal(size=(2, *shape)).astype(np.float32)
    first, second = (ort.InferenceSession(str(f), OPTIONS).run(None, {"x": x})[0] for f in files[:2])
    np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("operator", ["Dropout", "MaxPool"])
def test_a_second_result_may_have_a_name_that_nothing_reads(operator: str, tmp_path: Path) -> None:
    model = pooling(operator, (2, 5), **({"kernel_shape": [2]} if operator == "MaxPool" else {}))
    model.graph.node[1].output.append("more")
    assert judged(model, (2, 5), tmp_path / "m.onnx") == "right"
    model.graph.node[2].output[0] = "more"  # a name that another operation gives as well
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(FormatError, match="the further result 'more'"):
        lf.read(path)
    with pytest.raises(Unreadable):
        read_network(str(path))
