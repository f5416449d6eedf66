"""Writes a Markov chain in the canonical byte form that its digest hashes: docs/certificate.md, section 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.certificates.digest import END, column_parts, encoded, header, little_endian, matrix_parts, title
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values


def chain_parts(
    kind: str,
    weights: SparseWeights,
    labels: Mapping[str, NDArray[np.bool_]],
    rewards: Mapping[str, Values],
    initial: Values | None,
) -> Iterator[Any]:
    """Yield the canonical form of a chain with these parts as byte strings and buffers, in order."""
    n = weights.shape[0]
    yield header("chain") + f"kind {kind}\n".encode()
    yield title("arrow", "step")
    yield from matrix_parts(weights)
    yield title("group", "states") + f"size {n}\n".encode()
    if initial is not None and n:
        yield title("initial", "states")
        yield from column_parts(initial)
    for name in sorted(labels, key=encoded):
        states = np.flatnonzero(labels[name])
        if len(states):  # no text format can say that a label is carried by no state
            yield title("label", name) + f"count {len(states)}\n".encode()
            yield from little_endian(states, "<i8")
    for name in sorted(rewards, key=encoded):
        yield title("reward", name)
        yield from column_parts(rewards[name])
    yield END
