"""The bound of float errors counts the true number of terms: of every sum, and of every window that is averaged."""

from __future__ import annotations

from fractions import Fraction
from math import fsum

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper, numpy_helper

import lumpform as lf
from lumpform.errors import OptionError
from lumpform.graph.graph import Arrow, Group, WeightedGraph
from lumpform.graph.weights import DenseWeights
from lumpform.networks.float_error import float_error
from lumpform.networks.network import ONE, Network
from lumpform.networks.onnx.read import read_onnx
from lumpform.networks.port import Port


def save(graph, path):
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(made.SerializeToString())


def means(path, sides, operator="GlobalAveragePool", **attributes):
    """Return a model of one operation over a map with these sides."""
    graph = helper.make_graph(
        [helper.make_node(operator, ["x"], ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 1, *sides])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, None)],
    )
    save(graph, path)
    return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.mark.medium
@pytest.mark.parametrize("side", [7, 70, 224, 1024])
def test_means_of_large_maps_against_onnxruntime(side, tmp_path):
    """A constant just above a power of two, and values that grow: rounding then adds up in one direction."""
    path = tmp_path / "m.onnx"
    session = means(path, (side, side))
    (bound,) = float_error(lf.read(path), [(Fraction(-2), Fraction(2))])
    worst = 0.0
    for x in (np.full(side * side, 1.0000001), np.linspace(-2, 2, side * side), np.full(side * side, 2 / 3)):
        x32 = x.astype(np.float32)
        exact = fsum(x32.tolist()) / side**2
        worst = max(worst, abs(float(session.run(None, {"x": x32.reshape(1, 1, side, side)})[0].item()) - exact))
    assert worst <= bound
    assert side < 224 or worst > 2 * 131 * 2.0**-24  # what 129 terms would have allowed is not enough


@pytest.mark.medium
@pytest.mark.parametrize("window", [3, 40, 200])
def test_means_over_windows_against_onnxruntime(window, tmp_path):
    path = tmp_path / "m.onnx"
    side = window + 3
    how = {"kernel_shape": [window, window], "pads": [1, 1, 0, 0]}
    session = means(path, (side, side), "AveragePool", **how)
    network = lf.read(path)
    x = np.full((1, 1, side, side), 1.0000001, dtype=np.float32)
    (bound,) = float_error(network, [(Fraction(-2), Fraction(2))])
    exact = network.forward(x)
    assert np.abs(session.run(None, {"x": x})[0] - exact).max() <= bound


@pytest.mark.medium
@settings(max_examples=20)
@given(width=st.integers(1, 400), seed=st.integers(0, 1 << 30))
def test_sums_of_any_number_of_terms(width, seed):
    """A matrix product in float32, in the order that NumPy takes, is within the bound of the exact one."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(width, 3)).astype(np.float32)
    bias = random.normal(size=3).astype(np.float32)
    network = Network.from_layers([(matrix, bias)])
    bounds = float_error(network, [(Fraction(-1), Fraction(1))] * width)
    x = random.uniform(-1, 1, size=(1, width)).astype(np.float32)
    found = (x @ matrix + bias).astype(np.float32)
    exact = network.forward(x.astype(object), exact=True)
    gaps = [abs(Fraction(float(a)) - b) for a, b in zip(found[0].tolist(), exact[0], strict=True)]
    assert all(gap <= bound for gap, bound in zip(gaps, bounds, strict=True))


def test_operations_that_were_folded_count_one_by_one(tmp_path):
    """Biases that cancel when they are folded: the runtime adds the large ones, with large errors."""
    big = np.float32([16777213.0])
    nodes = [helper.make_node("Add", ["x", "b"], ["h"]), helper.make_node("Sub", ["h", "b"], ["y"])]
    value = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 1]) for n in "xy"]
    graph = helper.make_graph(nodes, "g", value[:1], value[1:], [numpy_helper.from_array(big, "b")])
    path = tmp_path / "m.onnx"
    save(graph, path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    x = np.float32([[0.3]])
    gap = abs(float(session.run(None, {"x": x})[0].item()) - float(x.item()))
    box = [(Fraction(-1), Fraction(1))]
    assert gap > float_error(read_onnx(path), box)[0]  # the folded network is a plain copy
    assert gap <= float_error(read_onnx(path, folded=False), box)[0]


def test_parallel_arrows_are_rounded_as_one():
    """Two weights that are floats and whose sum is none: it is the sum that a file holds, rounded."""
    both = [Arrow(f"w{i}", "x", "y", DenseWeights.from_array([[w]])) for i, w in enumerate((1, Fraction(1, 1 << 30)))]
    groups = (Group(ONE, 1, pinned=True), Group("x", 1, pinned=True), Group("y", 1, pinned=True))
    network = Network(WeightedGraph(groups, tuple(both)), (Port("x", "x", (None, 1)),), (Port("y", "y", (None, 1)),))
    (bound,) = float_error(network, [(Fraction(1 << 20), Fraction(1 << 20))])
    assert bound >= Fraction(1 << 20, 1 << 30)


def test_batch_normalisations_have_no_bound(tmp_path):
    ones = [numpy_helper.from_array(np.ones(1, np.float32), n) for n in "sbmv"]
    value = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, [1, 1]) for n in "xy"]
    node = helper.make_node("BatchNormalization", ["x", *"sbmv"], ["y"])
    path = tmp_path / "m.onnx"
    graph = helper.make_graph([node], "g", value[:1], value[1:], ones)
    save(graph, path)
    with pytest.raises(OptionError, match="batch normalisations have no float error bound"):
        float_error(read_onnx(path), [(Fraction(0), Fraction(1))])


def test_options_that_are_none_are_named():
    network = lf.Network.from_layers([(np.ones((2, 1)), None)])
    with pytest.raises(lf.OptionError, match="dtype is 'bfloat16', expected one of float16, float32, float64"):
        float_error(network, [(Fraction(0), Fraction(1))] * 2, "bfloat16")
    for count in (1, 3):
        with pytest.raises(lf.OptionError, match=f"the box has {count} pairs?, expected 2"):
            float_error(network, [(Fraction(0), Fraction(1))] * count)
    with pytest.raises(lf.OptionError, match=r"rounding is .float8., expected one of float16, .* or None"):
        lf.reduce(network).certificate("float8")
