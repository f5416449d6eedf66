"""Hold one call of an ATen operator in an exported module, and collect the ONNX operations that it becomes."""

from __future__ import annotations

from typing import Any

import numpy as np

Sizes = list[int | None]
"""A shape; None for a size that depends on the batch."""


class Tape:
    """Collect ONNX operations and constants; `names` says which tensor holds what a node of the FX graph computes."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}
        self.names: dict[Any, Any] = {}
        self.known: dict[Any, Any] = {}
        self.taken: set[str] = set()
        self.noted: dict[str, Any] = {}  # results of operators that are not known, with what the FX graph says of them

    def fresh(self, wanted: str) -> str:
        """Return a name that is not taken."""
        name, number = wanted, 1
        while name in self.taken:
            number += 1
            name = f"{wanted}_{number}"
        self.taken.add(name)
        return name

    def constant(self, value: Any, wanted: str = "constant") -> str:
        """Keep a tensor of PyTorch, or an array, as a constant; returns its name."""
        name = self.fresh(wanted)
        self.constants[name] = tensor_of(self.torch, value, name)
        return name


def tensor_of(torch: Any, value: Any, name: str) -> Any:
    """Return a constant as a tensor of an ONNX file, with the same numbers."""
    from onnx import TensorProto, numpy_helper

    if isinstance(value, torch.Tensor):
        value = value.detach().cpu().contiguous()
        if value.dtype == torch.bfloat16:
            raw = value.view(torch.int16).numpy().tobytes()
            return TensorProto(name=name, dims=list(value.shape), data_type=TensorProto.BFLOAT16, raw_data=raw)
        value = value.numpy()
    return numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name)


def sizes_of(value: Any) -> Sizes:
    """Return the shape of what an FX node computes; None for sizes that are no numbers."""
    return [d if isinstance(d, int) else None for d in value.shape]


class Unknown(Exception):
    """Say that no ONNX operations are known for a call."""


class Call:
    """Hold a call: its operands by the names that the operator's schema gives them."""

    def __init__(self, tape: Tape, node: Any) -> None:
        self.tape, self.node, self.torch = tape, node, tape.torch
        self.given: dict[str, Any] = {}
        for i, argument in enumerate(node.target._schema.arguments):
            default = argument.default_value if argument.has_default_value() else None
            self.given[argument.name] = node.args[i] if i < len(node.args) else node.kwargs.get(argument.name, default)

    def __getitem__(self, name: str) -> Any:
        return self.given.get(name)

    def require(self, fits: bool) -> None:
        """Give up unless the operands are as the ONNX operator wants them."""
        if not fits:
            raise Unknown

    def tensor(self, name: str) -> str:
        """Return the ONNX tensor of an operand."""
        return self.name_of(self[name])

    def name_of(self, node: Any) -> str:
        """Return the ONNX tensor of an FX node; a number becomes a constant of the result's type."""
        if isinstance(node, bool | int | float):
            return self.scalar(node)
        found = self.tape.names.get(node) if hasattr(node, "name") else None
        self.require(isinstance(found, str))
        return str(found)

    def with_batch(self) -> str:
        """Return a tensor whose first size is the batch: an input of the module."""
        for node in self.node.graph.nodes:
            found = self.tape.names.get(node)
            if node.op == "placeholder" and isinstance(found, str) and found not in self.tape.constants:
                return found
        raise Unknown

    def sizes(self, name: str) -> Sizes:
        """Return the shape of an operand."""
        return sizes_of(self[name].meta["val"])

    @property
    def result(self) -> Sizes:
        """Return the shape of what is computed."""
        return sizes_of(self.node.meta["val"])

    @property
    def dtype(self) -> Any:
        """Return the element type of what is computed, the first of several."""
        value = self.node.meta["val"]
        return (value[0] if isinstance(value, list | tuple) else value).dtype

    def is_attribute(self, name: str) -> bool:
        """Tell whether an attribute, which is a float32, holds a number as well as PyTorch computes with it."""
        value = float(self[name])
        return self.dtype != self.torch.float64 or float(np.float32(value)) == value

    def scalar(self, value: Any) -> str:
        """Make a constant number of the result's type."""
        return self.tape.constant(self.torch.tensor(value, dtype=self.dtype))

    def integers(self, values: list[int]) -> str:
        """Make a constant list of integers."""
        return self.tape.constant(np.array(values, dtype=np.int64))

    def axis(self, dim: int, name: str = "self") -> int:
        """Return a dimension counted from the front."""
        return dim % max(1, len(self.sizes(name)))

    def several(self, operator: str, inputs: list[str], count: int, domain: str = "", **attributes: Any) -> list[str]:
        """Append an operation with several results, named after the FX node."""
        from onnx import helper

        tape, base = self.tape, self.node.name
        outputs = [tape.fresh(base) for _ in range(count)]
        made = helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain, **attributes)
        made.doc_string = ".".join(str(v[0]) for v in list(self.node.meta.get("nn_module_stack", {}).values())[-1:])
        tape.nodes.append(made)
        return outputs

    def add(self, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Append an operation; returns the name of its result."""
        return self.several(operator, inputs, 1, **attributes)[0]

    def reshape(self, tensor: str, before: Sizes, after: Sizes) -> str:
        """Append a Reshape; one size may depend on the batch."""
        self.require(after.count(None) <= 1)
        target = [-1 if d is None else d for d in after]
        if after[:1] == [None] and before[:1] == [None] and fixed(before) == fixed(after):
            target[0] = 0
        return self.add("Reshape", [tensor, self.integers(target)])


def fixed(sizes: Sizes) -> int:
    """Return the product of the sizes that are numbers."""
    product = 1
    for d in sizes:
        product *= 1 if d is None else d
    return product
