"""Reading ONNX: a graph of operations becomes groups and arrows with exact weights.

Read are: MatMul, Gemm, Add (bias or residual sum), Sub of a constant, Conv, BatchNormalization, Relu, LeakyRelu,
PRelu with one slope, Sigmoid, Tanh, Gelu, Softmax, MaxPool, AveragePool, GlobalAveragePool, Flatten, Reshape (as
flattening), Identity, Dropout, Constant, Concat (of units). Anything else is named. Floats are the dyadic rationals
that they are; the one rounding is BatchNormalization's factor ``scale / sqrt(variance + epsilon)``, irrational in
general, which is rounded to a double.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError, ModelError
from lumpform.networks.network import Network, Port
from lumpform.networks.onnx.build import Builder, Form
from lumpform.networks.onnx.operations import OPERATIONS
from lumpform.networks.onnx.reader import Reader
from lumpform.networks.onnx.tensors import array_of

MAX_BYTES = 1 << 31
DTYPES = {1: "float32", 11: "float64"}
SPATIAL = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization"}


def read_onnx(path: str | Path) -> Network:
    """The network in an ONNX file.

    Raises
    ------
    FormatError
        If the file is no ONNX model, or uses an operation that cannot be read: with the node and what can.
    """
    path = Path(path)
    model = _parse(path)
    graph = model.graph
    reader = _ReaderOfFile(path)
    for tensor in graph.initializer:
        reader.constants[tensor.name] = array_of(path, tensor)
    spatial = any(node.op_type in SPATIAL for node in graph.node)
    ports = [reader.input(value, spatial) for value in graph.input if value.name not in reader.constants]
    if not ports or not graph.output:
        raise FormatError(path, "", "a graph without inputs or outputs", "at least one of each")
    reader.uses = Counter(name for node in graph.node for name in node.input)
    reader.uses.update(value.name for value in graph.output)
    for number, node in enumerate(graph.node):
        reader.run(number, node)
    outputs = [reader.output(value) for value in graph.output]
    try:
        return Network(reader.builder.graph(), tuple(ports), tuple(outputs), {"format": "onnx"})
    except (ModelError, ValueError) as error:
        raise FormatError(path, "", str(error), "a feed-forward network") from None


def _parse(path: Path) -> Any:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise FormatError(path, "", f"{size} bytes", f"at most {MAX_BYTES}")
        model = onnx.ModelProto()
        model.ParseFromString(path.read_bytes())
    except FileNotFoundError:
        raise FormatError(path, "", "no such file", "a readable file") from None
    except OSError as error:
        raise FormatError(path, "", error.strerror or "an unreadable file", "a readable file") from None
    except (DecodeError, RuntimeError):
        raise FormatError(path, "", "bytes that are no protocol buffer", "an ONNX model") from None
    if not model.graph.node and not model.graph.output:
        raise FormatError(path, "", "no graph", "an ONNX model")
    return model


class _ReaderOfFile(Reader):
    """The state of reading: constants, tensors by name, and the builder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.builder = Builder()
        self.constants: dict[str, NDArray[Any]] = {}
        self.tensors: dict[str, Form] = {}
        self.uses: Counter[str] = Counter()

    def input(self, value: Any, spatial: bool) -> Port:
        """The group and port of a graph input."""
        if not value.type.HasField("tensor_type"):
            raise FormatError(self.path, f"input {value.name!r}", "no tensor", "a tensor of floats")
        kind = value.type.tensor_type
        if kind.elem_type not in DTYPES:
            raise FormatError(
                self.path, f"input {value.name!r}", f"element type {kind.elem_type}", "float32 or float64"
            )
        shape = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim)
        inner = shape[1:]
        if not inner or any(d is None or d > 1 << 24 for d in inner):
            shown = [d if d is not None else "?" for d in shape]
            raise FormatError(self.path, f"input {value.name!r}", f"the shape {shown}", "[batch, fixed sizes]")
        sizes = tuple(int(d) for d in inner if d is not None)
        if len(sizes) == 3 and spatial:
            form = self.builder.input(value.name, sizes[0], sizes[1:])
        else:
            form = self.builder.input(value.name, int(np.prod(sizes)), ())
        self.tensors[value.name] = form
        return Port(form.group or "", value.name, shape, DTYPES[kind.elem_type])

    def output(self, value: Any) -> Port:
        """The pinned group and port of a graph output."""
        form = self.tensors.get(value.name)
        if form is None:
            raise FormatError(
                self.path, f"output {value.name!r}", "a tensor that no node makes", "one that a node makes"
            )
        try:
            group = self.builder.pin(form, value.name)
        except ValueError as error:
            raise FormatError(self.path, f"output {value.name!r}", str(error), "a smaller network") from None
        kind = value.type.tensor_type
        declared = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in kind.shape.dim)
        size = self.builder.group(group)
        actual = (None, size.size, *size.shape)
        inner = [d for d in declared[1:] if d is not None]
        if len(inner) == len(declared[1:]) and declared and int(np.prod(inner)) != int(np.prod(actual[1:])):
            raise FormatError(self.path, f"output {value.name!r}", f"the shape {list(declared)}", f"{list(actual)}")
        return Port(group, value.name, declared or actual, DTYPES.get(kind.elem_type, "float32"))

    def run(self, number: int, node: Any) -> None:
        """One operation."""
        self.place = f"node {number} ({node.op_type} {node.name!r})"
        operation = OPERATIONS.get(node.op_type)
        if operation is None or node.domain not in ("", "ai.onnx"):
            known = ", ".join(sorted(OPERATIONS))
            raise FormatError(self.path, self.place, f"the operator {node.op_type!r}", f"one of {known}")
        if not node.output or any(name in self.tensors or name in self.constants for name in node.output if name):
            raise FormatError(self.path, self.place, "an output name that is taken or missing", "a new name")
        try:
            result = operation(self, node)
        except (ValueError, IndexError, KeyError, TypeError, OverflowError, ZeroDivisionError, MemoryError) as error:
            if isinstance(error, FormatError):
                raise
            raise FormatError(self.path, self.place, str(error) or type(error).__name__, "operands that fit") from None
        if isinstance(result, Form):
            name = node.output[0]
            shared = self.uses[name] > 1 and result.group is None  # its values are computed once, as a group
            self.tensors[name] = self.builder.settle(result, name) if shared else result
        else:
            self.constants[node.output[0]] = result
