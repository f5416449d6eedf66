"""Reads what certificates of version 2 say alike of the two models that they are about."""

from __future__ import annotations

from typing import Any

from .certificate import Source, bound_to


def about_both(source: Source, fields: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return what certificates of version 2 say alike of two models: kinds, digests, sizes, and the packed map."""
    original, reduced = (bound_to(source, name, fields[name], kinds) for name in ("original", "reduced"))
    return {
        "states": source.count("states", fields["states"]),
        "classes": source.count("classes", fields["classes"]),
        "original_kind": original[0],
        "original_digest": original[1],
        "reduced_kind": reduced[0],
        "reduced_digest": reduced[1],
        "class_of": fields["class_of"],
        "scales": {},
    }
