"""Write a convolution in groups of channels where most of its kernel is zero: depthwise stays depthwise.

A convolution in g groups has g kernels of the same size, and the channels of a group follow each other. Those of the
result keep their order, since a reader makes one group of nodes of them; those that are read may be taken in any order
and more than once, which costs their places as integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

OPERATION = 100
"""Bytes that one more operation costs, about."""

PLACE = 8
"""Bytes of an integer."""


@dataclass(frozen=True)
class InGroups:
    """Hold the kernel of a convolution in groups.

    Attributes
    ----------
    count : int
        The number of groups.
    kernel : array, (results, channels of a group, *window)
        The kernel.
    chosen : array of int or None
        The channels that are read, group by group; None if they are all channels in order.
    """

    count: int
    kernel: Array
    chosen: Array | None = None

    @property
    def bytes(self) -> int:
        """Return what the kernel and the places take, and the operation that moves channels there."""
        moved = 0 if self.chosen is None else OPERATION + PLACE * self.chosen.size
        return self.kernel.nbytes + moved


def in_groups(kernel: Array, *, moved: bool) -> InGroups:
    """Return the form of a convolution that takes fewest bytes.

    O(size of the kernel, times the divisors of the number of results).

    Parameters
    ----------
    kernel : array, (results, channels, *window)
        The kernel of a convolution in one group.
    moved : bool
        Whether channels may be read in another order, more than once or not at all.
    """
    read: Array = np.asarray(kernel.reshape(*kernel.shape[:2], -1).any(axis=2))
    best = InGroups(1, kernel)
    if 2 * int(np.count_nonzero(read)) <= read.size:
        for candidate in _candidates(kernel, read, moved):
            if candidate.bytes < best.bytes:
                best = candidate
    return best


def _candidates(kernel: Array, read: Array, moved: bool) -> Iterator[InGroups]:
    """Return the forms in more than one group; `read` says which result reads which channel."""
    results, channels = read.shape
    for count in range(2, results + 1):
        if results % count:
            continue
        needed = read.reshape(count, results // count, channels).any(axis=1)
        places = np.arange(channels).reshape(count, -1) if channels % count == 0 else None
        if places is not None and int(np.take_along_axis(needed, places, axis=1).sum()) == int(needed.sum()):
            yield InGroups(count, _part(kernel, places))
        elif moved:
            width = max(1, int(needed.sum(axis=1).max()))
            chosen = np.sort(np.argsort(~needed, axis=1, kind="stable")[:, :width], axis=1)
            yield InGroups(count, _part(kernel, chosen), chosen.reshape(-1))


def _part(kernel: Array, places: Array) -> Array:
    """Return the channels of a kernel that every group reads."""
    of_result = np.repeat(places, kernel.shape[0] // len(places), axis=0)
    return np.take_along_axis(kernel, of_result.reshape(*of_result.shape, *[1] * (kernel.ndim - 2)), axis=1)
