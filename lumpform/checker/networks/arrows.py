"""Says what happens to a value on its way along an arrow: operators. docs/certificate-networks.md, section 2.1.

An operator is None for nothing, or a tuple of its name and its numbers, k of them for every side of a map:
``("shift", d, s, h)``, ``("scatter", d, s, h)``, ``("pixel", p)``, ``("put", p, h)``, ``("average", w, s, b, e, c)``
and ``("mean",)``.
In recurrent networks there are also ``("delay", 1)``, ``("delay", -1)``, ``("start",)``, ``("last",)``, ``("first",)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

Operator = tuple[Any, ...] | None
Sides = tuple[int, ...]

FORWARD, REVERSE = ("delay", 1), ("delay", -1)
START, LAST, FIRST = ("start",), ("last",), ("first",)

TIME = (FORWARD, REVERSE, START, LAST, FIRST)
"""Operators of recurrent networks: all others act at every step by itself, and these on all positions alike."""


def is_delay(operator: Operator) -> bool:
    """Tell whether an operator takes the value of another step."""
    return operator in (FORWARD, REVERSE)


def shift(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> Operator:
    """Return the operator that takes position ``s y + d`` of a map with these sides to position y, in its one form.

    A number is a map whose sides are all 1. Some position must be inside the map (`is_outside`).
    """
    if not any(d) and tuple(h) == sides and all(step == 1 for step, length in zip(s, h, strict=True) if length > 1):
        return None
    if prod(sides) == 1:
        return put(tuple(-offset // step for offset, step in zip(d, s, strict=True)), tuple(h))
    if prod(h) == 1:
        return ("pixel", tuple(d))
    return ("shift", tuple(d), tuple(1 if n == 1 else step for step, n in zip(s, h, strict=True)), tuple(h))


def scatter(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> Operator:
    """Return the operator that puts position y of a map with these sides at position ``s y + d``, in its one form.

    As for `shift`, a number is a map whose sides are all 1, and some position must arrive inside (`misses`).
    """
    offsets, steps = [], []
    for offset, step, length, side in zip(d, s, h, sides, strict=True):
        alone = side == 1 or length == 1  # then one position arrives, and what the stride would be does not matter
        offsets.append(offset // step if side > 1 and length == 1 else offset)
        steps.append(1 if alone else step)
    if any(step > 1 for step in steps):
        return ("scatter", tuple(offsets), tuple(steps), tuple(h))
    return shift([-offset for offset in offsets], steps, h, sides)


def misses(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> bool:
    """Tell whether no position of a map arrives inside, if it is scattered so."""
    return is_outside(d, s, sides, tuple(h))


def put(p: Sides, h: Sides) -> Operator:
    """Return the operator that puts a number at a position of a map with sides `h`."""
    return None if prod(h) == 1 else ("put", p, h)


def average(w: Sides, s: Sides, b: Sides, e: Sides, c: int, sides: Sides) -> Operator:
    """Return the operator that takes means over windows of a map with these sides; a number is one of sides 1."""
    if prod(sides) == 1 and not (c and any(b + e)):
        return None
    return ("mean",) if w == sides and not any(b + e) else ("average", w, s, b, e, c)


def is_outside(d: Sequence[int], s: Sequence[int], h: Sequence[int], sides: Sides) -> bool:
    """Tell whether a shift takes positions outside the map only."""
    for offset, stride, length, side in zip(d, s, h, sides, strict=True):
        first = max(0, -(offset // stride))  # the first position that is not before the map
        if first >= length or stride * first + offset >= side:
            return True
    return False


def in_one_form(operator: Operator, sides: Sides) -> Operator:
    """Return an operator of a source with these sides, () for numbers, as section 2.1 has it."""
    if operator is None or operator in TIME:
        return operator
    name = operator[0]
    if name == "put":
        return put(operator[1], operator[2])
    if name == "shift":
        _, d, s, h = operator
        return shift(d, s, h, sides or (1,) * len(d))
    if name == "scatter":
        _, d, s, h = operator
        return scatter(d, s, h, sides or (1,) * len(d))
    if name == "average":
        _, w, s, b, e, c = operator
        return average(w, s, b, e, c, sides or (1,) * len(w))
    return operator if sides else None


def sides_after(operator: Operator, sides: Sides) -> Sides:
    """Return the sides of a value behind an operator; () for numbers."""
    if operator is None or operator in TIME:
        return sides
    if operator[0] in ("shift", "scatter", "put"):
        return operator[-1]
    return windows_of(sides or (1,) * len(operator[1]), *operator[1:5]) if operator[0] == "average" else ()


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
