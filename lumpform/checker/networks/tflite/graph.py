"""Collects what the operators of a TensorFlow Lite file are in ONNX."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import isfinite, prod
from typing import Any

from ..budget import ENTRY, Budget
from . import messages
from .flat import Table

HALF, INT8, UINT8, INT16 = 1, 9, 3, 7
BYTES = {INT8: 3, UINT8: 2, INT16: 5}
"""Integers of one byte, or two: the type in ONNX."""
RANGES = {INT8: ("b", -128, 127), UINT8: ("B", 0, 255), INT16: ("h", -32768, 32767)}
"""Their code for `struct`, the smallest and the largest."""
MOST_BIAS = 1 << 53
WITH_BIAS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
KINDS = {0: (1, 4), 10: (11, 8), 2: (6, 4), 4: (7, 8), 6: (9, 1)}
"""Element types whose numbers are what they show: the type in ONNX, and its bytes."""
FLOATS = {0: 1, 10: 11, 1: 10}
"""Element types of what is computed, and what they are in ONNX."""


class Graph:
    """Knows tensors by their numbers in the file, and the names that they have in ONNX."""

    def __init__(self, file: Table, budget: Budget) -> None:
        self.file, self.budget, self.limits = file, budget, budget.limits
        self.table = file.entry(2, 0)
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []
        self.names: dict[int, str] = {}
        self.place = ""
        self.among_integers = False

    def tensor(self, number: int) -> Table:
        """Return the table of a tensor."""
        return self.table.entry(0, number)

    def shape(self, number: int) -> list[int]:
        """Return the shape of a tensor."""
        return self.tensor(number).integers(0)

    def kind(self, number: int) -> int:
        """Return the element type of a tensor."""
        return self.tensor(number).number(1, "b")

    def data(self, number: int) -> bytes:
        """Return the bytes of a constant; none for what is computed."""
        tensor = self.tensor(number)
        buffer = self.file.entry(4, tensor.number(2, "I"))
        if buffer.number(1, "Q") > 1 or tensor.at(6):
            raise ValueError("a constant that is sparse or lies behind the tables")
        return buffer.content(0)

    def name(self, number: int) -> str:
        """Return the name of a tensor in ONNX; a constant gets one when it is first used."""
        if number not in self.names:
            data, kind = self.data(number), self.kind(number)
            if not data:
                raise ValueError(f"tensor {number}, which no earlier operator makes")
            if kind == HALF:
                self.names[number] = self.halves(number)
            elif kind in KINDS:
                self.names[number] = self.constant(KINDS[kind][0], self.sized(number, KINDS[kind][1]), data)
            elif kind in BYTES and self.among_integers:
                return self.scaled(number)
            else:
                raise ValueError(f"tensor {number} of the element type {kind}")
        return self.names[number]

    def sized(self, number: int, width: int) -> list[int]:
        """Return the shape of a constant, which its bytes must fill."""
        shape = self.shape(number)
        if any(d < 0 for d in shape) or prod(shape) > self.limits.max_entries:
            raise ValueError(f"a constant of the shape {shape}")
        if prod(shape) * width != len(self.data(number)):
            raise ValueError(f"{len(self.data(number))} bytes for a constant of the shape {shape}")
        return shape

    def code(self, number: int) -> tuple[float, int, int]:
        """Return the scale, zero point and element type of a tensor of integers of one byte."""
        kind, how = self.kind(number), self.tensor(number).table(4)
        if kind not in BYTES or how is None or how.number(4, "B"):
            raise ValueError(f"tensor {number}, which is none of integers of one byte with a scale")
        (start, count), zeros = how.span(2, 4), how.integers(3, "q")
        if count != 1 or len(zeros) != 1:
            raise ValueError(f"{count} scales and {len(zeros)} zero points of a tensor")
        (scale,) = struct.unpack_from("<f", how.data, start)
        _, low, high = RANGES[kind]
        if not (isfinite(scale) and scale > 0 and low <= zeros[0] <= high):
            raise ValueError(f"the scale {scale} and the zero point {zeros[0]}")
        return scale, zeros[0], kind

    def constant(self, kind: int, shape: Sequence[int], data: bytes) -> str:
        """Return the name of a new constant."""
        self.budget.claim(ENTRY + len(data) // 4)  # many tensors may share their bytes
        name = f"constant {len(self.constants)}"
        self.constants.append(messages.tensor(name, kind, shape, data))
        return name

    def halves(self, number: int) -> str:
        """Return the name of a constant of halves, as the floats that they are."""
        shape, data = self.sized(number, 2), self.data(number)
        numbers = [v for (v,) in struct.iter_unpack("<e", data)]
        return self.constant(1, shape, struct.pack(f"<{len(numbers)}f", *numbers))

    def scaled(self, number: int) -> str:
        """Return the name of a constant of doubles: integers of one byte, less their zero point, times their scale."""
        kind = self.kind(number)
        if not self.data(number) or kind not in RANGES:
            raise ValueError(f"tensor {number} of the element type {kind}, which is no constant of one or two bytes")
        letter, low, high = RANGES[kind]
        shape, how = self.sized(number, struct.calcsize(letter)), self.tensor(number).table(4)
        if how is None or how.number(4, "B"):
            raise ValueError("integers without a scale")
        start, count = how.span(2, 4)
        zeros = how.integers(3, "q")
        if not 0 < count == len(zeros) or any(not low <= z <= high for z in zeros):
            raise ValueError("a zero point out of range, or not one for each scale")
        scales = struct.unpack_from(f"<{count}f", how.data, start)
        axis, behind = how.number(6), 1
        if count > 1:
            if not 0 <= axis < len(shape) or shape[axis] != count:
                raise ValueError(f"{count} scales along dimension {axis}")
            behind = prod(shape[axis + 1 :])
        values = struct.unpack(f"<{prod(shape)}{letter}", self.data(number))
        if not all(map(isfinite, scales)):
            raise ValueError("a scale that is not finite")
        numbers = [(v - zeros[i // behind % count]) * scales[i // behind % count] for i, v in enumerate(values)]
        return self.constant(11, shape, struct.pack(f"<{len(numbers)}d", *numbers))


class Operator:
    """Is an operator as its translation sees it."""

    def __init__(self, graph: Graph, table: Table, kind: str) -> None:
        self.graph, self.table, self.kind = graph, table, kind
        self.inputs, self.outputs = table.integers(1), table.integers(2)

    def has(self, index: int) -> bool:
        """Tell whether there is an operand."""
        return index < len(self.inputs) and self.inputs[index] != -1

    def number(self, index: int) -> int:
        """Return the number of the tensor that is an operand."""
        if not self.has(index):
            raise ValueError(f"no operand {index}")
        return self.inputs[index]

    def operand(self, index: int = 0) -> str:
        """Return the name of an operand; a bias of integers counts in the scales of what is multiplied."""
        if index == 2 and self.graph.among_integers and self.kind in WITH_BIAS:
            return self.bias()
        return self.graph.name(self.number(index))

    def bias(self) -> str:
        """Return the integers of a bias times the scales of the first operand and of the weights."""
        graph, number = self.graph, self.number(2)
        data, how = graph.data(number), graph.tensor(self.number(1)).table(4)
        letter = {2: "i", 4: "q"}.get(graph.kind(number))
        if letter is None or not data or how is None:
            raise ValueError("a bias that is no list of integers")
        shape = graph.sized(number, struct.calcsize(f"<{letter}"))
        if len(shape) != 1:
            raise ValueError("a bias that is no list of integers")
        start, count = how.span(2, 4)
        if count not in (1, shape[0]):
            raise ValueError(f"{count} scales for {shape[0]} biases")
        numbers = struct.unpack(f"<{shape[0]}{letter}", data)
        if any(abs(v) > MOST_BIAS for v in numbers):
            raise ValueError("a bias that no double has")
        integers = graph.constant(11, shape, struct.pack(f"<{shape[0]}d", *numbers))
        scales = graph.constant(1, [count], how.data[start : start + 4 * count])
        return self.emit("Mul", integers, self.emit("Mul", scales, self.real(graph.code(self.number(0))[0])))

    def shape(self, index: int = 0) -> list[int]:
        """Return the shape of an operand as the file has it."""
        return self.graph.shape(self.number(index))

    def integers(self, index: int) -> list[int]:
        """Return an operand that is a constant of integers."""
        number = self.number(index)
        code = {2: "i", 4: "q"}.get(self.graph.kind(number))
        data = self.graph.data(number)
        if code is None or not data:
            raise ValueError(f"operand {index}, which is no constant of integers")
        shape = self.graph.sized(number, struct.calcsize(f"<{code}"))
        return list(struct.unpack(f"<{prod(shape)}{code}", data))

    def options(self, kind: int) -> Table:
        """Return the options, which must be of the table with this number among all tables of options."""
        found = self.table.table(4)
        if found is None or self.table.number(3, "B") != kind:
            raise ValueError("options of another operator")
        return found

    def emit(self, kind: str, *operands: str, **attributes: Any) -> str:
        """Add a node, and return the name of its result."""
        return self.several(kind, operands, 1, **attributes)[0]

    def several(self, kind: str, operands: Sequence[str], count: int, **attributes: Any) -> list[str]:
        """Add a node, and return the names of its results."""
        names = [f"node {len(self.graph.nodes)} result {i}" for i in range(count)]
        self.graph.nodes.append(messages.node(kind, operands, names, self.graph.place, attributes))
        return names

    def listed(self, numbers: Sequence[int]) -> str:
        """Return the name of a constant that is a list of integers."""
        return self.graph.constant(7, [len(numbers)], struct.pack(f"<{len(numbers)}q", *numbers))

    def real(self, value: float) -> str:
        """Return the name of a constant that is one float."""
        return self.graph.constant(1, [], struct.pack("<f", value))
