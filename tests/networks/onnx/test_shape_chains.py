"""What exporters compute from shapes: the length of the batch may be moved about, and nothing else."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from small_models import check_refused, compare, model, node

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker import Unreadable
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.errors import FormatError

SIZES = {
    "zero": np.array([0]),
    "rest": np.array([-1]),
    "two": np.array([2]),
    "three": np.array([3.0], dtype=np.float32),
    "pair": np.ones((2, 1), dtype=np.float32),
}
VIEW = [
    node("Shape", "x", "s"),
    node("Gather", "s zero", "n", axis=0),
    node("Concat", "n rest", "t", axis=0),
    node("Reshape", "x t", "h"),
    node("Relu", "h"),
]


def test_a_view_that_keeps_the_batch(tmp_path):
    network = compare(tmp_path / "m.onnx", model(VIEW, {"x": ["n", 2, 3]}, SIZES))
    assert network.outputs[0].shape == (None, 6)


def test_a_constant_is_padded_exactly(tmp_path):
    """By a double that no float32 is; the sum is that of the double."""
    nodes = [node("Pad", "three one tenth", "c"), node("Add", "x c")]
    constants = {"three": SIZES["three"], "one": np.array([1, 0]), "tenth": np.array([0.1])}
    (tmp_path / "m.onnx").write_bytes(model(nodes, {"x": ["n", 2]}, constants).SerializeToString())
    network = lf.read(tmp_path / "m.onnx")
    assert digest_of(network) == digest(read_network(str(tmp_path / "m.onnx")))
    assert network.forward(np.array([[Fraction(0)] * 2]), exact=True).tolist() == [[Fraction(0.1), Fraction(3)]]


def test_a_view_in_which_zeros_are_allowed(tmp_path):
    nodes = [*VIEW[:3], node("Reshape", "x t", "h", allowzero=1), VIEW[-1]]
    compare(tmp_path / "m.onnx", model(nodes, {"x": ["n", 2, 3]}, SIZES))
    assert len(read_network(str(tmp_path / "m.onnx")).groups) == 3


@pytest.mark.parametrize("target", [[1, -1], [1, -1, 3], [2, -1], [1, 1, -1]])
def test_one_row_for_all_samples_is_refused_by_both(target, tmp_path):
    path = tmp_path / "m.onnx"
    made = model([node("Reshape", "x t", "h"), node("Relu", "h")], {"x": ["n", 2, 3]}, {"t": np.array(target)})
    path.write_bytes(made.SerializeToString())
    with pytest.raises(FormatError, match="the batch as the first dimension"):
        lf.read(path)
    with pytest.raises(Unreadable, match="does not keep the batch"):
        read_network(str(path))


def test_a_token_that_is_expanded_to_the_batch(tmp_path):
    token = {
        "token": np.arange(4, dtype=np.float32).reshape(1, 1, 4),
        "more": np.array([-1, -1]),
        "four": np.array([1, 4]),
    }
    nodes = [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Concat", "n four", "t", axis=0),
        node("Expand", "token t", "c"),
        node("Concat", "c x", "h", axis=1),
        node("Relu", "h"),
    ]
    made = model(nodes, {"x": ["n", 3, 4]}, SIZES | token)
    (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
    network = lf.read(tmp_path / "m.onnx")
    x = np.random.default_rng(1).normal(size=(2, 12))
    found = network.forward(x).reshape(2, 4, 4)
    assert np.array_equal(found[:, 0], [[0, 1, 2, 3]] * 2)
    assert np.allclose(found[:, 1:], np.maximum(x, 0).reshape(2, 3, 4))


FAULTS = {
    "as a number": [node("Shape", "x", "s"), node("Cast", "s", "f", to=1), node("Mul", "x f")],
    "in 32 bits": [node("Shape", "x", "s"), node("Cast", "s", "f", to=6), node("Reshape", "x f")],
    "as an index": [node("Shape", "x", "s"), node("Gather", "x s", axis=1)],
    "as a repeat": [node("Shape", "x", "s"), node("Tile", "x s")],
    "elsewhere": [
        node("Shape", "x", "s"),
        node("Gather", "s zero", "n", axis=0),
        node("Concat", "rest n", "t", axis=0),
        node("Reshape", "x t"),
    ],
    "as a number of ones": [
        node("Shape", "x", "s"),
        node("ConstantOfShape", "s", "o"),
        node("Size", "o", "m"),
        node("Cast", "m", "f", to=1),
        node("Mul", "x f"),
    ],
    "as a number of copies": [
        node("Shape", "x", "s"),
        node("Expand", "three s", "o"),
        node("Shape", "o", "r"),
        node("Cast", "r", "f", to=1),
        node("Mul", "x f"),
    ],
    "for two rows": [node("Shape", "x", "s"), node("Expand", "pair s", "o"), node("Add", "x o")],
    "of all numbers": [node("Size", "x", "s"), node("Reshape", "x s")],
    "for another": [
        node("Shape", "x", "s"),
        node("Concat", "three three", "c", axis=0),
        node("Reshape", "c s", "d"),
        node("Add", "x d"),
    ],
    "and a number": [node("Concat", "two three", "c", axis=0), node("Reshape", "x c")],
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_would_compute_with_the_batch_is_refused_by_both(case, tmp_path):
    check_refused(tmp_path / "m.onnx", model(FAULTS[case], {"x": ["n", 2]}, SIZES))


MARKER = -(1 << 62)
PARTS = {
    "one": np.array([2]),
    "marker": np.array([MARKER]),
    "half": np.array([-(1 << 31)]),
    "other": np.array([1 << 31]),
    "float": np.array([float(MARKER)]),
    "rest": np.array([-1]),
    "more": np.array([MARKER + 1]),
}
MARKED = {
    "written down": [node("Concat", "marker rest", "t", axis=0)],
    "a constant": [node("Constant", "", "m", value_ints=[MARKER]), node("Concat", "m rest", "t", axis=0)],
    "a product": [node("Mul", "half other", "m"), node("Concat", "m rest", "t", axis=0)],
    "a sum": [node("Add", "more rest", "m"), node("Concat", "m rest", "t", axis=0)],
    "a float": [node("Cast", "float", "m", to=7), node("Concat", "m rest", "t", axis=0)],
}


@pytest.mark.parametrize("case", MARKED)
def test_the_number_that_stands_for_the_batch_is_no_number_of_a_file(case, tmp_path):
    """It is -2^62: as a size it would have been the length of the batch, though onnxruntime refuses it."""
    path, nodes = tmp_path / "m.onnx", [*MARKED[case], node("Reshape", "x t")]
    used = {name for n in nodes for name in n.input}
    held = {name: array for name, array in PARTS.items() if name in used}
    path.write_bytes(model(nodes, {"x": ["n", 2, 3]}, held).SerializeToString())
    with pytest.raises(FormatError, match="-2\\^62"):
        lf.read(path)
    with pytest.raises(Unreadable, match="-2\\^62"):
        read_network(str(path))
