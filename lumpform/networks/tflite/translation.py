"""Turn the operators of a TensorFlow Lite graph into nodes of an ONNX graph, one by one.

Maps have their channels last in the one and first in the other. A transposition on the way in and one on the way out
make up for it; to the reader of ONNX both are moves of entries, which cost nothing and leave no trace in the network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lumpform.errors import FormatError
from lumpform.networks.tflite.constants import PLAIN, array_of, dequantised
from lumpform.networks.tflite.integers import (
    INTEGERS,
    MOVING,
    ROUNDING,
    WITH_BIAS,
    bias,
    check_means,
    check_tables,
    code_of,
    rounded,
)
from lumpform.networks.tflite.parse import DAMAGE, Operator, Parsed

CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)
ELEMENTS = {"FLOAT32": 1, "FLOAT64": 11, "FLOAT16": 10}

SPARE_BYTES, BYTES_PER_BYTE = 1 << 24, 8
"""Bytes that constants may take, beyond so many for each byte of the file: one of them may become a double."""


class Graph:
    """Collects the nodes and constants of an ONNX graph; tensors of the file are known by their numbers."""

    def __init__(self, parsed: Parsed) -> None:
        self.parsed = parsed
        self.kinds = {v: k for k, v in vars(parsed.schema.TensorType).items() if isinstance(v, int)}
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.names: dict[int, str] = {}
        self.place, self.bytes = "", 0
        self.whole_numbers = False
        """Whether constants of one byte stand for numbers here: among tensors of integers, not among floats."""

    def kind(self, number: int) -> str:
        """Return the element type of a tensor by name."""
        found = self.parsed.tensor(number)[1]
        return self.kinds.get(found, f"number {found}")

    def array(self, number: int) -> Any:
        """Return the numbers of a constant; None for a tensor that is computed."""
        shape, _, table = self.parsed.tensor(number)
        data = self.parsed.bytes_of(table)
        if not data:
            return None
        if table.Sparsity() is not None:
            raise ValueError("a sparse constant")
        return array_of(data, shape, self.kind(number))

    def name(self, number: int) -> str:
        """Return the name under which a tensor stands in the ONNX graph."""
        if number not in self.names:
            array = self.array(number)
            if array is None:
                raise ValueError(f"tensor {number}, which no earlier operator makes")
            kind = self.kind(number)
            if kind in INTEGERS and self.whole_numbers:
                return self.constant(dequantised(array, self.parsed.tensor(number)[2]))
            if kind not in PLAIN:
                raise ValueError(f"tensor {number} of the type {kind} among floats: its scale is for whole numbers")
            self.names[number] = self.constant(array)
        return self.names[number]

    def code(self, number: int) -> Any:
        """Return scale, zero point and type of a tensor of integers of one byte."""
        kind = self.kind(number)
        if kind not in INTEGERS:
            raise ValueError(f"tensor {number} of the type {kind} among integers of one byte")
        return code_of(self.parsed.tensor(number)[2], kind)

    def constant(self, array: Any) -> str:
        """Return the name of a new constant; halves become floats."""
        from onnx import numpy_helper

        array = np.asarray(array)
        if array.dtype == np.float16:
            array = array.astype(np.float32)
        self.bytes += array.nbytes
        if self.bytes > SPARE_BYTES + BYTES_PER_BYTE * self.parsed.size:
            raise ValueError("constants that share their bytes, far more than the file has")
        name = f"constant {len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, kind: str, operands: Sequence[str], results: Sequence[str], attributes: dict[str, Any]) -> None:
        """Add a node; errors about it name the operator of the file that it stands for."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, operands, results, self.place, **attributes))


