"""Operators that are made of others: what onnxruntime computes, and the same network for both readers."""

from __future__ import annotations

import numpy as np
import pytest
from small_models import check_refused, compare, constant, model, node, weights

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

ROW, MAPS = {"x": ["n", 3]}, {"x": ["n", 2, 4, 6]}
NONE = np.zeros(0, dtype=np.float32)
LOW, HIGH = np.float32(-0.5), np.float32(0.25)


def along(kind, *axes, opset=18, **attributes):
    """Return a model that reduces maps along axes, which are an operand."""
    return model([node(kind, "x a", **attributes)], MAPS, {"a": constant(*axes)}, opset=opset)


def resized(lengths=None, **attributes):
    """Return a model that resizes maps, by lengths or to twice and half their sides."""
    shape = {"x": [1, 2, 4, 6]}
    if lengths is None:
        return model([node("Resize", "x r s", **attributes)], shape, {"r": NONE, "s": np.float32([1, 1, 2, 0.5])})
    return model([node("Resize", "x r r l", **attributes)], shape, {"r": NONE, "l": constant(*lengths)})


CASES = {
    "a constant and a tensor": model([node("Max", "c x")], ROW, {"c": weights(3)}),
    "the smaller of a constant and a tensor": model([node("Min", "c x c x")], ROW, {"c": weights(1, 3)}),
    "two constants": model([node("Max", "c d", "e"), node("Min", "x e")], ROW, {"c": weights(3), "d": weights(1)}),
    "both bounds": model([node("Clip", "x l h")], ROW, {"l": LOW, "h": HIGH}),
    "bounds that cross": model([node("Clip", "x h l")], ROW, {"l": LOW, "h": HIGH}),
    "bounds as attributes": model([node("Clip", "x", min=-0.5)], ROW, opset=10),
    "a clipped constant": model(
        [node("Clip", "c l h", "d"), node("Add", "x d")], ROW, {"c": weights(3), "l": LOW, "h": HIGH}
    ),
    "slopes": model([node("PRelu", "x s")], ROW, {"s": np.float32([0.5, -1, 2])}),
    "axes in another order": along("ReduceSum", 3, 2),
    "axes from behind": along("ReduceMean", -1, 1),
    "all sides": along("ReduceMean", -1, -2, keepdims=0),
    "the sum over all sides": along("ReduceSum", 2, 3),
    "one side": along("ReduceMax", 3, keepdims=0),
    "the smallest of all sides": along("ReduceMin", 3, 2),
    "the smallest of the channels": along("ReduceMin", 1),
    "channels behind their sides": along("ReduceMax", 2, 1, keepdims=0),
    "the smallest, channels behind": along("ReduceMin", 1, -2),
    "the largest of all rows": model(
        [node("MatMul", "x w", "h"), node("Relu", "h", "r"), node("ReduceMax", "r a")],
        {"x": ["n", 4, 3]},
        {"w": weights(3, 2), "a": constant(1)},
        opset=18,
    ),
    "sides in two orders": model(
        [
            node("Conv", "x k", "c"),
            node("GlobalMaxPool", "c", "d"),
            node("ReduceMax", "x a", "e"),
            node("Add", "d e"),
        ],
        MAPS,
        {"k": weights(1, 2, 2, 2), "a": constant(1, 2)},
        opset=18,
    ),
    "no axes, nothing done": model([node("ReduceSum", "x", "h", noop_with_empty_axes=1), node("Relu", "h")], MAPS),
    "no axes, of one sample": model([node("ReduceMean", "x")], {"x": [2, 3]}),
    "sums from behind": model([node("CumSum", "x a", exclusive=1, reverse=1)], ROW, {"a": np.array(1)}),
    "nearest": resized(),
    "nearest, floor": resized(nearest_mode="floor", coordinate_transformation_mode="asymmetric"),
    "lengths": resized((1, 2, 7, 3), nearest_mode="ceil", coordinate_transformation_mode="align_corners"),
    "a length that is rounded": model(
        [node("Resize", "x r s", coordinate_transformation_mode="half_pixel_symmetric")],
        {"x": [1, 2, 4, 6]},
        {"r": NONE, "s": np.float32([1, 1, 1, 0.75])},
        opset=19,
    ),
    **{
        f"one position, {how}": model(
            [
                node("GlobalAveragePool", "x", "m"),
                node("Resize", "m r r l", "w", mode="linear", coordinate_transformation_mode=how),
                node("Concat", "w x", axis=1),
            ],
            {"x": [1, 2, 4, 6]},
            {"r": NONE, "l": constant(1, 2, 4, 6)},
            opset=13,
        )
        for how in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
    },
    "every second number": model(
        [node("Resize", "x r s", mode="linear", coordinate_transformation_mode="asymmetric")],
        {"x": [1, 2, 4, 6]},
        {"r": NONE, "s": np.float32([1, 1, 0.5, 0.5])},
    ),
    "the corners": resized((1, 2, 2, 2), mode="linear", coordinate_transformation_mode="align_corners"),
    "nothing and zero": model(
        [node("Pad", "x p", "h"), node("Clip", "h z", "c"), node("GlobalAveragePool", "c")],
        MAPS,
        {"p": constant(0, 1, 0, 0, 0, 0, 0, 0), "z": np.float32(0)},
    ),
    "blocks": model([node("DepthToSpace", "x", blocksize=2, mode="CRD")], {"x": ["n", 8, 2, 3]}),
    "blocks as channels": model([node("SpaceToDepth", "x", blocksize=2)], MAPS),
    "mirrored": model([node("Pad", "x p", mode="reflect")], MAPS, {"p": constant(0, 0, 3, 2, 0, 0, 1, 5)}),
    "padded by a number": model([node("Pad", "x p v")], ROW, {"p": constant(0, 1, 0, 2), "v": HIGH}),
    "a token": model([node("Concat", "c x c", axis=1)], {"x": [1, 2]}, {"c": weights(1, 2)}),
}


