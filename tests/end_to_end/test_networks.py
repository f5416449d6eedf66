"""From a file to a smaller file to a verdict: certificates that were once rejected, and comparisons left open."""

from __future__ import annotations

import numpy as np
import pytest

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker import check

from ..networks.onnx.small_models import constant, model, node, weights

ONE = np.float32([[1]])


def gemms(*biases):
    """Return products that are added, with biases that are no float32 when they are."""
    nodes = [node("Gemm", f"x w b{i}", f"h{i}") for i in range(len(biases))]
    nodes += [node("Sum", " ".join(f"h{i}" for i in range(len(biases))), "s"), node("Relu", "s")]
    constants = {f"b{i}": np.float32([b]) for i, b in enumerate(biases)}
    return model(nodes, {"x": ["N", 1]}, {"w": ONE, **constants})


def normalised(scale, shift, mean, variance, *, conv=False):
    """Return a layer and a normalisation behind it."""
    constants = {k: np.float32([v]) for k, v in zip("sbmv", (scale, shift, mean, variance), strict=True)}
    layer = node("Conv", "x w", "t") if conv else node("MatMul", "x w", "t")
    nodes = [layer, node("BatchNormalization", "t s b m v", "n"), node("Relu", "n")]
    return model(
        nodes, {"x": ["N", 1, 2] if conv else ["N", 1]}, {"w": np.float32([[[3]]]) if conv else ONE, **constants}
    )


def heads(*, first=True, deep=False):
    """Return two outputs, one of a product and one behind a ReLU, in either order."""
    nodes = [
        node("MatMul", "x a", "h"),
        node("MatMul", "h b", "y1"),
        node("MatMul", "x c", "t"),
        node("Relu", "t", "r"),
    ]
    nodes += [node("MatMul", "r d", "q"), node("Relu", "q", "p")] if deep else [node("Identity", "r", "p")]
    nodes += [node("MatMul", "p b", "y2")]
    names = ("y1", "y2") if first else ("y2", "y1")
    constants = {"a": [[1, 2], [3, 5]], "b": [[1], [1]], "c": [[1, -2], [4, 1]], "d": [[1, 2], [3, 7]]}
    return model(nodes, {"x": ["N", 2]}, {k: np.float32(v) for k, v in constants.items()}, outputs=names)


def pooled(pool="GlobalAveragePool", **window):
    """Return a convolution with proportional channels, and pooling down to numbers."""
    nodes = [node("Conv", "x k", "c"), node("Relu", "c", "r"), node(pool, "r", "g", **window), node("Flatten", "g")]
    return model(nodes, {"x": ["N", 1, 2, 2]}, {"k": np.float32([1, 2]).reshape(2, 1, 1, 1)})


VERIFIED = {
    "sums of biases": gemms(1, 1.7881393e-07),
    "sums of three biases": gemms(1, 2**-25, 2**-26),
    "sums of negative biases": gemms(-1, 3.0000001, 2**-30),
    "a normalised product": normalised(1, -0.14, -0.32, 1.8),
    "another normalised product": normalised(0.7, 0.3, 1.1, 0.3),
    "a normalised convolution": normalised(1.3, 0.1, -0.7, 2.2, conv=True),
    "two heads": heads(),
    "two heads in the other order": heads(first=False),
    "two heads of which one is deeper": heads(deep=True),
    "the mean of maps": pooled(),
    "the mean of windows": pooled("AveragePool", kernel_shape=[2, 1]),
    "the maximum of maps": pooled("GlobalMaxPool"),
}


@pytest.mark.parametrize("options", [{}, {"opposite": True, "linear": True}], ids=["plain", "all"])
@pytest.mark.parametrize("name", VERIFIED)
def test_the_certificate_of_a_reduction_is_verified(name, options, tmp_path):
    paths = [tmp_path / n for n in ("model.onnx", "small.onnx", "certificate.json")]
    paths[0].write_bytes(VERIFIED[name].SerializeToString())
    reduction = lf.reduce(lf.read(paths[0]), **options)
    rounding = lf.write(reduction.model, paths[1])
    write_certificate(reduction.certificate(None if rounding.exact else "float32"), paths[2])
    verdict = check(*map(str, paths))
    assert verdict.verified, verdict.line


