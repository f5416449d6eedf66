"""What would be larger than the file that was read is said at less length: the same numbers, the same network."""

from __future__ import annotations

from itertools import count

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx_trials import Trial
from small_models import model, node, weights

import lumpform as lf
from lumpform.networks.onnx import shorter
from lumpform.networks.onnx.short_arithmetic import short_arithmetic
from lumpform.networks.onnx.short_constants import forms_of, once_along_axes
from lumpform.networks.onnx.short_moves import short_moves
from lumpform.networks.onnx.short_operations import moves_last, siblings_together
from lumpform.networks.onnx.short_products import channels_as, products_last

SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4)
KINDS = [np.float16, np.float32, np.float64, np.int32, np.int64]
NUMBERS = st.sampled_from([0.0, 0.0, 0.0, -0.0, 1.0, 1.0, 0.1, 70000.0])


def number_of_forms(array):
    """Compute every form of a constant, and compare it with the constant bit by bit."""
    numbered = count()
    forms = list(forms_of(array, lambda: f"k{next(numbered)}"))
    for form in forms:
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        ends = [helper.make_tensor_value_info(form.nodes[-1].output[0], kind, list(array.shape))]
        graph = helper.make_graph(form.nodes, "g", [], ends, form.tensors)
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        got = ReferenceEvaluator(made).run(None, {})[0]
        assert got.dtype == array.dtype
        assert got.tobytes() == array.tobytes()
    return len(forms)


@given(data=st.data(), shape=SHAPES, dtype=st.sampled_from(KINDS))
def test_every_form_of_a_constant_is_the_constant(data, shape, dtype):
    size = int(np.prod(shape))
    numbers = np.array(data.draw(st.lists(NUMBERS, min_size=size, max_size=size)))
    number_of_forms((np.minimum(numbers, 60000) if dtype == np.float16 else numbers).astype(dtype).reshape(shape))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_sign_of_a_zero_is_part_of_a_constant(dtype):
    signs = np.array([0.0, -0.0], dtype=dtype)
    assert number_of_forms(signs) == (0 if dtype == np.float16 else 1)  # half precision has both
    assert number_of_forms(np.stack([signs, signs])) == (1 if dtype == np.float16 else 2)
    assert number_of_forms(-np.zeros(5, dtype=dtype)) == 1
    assert number_of_forms(np.eye(30, dtype=dtype)) > 0
    assert np.array_equal(np.signbit(once_along_axes(np.stack([signs, signs]))), [[False, True]])


MOVED = model(
    [
        node("Transpose", "x", "a", perm=[0, 2, 1]),
        node("Reshape", "a s", "b"),
        node("Relu", "b", "c"),
        node("Reshape", "c t", "d"),
        node("Transpose", "d", perm=[0, 2, 1]),
    ],
    {"x": [1, 3, 4]},
    {"s": np.array([1, 12]), "t": np.array([1, 4, 3])},
)
SIBLINGS = model(
    [
        *(node("Slice", f"x {a} {b} zero", f"p{a}") for a, b in ("01", "12", "23")),
        *(node("Conv", f"p{a} w", f"q{a}") for a in "012"),
        node("Concat", "q0 q1 q2", axis=0),
    ],
    {"x": [3, 1, 4, 4]},
    {"w": weights(2, 1, 2, 2), "zero": np.array([0]), **{str(k): np.array([k]) for k in range(4)}},
)
CHANNELS = model(
    [node("Transpose", "x", "a", perm=[0, 2, 1]), node("Conv", "a w b", "c"), node("Transpose", "c", perm=[0, 2, 1])],
    {"x": ["n", 4, 3]},
    {"w": weights(2, 3, 1), "b": weights(2)},
)


HIDDEN = {"w": weights(4, 3), "b": weights(3), "v": weights(3, 2)}
LAYERS = [node("Gemm", "a w b", "h"), node("Relu", "h", "r"), node("MatMul", "r v", "p")]
NO_SAMPLES = model(
    [node("Reshape", "x s", "a"), *LAYERS, node("Reshape", "p t")],
    {"x": [4]},
    {**HIDDEN, "s": np.array([1, 4]), "t": np.array([2])},
)
ONE_ROW = model(
    [node("Gather", "x i", "a"), *LAYERS, node("Reshape", "p t")],
    {"x": [5, 4]},
    {**HIDDEN, "i": np.array([0]), "t": np.array([2])},
)


