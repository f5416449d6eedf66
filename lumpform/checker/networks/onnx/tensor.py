"""Keeps tensors that depend on an input: arrays of entries of groups, and the operands of a node."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ...effort import limits_in_force
from .constants import Constant
from .shapes import Shape, broadcast, check_rank

NOTHING = -1
"""The entry of what is zero and stands in padding."""


@dataclass
class Tensor:
    """Holds entries in row-major order, numbered through all groups: a `range` where they are one after the other.

    If `batch`, the first dimension is the batch, of which one sample is read. In a recurrent network `layout` says, as
    that of a `Port` does, what the dimensions of a tensor with steps are, or with samples elsewhere; both are 1 in the
    shape.
    """

    shape: Shape
    entries: Sequence[int]
    batch: bool = False
    layout: str = ""

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
