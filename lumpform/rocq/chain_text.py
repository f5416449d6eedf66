"""Writes a case of chains as plain text, which the compiled checker reads and prints again."""

from __future__ import annotations

from collections.abc import Iterator

from lumpform.rocq.chain_case import ChainCase
from lumpform.rocq.model_text import joined, model_text


def chain_text(case: ChainCase) -> Iterator[str]:
    """Yield the text in blocks (docs/machine-proofs.md)."""
    yield f"chain {case.kind}\nclasses{joined(case.classes)}\n"
    if case.kind != "ordinary":
        below = [case.below] if case.kind == "proportional" else []
        yield f"scales{joined([*below, *case.scales])}\n"
    yield from model_text(case.original)
    yield from model_text(case.reduced)
    yield "end\n"
