"""Counts the work on long numbers and long polynomials, so that hostile files are refused before they take minutes.

Numbers of moderate size cost nothing here: going through a file takes time in proportion to its size anyway. What is
counted is work that a short file can ask for out of proportion, such as a thousand fractions without a common factor
brought to one denominator. The unit is a product of two machine words, a nanosecond or two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .limits import MAX_WORK, WORK_PER_BYTE

_left: ContextVar[int | None] = ContextVar("units that are left", default=None)


class TooLarge(ValueError):
    """Says which limit on numbers, polynomials or the work on them is exceeded."""


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Count the work of the block, about files of `size` bytes; outside of such a block nothing is counted."""
    token = _left.set(MAX_WORK + WORK_PER_BYTE * size)
    try:
        yield
    finally:
        _left.reset(token)


def spend(units: int) -> None:
    """Count work that is about to be done; `TooLarge` if it is more than is left."""
    left = _left.get()
    if left is None:
        return
    if units > left:
        raise TooLarge("long numbers or polynomials that take too much work")
    _left.set(left - units)


def words(number: int) -> int:
    """Return how many machine words a number takes."""
    return number.bit_length() // 30 + 1
