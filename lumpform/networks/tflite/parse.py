"""Parse TensorFlow Lite files: the tables of a FlatBuffer, through the package `tflite`, none of them trusted.

An offset of a file may point anywhere. So lengths are compared with limits before anything is counted up, and what the
package raises for bytes outside the file is one line. Tensors and buffers are looked at when an operator needs them.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lumpform.errors import FormatError, MissingExtra
from lumpform.files.atomic import check_readable, os_error
from lumpform.files.limits import BYTES_PER_OPERATION, MAX_DIMENSIONS, MAX_ONNX_BYTES, MAX_OPERATIONS, MAX_PORTS

DAMAGE = (struct.error, IndexError, ValueError, TypeError, OverflowError, AttributeError, MemoryError)
"""What the package raises for offsets that lead out of the file."""


@dataclass(frozen=True)
class Operator:
    """Holds an operator: its name, the numbers of its tensors (-1 for none), the table of its options and its kind."""

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Any
    options_kind: int


class Parsed:
    """Holds the first graph of a file: others are bodies of operators that are not read, and count for nothing.

    Raises
    ------
    FormatError
        If the file is damaged, calls another graph from outside, or has more operators than its size allows.
    MissingExtra
        If the package `tflite` is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import tflite
        except ImportError:
            raise MissingExtra("reading .tflite files", "tflite") from None
        self.path, self.schema = path, tflite
        data = _content(path)
        self.size = len(data)
        try:
            self._open(data)
        except FormatError:
            raise
        except DAMAGE:
            raise self.fail("", "offsets that lead out of the file", "a TensorFlow Lite model") from None

    def _open(self, data: bytes) -> None:
        """Read the lists of the graph; its tensors later."""
        if len(data) < 8 or data[4:8] != b"TFL3":
            raise self.fail("", "no mark TFL3 in bytes 4 to 7", "a TensorFlow Lite model of version 3")
        self.model = self.schema.Model.GetRootAs(data, 0)
        if self.model.Version() != 3:
            raise self.fail("", f"version {self.model.Version()} of the format", "version 3")
        if not self.model.SubgraphsLength():
            raise self.fail("", "no graph", "one")
        self._check_signatures()
        self.graph = self.model.Subgraphs(0)
        more = self.size // BYTES_PER_OPERATION
        count = self.limited("operators", self.graph.OperatorsLength(), MAX_OPERATIONS + more)
        ports = MAX_PORTS + more
        inputs = self.limited("inputs", self.graph.InputsLength(), ports)
        outputs = self.limited("outputs", self.graph.OutputsLength(), ports)
        self.inputs = [self.graph.Inputs(i) for i in range(inputs)]
        self.outputs = [self.graph.Outputs(i) for i in range(outputs)]
        if not self.inputs or not self.outputs:
            raise self.fail("", "a graph without inputs or outputs", "at least one of each")
        names = {v: k for k, v in vars(self.schema.BuiltinOperator).items() if isinstance(v, int)}
        self.operators = [self._operator(self.graph.Operators(i), names, ports) for i in range(count)]

    def _check_signatures(self) -> None:
        """Refuse files in which another graph than the first can be called from outside."""
        count = self.limited("signatures", self.model.SignatureDefsLength(), MAX_PORTS)
        for number in range(count):
            called = self.model.SignatureDefs(number).SubgraphIndex()
            if called:
                raise self.fail(f"signature {number}", f"the graph {called}", "the first graph, 0")

    def _operator(self, table: Any, names: dict[int, str], most: int) -> Operator:
        """Return an operator; one that is custom has the name that the file gives it."""
        index = table.OpcodeIndex()
        if index >= self.model.OperatorCodesLength():
            raise IndexError
        code = self.model.OperatorCodes(index)
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = names.get(number, f"number {number}")
        if name == "CUSTOM":
            name = f"custom {(code.CustomCode() or b'').decode('utf-8', 'replace')[:100]!r}"
        inputs = self.limited("operands", table.InputsLength(), most)
        outputs = self.limited("results", table.OutputsLength(), most)
        return Operator(
            name,
            tuple(table.Inputs(i) for i in range(inputs)),
            tuple(table.Outputs(i) for i in range(outputs)),
            table.BuiltinOptions(),
            table.BuiltinOptionsType(),
        )

    def tensor(self, number: int) -> tuple[tuple[int, ...], int, Any]:
        """Return the shape of a tensor, its element type, and its table."""
        if not 0 <= number < self.graph.TensorsLength():
            raise IndexError(f"tensor {number}")
        table = self.graph.Tensors(number)
        rank = self.limited("dimensions", table.ShapeLength(), MAX_DIMENSIONS)
        return tuple(table.Shape(i) for i in range(rank)), table.Type(), table

    def bytes_of(self, table: Any) -> bytes:
        """Return the numbers of a constant as they stand; nothing for a tensor that is computed."""
        number = table.Buffer()
        if not 0 <= number < self.model.BuffersLength():
            raise IndexError(f"buffer {number}")
        buffer = self.model.Buffers(number)
        if buffer.Offset() > 1:
            raise ValueError("numbers behind the tables")
        if not buffer.DataLength():
            return b""
        return buffer.DataAsNumpy().tobytes()

    def limited(self, what: str, count: int, most: int) -> int:
        """Return a count that is within its limit."""
        if count > most:
            raise self.fail("", f"{count} {what}", f"at most {most} in a file of this size")
        return count

    def fail(self, place: str, found: str, expected: str) -> FormatError:
        """Return the error of something in the file."""
        return FormatError(self.path, place, found, expected)


def _content(path: Path) -> bytes:
    """Return the bytes of a file."""
    check_readable(path)
    try:
        size = path.stat().st_size
        if size > MAX_ONNX_BYTES:
            raise FormatError(path, "", f"{size} bytes", f"at most {MAX_ONNX_BYTES}")
        return path.read_bytes()
    except OSError as error:
        raise os_error(path, error, "a readable .tflite file") from None
