"""Random ONNX files with operators that are not understood between dense layers, and planted equal neurons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lumpform.networks.islands.uses import Uses

BORDERS = ("Shrink", "Tan", "ThresholdedRelu")
"""Operators that no network has."""


class Grower:
    """Grows a graph of tensors with the sizes (N, width) or (N, S, width), width by width."""

    def __init__(self, seed: int, by_rows: bool) -> None:
        self.random = np.random.default_rng(seed)
        self.front = ["N", "S"] if by_rows else ["N"]
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self.width = {"x": int(self.random.integers(2, 5))}

    def fresh(self) -> str:
        return f"t{len(self.nodes)}"

    def constant(self, array: NDArray[Any]) -> str:
        name = f"c{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.asarray(array, dtype=np.float32), name))
        return name

    def add(self, operator: str, operands: list[str], width: int, **attributes: Any) -> str:
        name = self.fresh()
        self.nodes.append(helper.make_node(operator, operands, [name], name=f"n{len(self.nodes)}", **attributes))
        self.width[name] = width
        return name

    def any(self) -> str:
        return str(self.random.choice(list(self.width)))

    def dense(self) -> None:
        """A hidden layer in which neurons are equal or multiples, and a layer that reads it."""
        source = self.any()
        wide, out = int(self.random.integers(3, 6)), int(self.random.integers(2, 4))
        first = self.random.integers(-4, 5, (self.width[source], wide)).astype(np.float32) / 4
        bias = self.random.integers(-2, 3, wide).astype(np.float32)
        first[:, 1], bias[1] = first[:, 0] * 2, bias[0] * 2
        hidden = self.add("MatMul", [source, self.constant(first)], wide)
        hidden = self.add("Relu", [self.add("Add", [hidden, self.constant(bias)], wide)], wide)
        second = self.random.integers(-4, 5, (wide, out)).astype(np.float32) / 4
        self.add("MatMul", [hidden, self.constant(second)], out)

    def border(self) -> None:
        source = self.any()
        self.add(str(self.random.choice(BORDERS)), [source], self.width[source])

    def sum(self) -> None:
        source = self.any()
        alike = [name for name, width in self.width.items() if width == self.width[source]]
        self.add("Add", [source, str(self.random.choice(alike))], self.width[source])

    def branch(self) -> None:
        """A branch whose bodies read a tensor of the graph around them."""
        source = self.any()
        bodies = []
        for operator in ("Tan", "Neg"):
            out = helper.make_tensor_value_info(f"{operator}{len(self.nodes)}", TensorProto.FLOAT, None)
            bodies.append(helper.make_graph([helper.make_node(operator, [source], [out.name])], operator, [], [out]))
        condition = f"c{len(self.tensors)}"
        self.tensors.append(numpy_helper.from_array(np.array(bool(self.random.integers(2))), condition))
        self.add("If", [condition], self.width[source], then_branch=bodies[0], else_branch=bodies[1])


def random_file(seed: int, path: Path) -> Any:
    """Write a random file of version 13 of the operators; returns the model."""
    grower = Grower(seed, by_rows=bool(seed % 2))
    grower.dense()
    for _ in range(int(grower.random.integers(2, 7))):
        kind = str(grower.random.choice(["dense", "dense", "border", "border", "sum", "branch"]))
        getattr(grower, kind)()
    ends = [name for name in grower.width if name.startswith("t")]
    chosen = {ends[-1], *(e for e in ends if grower.random.random() < 0.3)}
    return write(
        path, grower.nodes, grower.tensors, {"x": [*grower.front, grower.width["x"]]},
        {e: [*grower.front, grower.width[e]] for e in ends if e in chosen},
    )  # fmt: skip


def write(
    path: Path, nodes: list[Any], tensors: list[Any], inputs: dict[str, Any], outputs: dict[str, Any], version: int = 13
) -> Any:
    """Write a file whose inputs and outputs have these shapes; returns the model."""
    ports = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in p.items()] for p in (inputs, outputs)]
    graph = helper.make_graph(nodes, "random", *ports, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return model


def block(path: Path, width: int = 8, hidden: int = 12, seed: int = 0) -> Any:
    """Write the second half of a transformer's block: a norm, two layers with two equal neurons, a sum, a norm."""
    random = np.random.default_rng(seed)
    first = random.integers(-8, 9, (width, hidden)).astype(np.float32) / 4
    first[:, 5] = first[:, 2]
    arrays = {
        "W1": first,
        "b1": np.zeros(hidden, np.float32),
        "W2": random.integers(-8, 9, (hidden, width)).astype(np.float32) / 4,
        "b2": np.ones(width, np.float32),
        "g": np.ones(width, np.float32),
    }
    listed = [
        ("LayerNormalization", ["x", "g"], "n"), ("MatMul", ["n", "W1"], "a"), ("Add", ["a", "b1"], "a1"),
        ("Relu", ["a1"], "a2"), ("MatMul", ["a2", "W2"], "c"), ("Add", ["c", "b2"], "c1"), ("Add", ["c1", "x"], "r"),
        ("LayerNormalization", ["r", "g"], "y"),
    ]  # fmt: skip
    nodes = [helper.make_node(operator, operands, [result]) for operator, operands, result in listed]
    tensors = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    return write(path, nodes, tensors, {"x": ["B", "S", width]}, {"y": ["B", "S", width]}, 17)


def chain(path: Path, count: int, width: int = 3, hidden: int = 4) -> Any:
    """Write so many pairs of layers, each with two proportional neurons, with a border after each of them."""
    random, last = np.random.default_rng(0), "x"
    nodes, tensors = list[Any](), list[Any]()
    for k in range(count):
        first = random.integers(-8, 9, (width, hidden)).astype(np.float32) / 4
        first[:, 1] = first[:, 0] * 2
        second = random.integers(-8, 9, (hidden, width)).astype(np.float32) / 4
        tensors += [numpy_helper.from_array(first, f"W{k}"), numpy_helper.from_array(second, f"V{k}")]
        nodes += [
            helper.make_node("MatMul", [last, f"W{k}"], [f"a{k}"]),
            helper.make_node("Relu", [f"a{k}"], [f"b{k}"]),
            helper.make_node("MatMul", [f"b{k}", f"V{k}"], [f"c{k}"]),
            helper.make_node("Tan", [f"c{k}"], [f"d{k}"]),
        ]
        last = f"d{k}"
    return write(path, nodes, tensors, {"x": ["N", width]}, {last: ["N", width]})


def outputs(path: Path, x: Any) -> list[Any]:
    """Return what onnxruntime computes."""
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(None, {"x": x})


def check_same(model: Any, before: Path, after: Path, seed: int) -> None:
    """Check that onnxruntime's outputs of two files agree, and that borders are byte for byte as before."""
    kept = {node.SerializeToString() for node in onnx.load(str(after)).graph.node}
    needed = Uses(model.graph).between((), [value.name for value in model.graph.output])
    borders = [model.graph.node[n] for n in needed if model.graph.node[n].op_type in (*BORDERS, "If")]
    assert all(node.SerializeToString() in kept for node in borders)
    width = model.graph.input[0].type.tensor_type.shape.dim[-1].dim_value
    shape = (2, 3, width) if seed % 2 else (2, width)
    x = np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float32)
    for one, other in zip(outputs(before, x), outputs(after, x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)
