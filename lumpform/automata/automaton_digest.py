"""Writes a weighted automaton in the canonical byte form that its digest hashes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lumpform.certificates.digest import END, column_parts, encoded, header, matrix_parts, title
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values


def automaton_parts(initial: Values, matrices: Mapping[str, SparseWeights], final: Values) -> Iterator[Any]:
    """Yield the canonical form of an automaton as byte strings and buffers, in order: docs/certificate-processes.md."""
    yield header("automaton")
    for letter in sorted(matrices, key=encoded):
        yield title("arrow", letter)
        yield from matrix_parts(matrices[letter])
    yield title("final", "states")
    yield from column_parts(final)
    yield title("group", "states") + f"size {len(initial)}\n".encode()
    yield title("initial", "states")
    yield from column_parts(initial)
    yield END
