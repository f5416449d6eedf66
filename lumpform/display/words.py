"""Says how many of a thing there are, one state or two states, and linear inequalities."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

_SPELLED = frozenset("AEFHILMNORSX")
"""Letters whose names begin with a vowel."""

_AS_LETTERS = ("ndarray", "mdp")
"""Words in small letters that are spoken as letters, at least the first."""


def counted(many: int, noun: str) -> str:
    """Return a number with separators between thousands and its noun, in the plural unless the number is one."""
    if many == 1:
        return f"{many:,} {noun}"
    plural = f"{noun}es" if noun.endswith("s") else f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{many:,} {plural}"


def with_article(noun: str) -> str:
    """Return a noun with the article that it is spoken with: a unit, an exit rate, a DTMC, an MDP, an 8 x 2 matrix."""
    word = "".join(re.findall(r"\w+", noun)[:1])
    if word[:1].isdigit():
        vowel = word.startswith("8") or word in ("11", "18")
    elif word.isupper() or word in _AS_LETTERS:
        vowel = word[0].upper() in _SPELLED
    else:
        vowel = word[:1].lower() in tuple("aeiou") and not word.lower().startswith(("uni", "use", "one", "eu"))
    return f"{'an' if vowel else 'a'} {noun}"


def inequality(coefficients: Mapping[int, Fraction], most: Fraction, shown: Callable[[Fraction], str] = str) -> str:
    """Return ``y0 - 3/2 y1 <= 2`` for coefficients by the number of an output; `shown` writes numbers."""
    text = ""
    for k, value in sorted(coefficients.items()):
        sign = ("- " if value < 0 else "+ ") if text else ("-" if value < 0 else "")
        size = "" if abs(value) == 1 else f"{shown(abs(value))} "
        text += f"{' ' if text else ''}{sign}{size}y{k}"
    return f"{text or '0'} <= {shown(most)}"
