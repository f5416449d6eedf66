"""Counts the work on long numbers and long polynomials, so that hostile files are refused before they take minutes.

Numbers of moderate size cost nothing here: going through a file takes time in proportion to its size anyway. What is
counted is work that a short file can ask for out of proportion, such as a thousand fractions without a common factor
brought to one denominator. The unit is a product of two machine words, a nanosecond or two.

==============================  ===========  ======================================================================
name                            value        why
==============================  ===========  ======================================================================
FREE_BITS                       1024         arithmetic on numbers of up to so many bits is not counted
FREE_EXPONENT                   400          exponents of up to so much are not counted
FREE_TERMS                      4            polynomials of up to so many terms are not counted
TERM_WORK                       6,000        units of work for one term
==============================  ===========  ======================================================================
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .limits import DEFAULT, Limits

FREE_BITS = 1024
FREE_EXPONENT = 400
FREE_TERMS = 4
TERM_WORK = 6_000


class TooLarge(ValueError):
    """Says which limit on numbers, polynomials or the work on them is exceeded."""


class _Work:
    """Holds the limits of a verdict, and the units of work that are left of it."""

    __slots__ = ("left", "limits")

    def __init__(self, limits: Limits, left: int) -> None:
        self.limits, self.left = limits, left


_work: ContextVar[_Work | None] = ContextVar("the work of a verdict", default=None)


@contextmanager
def limited(size: int, limits: Limits = DEFAULT) -> Iterator[None]:
    """Bound the numbers and count the work of the block, about files of `size` bytes.

    Outside of such a block the limits are the default ones and nothing is counted.
    """
    with allowed(limits.max_work + limits.work_per_byte * size, limits):
        yield


@contextmanager
def allowed(units: int, limits: Limits = DEFAULT) -> Iterator[None]:
    """Bound the numbers of the block, and its work by so many units, which are counted for itself."""
    token = _work.set(_Work(limits, units))
    try:
        yield
    finally:
        _work.reset(token)


def left() -> int:
    """Return how many units of work are left in the block; as many as there may be where nothing is counted."""
    work = _work.get()
    return DEFAULT.max_work if work is None else work.left


def limits_in_force() -> Limits:
    """Return the limits of the block, for values that are made everywhere: numbers, polynomials, tensors."""
    work = _work.get()
    return DEFAULT if work is None else work.limits


def spend(units: int) -> None:
    """Count work that is about to be done; `TooLarge` if it is more than is left."""
    work = _work.get()
    if work is None:
        return
    if units > work.left:
        raise TooLarge("long numbers or polynomials that take too much work")
    work.left -= units


def words(number: int) -> int:
    """Return how many machine words a number takes."""
    return number.bit_length() // 30 + 1
