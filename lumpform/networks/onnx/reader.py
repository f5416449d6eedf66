"""What operations need to know while an ONNX file is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.networks.onnx.attributes import Attributes
from lumpform.networks.onnx.build import Builder, Form


class Reader:
    """Constants and tensors by name, the network so far, and the place for messages."""

    path: Path
    place: str = ""
    builder: Builder
    constants: dict[str, NDArray[Any]]
    tensors: dict[str, Form]

    def fail(self, found: str, expected: str) -> FormatError:
        """An error at the node at hand."""
        return FormatError(self.path, self.place, found, expected)

    def operand(self, node: Any, index: int = 0) -> str:
        """The name of an operand that must be there."""
        if index >= len(node.input) or not node.input[index]:
            raise self.fail(f"no operand {index}", f"the operands of {node.op_type}")
        return node.input[index]

    def attributes(self, node: Any) -> Attributes:
        """The attributes of a node."""
        return Attributes(node, self.fail)

    def tensor(self, name: str) -> Form:
        """A tensor that depends on the inputs."""
        if name not in self.tensors:
            what = "a constant" if name in self.constants else "a tensor that nothing before makes"
            raise self.fail(f"{what} {name!r}", "a tensor made by an earlier node (the graph may have a cycle)")
        return self.tensors[name]

    def constant(self, name: str) -> NDArray[Any]:
        """A constant."""
        if name not in self.constants:
            raise self.fail(f"the tensor {name!r}", "a constant")
        return self.constants[name]

    def settled(self, name: str) -> Form:
        """A tensor as a group, remembered under its name."""
        form = self.builder.settle(self.tensor(name), name)
        self.tensors[name] = form
        return form
