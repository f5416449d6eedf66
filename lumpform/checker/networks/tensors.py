"""Constants of an ONNX file: tensors of floats or integers, and attributes of nodes."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod

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


class Attributes:
    """The attributes of a node by name; asked for with another type than they have, they are an error."""

    def __init__(self, node: Message) -> None:
        self.found = {a.text(1): a for a in node.messages(5)}

    def _of(self, name: str, kind: int) -> Message | None:
        a = self.found.get(name)
        if a is not None and a.integer(20) != kind:
            raise ValueError(f"the attribute {name} of type {a.integer(20)} instead of {kind}")
        return a

    def number(self, name: str, default: float) -> float:
        """A finite float."""
        a = self._of(name, 1)
        result = default if a is None else a.number(2)
        if not isfinite(result):
            raise ValueError(f"the attribute {name} is {result}")
        return result

    def integer(self, name: str, default: int) -> int:
        """An integer."""
        a = self._of(name, 2)
        return default if a is None else a.integer(3)

    def text(self, name: str, default: str) -> str:
        """A text; it is empty as good as missing."""
        a = self._of(name, 3)
        return default if a is None else a.text(4) or default

    def tensor(self, name: str) -> Tensor:
        """A tensor, which must be there."""
        a = self._of(name, 4)
        found = None if a is None else a.message(5)
        if found is None:
            raise ValueError(f"no attribute {name}")
        return read_tensor(found)[1]

    def integers(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of integers; an empty one is as good as none."""
        a = self._of(name, 7)
        return default if a is None else tuple(a.integers(8)) or default
