"""Find of every tensor of an ONNX model from which others its numbers were moved, and from which places."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.onnx.moves import NOTHING

Codes = NDArray[np.int64]

MOST = 1 << 20
"""Numbers of a tensor that is looked at."""

FIRST = 1 << 40
"""What the place of a number in its tensor is counted on from: the tensor's number times this."""

MOVES = ("Concat", "Expand", "Flatten", "Gather", "Identity", "Pad", "Reshape", "Slice", "Transpose")
"""Operators that only move numbers."""


class Moves:
    """Know of every tensor of a model from which tensors its numbers were moved, and from which places.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Of all tensors, for one sample where the batch is open.
    batched : set of str
        Tensors with an open batch.
    constants : dict of str to array
    """

    def __init__(self, model: Any) -> None:
        import onnx

        fixed = onnx.ModelProto()
        fixed.CopyFrom(model)
        self.graph = model.graph
        self.batched: set[str] = set()
        for value in fixed.graph.input:
            first = [*value.type.tensor_type.shape.dim][:1]
            if first and not first[0].HasField("dim_value"):
                self.batched.add(value.name)
                first[0].dim_value = 1
        for value in fixed.graph.output:
            value.type.tensor_type.ClearField("shape")
        inferred = onnx.shape_inference.infer_shapes(fixed, data_prop=True).graph
        self.shapes = {
            v.name: tuple(d.dim_value for d in v.type.tensor_type.shape.dim)
            for v in (*inferred.input, *inferred.value_info, *inferred.output)
            if v.type.tensor_type.HasField("shape")
            and all(d.HasField("dim_value") for d in v.type.tensor_type.shape.dim)
        }
        self.constants = {t.name: array_in(t) for t in self.graph.initializer}
        self.shapes |= {name: array.shape for name, array in self.constants.items()}
        self.maker = {name: node for node in self.graph.node for name in node.output}
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.known: dict[str, Codes] = {}
        for node in self.graph.node:
            if any(name in self.batched for name in node.input):
                self.batched.update(node.output)
            self._follow(node)

    def codes(self, name: str) -> Codes:
        """Return where the numbers of a tensor come from."""
        if name not in self.known:
            shape = self.shapes[name]
            self.numbers[name] = len(self.names)
            self.names.append(name)
            start = self.numbers[name] * FIRST
            self.known[name] = np.arange(start, start + prod(shape), dtype=np.int64).reshape(shape)
        return self.known[name]

    def is_moved(self, name: str) -> bool:
        """Tell whether a tensor is known to be moved from others."""
        return name in self.maker and name not in self.numbers and name in self.known

    def _follow(self, node: Any) -> None:
        """Note where the results of a move come from."""
        data = list(node.input) if node.op_type == "Concat" else list(node.input[:1])
        known = all(n in self.shapes and n not in self.constants and prod(self.shapes[n]) <= MOST for n in data)
        if node.op_type not in MOVES or not known or any(n not in self.constants for n in node.input[len(data) :] if n):
            return
        pads = self.constants.get(node.input[1]) if node.op_type == "Pad" else None
        plain = pads is None or (len(node.input) == 2 and not node.attribute and min(pads.tolist()) >= 0)
        if not plain or any(name not in self.shapes for name in node.output):
            return
        made = _moved(node, [self.codes(n) for n in data], [self.constants.get(n) for n in node.input[len(data) :]])
        for name, codes in zip(node.output, made, strict=False):
            self.known[name] = codes.reshape(self.shapes[name])

    def sources(self, codes: Codes) -> tuple[list[str], Codes]:
        """Return the tensors that numbers come from, and their places counted through all of these."""
        filled = codes[codes != NOTHING]
        of = np.unique(filled // FIRST).tolist()
        names = [self.names[n] for n in of]
        starts = np.cumsum([0, *(prod(self.shapes[n]) for n in names)])
        places = np.full(codes.shape, NOTHING, dtype=np.int64)
        places[codes != NOTHING] = starts[np.searchsorted(of, filled // FIRST)] + filled % FIRST
        return names, places

    def cone(self, name: str) -> list[Any]:
        """Return the moves that make a tensor, and their constants."""
        tensors = {t.name: t for t in self.graph.initializer}
        open_, seen, parts = [name], {name}, dict[int, Any]()
        while open_:
            name = open_.pop()
            parts |= {id(tensors[name]): tensors[name]} if name in tensors else {}
            if self.is_moved(name):
                node = self.maker[name]
                parts[id(node)] = node
                open_ += [n for n in node.input if n not in seen]
                seen.update(node.input)
        return list(parts.values())

    @staticmethod
    def size(parts: list[Any]) -> int:
        """Return the bytes of operations and constants, with two or three in front of each."""
        return sum(part.ByteSize() + 3 for part in parts)


def array_in(tensor: Any) -> NDArray[Any]:
    """Return the numbers of a constant."""
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor)


def _moved(node: Any, data: list[Codes], operands: list[Any]) -> list[Codes]:
    """Carry a move out."""
    from onnx import helper

    a = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    (x, *_), kind = data, node.op_type
    if kind == "Concat":
        return [np.concatenate(data, axis=a["axis"])]
    if kind == "Gather":
        return [np.take(x, operands[0], axis=a.get("axis", 0))]
    if kind == "Expand":
        return [np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(operands[0].tolist())))]
    if kind == "Pad":
        return [np.pad(x, operands[0].reshape(2, -1).T.tolist(), constant_values=NOTHING)]
    if kind == "Transpose":
        return [x.transpose(a.get("perm"))]
    if kind == "Slice":
        starts, ends, axes, steps = (*(v.tolist() for v in operands), [1] * len(operands[0]))[:4]
        cut = [slice(None)] * x.ndim
        for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
            cut[axis] = slice(start, None if step < 0 and end < -x.shape[axis] else end, step)
        return [x[tuple(cut)]]
    return [x]  # of another shape at most
