"""Recognises products of a tensor and a function of it. docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...rational import ZERO, Pair
from ..graph import Function
from .building import Building
from .entrywise import WithConstants, with_function
from .tensor import NOTHING, Tensor
from .tensor_sums import plus

FOLLOWED, HIGHEST = 8, 64
"""How many sums and products with one constant are followed back, and the highest power."""

SIXTH, HALF = Fraction(1, 6), Fraction(1, 2)


@dataclass
class Line:
    """Says that a tensor is a factor times other entries, plus a shift."""

    factor: Fraction
    shift: Fraction
    entries: Sequence[int]


@dataclass
class Applied:
    """Says that a tensor is the function of other entries times a factor, plus a shift; `lines` are what those are."""

    factor: Fraction
    shift: Fraction
    function: Function
    lines: list[Line]


Term = tuple[Fraction, Function, Sequence[int]]
"""A factor times a function of entries."""


def gated(building: Building, a: Tensor, b: Tensor) -> Tensor | None:
    """Return the product of two tensors if one is a known function of the other, else None."""
    if (a.shape, a.batch) != (b.shape, b.batch) or building.lengths or NOTHING in a.entries or NOTHING in b.entries:
        return None
    first, second = _lines(building, a.entries), _lines(building, b.entries)
    applied = _applied(building, first), _applied(building, second)
    for lines, other in ((first, applied[1]), (second, applied[0])):
        term = None if other is None else _gate(building, lines, other)
        if term is not None:
            return _term(building, a, term)
    for factor, m, entries in _powers(first, applied[0]):
        for more, n, same in _powers(second, applied[1]):
            if m + n <= HIGHEST and _same(entries, same):
                return _term(building, a, (factor * more, ("power", (m + n, 1)), entries))
    for lines, other in ((first, applied[1]), (second, applied[0])):
        if other is None or other.function != ("power", (2, 1)) or not other.factor or not other.shift:
            continue
        met = _meet(lines, other.lines)
        if met is not None:
            x, inside = met
            line = _term(building, a, (x.factor * other.shift, ("identity",), x.entries))
            cube = (x.factor * other.factor * inside.factor**2, ("power", (3, 1)), x.entries)
            return plus(building, line, _term(building, a, cube))
    return None


def _term(building: Building, like: Tensor, term: Term) -> Tensor:
    """Make the groups of a term."""
    factor, function, entries = term
    tensor = like.like(like.shape, entries)
    if function != ("identity",):
        tensor = with_function(building, tensor, function)
    if factor == 1:
        return tensor
    values = [(_pair(factor), ZERO)]
    return WithConstants(building, tensor, (), values, (tensor.shape, tensor.batch), product=True).made()


def _pair(value: Fraction) -> Pair:
    return value.numerator, value.denominator


def _same(a: Sequence[int], b: Sequence[int]) -> bool:
    return len(a) == len(b) and (a == b or all(x == y for x, y in zip(a, b, strict=True)))


def _back(building: Building, entries: Sequence[int]) -> tuple[tuple[Any, ...], list[array[int]]] | None:
    """Return how entries were made one by one, all in the same way, and of which; None if they were not."""
    building.claim(4 * len(entries))
    how: tuple[Any, ...] | None = None
    parents: list[array[int]] = []
    for entry in entries:
        place = bisect_right(building.steps, entry, key=lambda step: step.start) - 1
        step = building.steps[place] if place >= 0 else None
        if step is None or not step.covers(entry) or step.how is None or how not in (None, step.how):
            return None
        if how is None:
            how, parents = step.how, [array("q") for _ in step.parents]
        for mine, theirs in zip(parents, step.parents, strict=True):
            mine.append(theirs[entry - step.start])
    if how is None or any(NOTHING in p for p in parents):
        return None
    return how, parents


def _lines(building: Building, entries: Sequence[int]) -> list[Line]:
    """Return a tensor by its own entries, and by those that it was made of by sums and products with one constant."""
    result = [Line(Fraction(1), Fraction(0), entries)]
    while len(result) <= FOLLOWED:
        made, last = _back(building, result[-1].entries), result[-1]
        if made is None or made[0][0] != "constants":
            break
        factor, shift = (Fraction(*pair) for pair in made[0][1:])
        result.append(Line(last.factor * factor, last.shift + last.factor * shift, made[1][0]))
    return result


def _applied(building: Building, lines: list[Line]) -> Applied | None:
    """Return the function that the last of the lines is made by."""
    made, last = _back(building, lines[-1].entries), lines[-1]
    if made is None or made[0][0] != "function":
        return None
    return Applied(last.factor, last.shift, made[0][1], _lines(building, made[1][0]))


def _meet(lines: Iterable[Line], others: list[Line], *, shifted: bool = False) -> tuple[Line, Line] | None:
    """Return the first two lines of the same entries, both without a shift; the second may have one if `shifted`."""
    for x in lines:
        if x.factor and not x.shift:
            for y in others:
                if (shifted or not y.shift) and _same(x.entries, y.entries):
                    return x, y
    return None


def _gate(building: Building, own: list[Line], other: Applied) -> Term | None:
    """Return x times a function of x, if that is what the product of lines and another tensor is."""
    kind = other.function[0]
    if not other.factor:
        return None
    if kind == "relu":
        return _clipped(building, own, other)
    if kind == "tanh":
        return _mish(building, own, other) if not other.shift else _cubic(building, own, other)
    met = _meet(own, other.lines)
    if met is None:
        return None
    x, inside = met
    if kind == "sigmoid" and not other.shift:
        return x.factor * other.factor, ("swish", _pair(inside.factor)), x.entries
    if kind == "erf" and other.shift == other.factor:
        return 2 * x.factor * other.factor, ("erf_gate", _pair(inside.factor)), x.entries
    return None


def _mish(building: Building, own: list[Line], other: Applied) -> Term | None:
    soft = _applied(building, other.lines[:1])
    met = _meet(own, soft.lines) if soft is not None and soft.function == ("softplus",) else None
    if met is None or met[1].factor != 1:
        return None
    return met[0].factor * other.factor, ("mish",), met[0].entries


def _cubic(building: Building, own: list[Line], other: Applied) -> Term | None:
    """Return what tanh of ``a x + b x^3``, plus 1, is multiplied by."""
    last = other.lines[-1]
    made = _back(building, last.entries)
    if other.shift != other.factor or last.shift or made is None or made[0] != ("sum", 1):
        return None
    left, right = (_lines(building, part) for part in made[1])
    for line, cube in ((left, right), (right, left)):
        power = _applied(building, cube)
        if power is None or power.function != ("power", (3, 1)) or power.shift:
            continue
        for x in own:
            met, inside = _meet([x], line), _meet([x], power.lines)
            if met is not None and inside is not None:
                a, b = met[1].factor, power.factor * inside[1].factor ** 3
                gate = ("tanh_gate", _pair(last.factor * a), _pair(last.factor * b))
                return 2 * x.factor * other.factor, gate, x.entries
    return None


def _clipped(building: Building, own: list[Line], other: Applied) -> Term | None:
    """Return what a line, cut off below at 0 and above, is multiplied by."""
    inner, last = _applied(building, other.lines), other.lines[-1]
    if inner is None or inner.function != ("relu",) or last.shift <= 0 or last.factor >= 0:
        return None
    if not other.shift or other.factor * last.shift != -other.shift:
        return None
    met = _meet(own, inner.lines, shifted=True)
    if met is None:
        return None
    x, line = met
    ratio = -last.factor / last.shift
    a, b = ratio * line.factor, ratio * line.shift
    gate = ("hard_swish",) if (a, b) == (SIXTH, HALF) else ("clip_gate", _pair(a), _pair(b))
    return x.factor * other.shift, gate, x.entries


def _powers(lines: list[Line], applied: Applied | None) -> list[tuple[Fraction, int, Sequence[int]]]:
    """Return a tensor as factors times powers of entries: first of the lines, then of what a power was made of."""
    result = [(line.factor, 1, line.entries) for line in lines if line.factor and not line.shift]
    if applied is not None and applied.function[0] == "power" and applied.factor and not applied.shift:
        n = applied.function[1][0]
        inside = [line for line in applied.lines if line.factor and not line.shift]
        result += [(applied.factor * line.factor**n, n, line.entries) for line in inside]
    return result