ONE, MINUS = np.ones(3, dtype=np.float32), -np.ones(3, dtype=np.float32)
DIFFERENCE = model(
    [node("Mul", "x m", "a"), node("Add", "a b")], {"x": ["n", 3]}, {"m": MINUS, "b": np.float32([1, 2, 3])}
)
READ_TWICE = model(
    [node("Mul", "x m", "a"), node("Add", "a b", "c"), node("Add", "c a")],
    {"x": ["n", 3]},
    {"m": MINUS, "b": np.float32([1, 2, 3])},
)
CLIPPED = model(
    [
        node("Relu", "x", "a"),
        node("Mul", "a m", "b"),
        node("Add", "b u", "c"),
        node("Relu", "c", "d"),
        node("Mul", "d m", "e"),
        node("Add", "e u"),
    ],
    {"x": ["n", 3]},
    {"m": MINUS, "u": ONE},
)
OTHER_BOUND = model(
    [node("Relu", "x", "a"), node("Sub", "u a", "b"), node("Relu", "b", "c"), node("Sub", "v c")],
    {"x": ["n", 3]},
    {"u": np.float32(1), "v": np.float32(2)},
)
ONE_NUMBER = model(
    [node("Gemm", "x w u", "a"), node("Relu", "a")],
    {"x": ["n", 1]},
    {"w": np.float32([[-1]]), "u": np.float32([2])},
)


@pytest.mark.parametrize(
    ("made", "ways", "operators"),
    [
        (DIFFERENCE, (short_arithmetic,), ["Sub"]),
        (READ_TWICE, (short_arithmetic,), ["Mul", "Add", "Add"]),
        (CLIPPED, (short_arithmetic,), ["Clip"]),
        (OTHER_BOUND, (short_arithmetic,), ["Relu", "Sub", "Relu", "Sub"]),
        (ONE_NUMBER, (short_arithmetic,), ["Sub", "Relu"]),
        (MOVED, (moves_last, short_moves), ["Relu"]),
        (SIBLINGS, (siblings_together, short_moves), ["Conv"]),
        (CHANNELS, (channels_as(True), short_moves), ["MatMul", "Add"]),
        (NO_SAMPLES, (products_last, short_moves), ["MatMul", "Add", "Relu", "MatMul"]),
        (ONE_ROW, (products_last, short_moves), ["Gather", "Gemm", "Relu", "MatMul", "Reshape"]),
    ],
)
def test_operations_cancel(made, ways, operators):
    changed = onnx.ModelProto()
    changed.CopyFrom(made)
    for way in ways:
        way(changed)
    assert [n.op_type for n in changed.graph.node] == operators
    shape = [d.dim_value or 2 for d in made.graph.input[0].type.tensor_type.shape.dim]
    x = 2 * np.random.default_rng(1).normal(size=shape).astype(np.float32)
    one, other = (onnxruntime.InferenceSession(m.SerializeToString()).run(None, {"x": x})[0] for m in (made, changed))
    assert np.allclose(one, other, atol=1e-6)


def test_a_way_that_says_something_else_is_not_taken(monkeypatch):
    def wrong(made):
        made.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.float32([1, 2]), "b"))
        made.ClearField("producer_name")

    made = model([node("Add", "x b")], {"x": ["n", 2]}, {"b": np.float32([1, 3])})
    made.producer_name = "somebody"
    before = made.SerializeToString()
    monkeypatch.setattr(shorter, "WAYS", ((wrong,),))
    assert shorter.shorter(made, 0).SerializeToString() == before
    monkeypatch.setattr(shorter, "WAYS", ((shorter.bare,),))
    assert len(shorter.shorter(made, 0).SerializeToString()) < len(before)


def test_a_file_that_is_not_larger_is_left_as_it_is(tmp_path):
    made = model([node("MatMul", "x w")], {"x": ["n", 40]}, {"w": np.tri(40, 40, -35, dtype=np.float32)})
    made.graph.output[0].type.tensor_type.shape.dim.add().dim_param = "n"
    made.graph.output[0].type.tensor_type.shape.dim.add().dim_value = 40
    made.doc_string = "long enough for all that is written " * 9
    (tmp_path / "m.onnx").write_bytes(made.SerializeToString())
    lf.write(lf.read(tmp_path / "m.onnx"), tmp_path / "w.onnx")
    written = onnx.load(tmp_path / "w.onnx")
    assert written.producer_name == "lumpform"
    assert [t.data_type for t in written.graph.initializer] == [TensorProto.FLOAT]


@pytest.mark.medium
def test_random_models_hardly_grow(tmp_path):
    """Of models with hardly any weights; the writer alone made a hundred times as much of some."""
    read = written = 0
    for seed in range(60):
        trial = Trial(seed, tmp_path)
        if trial.network is not None and trial.fits(model_of := lf.reduce(trial.network).model, tmp_path / "w.onnx"):
            assert model_of.metadata["bytes"] == trial.path.stat().st_size
            read += trial.path.stat().st_size
            written += (tmp_path / "w.onnx").stat().st_size
    assert written < 0.9 * read
