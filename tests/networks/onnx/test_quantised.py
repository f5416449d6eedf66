"""Quantised operators: what onnxruntime computes, the same network for both readers, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from integer_codes import CODES, MAPS, ROW, SIGNED, F, dequantise, integers, pair, quantise
from small_models import check_refused, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.constants import rounded
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.numbers.quantised import quantised, quantised_array

KERNEL = {"w": integers(3, 2, 3, 3), "sw": F([0.01, 0.02, 0.03]), "zw": SIGNED([0, 0, 0])}
MATRIX = {"m": integers(4, 3, seed=1), "sm": F(0.01), "zm": SIGNED(7)}
LINEAR_CONV = node("QLinearConv", "q s z w sw zw t u b", "c", pads=[1, 1, 0, 0], strides=[2, 1])
CASES = {
    "there and back": model(pair("x"), ROW, CODES, opset=13),
    "no zero point": model([node("QuantizeLinear", "x s", "q"), node("DequantizeLinear", "q s")], ROW, CODES, opset=10),
    "a convolution": model(
        [
            *pair("x", "d"),
            dequantise("w", "k", "sw", "zw", axis=0),
            node("DequantizeLinear", "b sb", "bias"),
            node("Conv", "d k bias", "c"),
            node("Relu", "c", "r"),
            *pair("r", "y", "t", "u"),
        ],
        MAPS,
        CODES | KERNEL | {"b": np.int32([5, 6, -700]), "sb": F(0.0002)},
        opset=13,
    ),
    "integers are moved": model(
        [
            quantise("x", "q"),
            node("MaxPool", "q", "p", kernel_shape=[2, 2], strides=[2, 2], pads=[1, 1, 1, 1]),
            node("Transpose", "p", "v", perm=[0, 2, 3, 1]),
            node("Flatten", "v", "f"),
            dequantise("f"),
        ],
        MAPS,
        CODES,
        opset=13,
    ),
    "columns with scales": model(
        [*pair("x", "d"), dequantise("m", "k", "sm", "zm"), node("MatMul", "d k", "e"), *pair("e", "y", "a", "o")],
        ROW,
        CODES | MATRIX | {"sm": F([0.1, 0.02, 0.3]), "zm": SIGNED([0, 2, -1])},
        opset=13,
    ),
    "a constant that is rounded": model(
        [quantise("k", "kq", "a", "o"), dequantise("kq", "kd", "a", "o"), node("MatMul", "x kd")],
        ROW,
        CODES | {"k": weights(4, 3)},
        opset=13,
    ),
    "a convolution of integers": model(
        [quantise("x", "q"), LINEAR_CONV, dequantise("c", "y", "t", "u")],
        MAPS,
        CODES | KERNEL | {"b": np.int32([900, -60, 7])},
        opset=13,
    ),
    "a product of integers": model(
        [quantise("x", "q"), node("QLinearMatMul", "q s z m sm zm t u", "e"), dequantise("e", "y", "t", "u")],
        ROW,
        CODES | MATRIX,
        opset=13,
    ),
}


def values(path, network, count=20):
    """Return what is read and what onnxruntime computes, operator by operator, on the same inputs."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    shape = session.get_inputs()[0].shape[1:]
    x = np.random.default_rng(2).normal(size=(count, *shape)).astype(F)
    return network.forward(x), session.run(None, {"x": x})[0], x


