"""Hashes the canonical byte form of a model by SHA-256, which binds a certificate to the model that it is about.

Two models have equal digests exactly when they are the same mathematical object (up to a collision of SHA-256): the
form does not depend on the file format, on how numbers were written, or on how this program keeps them. It is a list of
sections named by (type, name), so that other models (networks: several groups and arrows) extend it. The document
docs/certificate.md, section 2, defines it byte by byte; the checker has a second implementation from that document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values

ALGORITHM = "sha256"
_BLOCK = 1 << 20
"""Entries converted at a time: the whole form of a large model is never in memory."""


class Digestible(Protocol):
    """Offers what binds a model to a certificate; models of every domain do."""

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical form as byte strings and buffers, in order."""
        ...


def digest_of(model: Digestible) -> str:
    """Return the digest of a model's canonical form, ``sha256:`` and 64 hexadecimal digits.

    Parameters
    ----------
    model : MarkovChain, MDP, WeightedAutomaton or Network

    Raises
    ------
    ModelError
        If a number is symbolic and no polynomial.

    Notes
    -----
    O(m + n L) for m transitions, n states and L labels and rewards; a second or two at ten million transitions.
    """
    state = hashlib.new(ALGORITHM)
    for part in model.canonical_parts():
        state.update(part)
    return f"{ALGORITHM}:{state.hexdigest()}"


def bound_to(model: Any) -> dict[str, str]:
    """Return what binds a certificate to a model that has a kind: the kind and the digest."""
    return {"kind": model.kind, "digest": digest_of(model)}


def flat_text(value: Any) -> str:
    """Return the parts of an operator or parameter, nested tuples opened, with spaces between; ``-`` for nothing."""
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(map(flat_text, value))
    if isinstance(value, Fraction):
        return _line(value).strip()
    return value if isinstance(value, str) else str(int(value))


def header(domain: Literal["chain", "mdp", "automaton", "network"]) -> bytes:
    """Return the lines with which the canonical form of a model of this domain begins."""
    return f"lumpform-model 1\ndomain {domain}\n".encode()


END = b"end\n"
"""The line with which the canonical form of a model ends."""


def encoded(name: str) -> bytes:
    """Return a name as the bytes by which sections are sorted and named."""
    return name.encode("utf-8", "surrogatepass")


def title(what: str, name: str | bytes) -> bytes:
    """Return the line that begins a section."""
    key = name if isinstance(name, bytes) else encoded(name)
    return f"{what} {len(key)}:".encode() + key + b"\n"


def matrix_parts(weights: SparseWeights) -> Iterator[Any]:
    """Yield the bytes of a matrix in its canonical form."""
    yield f"rows {weights.shape[0]} columns {weights.shape[1]} entries {weights.nnz}\n".encode()
    yield from little_endian(weights.indptr, "<i8")
    yield from little_endian(weights.indices, "<i8")
    yield from column_parts(weights.values)


def column_parts(values: Values, codes: bool = True) -> Iterator[Any]:
    """Yield the bytes of a column: its table of distinct numbers, then one code an entry (unless told not to)."""
    try:
        coded = values.coded()
    except (ValueError, TypeError):
        raise ModelError("a model with such numbers has no digest, expected rationals or polynomials") from None
    yield f"values {len(coded.table)}\n".encode()
    if any(getattr(v, "parametric", False) and v.constant is None for v in coded.table):  # type: ignore[attr-defined]
        yield from _polynomials(coded)
        return
    for start in range(0, len(coded.table), _BLOCK):
        yield "".join(map(_line, coded.table[start : start + _BLOCK])).encode()
    if codes:
        yield from little_endian(coded.codes, "<u4")


def _polynomials(coded: Any) -> Iterator[Any]:
    """Yield a column in which some value depends on a parameter: texts, in ascending order as texts."""
    if any(e.below != 1 for e in coded.table):
        raise ModelError("a model in which something is divided by parameters has no digest, expected polynomials")
    texts = [str(e) for e in coded.table]
    order = sorted(range(len(texts)), key=lambda i: encoded(texts[i]))
    place = np.empty(len(texts), dtype=np.int64)
    place[order] = np.arange(len(texts))
    yield "".join(f"{texts[i]}\n" for i in order).encode()
    yield from little_endian(place[coded.codes], "<u4")


def _line(value: Fraction) -> str:
    # Hexadecimal: linear time and no limit on the number of digits.
    return f"{value.numerator:x}/{value.denominator:x}\n"


def little_endian(array: NDArray[Any], dtype: str) -> Iterator[Any]:
    """Yield the entries of an array as buffers of this type, a block at a time."""
    for start in range(0, len(array), _BLOCK):
        yield np.ascontiguousarray(array[start : start + _BLOCK].astype(dtype, copy=False)).data
