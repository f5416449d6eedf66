"""Constants of an ONNX file: tensors of floats or integers, and attributes of nodes."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod
from typing import Any

from ..rational import Pair, from_float
from .wire import Damaged, Message, floats

MAX_ENTRIES = 1 << 26
FLOAT, INT32, INT64, HALF, DOUBLE = 1, 6, 7, 10, 11
CODES = {FLOAT: "f", HALF: "e", DOUBLE: "d", INT32: "i", INT64: "q"}
FLOATING = (FLOAT, HALF, DOUBLE)


@dataclass
class Tensor:
    """Numbers in row-major order; `floating` tells floats from integers."""

    shape: tuple[int, ...]
    data: Sequence[float]
    floating: bool = True

    def __post_init__(self) -> None:
        if self.floating and not all(map(isfinite, self.data)):
            raise ValueError("a number that is not finite")

    @property
    def size(self) -> int:
        return len(self.data)

    def pair(self, index: int) -> Pair:
        """An entry as an exact number."""
        return from_float(self.data[index]) if self.floating else (int(self.data[index]), 1)

    def pairs(self) -> list[Pair]:
        """All entries as exact numbers."""
        known = (
            {v: from_float(v) for v in set(self.data)} if self.floating else {v: (int(v), 1) for v in set(self.data)}
        )
        return [known[v] for v in self.data]

    def integers(self) -> list[int]:
        """All entries of a tensor of integers (a shape)."""
        if self.floating:
            raise ValueError("floats where integers are expected")
        return [int(v) for v in self.data]

    def reshaped(self, target: Sequence[int]) -> Tensor:
        """The same numbers in another shape; one -1 stands for what is left."""
        shape = list(target)
        if shape.count(-1) == 1:
            rest = prod(d for d in shape if d != -1)
            if rest <= 0 or self.size % rest:
                raise ValueError(f"{self.size} numbers do not fit the shape {shape}")
            shape[shape.index(-1)] = self.size // rest
        if any(d < 0 for d in shape) or prod(shape) != self.size:
            raise ValueError(f"{self.size} numbers do not fit the shape {shape}")
        return Tensor(tuple(shape), self.data, self.floating)

    def transposed(self) -> Tensor:
        """A matrix with rows and columns exchanged."""
        rows, columns = self.shape
        return Tensor((columns, rows), [self.data[i * columns + j] for j in range(columns) for i in range(rows)])

    def negated(self) -> Tensor:
        """All numbers with the other sign."""
        return Tensor(self.shape, [-v for v in self.data], self.floating)


def read_tensor(message: Message) -> tuple[str, Tensor]:
    """Name and numbers of a TensorProto. Raises `Damaged` or `ValueError`."""
    name, kind = message.text(8), message.integer(2)
    shape = tuple(message.integers(1))
    if any(d < 0 for d in shape) or prod(shape) > MAX_ENTRIES:
        raise ValueError(f"a tensor {name!r} of the shape {list(shape)}")
    if message.integer(14) == 1 or message.views(13):
        raise ValueError(f"data of the tensor {name!r} in another file")
    if kind not in CODES:
        raise ValueError(f"numbers of type {kind} in the tensor {name!r}")
    data = _numbers(message, kind)
    if len(data) != prod(shape):
        raise ValueError(f"{len(data)} numbers for the shape {list(shape)} of the tensor {name!r}")
    return name, Tensor(shape, data, kind in FLOATING)


def _numbers(message: Message, kind: int) -> Sequence[float]:
    code, raw = CODES[kind], message.views(9)
    if raw:
        if kind in FLOATING:
            return floats(raw[-1], code)
        if len(raw[-1]) % struct.calcsize(f"<{code}"):
            raise Damaged("a part of a number")
        return array(code, (v for (v,) in struct.iter_unpack(f"<{code}", raw[-1])))
    if kind == FLOAT:
        return message.floats(4)
    if kind == DOUBLE:
        return message.floats(10, "d")
    return message.integers(5 if kind == INT32 else 7)


def attributes(node: Message) -> dict[str, Any]:
    """The attributes of a node: numbers, texts as bytes, tensors, lists of numbers."""
    result: dict[str, Any] = {}
    for a in node.messages(5):
        name, kind = a.text(1), a.integer(20)
        if kind == 1:
            found = a.floats(2)
            result[name] = found[-1] if found else 0.0
        elif kind == 2:
            result[name] = a.integer(3)
        elif kind == 3:
            views = a.views(4)
            result[name] = bytes(views[-1]) if views else b""
        elif kind == 4:
            tensor = a.message(5)
            result[name] = read_tensor(tensor)[1] if tensor is not None else None
        elif kind == 6:
            result[name] = list(a.floats(7))
        elif kind == 7:
            result[name] = a.integers(8)
    return result
