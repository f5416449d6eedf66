"""Find the window of a convolution again, side by side, from shifts on arrows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import gcd

from lumpform.graph.graph import Arrow, Group


class KernelSide:
    """Lay out one side of a window: which positions of the source it reads, and what a convolution needs for that.

    Attributes
    ----------
    size, step : int
        Positions of the kernel, and their distance (the dilation).
    before, after : int
        Zeros around the source.
    cut : bool
        Whether only positions ``start:end`` of the source may be given to the convolution.
    """

    def __init__(self, side: int, offsets: list[int], stride: int, count: int, *, whole: bool = False) -> None:
        """Find what a convolution needs.

        Parameters
        ----------
        side : int
            Positions of the source.
        offsets : list of int
            Position y of the result reads ``stride * y + offset``, for y below `count`; ascending.
        whole : bool
            Whether the convolution is given all of the source: zeros in the kernel then stand for what is not read.
        """
        low, high = offsets[0], offsets[-1]
        self.low = min(low, 0) if whole else low
        last = high + (count - 1) * stride  # the last position that is read
        self.step = gcd(*(d - self.low for d in offsets)) or 1
        self.size = (high - self.low) // self.step + 1
        self.before, self.after = max(0, -low), max(0, last + 1 - side)
        if whole:
            self.size = max(self.size, -(-(side + self.before - count * stride) // self.step) + 1)
            reach = (self.size - 1) * self.step + 1
            self.after = max(0, (count - 1) * stride + reach - side - self.before)
        natural = (side + self.before + self.after - (high - low) - 1) // stride + 1
        self.cut = not whole and (low > 0 or natural != count)
        self.start, self.end = (max(0, low), min(side, last + 1)) if self.cut else (0, side)

    def place(self, offset: int) -> int:
        """Return the position in the kernel of an offset."""
        return (offset - self.low) // self.step


def as_windows(arrows: Iterable[Arrow], source: Group) -> list[Arrow]:
    """Return arrows from a group of maps to another, with a plain one as the shift by nothing if it is among shifts.

    The middle of a window that keeps the sides is an arrow without operator; a convolution writes it with the others.
    """
    listed = list(arrows)
    still = tuple(0 for _ in source.shape), tuple(1 for _ in source.shape), source.shape
    shifts = {a.operator[2:] for a in listed if a.operator is not None and a.operator[0] == "shift"}
    if not source.shape or still[1:] not in shifts:
        return listed
    return [replace(a, operator=("shift", *still)) if a.operator is None else a for a in listed]