class Translated:
    """Is an operator as its translation sees it: its operands and options, and how nodes are added."""

    def __init__(self, graph: Graph, operator: Operator) -> None:
        self.graph, self.operator = graph, operator
        self.inputs, self.outputs, self.kind = operator.inputs, operator.outputs, operator.name

    def has(self, index: int) -> bool:
        """Tell whether there is an operand."""
        return index < len(self.inputs) and self.inputs[index] != -1

    def operand(self, index: int = 0) -> str:
        """Return the name of an operand."""
        if not self.has(index):
            raise ValueError(f"no operand {index}")
        if index == 2 and self.graph.whole_numbers and self.kind in WITH_BIAS:
            return bias(self)
        return self.graph.name(self.inputs[index])

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """Return the shape of an operand, as the file has it."""
        if not self.has(index):
            raise ValueError(f"no operand {index}")
        return self.graph.parsed.tensor(self.inputs[index])[0]

    def integers(self, index: int) -> list[int]:
        """Return an operand that is a constant of integers, one after the other."""
        array = self.graph.array(self.inputs[index]) if self.has(index) else None
        if array is None or array.dtype.kind != "i":
            raise ValueError(f"operand {index}, which is no constant of integers")
        return [int(v) for v in array.ravel()]

    def options(self, name: str) -> Any:
        """Return the options of the operator, read as a table of this name."""
        table = getattr(self.graph.parsed.schema, name)()
        found = self.operator.options
        if found is None or self.operator.options_kind != getattr(self.graph.parsed.schema.BuiltinOptions, name):
            raise ValueError(f"options that are no {name}")
        table.Init(found.Bytes, found.Pos)
        return table

    def emit(self, kind: str, *operands: str, **attributes: Any) -> str:
        """Add a node with one result, and return its name."""
        return self.several(kind, operands, 1, **attributes)[0]

    def several(self, kind: str, operands: Sequence[str], count: int, **attributes: Any) -> list[str]:
        """Add a node, and return the names of its results."""
        names = [f"node {len(self.graph.nodes)} result {i}" for i in range(count)]
        self.graph.node(kind, operands, names, attributes)
        return names

    def listed(self, numbers: Sequence[int]) -> str:
        """Return the name of a constant that is a list of integers."""
        return self.graph.constant(np.array(numbers, dtype=np.int64))

    def number(self, value: float) -> str:
        """Return the name of a constant that is one float."""
        return self.graph.constant(np.float32(value))

    def first(self, name: str) -> str:
        """Return maps with their channels first."""
        return self.emit("Transpose", name, perm=CHANNELS_FIRST)

    def last(self, name: str) -> str:
        """Return maps with their channels last."""
        return self.emit("Transpose", name, perm=CHANNELS_LAST)

    def dequantised(self) -> str:
        """Return the name of a constant with the numbers that halves or integers stand for."""
        array = self.graph.array(self.inputs[0]) if self.has(0) else None
        if array is None:
            self.graph.code(self.inputs[0] if self.has(0) else -1)
            return self.operand()
        kind = self.graph.kind(self.inputs[0])
        if kind == "FLOAT16":
            return self.graph.constant(array)
        if kind not in INTEGERS:
            raise ValueError(f"a constant of the type {kind}")
        return self.graph.constant(dequantised(array, self.graph.parsed.tensor(self.inputs[0])[2]))


def translate(parsed: Parsed, table: dict[str, Callable[[Translated], Any]]) -> Any:
    """Return the ONNX graph of a file. Raises `FormatError` with the operator and what is wrong."""
    graph = Graph(parsed)
    try:
        names = _port_names(graph)
        for number in dict.fromkeys(parsed.inputs):
            if graph.array(number) is not None:
                raise ValueError(f"input {number}, which is a constant")
            graph.names[number] = names[number]
        inputs = [_port(graph, n, names[n]) for n in parsed.inputs]
        for number, operator in enumerate(parsed.operators):
            graph.place = f"operator {number} {operator.name}"
            _operate(graph, operator, table)
        graph.place = ""
        return _made(graph, inputs, names)
    except FormatError:
        raise
    except DAMAGE as error:
        raise parsed.fail(graph.place, str(error) or "offsets out of the file", "operands that fit") from None


