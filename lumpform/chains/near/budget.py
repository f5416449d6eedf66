"""Finds the smallest epsilon with which a search leaves at most so many classes, by bisection."""

from __future__ import annotations

from collections.abc import Callable
from math import floor, sqrt
from typing import Any, TypeVar

from lumpform.errors import OptionError
from lumpform.graph.partition import Partition
from lumpform.numbers.rational import not_negative

T = TypeVar("T")

TRIED = 24
"""So many epsilons are tried at most."""

RATIO = 4.0
"""By how much epsilon falls as long as none is known to be too small."""

CLOSE = 1.03
"""How many times one that is too small the smallest may be."""


def least_epsilon(search: Callable[[float], T | None], most: float) -> T | None:
    """Return what a search returns for the smallest epsilon with which it returns anything.

    Parameters
    ----------
    search : function of epsilon
        Returns None where too many classes are left.
    most : float
        An epsilon that is large enough; it is not tried.

    Returns
    -------
    T or None
        None if `most` is the smallest that was found.

    Notes
    -----
    At most `TRIED` searches. A larger epsilon is taken to leave fewer classes; where it does not, a smaller one may be
    missed.
    """
    low, high, best = 0.0, most, None
    for _ in range(TRIED):
        if high <= low * CLOSE:
            break
        middle = sqrt(low * high) if low else high / RATIO
        found = search(middle)
        if found is None:
            low = middle
        else:
            high, best = middle, found
    return best


def classes_kept(keep: Any, states: int) -> int:
    """Return the number of classes that may be left: a whole number, or a share of the states if it is below 1.

    Raises
    ------
    OptionError
        If it is neither.
    """
    value = not_negative(keep, "keep")
    if 0 < value < 1:
        return max(1, floor(value * states))
    if not value or value != floor(value):
        expected = "a whole number of classes, or a share of the states above 0 and below 1"
        raise OptionError(f"keep is {keep}, expected {expected}")
    return int(value)


def check_kept(count: int, start: Partition, respect: tuple[str, ...]) -> None:
    """Raise `OptionError` if there must be more classes than may be left."""
    if start.count > count:
        what = ", ".join(respect)
        raise OptionError(f"keep is {count}, expected at least {start.count}: so many classes differ in {what}")