def read(made, path):
    path.write_bytes(made.SerializeToString())
    return lf.read(path)


EQUAL = {
    "softmax at the end": model(
        [node("Gemm", "x w", "h"), node("Softmax", "h", axis=1)], {"x": ["N", 2]}, {"w": np.eye(2, dtype=np.float32)}
    ),
    "softmax in the middle": model(
        [node("Gemm", "x w", "h"), node("Softmax", "h", "s", axis=1), node("MatMul", "s v")],
        {"x": ["N", 2]},
        {"w": weights(2, 3), "v": weights(3, 2)},
    ),
    "softmax over channels": model(
        [node("Conv", "x w", "h"), node("Softmax", "h", axis=1)], {"x": ["N", 1, 3]}, {"w": weights(2, 1, 2)}
    ),
}


@pytest.mark.parametrize("name", EQUAL)
def test_a_network_is_equivalent_to_itself(name, tmp_path):
    first, second = (read(EQUAL[name], tmp_path / f"{i}.onnx") for i in range(2))
    assert lf.equivalent(first, second, timeout=10).answer == "EQUIVALENT"


@pytest.mark.parametrize(
    ("function", "weight", "other"), [("Sigmoid", 1, 9), ("Tanh", 1, 2), ("Sigmoid", 4, -4), ("Tanh", 3, 0.5)]
)
def test_slopes_that_differ_are_told_apart_on_a_box(function, weight, other, tmp_path):
    nodes = [node("Gemm", "x w", "h"), node(function, "h")]
    first, second = (
        read(model(nodes, {"x": ["N", 1]}, {"w": np.float32([[w]])}), tmp_path / f"{w}.onnx") for w in (weight, other)
    )
    verdict = lf.equivalent(first, second, box=(-1, 1), timeout=10)
    assert verdict.answer == "DIFFERENT"
    assert verdict.witness is not None


@pytest.mark.parametrize(
    ("made", "given", "wanted"),
    [
        (
            model([node("Relu", "x", "a"), node("Concat", "a x", axis=-1)], {"x": [1, 2, 3]}),
            [1, 2, 3, 4, 5, 6],
            [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6],
        ),
        (model([node("Concat", "x x", axis=-2)], {"x": [1, 2, 2]}), [1, 2, 3, 4], [1, 2, 3, 4, 1, 2, 3, 4]),
        (model([node("Concat", "x x", axis=1)], {"x": ["N", 2, 1]}), [1, 2], [1, 2, 1, 2]),
        (model([node("Softmax", "x", axis=-1)], {"x": [1, 2, 2]}), [0] * 4, [0.5] * 4),
        (model([node("Softmax", "x")], {"x": [1, 2, 2]}, opset=11), [0] * 4, [0.25] * 4),
        (model([node("Softmax", "x", axis=1)], {"x": [1, 3, 2]}), [0] * 6, [1 / 3] * 6),
        (
            model([node("Gather", "x i", axis=-1)], {"x": [1, 2, 2]}, {"i": constant(1, 0)}),
            [1, 2, 3, 4],
            [2, 1, 4, 3],
        ),
    ],
)
def test_axes_in_both_readers(made, given, wanted, tmp_path):
    from checker_values import outputs_of

    from lumpform.checker.networks.judge import read_network

    network = read(made, tmp_path / "m.onnx")
    assert np.allclose(network.forward([given]).reshape(-1), wanted)
    seen = read_network(str(tmp_path / "m.onnx"))
    assert np.allclose(outputs_of(seen, [np.array(given, dtype=float)])[0], wanted)