@pytest.mark.parametrize("case", CASES)
def test_values_and_both_readers(case, tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(CASES[case].SerializeToString())
    network = lf.read(path)
    got, wanted, x = values(path, network)
    assert np.allclose(got, wanted, atol=1e-4)
    exact = network.forward(x[:2], exact=True).astype(float)
    assert np.allclose(exact, wanted[:2], atol=1e-4)
    assert digest_of(network) == digest(read_network(str(path)))


def test_a_tie_is_rounded_exactly_and_by_runtimes_in_floats(tmp_path):
    """0.75 / 0.1 is below 7.5, since the float32 0.1 is above 1/10, and 7.5 is the nearest float32."""
    made = model([*pair("x", scale="a", zero="o")], {"x": ["n", 2]}, CODES, opset=13)
    path = tmp_path / "m.onnx"
    path.write_bytes(made.SerializeToString())
    x = F([[0.5, 0.75]])
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    scale = float(CODES["a"])
    assert scale > 0.1
    assert F(0.75) / F(0.1) == 7.5
    assert np.allclose(lf.read(path).forward(x), [[5 * scale, 7 * scale]], atol=1e-6)
    assert np.allclose(session.run(None, {"x": x})[0], [[5 * scale, 8 * scale]], atol=1e-6)


REFUSED = {
    "an output of integers": model([quantise("x", "y")], ROW, CODES),
    "another scale": model([quantise("x", "q"), dequantise("q", "y", "t", "u")], ROW, CODES),
    "a sum of integers": model([quantise("x", "q"), node("Add", "q q", "d"), dequantise("d")], ROW, CODES),
    "integers of two codes": model(
        [quantise("x", "q"), quantise("x", "p", "t", "u"), node("Concat", "q p", "d", axis=1), dequantise("d")],
        ROW,
        CODES,
    ),
    "several scales of a tensor": model(pair("x", scale="w"), ROW, CODES | {"w": F([1, 2, 3, 4])}),
    "a scale of zero": model(pair("x", scale="w"), ROW, CODES | {"w": F(0)}),
    "a negative scale": model([dequantise("m", "k", "w"), node("MatMul", "x k")], ROW, CODES | MATRIX | {"w": F(-1)}),
    "floats that are no integers": model([dequantise("x")], ROW, CODES),
    "a zero point of another type": model([dequantise("m", "k"), node("MatMul", "x k")], ROW, CODES | MATRIX),
    "integers as weights": model([node("MatMul", "x m")], ROW, MATRIX),
    "blocks": model(
        [node("DequantizeLinear", "m sm zm", "k", block_size=2), node("MatMul", "x k")], ROW, MATRIX, opset=21
    ),
    "scales that depend on the input": model([node("DynamicQuantizeLinear", "x", "q s z"), dequantise("q")], ROW),
    "products that are not rounded": model(
        [quantise("x", "q"), node("MatMulInteger", "q m z", "y")], ROW, CODES | MATRIX
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_in_one_line_by_both_readers(case, tmp_path):
    check_refused(tmp_path / "m.onnx", REFUSED[case])


@given(
    st.fractions(-40, 40, max_denominator=64),
    st.fractions(Fraction(1, 8), 2, max_denominator=8),
    st.integers(-128, 127),
)
def test_rounding_is_the_same_everywhere(value, scale, zero):
    exact = quantised(value, scale, zero, -128, 127)
    steps = exact / scale + zero
    assert steps.denominator == 1
    assert -128 <= steps <= 127
    clipped = min(max(value, scale * (-128 - zero)), scale * (127 - zero))
    assert abs(exact - clipped) <= scale / 2
    pairs = ((n.numerator, n.denominator) for n in (value, scale))
    assert Fraction(*rounded(*pairs, zero, -128, 127)) == exact
    (array,) = quantised_array(np.array([value], dtype=object), scale, zero, -128, 127)
    assert array == exact


def test_equal_and_constant_channels_are_merged_but_not_proportional_ones(tmp_path):
    kernel = integers(5, 2, 3, 3, seed=4)
    kernel[1], kernel[2], kernel[4] = kernel[0], 0, kernel[3] // 2 * 2
    kernel[3] = kernel[4] // 2
    made = model(
        [
            *pair("x", "d"),
            dequantise("w", "k", "a", "o"),
            node("Conv", "d k", "c"),
            *pair("c", "e", "t", "u"),
            node("GlobalAveragePool", "e"),
        ],
        MAPS,
        CODES | {"w": kernel, "o": SIGNED(0)},
        opset=13,
    )
    path = tmp_path / "m.onnx"
    path.write_bytes(made.SerializeToString())
    reduction = lf.reduce(lf.read(path))
    sizes = [g.size for g in reduction.model.graph.groups if g.function.name == "quantize" and not g.pinned]
    assert sizes == [2, 3]