@pytest.mark.parametrize("case", CASES)
def test_values_and_both_readers(case, tmp_path):
    network = compare(tmp_path / "m.onnx", CASES[case])
    assert digest_of(network) == digest(read_network(str(tmp_path / "m.onnx")))


def test_the_largest_of_maps_is_one_group_however_they_lie(tmp_path):
    """Channels may come first or last: a maximum over whole maps is pooling, not one ReLU for every position."""
    for k, axes in enumerate([(2, 3), (1, 2)]):
        (tmp_path / f"{k}.onnx").write_bytes(along("ReduceMax", *axes).SerializeToString())
        network = lf.read(tmp_path / f"{k}.onnx")
        functions = [group.function.name for group in network.graph.groups]
        assert [name for name in functions if name != "identity"] == ["max_pool"]


REFUSED = {
    "an axis twice": along("ReduceSum", 1, -3),
    "the batch among others": along("ReduceMax", 1, 0),
    "no axes of a batch": model([node("ReduceMean", "x")], MAPS),
    "sums along the batch": model([node("CumSum", "x a")], ROW, {"a": np.array(0)}),
    "a batch that is resized": model([node("Resize", "x r s")], MAPS, {"r": NONE, "s": np.float32([2, 1, 1, 1])}),
    "scales and lengths": model(
        [node("Resize", "x r s l")], MAPS, {"r": NONE, "s": np.float32([1] * 4), "l": constant(1, 2, 4, 6)}
    ),
    "numbers that are mixed": resized(mode="linear"),
    "a few that are mixed": resized((1, 2, 4, 9), mode="linear", coordinate_transformation_mode="align_corners"),
    "numbers that are mixed by four": resized(mode="cubic"),
    **{
        f"corners of a side of no whole length, {mode}": model(
            [node("Resize", "x r s", mode=mode, coordinate_transformation_mode="align_corners")],
            {"x": [1, 2, 4, 4]},
            {"r": NONE, "s": np.float32([1, 1, 0.5, 0.6])},
        )
        for mode in ("nearest", "linear")
    },
    "channels that make no blocks": model([node("DepthToSpace", "x", blocksize=2)], MAPS),
}


@pytest.mark.parametrize("case", REFUSED)
def test_both_readers_refuse(case, tmp_path):
    check_refused(tmp_path / "m.onnx", REFUSED[case])
