"""Puts counts into words."""

from __future__ import annotations


def counted(many: int, noun: str) -> str:
    """Return a number and its noun, in the plural unless the number is one."""
    if many == 1:
        return f"1 {noun}"
    plural = f"{noun}es" if noun.endswith("s") else f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{many} {plural}"
