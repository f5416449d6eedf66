"""Says how many of a thing there are: one state, two states."""

from __future__ import annotations


def counted(many: int, noun: str) -> str:
    """Return a number with separators between thousands and its noun, in the plural unless the number is one."""
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}{'es' if noun.endswith('s') else 's'}"
