"""Writes numbers and lists as Coq reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import lcm


class NotExpressible(Exception):
    """Says what a certificate says that no case can say, such as a neuron in another layer."""


def integer(value: int) -> str:
    """Return a literal of Z; large ones in hexadecimal, which is quick to read."""
    if -(1 << 40) < value < 1 << 40:
        return str(value) if value >= 0 else f"({value})"
    return hex(value) if value >= 0 else f"(-{hex(-value)})"


def listed(items: Iterable[str]) -> str:
    """Return a list."""
    return "[" + "; ".join(items) + "]"


def scaled(values: Sequence[Fraction]) -> tuple[int, list[int]]:
    """Return a common denominator, and the numerators over it."""
    below = lcm(*(v.denominator for v in values)) if values else 1
    return below, [v.numerator * (below // v.denominator) for v in values]
