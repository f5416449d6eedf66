"""Hold tensors while a network is read: arrays of entries, each the number of one value of one group.

A group of n nodes whose maps have q positions holds n q entries. All entries of all groups have numbers; a `Tensor` is
an array of them with the full shape that the file gives it, so that moving numbers (reshape, transpose, slice, concat)
is moving entries, and makes no groups (docs/certificate-networks.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError

Index = NDArray[np.int64]

NOTHING = -1
"""The entry that is zero: padding."""


class Misfit(ModelError):
    """Say that an operation does not fit its tensor; a reader adds the place in its file."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"found {found}, expected {expected}")
        self.found, self.expected = found, expected


@dataclass(frozen=True, eq=False)
class Tensor:
    """Hold numbers that depend on the inputs: `entries` has the full shape, with the batch first if there is one.

    A sequence, or a tensor whose batch is not first, says with `layout` what its dimensions are, as a `Port` does; then
    `batch` is False, and steps and samples count as 1 in the shape.
    """

    entries: Index
    batch: bool
    layout: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Return the full shape, the batch counting as 1."""
        return self.entries.shape


class Part:
    """Hold the entries of one group in a tensor: which of its nodes and positions occur, and where (`mask`, flat)."""

    def __init__(self, group: int, mask: Any, local: Index, size: int, positions: int) -> None:
        self.group, self.mask, self.positions = group, mask, positions
        self.local = local
        if len(local) == size * positions and local[0] == 0 and (np.diff(local) == 1).all():
            self.distinct, self.nodes = local, np.arange(size)
        else:
            self.distinct = np.unique(local)
            self.nodes = np.unique(self.distinct // positions)

    @property
    def whole(self) -> bool:
        """Tell whether all positions of every node that occurs do."""
        return len(self.distinct) == len(self.nodes) * self.positions


def axis_from_front(axis: int, rank: int) -> int:
    """Count an axis from the front; a single number has the axis 0.

    Raises
    ------
    Misfit
        If there is no such axis.
    """
    if not -rank <= axis < max(rank, 1):
        raise Misfit(f"axis {axis} of a tensor with {rank} dimensions", "one that it has")
    return axis % rank if rank else 0


def same_batch(*operands: Any) -> bool:
    """Say whether what these are broadcast to has a batch, which must stay the first dimension and free.

    Raises
    ------
    ModelError
        If something would be put along the batch, or the batch would become another dimension.
    """
    rank = max(len(o.shape) for o in operands)
    batched = [isinstance(o, Tensor) and o.batch for o in operands]
    if not any(batched):
        return False
    for operand, batch in zip(operands, batched, strict=True):
        if batch and len(operand.shape) < rank:
            raise ModelError("a batch that broadcasting makes another dimension than the first")
        if not batch and len(operand.shape) == rank and operand.shape[0] != 1:
            raise ModelError(f"{operand.shape[0]} values along the batch")
    return True
