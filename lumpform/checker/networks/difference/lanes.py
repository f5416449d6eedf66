"""Keeps a vector of integers in the lanes of one long integer, so that one product multiplies all of them.

The vector (x_0, x_1, ...) is the sum of ``x_k 2^(w k)``, for lanes of w bits. Sums of vectors and products with
integers are then those of the long integers, and Python's loops over digits do the work. Numbers may be negative: a
lane that is negative borrows from the next, which an offset undoes. This is right as long as every lane stays below
``2^(w-1)`` in absolute value, which whoever computes sees to (`Narrow`).
"""

from __future__ import annotations

from functools import lru_cache


class Narrow(ValueError):
    """Says that the numbers of some lane may need so many bits, and the lanes have fewer."""

    def __init__(self, bits: int) -> None:
        super().__init__(bits)
        self.bits = bits


class Lanes:
    """Knows the width of lanes and works on all lanes of a vector at once.

    Parameters
    ----------
    width : int
        Bits of a lane.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._whole = (1 << width) - 1
        self._ones = lru_cache(maxsize=None)(self.ones)

    def require(self, bits: int) -> None:
        """Raise `Narrow` unless numbers of so many bits fit a lane with their sign."""
        if bits >= self.width:
            raise Narrow(bits)

    def ones(self, count: int) -> int:
        """Return the vector of `count` ones."""
        return ((1 << self.width * count) - 1) // self._whole

    def first(self, vector: int) -> int:
        """Return the number in the first lane."""
        half = 1 << (self.width - 1)
        return ((vector + half) & self._whole) - half

    def unit(self, lane: int, number: int) -> int:
        """Return the vector with this number in one lane and zeros in the others."""
        return number << self.width * lane

    def floored(self, vector: int, bits: int, count: int) -> int:
        """Return every number divided by ``2^bits`` and rounded down; there are `count` lanes."""
        if not vector or not bits:
            return vector
        ones, top = self._ones(count), self.width - 1
        kept = (vector + (ones << top)) >> bits & (ones << self.width - bits) - ones
        return kept - (ones << top - bits)

    def scaled(self, vector: int, numerator: int, bits: int, count: int) -> int:
        """Return every number times ``numerator / 2^bits``, rounded down."""
        if not numerator:
            return 0
        zeros = min(bits, (numerator & -numerator).bit_length() - 1)
        return self.floored(vector * (numerator >> zeros), bits - zeros, count)

    def size(self, vector: int, count: int) -> int:
        """Return the sum of the absolute values, which must fit a lane with a bit to spare for the sign."""
        if not vector:
            return 0
        ones, top = self._ones(count), self.width - 1
        shifted = vector + (ones << top)
        negative = ones - (shifted >> top & ones)  # 1 in the lanes of negative numbers
        below = (shifted & (negative << top) - negative) - (negative << top)
        return (vector - 2 * below) % self._whole
