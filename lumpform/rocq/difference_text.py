"""Writes a case of a difference as plain text, which the compiled checker reads and prints again."""

from __future__ import annotations

from collections.abc import Iterator

from lumpform.rocq.difference_case import MORE, SCALE, TINY, DifferenceCase, Search
from lumpform.rocq.network_text import layer_text


def difference_text(case: DifferenceCase) -> Iterator[str]:
    """Yield the text in lines: words and numbers with one space between them (docs/machine-proofs.md)."""
    yield "difference\n"
    yield from search_text(case)
    yield f"layers {len(case.original)}\n"
    for layer in case.original:
        yield from layer_text(layer)
    yield f"layers {len(case.reduced)}\n"
    for layer, partners in zip(case.reduced, case.partners, strict=True):
        yield from layer_text(layer)
        yield f"partners{''.join(f' {t}' for t in partners)}\n"
    yield "end\n"


def search_text(case: Search) -> Iterator[str]:
    """Yield the lines of the numbers, of epsilon, of the box and of how it is split."""
    yield f"units {case.units}\nscale {SCALE}\ntiny {TINY}\n"
    yield f"epsilon {case.epsilon[0]} {case.epsilon[1]}\nmore {MORE}\nbox {len(case.box)}\n"
    yield from (f"{low} {high} {below}\n" for low, high, below in case.box)
    yield f"splits {' '.join(map(str, case.splits))}\n"
