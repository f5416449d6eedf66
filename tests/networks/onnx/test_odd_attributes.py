"""Odd but legal attributes and operands: both readers find the same network and onnxruntime's values, or refuse."""

from __future__ import annotations

import numpy as np
import pytest
from onnx import numpy_helper
from small_models import check_refused, compare, constant, model, node

from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network

MAPS = {"x": ["n", 2, 4, 6]}
HALF = np.float32(0.5)


def chosen(*, first):
    """Return a model that takes a single number or a constant in its place."""
    nodes = [node("Where", "c x z" if first else "c z x")]
    return model(nodes, {"x": []}, {"c": np.bool_(True), "z": HALF})


def with_sizes(shape, *, scales):
    """Return a model that resizes an open batch of maps to as many samples as there are."""
    nodes = [
        node("Shape", "x", "s"),
        node("Slice", "s zero two", "kept"),
        node("Concat", "kept sides", "sizes", axis=0),
        node("Resize", "x none none sizes"),
    ]
    constants = {"zero": constant(0), "two": constant(2), "sides": constant(*scales), "none": np.zeros(0, np.float32)}
    return model(nodes, shape, constants)


def codes(kind):
    """Return a model with a zero point that is made of a shape."""
    zero = node("ConstantOfShape", "s", "z", value=tensor(np.array([3], dtype=kind)))
    nodes = [zero, node("QuantizeLinear", "x q z", "c"), node("DequantizeLinear", "c q z")]
    return model(nodes, {"x": ["n", 2]}, {"s": constant(), "q": np.float32(0.5)})


def tensor(array):
    return numpy_helper.from_array(array)


CASES = {
    "a number that is chosen": chosen(first=True),
    "a constant that is chosen": chosen(first=False),
    "a number among constants that were computed": model(
        [node("Neg", "z", "m"), node("Add", "m z", "o"), node("Where", "c o x", "w"), node("Add", "w x")],
        {"x": []},
        {"c": np.bool_(False), "z": HALF},
    ),
    "sizes of an open batch": with_sizes(MAPS, scales=(8, 3)),
    "places in another order": model([node("MaxPool", "x", kernel_shape=[2, 2], storage_order=1)], MAPS),
    "codes without a sign": codes(np.uint8),
    "codes with a sign": codes(np.int8),
    "an index from the back, before they were": model(
        [node("Gather", "x i", axis=1)], MAPS, {"i": constant(-1, 0)}, opset=9
    ),
    "means over one position and its border": model(
        [node("ReduceMean", "x", "m", axes=[2, 3]), node("AveragePool", "m", kernel_shape=[2, 2], pads=[1, 1, 1, 1])],
        MAPS,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_values_and_both_readers(case, tmp_path):
    network = compare(tmp_path / "m.onnx", CASES[case])
    assert digest_of(network) == digest(read_network(str(tmp_path / "m.onnx")))


NONE = {"r": np.zeros(0, dtype=np.float32)}
REFUSED = {
    "an open batch of which one sample is left": model(
        [node("Resize", "x r r l")], MAPS, NONE | {"l": constant(1, 2, 8, 12)}
    ),
    "one of the axes that are resized": model(
        [node("Resize", "x r r l", axes=[-4, 3])], MAPS, NONE | {"l": constant(1, 12)}, opset=18
    ),
    "scales by which no length changes": model(
        [node("Resize", "x r s")], MAPS, NONE | {"s": np.float32([1, 1, 1.2, 1])}
    ),
    "scales of Upsample by which no length changes": model(
        [node("Upsample", "x s")], MAPS, {"s": np.float32([1, 1, 1.2, 1.1])}, opset=9
    ),
    "an empty list of axes": model([node("Squeeze", "x a")], {"x": [1, 2]}, {"a": np.zeros(0, dtype=np.int64)}),
    "an attribute of a later version": model(
        [node("MaxPool", "x", kernel_shape=[2, 2], storage_order=0)], MAPS, opset=7
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_both_readers_refuse(case, tmp_path):
    check_refused(tmp_path / "m.onnx", REFUSED[case])
