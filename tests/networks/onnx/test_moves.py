"""Numbers that are only moved: the shortest operations that do so, which a reader takes for what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("onnxruntime", reason="the extra test is not installed")
import onnxruntime
from onnx_blocks import Blocks

import lumpform as lf
from lumpform.certificates.digest import digest_of
from lumpform.checker.networks.digest import digest
from lumpform.checker.networks.judge import read_network
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.sparse import SparseWeights
from lumpform.networks.canonical import canonical
from lumpform.networks.onnx.moves import NOTHING, Held, moved
from lumpform.networks.onnx.tape import Tape
from lumpform.networks.signature import signature

SHAPE = (4, 4, 6)
NUMBERS = np.arange(96).reshape(SHAPE)
BLOCKS = NUMBERS.reshape(4, 2, 2, 3, 2)
KNOWN = {
    "": NUMBERS,
    "Resize": NUMBERS.repeat(2, axis=1).repeat(3, axis=2),
    "Slice": NUMBERS[1:, ::2, ::-1],
    "Slice Resize": NUMBERS[:2].repeat(2, axis=2),
    "Gather": NUMBERS[[2, 0, 1, 1]],
    "Transpose": NUMBERS.transpose(1, 2, 0),
    "Reshape": NUMBERS.reshape(8, 2, 6),
    "Reshape Transpose": NUMBERS.reshape(6, 4, 4).transpose(2, 0, 1),
    "Flatten Transpose": NUMBERS.transpose(2, 1, 0).reshape(-1),
    "Pad": np.pad(NUMBERS, [(1, 0), (0, 2), (1, 1)], constant_values=NOTHING),
    "DepthToSpace": NUMBERS.reshape(2, 2, 1, 4, 6).transpose(2, 3, 0, 4, 1).reshape(1, 8, 12),
    "Expand Reshape Transpose": BLOCKS.transpose(0, 3, 1, 4, 2).reshape(12, 4, 2).repeat(2, axis=1).repeat(3, axis=2),
    "SpaceToDepth": BLOCKS.transpose(2, 4, 0, 1, 3).reshape(16, 2, 3),
}
"""Operations, in the order of their names, and the places to which they move 96 numbers."""


def model_of(sources, places):
    """Return what moves numbers of sources with these shapes, as a model."""
    names = [f"x{i}" for i in range(len(sources))]
    tape = Tape("float32", [*names, "y"])
    tape.output(moved(tape, [Held(n, s) for n, s in zip(names, sources, strict=True)], places), "y")
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", *s]) for n, s in zip(names, sources, strict=True)]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", *places.shape])]
    graph = helper.make_graph(tape.nodes, "g", ends, outputs, tape.initialisers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def check_moved(sources, places):
    """Compare what a runtime moves with what numpy takes; returns the operators."""
    model = model_of(sources, places)
    xs = [np.random.default_rng(i).normal(size=(2, *shape)).astype(np.float32) for i, shape in enumerate(sources)]
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run(None, {f"x{i}": x for i, x in enumerate(xs)})
    flat = np.concatenate([np.zeros((2, 1), np.float32), *(x.reshape(2, -1) for x in xs)], axis=1)
    assert np.array_equal(found, flat[:, places + 1])
    return " ".join(sorted({node.op_type for node in model.graph.node} - {"Identity"}))


@pytest.mark.parametrize("operators", KNOWN)
def test_known_moves_are_written_as_what_they_are(operators):
    assert check_moved([SHAPE], KNOWN[operators]) == operators.replace("Slice Resize", "Resize Slice")


def test_parts_of_several_sources_are_joined():
    second = 96 + np.arange(96).reshape(SHAPE)
    assert check_moved([SHAPE, SHAPE], np.concatenate([NUMBERS[:2], second], axis=0)) == "Concat Slice"
    assert check_moved([SHAPE, SHAPE], np.concatenate([second, NUMBERS], axis=2)) == "Concat"
    mixed = np.stack([NUMBERS, second], axis=-1).reshape(4, 4, 12)
    assert check_moved([SHAPE, SHAPE], mixed) == "Concat Reshape Transpose"
    assert check_moved([SHAPE, SHAPE], mixed[:, [2, 0, 1, 3]]) == "Concat Gather"


@pytest.mark.parametrize("axis", range(3))
def test_several_sources_are_put_together_and_then_moved(axis):
    """Blocks are made of channels of both; no axis has the numbers of one source after those of another."""
    shapes = [SHAPE, tuple(2 * n if a == axis else n for a, n in enumerate(SHAPE))]
    both = np.concatenate([NUMBERS, 96 + np.arange(192).reshape(shapes[1])], axis=axis)
    c, h, w = both.shape
    blocks = both.reshape(2, 2, c // 4, h, w).transpose(2, 3, 0, 4, 1).reshape(c // 4, 2 * h, 2 * w)
    assert check_moved(shapes, blocks) == "Concat DepthToSpace"
    frame = [(0, 0), (0, 1), (0, 1)]
    assert check_moved(shapes, np.pad(blocks, frame, constant_values=NOTHING)) == "Concat DepthToSpace Pad"


@given(data=st.data())
def test_any_places(data):
    sides = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple)
    sources = data.draw(st.lists(sides, min_size=1, max_size=2))
    total = sum(int(np.prod(s)) for s in sources)
    shape = data.draw(sides)
    numbers = st.integers(NOTHING, total - 1)
    size = int(np.prod(shape))
    places = np.array(data.draw(st.lists(numbers, min_size=size, max_size=size))).reshape(shape)
    check_moved(sources, places)


def moving(seed: int) -> onnx.ModelProto:
    """Convolutions with any moves of their numbers between them."""
    b = Blocks(seed)
    width, side = 8, 8
    x = b.conv("x", width)
    for _ in range(int(b.rng.integers(1, 4))):
        kind = b.rng.choice(["Resize", "Concat", "Slice", "DepthToSpace", "SpaceToDepth", "Transpose", "Gather", "Pad"])
        if kind == "Resize" and side <= 8:
            how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            x = b.add(kind, [x, "", b.constant(np.float32([1, 1, 2, 2]))], b.width[x], **how)
            side *= 2
        elif kind == "Concat":
            x = b.joined(x, b.conv(x, 4, 1))
        elif kind == "Slice":
            ends = [b.constant(np.array(v)) for v in ([0, 0], [side, side], [2, 3], [2, 2])]
            x, side = b.add(kind, [x, *ends], b.width[x]), -(-side // 2)
        elif kind == "DepthToSpace" and b.width[x] % 4 == 0 and side <= 8:
            x, side = b.add(kind, [x], b.width[x] // 4, blocksize=2), 2 * side
        elif kind == "SpaceToDepth" and side % 2 == 0:
            x, side = b.add(kind, [x], b.width[x] * 4, blocksize=2), side // 2
        elif kind == "Transpose":
            x = b.add(kind, [x], b.width[x], perm=[0, 1, 3, 2])
        elif kind == "Gather":
            x = b.add(kind, [x, b.constant(b.rng.permutation(b.width[x])[:4])], min(4, b.width[x]), axis=1)
        elif kind == "Pad":
            x = b.add(kind, [x, b.constant(np.array([0, 0, 1, 0, 0, 0, 0, 1]))], b.width[x])
            side += 1
        if b.rng.random() < 0.5:
            x = b.conv(x, 8)
    return b.model(b.conv(x, 6))


@pytest.mark.medium
@settings(max_examples=30)
@given(seed=st.integers(0, 10**6))
@example(seed=489823)  # blocks of the channels of two layers
def test_moved_maps_are_read_again_and_take_no_more_bytes(seed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("moved")
    before, after = folder / "m.onnx", folder / "w.onnx"
    before.write_bytes(moving(seed).SerializeToString())
    network = canonical(lf.read(before))
    assert lf.write(network, after).exact
    there = lf.read(after)
    assert signature(canonical(there)) == signature(network)
    assert digest(read_network(str(after))) == digest_of(there)
    assert after.stat().st_size <= before.stat().st_size + 400  # moves in several steps may be places in one
    x = np.random.default_rng(seed).normal(size=(2, 4, 8, 8)).astype(np.float32)
    one, other = (onnxruntime.InferenceSession(str(path)).run(None, {"x": x})[0] for path in (before, after))
    assert np.allclose(one, other, rtol=1e-4, atol=1e-2)


def test_a_decoder_keeps_its_bytes(tmp_path):
    """A dense layer whose numbers become maps: what an autoencoder begins to decode with."""
    b = Blocks(1, 4, 4)
    mean = b.add("GlobalAveragePool", ["x"], 4)
    dense = b.add("Gemm", [b.add("Flatten", [mean], 4), b.numbers(4, 6 * 25), b.numbers(6 * 25)], 150)
    maps = b.add("Reshape", [b.relu(dense), b.constant(np.array([0, 6, 5, 5]))], 6)
    before, after = tmp_path / "m.onnx", tmp_path / "w.onnx"
    before.write_bytes(b.model(b.conv(maps, 8)).SerializeToString())
    lf.write(canonical(lf.read(before)), after)
    assert after.stat().st_size <= before.stat().st_size


def test_numbers_that_are_put_into_maps_times_a_factor_are_no_moves(tmp_path):
    """The same network with copies is written by Reshape; with a factor on one of the arrows it must stay a product."""
    nodes = [
        helper.make_node("Gemm", ["x", "W"], ["h"]),
        helper.make_node("Reshape", ["h", "s"], ["q"]),
        helper.make_node("Conv", ["q", "K"], ["v"]),
        helper.make_node("Flatten", ["v"], ["y"]),
    ]
    numbers = {
        "W": np.arange(24, dtype=np.float32).reshape(3, 8) - 11,
        "s": np.array([0, 2, 2, 2]),
        "K": np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2) - 7,
    }
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["N", k]) for n, k in (("x", 3), ("y", 2))]
    graph = helper.make_graph(
        nodes, "g", ends[:1], ends[1:], [numpy_helper.from_array(a, n) for n, a in numbers.items()]
    )
    path = tmp_path / "m.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    network = canonical(lf.read(path))
    chosen = next(a for a in network.graph.arrows if a.operator is not None and a.operator[0] == "put")
    rows, columns, _ = chosen.weights.triples()
    weights = SparseWeights.from_coo(rows, columns, [2] * len(rows), chosen.weights.shape)
    arrows = tuple(replace(a, weights=weights) if a is chosen else a for a in network.graph.arrows)
    for changed in (network, network.with_graph(WeightedGraph(network.graph.groups, arrows))):
        lf.write(changed, tmp_path / "w.onnx")
        assert signature(canonical(lf.read(tmp_path / "w.onnx"))) == signature(changed)
