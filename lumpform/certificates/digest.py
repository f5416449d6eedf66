"""The canonical byte form of a model and its SHA-256: what binds a certificate to the model that it is about.

Two models have equal digests exactly when they are the same mathematical object (up to a collision of SHA-256): the
form does not depend on the file format, on how numbers were written, or on how this program keeps them. It is a list of
sections named by (type, name), so that other models (networks: several groups and arrows) extend it. The document
docs/certificate.md, section 2, defines it byte by byte; the checker has a second implementation from that document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import Values

ALGORITHM = "sha256"
_BLOCK = 1 << 20
"""Entries converted at a time: the whole form of a large model is never in memory."""


def digest_of(model: Any) -> str:
    """The digest of a model's canonical form, ``sha256:`` and 64 hexadecimal digits.

    Parameters
    ----------
    model : MarkovChain or Network

    Raises
    ------
    ModelError
        If a number is symbolic and no polynomial.

    Notes
    -----
    O(m + n L) for m transitions, n states and L labels and rewards; a second or two at ten million transitions.
    """
    state = hashlib.new(ALGORITHM)
    for part in canonical_network(model) if hasattr(model, "graph") else canonical_parts(model):
        state.update(part)
    return f"{ALGORITHM}:{state.hexdigest()}"


def canonical_parts(model: Any) -> Iterator[Any]:
    """The canonical form of a Markov chain as a sequence of byte strings and buffers, in order."""
    n = model.states
    yield f"lumpform-model 1\ndomain chain\nkind {model.kind}\n".encode()
    yield _title("arrow", "step")
    yield from matrix_parts(model.weights)
    yield _title("group", "states") + f"size {n}\n".encode()
    if model.initial is not None and n:
        yield _title("initial", "states")
        yield from _column(model.initial)
    for name in sorted(model.labels, key=_key):
        states = np.flatnonzero(model.labels[name])
        if len(states):  # no text format can say that a label is carried by no state
            yield _title("label", name) + f"count {len(states)}\n".encode()
            yield from _little_endian(states, "<i8")
    for name in sorted(model.rewards, key=_key):
        yield _title("reward", name)
        yield from _column(model.rewards[name])
    yield b"end\n"


def canonical_network(network: Any) -> Iterator[Any]:
    """Yield the bytes of a network in its form as it stands: groups by number, a matrix for each pair and operator."""
    graph = network.graph
    number = {g.name: i for i, g in enumerate(graph.groups)}
    sections: dict[tuple[bytes, bytes], Any] = {}
    for arrow in graph.merged().arrows:
        if arrow.weights.nnz:
            name = f"{number[arrow.source]} {number[arrow.target]} {flat_text(arrow.operator)}"
            sections[b"arrow", _key(name)] = lambda matrix=arrow.weights: matrix_parts(matrix.to_sparse())
    for i, g in enumerate(graph.groups):
        function = " ".join([g.function.name, *map(flat_text, g.function.parameters)])
        text = f"size {g.size}\nfunction {function}\npinned {int(g.pinned)}\nshape {flat_text(g.shape)}\n"
        sections[b"group", _key(str(i))] = lambda text=text: [text.encode()]
    for what, ports in (("input", network.inputs), ("output", network.outputs)):
        for i, port in enumerate(ports):
            text = f"group {number[port.group]}\n"
            sections[b"port", _key(f"{what} {i}")] = lambda text=text, order=port.order: _port(text, order)
    yield b"lumpform-model 1\ndomain network\n"
    for (what, name), content in sorted(sections.items()):
        yield what + b" %d:" % len(name) + name + b"\n"
        yield from content()
    yield b"end\n"


def _port(text: str, order: tuple[int, ...] | None) -> Iterator[Any]:
    yield text.encode()
    if order is not None:
        yield f"order {len(order)}\n".encode()
        yield from _little_endian(np.array(order, dtype=np.int64), "<i8")


def flat_text(value: Any) -> str:
    """Return the parts of an operator or parameter, nested tuples opened, with spaces between; ``-`` for nothing."""
    if value is None or value == ():
        return "-"
    if isinstance(value, tuple):
        return " ".join(map(flat_text, value))
    if isinstance(value, Fraction):
        return _line(value).strip()
    return value if isinstance(value, str) else str(int(value))


def _key(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def _title(what: str, name: str) -> bytes:
    encoded = _key(name)
    return f"{what} {len(encoded)}:".encode() + encoded + b"\n"


def matrix_parts(weights: SparseWeights) -> Iterator[Any]:
    """Yield the bytes of a matrix in its canonical form."""
    yield f"rows {weights.shape[0]} columns {weights.shape[1]} entries {weights.nnz}\n".encode()
    yield from _little_endian(weights.indptr, "<i8")
    yield from _little_endian(weights.indices, "<i8")
    yield from _column(weights.values)


def _column(values: Values) -> Iterator[Any]:
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
    yield from _little_endian(coded.codes, "<u4")


def _polynomials(coded: Any) -> Iterator[Any]:
    """A column in which some value depends on a parameter: texts, in ascending order as texts."""
    if any(e.below != 1 for e in coded.table):
        raise ModelError("a model in which something is divided by parameters has no digest, expected polynomials")
    texts = [str(e) for e in coded.table]
    order = sorted(range(len(texts)), key=lambda i: _key(texts[i]))
    place = np.empty(len(texts), dtype=np.int64)
    place[order] = np.arange(len(texts))
    yield "".join(f"{texts[i]}\n" for i in order).encode()
    yield from _little_endian(place[coded.codes], "<u4")


def _line(value: Fraction) -> str:
    # Hexadecimal: linear time and no limit on the number of digits.
    return f"{value.numerator:x}/{value.denominator:x}\n"


def _little_endian(array: NDArray[Any], dtype: str) -> Iterator[Any]:
    for start in range(0, len(array), _BLOCK):
        yield np.ascontiguousarray(array[start : start + _BLOCK].astype(dtype, copy=False)).data
