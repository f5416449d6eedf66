"""Keeps tensors that depend on an input: arrays of entries of groups, and the operands of a node."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from ...effort import limits_in_force
from .attributes import Attributes
from .constants import Constant
from .shapes import Shape, broadcast, check_rank

if TYPE_CHECKING:
    from .building import Building

NOTHING = -1
"""The entry of what is zero and stands in padding."""


@dataclass
class Tensor:
    """Holds entries in row-major order, numbered through all groups: a `range` where they are one after the other.

    If `batch`, the first dimension is the batch, of which one sample is read.
    """

    shape: Shape
    entries: Sequence[int]
    batch: bool = False

    def __post_init__(self) -> None:
        check_rank(self.shape)
        if not 0 < prod(self.shape) < limits_in_force().max_tensor:
            raise ValueError(f"a tensor of the shape {list(self.shape)}")
        if not isinstance(self.entries, range | array):
            self.entries = array("q", self.entries)

    @property
    def size(self) -> int:
        """Return the number of numbers."""
        return prod(self.shape)

    @property
    def data(self) -> Sequence[int]:
        """Return the entries, by the name that the numbers of a constant have: some operations move either."""
        return self.entries

    def like(self, shape: Sequence[int], data: Sequence[int]) -> Tensor:
        """Return other entries, which belong to the same samples."""
        return Tensor(tuple(shape), data, self.batch)


Value = Tensor | Constant


def is_run(entries: Sequence[int]) -> bool:
    """Tell whether entries are one after the other."""
    return isinstance(entries, range) and (entries.step == 1 or len(entries) == 1)


def meeting(a: Value, b: Value) -> tuple[Shape, bool]:
    """Return the shape of two tensors broadcast against each other, and whether its first dimension is the batch.

    Raises `ValueError` if nothing but numbers of the same sample would meet.
    """
    shape = broadcast(a.shape, b.shape)
    for value, other in ((a, b), (b, a)):
        if value.batch:
            against = other.shape[:1] if len(other.shape) == len(shape) else (1,)
            if len(value.shape) < len(shape) or against != (1,):
                raise ValueError("numbers that are broadcast against the batch")
    return shape, a.batch or b.batch


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
        found = self.constant(index)
        if len(found.shape) != 1:
            raise ValueError(f"operand {index} of the shape {list(found.shape)} instead of a list")
        return found.integers()

    def listed(self, name: str, index: int, since: int) -> list[int] | None:
        """Return integers that are an attribute before version `since` and an operand from then on, if given."""
        if self.version < since:
            return self.attributes.integers(name)
        return self.integers(index) if self.has(index) else None


Operation = Callable[[Node], Any]
"""What an operator does: from a node to a value, or to a list of values for a list of results."""
