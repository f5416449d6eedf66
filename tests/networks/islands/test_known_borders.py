"""Operators that exporters and optimisers write, and no network has: what lies around them is reduced, they stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from island_cases import outputs
from onnx import TensorProto, helper, numpy_helper

import lumpform as lf
from lumpform.certificates.format import write_certificate
from lumpform.checker.judge import check
from lumpform.networks.islands.read import read_islands

pytestmark = pytest.mark.medium

WIDTH, HIDDEN = 8, 12
ROWS, MAPS = ("N", 5, WIDTH), ("N", WIDTH, 4, 4)
ONES = np.ones(WIDTH, np.float32)

BORDERS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any]]] = {
    "LayerNormalization": (
        helper.make_node("LayerNormalization", ["a", "g", "s"], ["b"]),
        ROWS,
        {"g": ONES, "s": ONES},
    ),
    "GroupNormalization": (
        helper.make_node("GroupNormalization", ["a", "g", "s"], ["b"], num_groups=2),
        MAPS,
        {"g": ONES, "s": ONES},
    ),
    "InstanceNormalization": (
        helper.make_node("InstanceNormalization", ["a", "g", "s"], ["b"]),
        MAPS,
        {"g": ONES, "s": ONES},
    ),
    "BiasGelu": (helper.make_node("BiasGelu", ["a", "g"], ["b"], domain="com.microsoft"), ROWS, {"g": ONES}),
    "SkipLayerNormalization": (
        helper.make_node("SkipLayerNormalization", ["a", "a", "g", "s"], ["b"], domain="com.microsoft"),
        ROWS,
        {"g": ONES, "s": ONES},
    ),
    "FusedMatMul": (
        helper.make_node("FusedMatMul", ["a", "m"], ["b"], domain="com.microsoft", alpha=0.5),
        ROWS,
        {"m": np.eye(WIDTH, dtype=np.float32)},
    ),
}
"""A node from tensor a to tensor b, their shape, and constants."""


def layers(source: str, result: str, shape: tuple[Any, ...], seed: int) -> tuple[list[Any], dict[str, Any]]:
    """Return two layers with two equal neurons, or channels, between them."""
    random = np.random.default_rng(seed)
    first, second = (random.integers(-8, 9, s).astype(np.float32) / 4 for s in ((HIDDEN, WIDTH), (WIDTH, HIDDEN)))
    first[5] = first[2]
    u, v = f"u{seed}", f"v{seed}"
    if len(shape) == 4:
        held, kind = {u: first[:, :, None, None], v: second[:, :, None, None]}, "Conv"
    else:
        held, kind = {u: np.ascontiguousarray(first.T), v: np.ascontiguousarray(second.T)}, "MatMul"
    hidden = [f"h{seed}", f"r{seed}"]
    nodes = [
        helper.make_node(kind, [source, u], hidden[:1]),
        helper.make_node("Relu", hidden[:1], hidden[1:]),
        helper.make_node(kind, [hidden[1], v], [result]),
    ]
    return nodes, held


@pytest.mark.parametrize("name", BORDERS)
def test_what_lies_around_is_reduced_and_they_stay(name: str, tmp_path: Path) -> None:
    border, shape, held = BORDERS[name]
    before, after = layers("x", "a", shape, 1), layers("b", "y", shape, 2)
    arrays = held | before[1] | after[1]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n in ("x", "y", "b")]
    graph = helper.make_graph(
        [*before[0], border, *after[0]],
        "g",
        ends[:1],
        ends[1:2],
        [numpy_helper.from_array(a, n) for n, a in arrays.items()],
        value_info=ends[2:],
    )
    sets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    path, out, proof = (tmp_path / n for n in ("m.onnx", "s.onnx", "c.json"))
    path.write_bytes(helper.make_model(graph, opset_imports=sets, ir_version=10).SerializeToString())
    content = lf.read(path, borders=True)
    assert [b.operator for b in content.borders] == [name]
    reduction = lf.reduce(read_islands(path))
    assert [i.cut.inputs + i.cut.outputs for i in content.islands] == [("x", "a"), ("b", "y")]
    assert (reduction.original.neurons, reduction.model.neurons) == (2 * HIDDEN, 2 * HIDDEN - 2)
    lf.write(reduction.model, out)
    write_certificate(reduction.certificate(), proof)
    assert check(str(path), str(out), str(proof)).verified
    assert out.stat().st_size < path.stat().st_size
    assert border in onnx.load(out).graph.node
    x = np.random.default_rng(3).normal(size=[2 if d == "N" else d for d in shape]).astype(np.float32)
    np.testing.assert_allclose(outputs(path, x)[0], outputs(out, x)[0], rtol=1e-3, atol=1e-3)
