"""Just enough of FlatBuffers and the TensorFlow Lite schema to read a small fully connected float model.

References
----------
FlatBuffers internals (tables with vtables, offsets forward, little endian); the schema of TensorFlow Lite, version 3:
Model.subgraphs = 2, Model.operator_codes = 1, Model.buffers = 4; SubGraph.tensors = 0, .inputs = 1, .operators = 3;
Tensor.shape = 0, .type = 1, .buffer = 2; Operator.opcode_index = 0, .inputs = 1, .outputs = 2, .builtin_options = 4;
FullyConnectedOptions.fused_activation_function = 0 (0 none, 1 ReLU); operator 9 is FULLY_CONNECTED.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from lumpform.graph.graph import IDENTITY
from lumpform.networks.functions import RELU
from lumpform.networks.network import Network

FULLY_CONNECTED = 9


class Table:
    """A FlatBuffers table at a position of a file's bytes."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position = data, position
        self.vtable = position - struct.unpack_from("<i", data, position)[0]
        self.length = struct.unpack_from("<H", data, self.vtable)[0]

    def field(self, number: int) -> int | None:
        """The position of a field, None if it is left out."""
        entry = 4 + 2 * number
        offset = struct.unpack_from("<H", self.data, self.vtable + entry)[0] if entry < self.length else 0
        return self.position + offset if offset else None

    def scalar(self, number: int, form: str, default: int = 0) -> int:
        at = self.field(number)
        return default if at is None else struct.unpack_from(f"<{form}", self.data, at)[0]

    def follow(self, at: int) -> int:
        return at + struct.unpack_from("<I", self.data, at)[0]

    def table(self, number: int) -> Table:
        at = self.field(number)
        assert at is not None
        return Table(self.data, self.follow(at))

    def vector(self, number: int) -> tuple[int, int]:
        """Position of the first entry, and the number of entries."""
        at = self.field(number)
        if at is None:
            return 0, 0
        start = self.follow(at)
        return start + 4, struct.unpack_from("<I", self.data, start)[0]

    def tables(self, number: int) -> list[Table]:
        start, count = self.vector(number)
        return [Table(self.data, self.follow(start + 4 * i)) for i in range(count)]

    def array(self, number: int, dtype: str) -> np.ndarray:
        start, count = self.vector(number)
        return np.frombuffer(self.data, dtype=dtype, count=count, offset=start)


def read_tflite(path: Path) -> Network:
    """The chain of fully connected float layers in a `.tflite` file."""
    data = path.read_bytes()
    assert data[4:8] == b"TFL3"
    model = Table(data, struct.unpack_from("<I", data, 0)[0])
    codes = [max(code.scalar(0, "b"), code.scalar(3, "i")) for code in model.tables(1)]
    buffers = model.tables(4)
    (graph,) = model.tables(2)
    tensors = graph.tables(0)

    def values(index: int) -> np.ndarray:
        tensor = tensors[index]
        assert tensor.scalar(1, "b") == 0, "float32"
        content = buffers[tensor.scalar(2, "I")].array(0, "<u1")
        return content.view("<f4").reshape(tensor.array(0, "<i4"))

    layers = []
    (current,) = graph.array(1, "<i4").tolist()
    for operator in graph.tables(3):
        assert codes[operator.scalar(0, "I")] == FULLY_CONNECTED
        source, weights, bias = operator.array(1, "<i4").tolist()
        assert source == current
        (current,) = operator.array(2, "<i4").tolist()
        activation = operator.table(4).scalar(0, "b")
        assert activation in (0, 1)
        layers.append((np.ascontiguousarray(values(weights).T), values(bias), RELU if activation else IDENTITY))
    return Network.from_layers(layers)
