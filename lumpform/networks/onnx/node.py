"""Hold a node of an ONNX graph with its operands: what operations work on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.networks.builder import Builder
from lumpform.networks.onnx.attributes import Attributes
from lumpform.networks.onnx.tensors import BATCH as BATCH
from lumpform.networks.onnx.tensors import MARKER
from lumpform.networks.tensor import Tensor

Value = Tensor | NDArray[Any]
"""What depends on the inputs, or a constant: floats (dyadic), integers, or `Fraction` objects."""


class Node:
    """Hold one operation: its operator with the version that holds, attributes, operands, and the builder.

    Parameters
    ----------
    schema
        What ONNX says about the operator in the version that holds in this file.
    """

    def __init__(self, path: Path, place: str, node: Any, schema: Any, values: dict[str, Value], builder: Builder):
        self.path, self.place, self.version = path, place, int(schema.since_version)
        self.operator: str = node.op_type
        self.inputs: list[str] = list(node.input)
        self.outputs: list[str] = list(node.output)
        self.name: str = next(filter(None, self.outputs), "")
        self.values, self.builder = values, builder
        self.attributes = Attributes(node, schema, self.fail)

    def fail(self, found: str, expected: str) -> FormatError:
        """Return the error that something else than expected was found at this node."""
        return FormatError(self.path, self.place, found, expected)

    def has(self, index: int) -> bool:
        """Say whether an operand is given; an empty name stands for a missing one."""
        return index < len(self.inputs) and self.inputs[index] != ""

    def value(self, index: int = 0) -> Value:
        """Return an operand, which must be there."""
        if not self.has(index):
            raise self.fail(f"no operand {index}", f"the operands of {self.operator}")
        name = self.inputs[index]
        if name not in self.values:
            raise self.fail(f"the tensor {name!r}, which nothing before makes", "one of an earlier node")
        return self.values[name]

    def tensor(self, index: int = 0) -> Tensor:
        """Return an operand that depends on the inputs."""
        value = self.value(index)
        if not isinstance(value, Tensor):
            raise self.fail(f"the constant {self.inputs[index]!r}", "a tensor that depends on the inputs")
        return value

    def constant(self, index: int) -> NDArray[Any]:
        """Return an operand that is a constant."""
        value = self.value(index)
        if isinstance(value, Tensor):
            raise self.fail(f"the tensor {self.inputs[index]!r}, which depends on an input", "a constant")
        return value

    def weights(self, index: int) -> NDArray[Any]:
        """Return an operand that is a constant of real numbers."""
        constant = self.constant(index)
        if constant.dtype.kind not in "fO":
            raise self.fail(f"a constant of type {constant.dtype}", "floats")
        return constant

    def integers(self, index: int) -> list[int]:
        """Return an operand that is a list of integers (or one integer)."""
        found = self.sizes(index)
        if BATCH in found:
            raise self.fail("the length of the batch, which is open", "a number")
        return found

    def sizes(self, index: int) -> list[int]:
        """Return an operand that is a list of sizes, of which one may be `BATCH`."""
        constant = self.constant(index)
        if constant.dtype.kind != "i" or constant.dtype.itemsize < 4 or constant.ndim > 1:
            raise self.fail(f"a constant of type {constant.dtype} and shape {list(constant.shape)}", "integers")
        return [int(v) for v in constant.reshape(-1).tolist()]

    def turned(self, tensor: Tensor) -> Tensor:
        """Return a matrix with its axes exchanged."""
        if tensor.batch:
            raise self.fail("a transposition of the batch", "samples that stay in front")
        return Tensor(tensor.entries.T, False)

    def broadcasts(self, shape: tuple[int, ...], result: tuple[int, ...]) -> None:
        """Raise an error unless a summand broadcasts to the result, one way only."""
        try:
            fits = np.broadcast_shapes(shape, result) == result
        except ValueError:
            fits = False
        if not fits:
            raise self.fail(f"a summand of shape {list(shape)}", f"one that broadcasts to {list(result)}")

    def keeps_batch(self, value: Value, axis: int) -> None:
        """Raise an error if an axis is the batch."""
        if isinstance(value, Tensor) and value.batch and axis == 0:
            raise self.fail("an operation along the batch", "samples that stay apart")


def is_real(value: Value) -> bool:
    """Say whether a value holds real numbers: not integers or truth values."""
    return isinstance(value, Tensor) or value.dtype.kind in "fO"


def shape_of(value: Value) -> tuple[int, ...]:
    """Return the full shape, a batch counting as 1."""
    return tuple(value.shape)


def numbers_of(value: Value) -> NDArray[Any]:
    """Return the array that moving operations move: entries, or the constants themselves."""
    return value.entries if isinstance(value, Tensor) else value


def like(value: Value, array: NDArray[Any]) -> Value:
    """Return what was moved as a value of the same kind."""
    return Tensor(array, value.batch) if isinstance(value, Tensor) else np.asarray(array)


def check_marker(node: Node, results: list[Value]) -> None:
    """Refuse the integer `BATCH` where it was computed, or written down, and is no length of a batch. O(numbers)."""
    if node.operator == "Shape" or not any(_has_marker(value) for value in results):
        return
    if not any(_has_marker(node.values.get(name)) for name in node.inputs):
        raise node.fail(MARKER, "other integers")


def _has_marker(value: Value | None) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.int64 and bool((value == BATCH).any())
