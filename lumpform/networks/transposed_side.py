"""Find the window of a transposed convolution again, side by side, from scatters on arrows."""

from __future__ import annotations

from math import gcd


class TransposedSide:
    """Lay out one side of a window: where positions of the source arrive, and what a transposed convolution needs.

    Attributes
    ----------
    size, step : int
        Positions of the kernel, and their distance (the dilation).
    before, after : int
        Positions that are cut off the result.
    more : int
        Positions that are added to its end.
    """

    def __init__(self, side: int, offsets: list[int], stride: int, count: int, *, alike: bool = False) -> None:
        """Find what a transposed convolution needs.

        Parameters
        ----------
        side : int
            Positions of the source.
        offsets : list of int
            Position y of the source arrives at ``stride * y + offset``; ascending.
        count : int
            Positions of the result.
        alike : bool
            Whether as much must be cut off before as after.
        """
        end = (side - 1) * stride + offsets[-1] + 1  # behind the last position that arrives
        self.before, self.after = max(0, -offsets[0]), max(0, end - count)
        if alike:
            self.before = self.after = max(self.before, self.after)
        self.step = gcd(*(d + self.before for d in offsets)) or 1
        self.size = (offsets[-1] + self.before) // self.step + 1
        self.more = count - end + self.after
        if self.more >= max(stride, self.step):  # more than runtimes add: zeros at the end of the kernel
            self.size += self.more // self.step
            self.more %= self.step

    def place(self, offset: int) -> int:
        """Return the position in the kernel of an offset."""
        return (offset + self.before) // self.step
