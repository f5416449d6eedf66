"""Writes TensorFlow Lite files for tests: one operator after the other, with the package `flatbuffers` alone.

Tables are dictionaries from the number of a field to its value, as the schema numbers them; a value is a kind and a
number, or a list of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

TYPES = {
    "float32": 0,
    "float16": 1,
    "int32": 2,
    "uint8": 3,
    "int64": 4,
    "bool": 6,
    "int16": 7,
    "int8": 9,
    "float64": 10,
}
"""Numbers of element types in the schema."""


class Options:
    """Is a table of options: its name, and its fields by number, each a kind of number and a value."""

    def __init__(self, name: str, **fields: tuple[str, Any]) -> None:
        self.name = name
        self.fields = {int(k[1:]): v for k, v in fields.items()}


class Made:
    """Collects tensors and operators, and writes them."""

    def __init__(self) -> None:
        self.tensors: list[tuple[tuple[int, ...], str, bytes, Any]] = []
        self.operators: list[tuple[str, list[int], list[int], Options | None]] = []
        self.inputs: list[int] = []
        self.outputs: list[int] = []
        self.graphs, self.signatures = 1, list[int]()

    def tensor(self, shape: Sequence[int], kind: str = "float32", data: bytes = b"", scales: Any = None) -> int:
        """Add a tensor, a constant if it has data."""
        self.tensors.append((tuple(shape), kind, data, scales))
        return len(self.tensors) - 1

    def input(self, shape: Sequence[int], kind: str = "float32", scales: Any = None) -> int:
        """Add an input."""
        self.inputs.append(self.tensor(shape, kind, scales=scales))
        return self.inputs[-1]

    def constant(self, array: Any, scales: Any = None) -> int:
        """Add a constant; `scales` are a list of scales, one of zero points, and the dimension that they are along."""
        array = np.ascontiguousarray(array)
        return self.tensor(array.shape, array.dtype.name, array.tobytes(), scales)

    def operator(
        self,
        name: str,
        inputs: Sequence[int],
        shapes: Sequence[Sequence[int]],
        options: Options | None = None,
        kind: tuple[str, Any] = ("float32", None),
    ) -> list[int]:
        """Add an operator, and tensors of these shapes for its results, of a type and with scales."""
        results = [self.tensor(shape, kind[0], scales=kind[1]) for shape in shapes]
        self.operators.append((name, list(inputs), results, options))
        return results

    def write(self, path: Path, outputs: Sequence[int]) -> Path:
        """Write the file."""
        self.outputs = list(outputs)
        path.write_bytes(self.content())
        return path

    def content(self) -> bytes:
        """Return the bytes of the file."""
        import flatbuffers
        import tflite

        b = flatbuffers.Builder(1024)
        buffers = [_table(b, 1, {})]
        buffers += [_table(b, 1, {0: ("offset", _bytes(b, data))} if data else {}) for _, _, data, _ in self.tensors]
        tensors = [self._tensor(b, number) for number in range(len(self.tensors))]
        names = list(dict.fromkeys(name for name, *_ in self.operators))
        codes = []
        for name in names:
            code = getattr(tflite.BuiltinOperator, name)
            codes.append(_table(b, 4, {0: ("Int8", min(code, 127)), 2: ("Int32", 1), 3: ("Int32", code)}))
        operators = []
        for name, inputs, outputs, options in self.operators:
            fields = {0: ("Uint32", names.index(name))}
            fields |= {1: ("offset", _ints(b, inputs)), 2: ("offset", _ints(b, outputs))}
            if options is not None:
                fields[3] = ("Uint8", getattr(tflite.BuiltinOptions, options.name))
                fields[4] = ("offset", _options(b, options))
            operators.append(_table(b, 5, fields))
        graph = {0: _tables(b, tensors), 1: _ints(b, self.inputs), 2: _ints(b, self.outputs), 3: _tables(b, operators)}
        main = _table(b, 4, {k: ("offset", v) for k, v in graph.items()})
        model = {1: _tables(b, codes), 2: _tables(b, [main] * self.graphs), 4: _tables(b, buffers)}
        if self.signatures:
            model[7] = _tables(b, [_table(b, 5, {4: ("Uint32", called)}) for called in self.signatures])
        root = _table(b, 8, {0: ("Uint32", 3), **{k: ("offset", v) for k, v in model.items()}})
        b.Finish(root, file_identifier=b"TFL3")
        return bytes(b.Output())

    def _tensor(self, b: Any, number: int) -> int:
        shape, kind, _, scales = self.tensors[number]
        fields = {0: ("offset", _ints(b, shape)), 1: ("Int8", TYPES[kind]), 2: ("Uint32", number + 1)}
        fields[3] = ("offset", b.CreateString(f"t{number}"))
        if scales is not None:
            values, zeros, axis = scales
            found = {2: ("offset", b.CreateNumpyVector(np.array(values, dtype=np.float32)))}
            found |= {3: ("offset", b.CreateNumpyVector(np.array(zeros, dtype=np.int64))), 6: ("Int32", axis)}
            fields[4] = ("offset", _table(b, 7, found))
        return _table(b, 8, fields)


def _table(b: Any, slots: int, fields: dict[int, tuple[str, Any]]) -> int:
    """Write a table whose parts are written."""
    b.StartObject(slots)
    for slot, (kind, value) in fields.items():
        if kind == "offset":
            b.PrependUOffsetTRelativeSlot(slot, value, 0)
        else:
            default = None  # so that also a 0 is written
            getattr(b, f"Prepend{kind}Slot")(slot, value, default)
    return b.EndObject()


def _options(b: Any, options: Options) -> int:
    fields = {k: ("offset", _ints(b, v)) if kind == "list" else (kind, v) for k, (kind, v) in options.fields.items()}
    return _table(b, 1 + max(fields, default=0), fields)


def _ints(b: Any, numbers: Sequence[int]) -> int:
    return b.CreateNumpyVector(np.array(numbers, dtype=np.int32))


def _bytes(b: Any, data: bytes) -> int:
    b.StartVector(1, len(data), 16)
    b.head = b.head - len(data)
    b.Bytes[b.head : b.head + len(data)] = data
    return b.EndVector()


def _tables(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()
