"""Defines a node of an ONNX graph as operations see it: its operands, attributes, and where values are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .attributes import Attributes
from .building import Building
from .constants import BATCH, INT64, MARKER, Constant
from .tensor import Tensor, Value


class Node:
    """Knows an operation and its operands; a missing operand is an empty name."""

    def __init__(
        self,
        kind: str,
        version: int,
        operands: list[str],
        results: list[str],
        attributes: Attributes,
        values: dict[str, Value],
        building: Building,
    ) -> None:
        self.kind, self.version, self.operands, self.results = kind, version, operands, results
        self.attributes, self.values, self.building = attributes, values, building

    def has(self, index: int) -> bool:
        """Tell whether there is an operand."""
        return index < len(self.operands) and self.operands[index] != ""

    def value(self, index: int) -> Value:
        """Return an operand. Raises `ValueError` if no earlier node makes it."""
        if not self.has(index):
            raise ValueError(f"no operand {index}")
        if self.operands[index] not in self.values:
            raise ValueError(f"operand {index}, {self.operands[index]!r}, which no earlier node makes")
        return self.values[self.operands[index]]

    def tensor(self, index: int = 0) -> Tensor:
        """Return an operand that depends on an input."""
        found = self.value(index)
        if isinstance(found, Constant):
            raise ValueError(f"operand {index} is a constant")
        return found

    def constant(self, index: int) -> Constant:
        """Return an operand that is a constant."""
        found = self.value(index)
        if isinstance(found, Tensor):
            raise ValueError(f"operand {index} is no constant")
        return found

    def integers(self, index: int) -> list[int]:
        """Return an operand that is a list of integers."""
        found = self.sizes(index)
        if BATCH in found:
            raise ValueError(f"operand {index} has the length of the batch, which is open")
        return found

    def sizes(self, index: int) -> list[int]:
        """Return an operand that is a list of sizes, of which one may be `BATCH`."""
        found = self.constant(index)
        if len(found.shape) != 1:
            raise ValueError(f"operand {index} of the shape {list(found.shape)} instead of a list")
        return found.integers()

    def listed(self, name: str, index: int, since: int) -> list[int] | None:
        """Return integers that are an attribute before version `since` and an operand from then on, if given."""
        if self.version < since:
            return self.attributes.integers(name)
        return self.integers(index) if self.has(index) else None


def check_marker(node: Node, results: list[Value]) -> None:
    """Refuse the integer `BATCH` that no operand has. Raises `ValueError`."""
    known = (node.values.get(name) for name in node.operands)
    if node.kind != "Shape" and any(map(_has_marker, results)) and not any(map(_has_marker, known)):
        raise ValueError(MARKER)


def _has_marker(value: Value | None) -> bool:
    return isinstance(value, Constant) and value.kind == INT64 and BATCH in value.data


Operation = Callable[[Node], Any]
"""What an operator does: from a node to a value, or to a list of values for a list of results."""
