"""Random small ONNX models with the operators that are read, for readers to be compared with onnxruntime.

A model depends on its seed alone. Ranks go from 0 to 5, versions of the operator set from 7 to the newest; some inputs
have a batch, some have not; tensors are reused, summed and concatenated; weights are planted with equal, proportional,
opposite and dead neurons and channels. Nearly all models are valid: every node has passed ONNX's shape inference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.shape_inference import InferenceError, infer_shapes
from random_onnx_operations import OPERATIONS, STYLES

NEWEST = 28
LARGEST = 400
"""Numbers that a tensor of a random model may have."""

BATCH = "N"
Shape = tuple[int | str, ...]


def random_model(seed: int) -> ModelProto:
    """A random model."""
    rng = np.random.default_rng(seed)
    graph = Graph(rng, int(rng.integers(7, NEWEST + 1)))
    style = str(rng.choice(list(STYLES)))
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        graph.add_input(style)
    names, weights = zip(*STYLES[style].items(), strict=True)
    chances = np.array(weights) / sum(weights)
    for _ in range(int(rng.integers(1, 13))):
        OPERATIONS[str(rng.choice(names, p=chances))](graph)
    return graph.model()


def random_inputs(model: ModelProto, seed: int, samples: int = 2) -> dict[str, np.ndarray]:
    """Random numbers for every input that has no value of its own; a batch has so many samples."""
    rng = np.random.default_rng(seed)
    own = {t.name for t in model.graph.initializer}
    result = {}
    for given in model.graph.input:
        if given.name not in own:
            kind = given.type.tensor_type
            shape = [samples if d.dim_param else d.dim_value for d in kind.shape.dim]
            numbers = rng.integers(-16, 17, size=shape) / 8
            result[given.name] = np.asarray(numbers, dtype=helper.tensor_dtype_to_np_dtype(kind.elem_type))
    return result


@dataclass
class Graph:
    """A graph that grows node by node; shapes by name, of tensors that depend on an input."""

    rng: np.random.Generator
    version: int
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)
    listed: list[str] = field(default_factory=list)
    count: int = 0

    def name(self, kind: str) -> str:
        """A new name."""
        self.count += 1
        return f"{kind}{self.count}"

    def chance(self, share: float) -> bool:
        """True in this share of cases."""
        return bool(self.rng.random() < share)

    def pick(self, items: Sequence[Any]) -> Any:
        """One of these."""
        return items[int(self.rng.integers(len(items)))]

    def add_input(self, style: str) -> None:
        """An input of a rank that suits the style."""
        rank = {"dense": [2, 2, 2, 1, 3], "conv": [4, 4, 3, 5, 2], "cut": [3, 4, 5]}.get(style, [0, 1, 2, 3, 4, 5])
        shape: list[int | str] = [int(d) for d in self.rng.integers(1, 6, size=self.pick(rank))]
        if shape and self.chance(0.6):
            shape[0] = BATCH
        elif shape and self.chance(0.6):
            shape[0] = 1
        while np.prod([d for d in shape if d != BATCH]) > LARGEST // 4:
            shape = [d if d == BATCH else max(1, d - 1) for d in shape]  # type: ignore[operator]
        name = self.name("x")
        self.inputs.append(name)
        self.shapes[name] = tuple(shape)

    def tensor(self, ranks: Sequence[int] = range(6)) -> str | None:
        """A tensor of one of these ranks, mostly a late one."""
        fitting = [name for name, shape in self.shapes.items() if len(shape) in ranks]
        if not fitting:
            return None
        return fitting[-1] if self.chance(0.6) else self.pick(fitting)

    def numbers(self, *shape: int) -> np.ndarray:
        """Numbers with a few digits."""
        return (self.rng.integers(-12, 13, size=shape) / 8).astype(np.float32)

    def constant(self, values: Any, dtype: Any = None) -> str:
        """The name of a constant, in one of the forms that files have for it."""
        values = np.asarray(values, dtype=np.float32 if dtype is None else dtype)
        name = self.name("c")
        form = int(self.rng.integers(8))
        if form == 0:
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(values)))
        elif form == 1 and self.version >= 12 and values.ndim < 2 and values.size:
            kind = ("value_float" if values.ndim == 0 else "value_floats") if dtype is None else "value_ints"
            if values.ndim == 1 or dtype is None:
                value = values.tolist()
                self.nodes.append(helper.make_node("Constant", [], [name], **{kind: value}))
            else:
                self.nodes.append(helper.make_node("Constant", [], [name], value_int=int(values)))
        elif form == 2 and dtype is None:
            half = self.name("h")
            self.constants.append(numpy_helper.from_array(values.astype(np.float16), half))
            self.nodes.append(helper.make_node("Cast", [half], [name], to=TensorProto.FLOAT))
        else:
            self.constants.append(numpy_helper.from_array(values, name))
            if form == 3:
                self.listed.append(name)
        return name

    def integers(self, values: Any) -> str:
        """The name of a constant of integers."""
        return self.constant(values, np.int64)

    def add(self, kind: str, operands: Sequence[str], results: int = 1, **attributes: Any) -> list[str] | None:
        """The results of a new node, or None if the node does not fit."""
        names = [self.name("t") for _ in range(results)]
        node = helper.make_node(kind, operands, names, **{k: v for k, v in attributes.items() if v is not None})
        shapes = self.inferred(node)
        if shapes is None:
            return None
        self.nodes.append(node)
        self.shapes.update(zip(names, shapes, strict=True))
        return names

    def inferred(self, node: NodeProto) -> list[Shape] | None:
        """The shapes of the results of a node, or None if they are not known, not small, or lose the batch."""
        known = {t.name: t for t in self.constants}
        made = {o: n for n in self.nodes if n.op_type in ("Constant", "Cast") and (o := n.output[0]) not in self.shapes}
        before = [made[o] for o in node.input if o in made]
        constants = [known[o] for n in (node, *before) for o in n.input if o in known]
        given = [self.info(o) for o in dict.fromkeys(node.input) if o in self.shapes]
        out = [helper.make_empty_tensor_value_info(o) for o in node.output]
        graph = helper.make_graph([*before, node], "g", given, out, constants)
        try:
            model = infer_shapes(self.packed(graph), check_type=True, strict_mode=True, data_prop=True)
        except (InferenceError, onnx.checker.ValidationError):
            return None
        result: list[Shape] = []
        for info in model.graph.output:
            dims = info.type.tensor_type.shape.dim
            shape = tuple(d.dim_param or d.dim_value for d in dims)
            if not info.type.tensor_type.HasField("shape") or any(d != BATCH and not isinstance(d, int) for d in shape):
                return None
            sides = [d for d in shape if isinstance(d, int)]
            if min(sides, default=1) < 1 or np.prod(sides or [1]) > LARGEST or len(shape) > 5:
                return None
            result.append(shape)
        lost = any(BATCH in self.shapes[o] for o in node.input if o in self.shapes) and any(
            BATCH not in shape[:1] for shape in result
        )
        return None if lost and not self.chance(0.05) else result

    def info(self, name: str) -> Any:
        """A tensor as ONNX describes inputs and outputs."""
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(self.shapes[name]))

    def packed(self, graph: Any) -> ModelProto:
        """A graph as a model."""
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.version)], ir_version=8)

    def model(self) -> ModelProto:
        """The graph as a model, with the last tensor and up to two others as outputs."""
        names = list(self.shapes)
        outputs = [names[-1], *(self.pick(names) for _ in range(self.pick([0, 0, 0, 1, 2])))]
        listed = [
            helper.make_tensor_value_info(t.name, t.data_type, list(t.dims))
            for t in self.constants
            if t.name in self.listed
        ]
        inputs = [self.info(name) for name in self.inputs]
        ends = [self.info(name) for name in dict.fromkeys(outputs)]
        return self.packed(helper.make_graph(self.nodes, "random", [*inputs, *listed], ends, self.constants))