def _operate(graph: Graph, operator: Operator, table: dict[str, Callable[[Translated], Any]]) -> None:
    """Translate one operator."""
    if operator.name not in table:
        raise graph.parsed.fail(graph.place, f"the operator {operator.name}", f"one of {', '.join(table)}")
    kinds = {graph.kind(number) for number in operator.outputs}
    bad = next((kind for kind in kinds if kind not in ELEMENTS and kind not in INTEGERS), None)
    if bad is not None:
        raise graph.parsed.fail(graph.place, f"a result of the type {bad}", "floats or integers of one or two bytes")
    if kinds & {*INTEGERS}:
        made = _of_integers(graph, operator, table)
    else:
        _check_floats(graph, operator)
        made = table[operator.name](Translated(graph, operator))
    made = made if isinstance(made, list) else [made]
    if len(made) != len(operator.outputs):
        raise ValueError(f"{len(operator.outputs)} results instead of {len(made)}")
    for number, name in zip(operator.outputs, made, strict=True):
        if number in graph.names:
            raise ValueError(f"the result {number}, which there is already")
        graph.names[number] = name


def _check_floats(graph: Graph, operator: Operator) -> None:
    """Refuse integers that are computed where floats come out: but for DEQUANTIZE, what is rounded is not said."""
    for number in operator.inputs if operator.name != "DEQUANTIZE" else ():
        if number in graph.names and graph.kind(number) in INTEGERS:
            raise ValueError(f"tensor {number} of integers that becomes floats")


def _of_integers(graph: Graph, operator: Operator, table: dict[str, Callable[[Translated], Any]]) -> list[str]:
    """Translate an operator with results of one byte: what it does to the numbers, rounded if it does not move them."""
    if operator.name not in MOVING + ROUNDING:
        raise ValueError("integers of one byte, for which this operator is not known")
    op = Translated(graph, operator)
    codes = [graph.code(number) for number in operator.outputs]
    if operator.name != "QUANTIZE":
        for number in operator.inputs:
            if number != -1 and graph.kind(number) not in (*INTEGERS, "INT32", "INT64"):
                raise ValueError(f"tensor {number} of the type {graph.kind(number)} among integers of one byte")
    check_means(op)
    check_tables(op, codes)
    graph.whole_numbers = True
    try:
        made = table[operator.name](op)
    finally:
        graph.whole_numbers = False
    made = made if isinstance(made, list) else [made]
    fused = operator.name == "MAX_POOL_2D" and op.options("Pool2DOptions").FusedActivationFunction()
    if operator.name in ROUNDING or fused:
        return [rounded(op, name, code) for name, code in zip(made, codes, strict=True)]
    moved = {graph.code(n) for n in operator.inputs if n != -1 and graph.kind(n) in INTEGERS}
    if len(moved | set(codes)) > 1:
        raise ValueError("integers that are moved to another scale or zero point")
    return made


def _port_names(graph: Graph) -> dict[int, str]:
    """Return names of inputs and outputs: those of the file if they are different texts that the graph does not use."""
    ports = list(dict.fromkeys((*graph.parsed.inputs, *graph.parsed.outputs)))
    texts = [(graph.parsed.tensor(n)[2].Name() or b"").decode("utf-8") for n in ports]
    free = all(t and not t.startswith(("node ", "constant ", "tensor ")) for t in texts)
    if free and len(set(texts)) == len(texts):
        return dict(zip(ports, texts, strict=True))
    return {n: f"tensor {n}" for n in ports}


def _port(graph: Graph, number: int, name: str) -> Any:
    """Return the description of an input or output."""
    from onnx import helper

    kind = graph.kind(number)
    if kind in INTEGERS:
        graph.code(number)
        return helper.make_tensor_value_info(name, ELEMENTS["FLOAT32"], graph.parsed.tensor(number)[0])
    if kind not in ELEMENTS:
        raise graph.parsed.fail(f"tensor {name!r}", f"an input or output of the type {kind}", "floats")
    return helper.make_tensor_value_info(name, ELEMENTS[kind], graph.parsed.tensor(number)[0])


def _made(graph: Graph, inputs: list[Any], names: dict[int, str]) -> Any:
    """Return the graph as a message, its outputs under their own names."""
    from onnx import helper

    outputs = []
    for place, number in enumerate(graph.parsed.outputs):
        own = names[number] if number not in graph.parsed.inputs else f"tensor {number} output {place}"
        graph.node("Identity", [graph.name(number)], [own], {})
        outputs.append(_port(graph, number, own))
    return helper.make_graph(graph.nodes, "graph", inputs, outputs, graph.constants)
