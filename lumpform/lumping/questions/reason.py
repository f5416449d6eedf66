"""Says over which classes two vectors of sums are no multiples of each other: one class or two are enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lumpform.graph.views import Normal

Key = tuple[int, int]
"""The number of what edges belong to (see `lumpform.lumping.edges`), and a class."""

ZERO = 0


def reason(
    sums: dict[Key, Any], others: dict[Key, Any], normal: Normal, prefer: Callable[[Key], Any] = lambda key: key
) -> list[Key] | None:
    """Return one or two keys at which two vectors are no multiples of each other; None if they are.

    Parameters
    ----------
    sums, others : dict
        Zeros left out.
    normal : {"equal", "ray", "line"}
        Which multiples are allowed.
    prefer : callable
        Keys for which it is small are looked at first.
    """
    keys = sorted(sums.keys() | others.keys(), key=prefer)
    if normal == "equal":
        return next(([k] for k in keys if sums.get(k, ZERO) != others.get(k, ZERO)), None)
    both = [k for k in keys if k in sums and k in others]
    alone = next(([k] for k in keys if (k in sums) != (k in others)), None)
    if alone is not None or not both:
        return alone
    first = both[0]
    ratio = _factor(sums[first], others[first])
    if ratio is None or (normal == "ray" and ratio < 0):
        return [first]
    return next(([first, k] for k in both[1:] if others[k] != sums[k] * ratio), None)


def _factor(value: Any, other: Any) -> Any:
    """Return how many times a number another is; None if that depends on parameters, which no scale may."""
    ratio = other / value
    return ratio.constant if getattr(ratio, "parametric", False) else ratio
