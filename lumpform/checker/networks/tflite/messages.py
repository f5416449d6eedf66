"""Writes messages of ONNX as protocol buffers, for the checker's own reader of them."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

Field = tuple[int, Any]
"""The number of a field, and an integer, text or bytes for it."""


def message(fields: Iterable[Field]) -> bytes:
    """Return a message with these fields, in their order."""
    result = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            result += _varint(number << 3) + _varint(value % (1 << 64))
        elif isinstance(value, float):
            result += _varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            data = value.encode() if isinstance(value, str) else value
            result += _varint(number << 3 | 2) + _varint(len(data)) + data
    return bytes(result)


def node(kind: str, operands: Sequence[str], results: Sequence[str], place: str, attributes: dict[str, Any]) -> bytes:
    """Return a node with attributes that are integers, lists of them, floats or texts."""
    fields: list[Field] = [(1, name) for name in operands]
    fields += [(2, name) for name in results]
    fields += [(3, place), (4, kind)]
    return message([*fields, *((5, _attribute(name, value)) for name, value in attributes.items())])


def tensor(name: str, kind: int, shape: Sequence[int], raw: bytes) -> bytes:
    """Return a constant of an element type of ONNX, its numbers as bytes."""
    return message([*((1, d) for d in shape), (2, kind), (8, name), (9, raw)])


def port(name: str, kind: int, shape: Sequence[int]) -> bytes:
    """Return an input or output."""
    sides = message((1, message([(1, d)])) for d in shape)
    return message([(1, name), (2, message([(1, message([(1, kind), (2, sides)]))]))])


def model(
    version: int, nodes: Sequence[bytes], constants: Sequence[bytes], inputs: Sequence[bytes], outputs: Sequence[bytes]
) -> bytes:
    """Return a model in a version of the operator set."""
    parts = ((1, nodes), (5, constants), (11, inputs), (12, outputs))
    graph = message((number, each) for number, part in parts for each in part)
    return message([(1, 9), (8, message([(2, version)])), (7, graph)])


def _attribute(name: str, value: Any) -> bytes:
    if isinstance(value, int):
        return message([(1, name), (3, value), (20, 2)])
    if isinstance(value, float):
        return message([(1, name), (2, value), (20, 1)])
    if isinstance(value, str):
        return message([(1, name), (4, value), (20, 3)])
    return message([(1, name), *((8, v) for v in value), (20, 7)])


def _varint(value: int) -> bytes:
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes([*result, value])
