"""Reads a TensorFlow Lite file into groups and arrows, from its bytes. docs/certificate-networks.md, section 6.7."""

from __future__ import annotations

import struct
from typing import Any

from ...failure import Unreadable, fail
from ..budget import GROUP, Budget, TooMuch
from ..graph import Network
from ..onnx.read import FAULTS, read_model
from ..whole_file import whole_file
from . import messages
from .flat import Table
from .graph import BYTES, FLOATS, Graph, Operator
from .integers import check_floats, of_integers
from .operators import OPERATORS

VERSION = 20
"""The version of ONNX's operator set in which operators are said."""


def read_tflite(path: str, budget: Budget) -> Network:
    """Read the network in a file, not yet in its canonical form. Raises `Unreadable` if there is none."""
    data = whole_file(path, budget.limits.max_onnx_bytes, "a TensorFlow Lite model")
    graph: Any = None
    try:
        if len(data) < 8 or data[4:8] != b"TFL3":
            raise ValueError("no mark TFL3")
        file = Table(data, struct.unpack_from("<I", data, 0)[0])
        if file.number(0, "I") != 3 or not file.count(2):
            raise ValueError(f"version {file.number(0, 'I')} with {file.count(2)} graphs")
        if any(file.entry(7, i).number(4, "I") for i in range(file.count(7))):
            raise ValueError("a signature of another graph than the first")
        graph = Graph(file, budget)
        model = _model(graph, budget)
    except (Unreadable, TooMuch):
        raise
    except (struct.error, *FAULTS) as error:
        fail(path, graph.place if graph else "", str(error) or type(error).__name__, "a TensorFlow Lite model")
    return read_model(path, memoryview(model), budget)


def _model(graph: Graph, budget: Budget) -> bytes:
    """Return the model of ONNX that a graph is."""
    inputs, outputs = graph.table.integers(1), graph.table.integers(2)
    count = graph.table.count(3)
    budget.claim(GROUP * (len(inputs) + len(outputs) + count))
    for number in inputs:
        if graph.data(number):
            raise ValueError(f"input {number}, which is a constant")
        graph.names[number] = f"tensor {number}"
    ports = [_port(graph, number, graph.names[number]) for number in inputs]
    for number in range(count):
        table = graph.table.entry(3, number)
        code = graph.file.entry(1, table.number(0, "I"))
        known = max(code.number(0, "b"), code.number(3))
        graph.place = f"operator {number}"
        if known not in OPERATORS:
            raise ValueError(f"the operator with the number {known}")
        kind, translation = OPERATORS[known]
        graph.place += f" {kind}"
        _operate(graph, Operator(graph, table, kind), translation)
    graph.place = ""
    ends = []
    for place, number in enumerate(outputs):
        name = f"output {place}"
        graph.nodes.append(messages.node("Identity", [graph.name(number)], [name], "", {}))
        ends.append(_port(graph, number, name))
    return messages.model(VERSION, graph.nodes, graph.constants, ports, ends)


def _operate(graph: Graph, op: Operator, translation: Any) -> None:
    """Say one operator in ONNX."""
    kinds = [graph.kind(number) for number in op.outputs]
    if any(kind not in FLOATS and kind not in BYTES for kind in kinds):
        raise ValueError(f"results of the element types {kinds}")
    if any(kind in BYTES for kind in kinds):
        made = of_integers(graph, op, translation)
    else:
        check_floats(graph, op)
        made = translation(op)
    made = made if isinstance(made, list) else [made]
    if len(made) != len(op.outputs) or len({*op.outputs}) < len(made) or any(n in graph.names for n in op.outputs):
        raise ValueError(f"the results {op.outputs}")
    graph.names.update(zip(op.outputs, made, strict=True))


def _port(graph: Graph, number: int, name: str) -> bytes:
    """Return the description of an input or output."""
    if graph.kind(number) in BYTES:
        graph.code(number)
        return messages.port(name, 1, graph.shape(number))
    if graph.kind(number) not in FLOATS:
        raise ValueError(f"{name} of the element type {graph.kind(number)}")
    return messages.port(name, FLOATS[graph.kind(number)], graph.shape(number))
