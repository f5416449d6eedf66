"""Random ONNX models with recurrent layers: all directions, functions, layouts; several layers, and dense ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

DIRECTIONS = ("forward", "reverse", "bidirectional")


class Draft:
    """Collects nodes and constants of a graph."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def numbers(self, *shape: int) -> str:
        """Append a constant of small multiples of 1/4, so that onnxruntime rounds little."""
        array = (self.rng.integers(-4, 5, shape) / 4).astype(np.float32)
        return self.constant(array)

    def constant(self, array: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(array), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def node(self, operator: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> Any:
        names = [f"{operator}{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def rnn(self, x: str, features: int, size: int, *, direction: str, function: str, **options: Any) -> list[str]:
        """Append a layer; options: `biased`, `samples` (then there is an initial state)."""
        d = 2 if direction == "bidirectional" else 1
        inputs = [x, self.numbers(d, size, features), self.numbers(d, size, size)]
        inputs.append(self.numbers(d, 2 * size) if options.get("biased") else "")
        if options.get("samples"):
            start = np.repeat(self.rng.integers(-4, 5, (d, 1, size)) / 4, options["samples"], axis=1)
            inputs += ["", self.constant(start.astype(np.float32))]
        while inputs[-1] == "":
            inputs.pop()
        activations = [function] * d
        return self.node("RNN", inputs, 2, hidden_size=size, direction=direction, activations=activations)

    def model(self, x: Any, outputs: dict[str, Any], opset: int = 14) -> ModelProto:
        """Return the model of a float input of this shape, and outputs by name with their shapes."""

        def info(name: str, shape: Any) -> Any:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        listed = [info(name, shape) for name, shape in outputs.items()]
        graph = helper.make_graph(self.nodes, "g", [info("x", x)], listed, self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def recurrent_model(seed: int) -> tuple[ModelProto, tuple[int, int, int]]:
    """Return a model and the shape of its input: steps, samples and features, or samples first."""
    draft = Draft(seed)
    rng = draft.rng
    steps, samples, features = (int(n) for n in rng.integers(1, 5, 3))
    fixed, batch_first = bool(rng.integers(2)), bool(rng.integers(2))
    function = ("Relu", "Tanh", "Sigmoid")[int(rng.integers(3))]
    x, outputs = "x", {}
    if batch_first:
        x = draft.node("Transpose", [x], perm=[1, 0, 2])
    if rng.integers(3) == 0:
        size = int(rng.integers(1, 4))
        x = draft.node("Relu", [draft.node("MatMul", [x, draft.numbers(features, size)])])
        width = size
    else:
        width = features
    for _ in range(int(rng.integers(1, 3))):
        size, direction = int(rng.integers(1, 4)), DIRECTIONS[int(rng.integers(3))]
        options = {"biased": bool(rng.integers(2)), "samples": samples if fixed and rng.integers(2) else 0}
        y, last = draft.rnn(x, width, size, direction=direction, function=function, **options)
        d = 2 if direction == "bidirectional" else 1
        if d == 1:
            x = draft.node("Squeeze", [y, draft.constant(np.array([1]))])
        else:
            turned = draft.node("Transpose", [y], perm=[0, 2, 1, 3])
            x = draft.node("Reshape", [turned, draft.constant(np.array([0, 0, -1]))])
        width = d * size
    _ends(draft, x, width, y, last, outputs, (d, size))
    n, t = (samples, steps) if fixed else ("n", "t")
    shape = (samples, steps, features) if batch_first else (steps, samples, features)
    return draft.model([n, t, features] if batch_first else [t, n, features], outputs), shape


def _ends(draft: Draft, x: str, width: int, y: str, last: str, outputs: dict[str, Any], sizes: tuple[int, int]) -> None:
    """Append some of: the states, the last states, dense layers behind each of them, one step, sequences turned."""
    rng, (d, size) = draft.rng, sizes
    wanted = set(rng.choice(6, size=int(rng.integers(1, 4)), replace=False).tolist())
    if 0 in wanted:
        outputs[y] = [None, d, None, size]
    if 1 in wanted:
        outputs[last] = [d, None, size]
    if 2 in wanted:
        behind = draft.node("MatMul", [x, draft.numbers(width, 2)])
        outputs[draft.node("Relu", [draft.node("Add", [behind, draft.numbers(2)])])] = [None, None, 2]
    if 3 in wanted:
        rows = draft.node("Reshape", [draft.node("Transpose", [last], perm=[1, 0, 2]), draft.constant([0, d * size])])
        gemm = draft.node("Gemm", [rows, draft.numbers(d * size, 3), draft.numbers(3)])
        outputs[draft.node("Relu", [gemm])] = [None, 3]
    if 4 in wanted:
        step = draft.node("Gather", [x, draft.constant(np.array(int(rng.integers(-1, 1))))], axis=0)
        outputs[draft.node("MatMul", [step, draft.numbers(width, 2)])] = [None, 2]
    if 5 in wanted:
        outputs[draft.node("Transpose", [x], perm=[1, 0, 2])] = [None, None, width]
