"""What happens to a value on its way along an arrow: the operators of docs/certificate-networks.md, section 2.1.

An operator is None for nothing, or a tuple of its name and its numbers, k of them for every side of a map:
``("shift", d, s, h)``, ``("pixel", p)``, ``("put", p, h)``, ``("average", w, s, b, e, c)`` and ``("mean",)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Operator = tuple[Any, ...] | None
Sides = tuple[int, ...]


def shift(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> Operator:
    """Return the operator that takes position ``s y + d`` of a map with these sides to position y, in its one form."""
    strides = tuple(1 if length == 1 else stride for stride, length in zip(s, h, strict=True))
    if not any(d) and set(strides) <= {1} and tuple(h) == sides:
        return None
    return ("shift", tuple(d), strides, tuple(h))


def is_outside(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> bool:
    """Tell whether a shift takes positions outside the map only."""
    for offset, stride, length, side in zip(d, s, h, sides, strict=True):
        first = max(0, -(offset // stride))  # the first position that is not before the map
        if first >= length or stride * first + offset >= side:
            return True
    return False


def in_one_form(operator: Operator, sides: Sides) -> Operator:
    """Return an operator of a source with these sides as section 2.1 has it."""
    if operator is None or operator[0] != "shift":
        return operator
    _, d, s, h = operator
    return shift(d, s, h, sides)


def sides_after(operator: Operator, sides: Sides) -> Sides:
    """Return the sides of a value behind an operator; () for numbers."""
    if operator is None:
        return sides
    if operator[0] in ("shift", "put"):
        return operator[-1]
    return windows_of(sides, *operator[1:5]) if operator[0] == "average" else ()


def windows_of(sides: Sides, w: Sides, s: Sides, b: Sides, e: Sides) -> Sides:
    """Return how many windows of sides `w`, every `s` positions, fit a map with padding `b` before and `e` after."""
    return tuple((n + p + q - k) // t + 1 for n, k, t, p, q in zip(sides, w, s, b, e, strict=True))


def flat(value: Any) -> str:
    """Return an operator or a shape as the digest has it: its parts with spaces between, ``-`` for nothing."""
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(map(flat, value))
    return value if isinstance(value, str) else str(int(value))
