"""Says how many of a thing there are, one state or two states, and linear inequalities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction


def counted(many: int, noun: str) -> str:
    """Return a number with separators between thousands and its noun, in the plural unless the number is one."""
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}{'es' if noun.endswith('s') else 's'}"


def inequality(coefficients: Mapping[int, Fraction], most: Fraction, shown: Callable[[Fraction], str] = str) -> str:
    """Return ``y0 - 3/2 y1 <= 2`` for coefficients by the number of an output; `shown` writes numbers."""
    text = ""
    for k, value in sorted(coefficients.items()):
        sign = ("- " if value < 0 else "+ ") if text else ("-" if value < 0 else "")
        size = "" if abs(value) == 1 else f"{shown(abs(value))} "
        text += f"{' ' if text else ''}{sign}{size}y{k}"
    return f"{text or '0'} <= {shown(most)}"
