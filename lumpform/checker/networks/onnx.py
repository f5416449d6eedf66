"""Reads an ONNX file into groups and arrows, from its bytes, with the standard library."""

from __future__ import annotations

import os
from collections import Counter
from math import prod

from ..failure import Unreadable, fail
from ..rational import TooLarge
from .building import Building, Form
from .graph import Network
from .operators import OPERATIONS, Node, Values
from .tensors import Attributes, read_tensor
from .wire import Damaged, Message

MAX_BYTES = 1 << 31
FLOATS = (1, 11)
SPATIAL = {"Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization"}


def read_onnx(path: str) -> Network:
    """The network in an ONNX file. Raises `Unreadable` if there is none."""
    try:
        content = _bytes(path)
        graph = Message(content).message(7)
        if graph is None:
            fail(path, "", "no graph", "an ONNX model")
        return _Reader(path, graph, len(content)).network()
    except TooLarge:
        raise
    except (Damaged, ValueError) as error:
        fail(path, "", str(error), "an ONNX model")


def _bytes(path: str) -> memoryview:
    try:
        if not os.path.isfile(path):
            fail(path, "", "no such file", "an ONNX model")
        if os.path.getsize(path) > MAX_BYTES:
            fail(path, "", f"more than {MAX_BYTES} bytes", "a smaller network")
        with open(path, "rb") as file:
            return memoryview(file.read())
    except OSError as error:
        fail(path, "", str(error), "a readable file")


class _Reader:
    def __init__(self, path: str, graph: Message, size: int) -> None:
        self.path, self.graph = path, graph
        self.building = Building(size)
        self.values: Values = {}
        self.nodes = graph.messages(1)
        self.kinds = [node.text(4) for node in self.nodes]

    def network(self) -> Network:
        """Constants, inputs, every node in order, outputs."""
        for message in self.graph.messages(5):
            name, tensor = read_tensor(message)
            self.values[name] = tensor
        outputs = self.graph.messages(12)
        inputs = [m for m in self.graph.messages(11) if m.text(1) not in self.values]
        if not inputs or not outputs:
            fail(self.path, "", "a graph without inputs or outputs", "at least one of each")
        for message in inputs:
            self.input(message)
        uses = Counter(name for node in self.nodes for name in node.texts(1))
        uses.update(message.text(1) for message in outputs)
        for number, node in enumerate(self.nodes):
            self.run(number, node, uses)
        for message in outputs:
            form = self.values.get(message.text(1))
            if not isinstance(form, Form):
                fail(self.path, f"output {message.text(1)!r}", "a tensor that no node makes", "one that a node makes")
            self.building.output(form)
            self.check_shape(message)
        return self.building.network

    def check_shape(self, message: Message) -> None:
        """The declared shape of an output is that of its group."""
        group = self.building.network.groups[self.building.network.outputs[-1]]
        shape = _tensor_type(message)[1]
        declared = shape[1:]
        if shape and None not in declared and prod(d for d in declared if d) != group.size * prod(group.shape):
            fail(self.path, f"output {message.text(1)!r}", f"the shape {list(declared)}", "that of what is computed")

    def input(self, message: Message) -> None:
        """The group of an input: channels of maps if the network has windows, otherwise units."""
        name, (kind, shape) = message.text(1), _tensor_type(message)
        if kind not in FLOATS:
            fail(self.path, f"input {name!r}", f"element type {kind}", "float32 or float64")
        sizes = [d for d in shape[1:] if d is not None and d <= 1 << 24]
        if not sizes or len(sizes) != len(shape) - 1:
            fail(self.path, f"input {name!r}", f"the shape {shape}", "[batch, fixed sizes]")
        if len(sizes) == 3 and SPATIAL & set(self.kinds):
            form = self.building.input(sizes[0], (sizes[1], sizes[2]))
        else:
            form = self.building.input(prod(sizes), ())
        self.values[name] = form

    def run(self, number: int, message: Message, uses: Counter[str]) -> None:
        """One operation."""
        kind, outputs = self.kinds[number], message.texts(2)
        place = f"node {number} ({kind} {message.text(3)!r})"
        if kind not in OPERATIONS or message.text(7) not in ("", "ai.onnx"):
            fail(self.path, place, f"the operator {kind!r}", f"one of {', '.join(OPERATIONS)}")
        if not outputs or any(name in self.values for name in outputs if name):
            fail(self.path, place, "an output name that is taken or missing", "a new name")
        try:
            node = Node(kind, message.texts(1), Attributes(message), self.values, self.building)
            result = OPERATIONS[kind](node)
        except (Unreadable, TooLarge):
            raise
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError, AttributeError) as error:
            fail(self.path, place, str(error) or type(error).__name__, "operands that fit")
        if isinstance(result, Form) and uses[outputs[0]] > 1 and result.group is None:
            result = self.building.settle(result)
        self.values[outputs[0]] = result


def _tensor_type(message: Message) -> tuple[int, list[int | None]]:
    """Element type and shape of a graph input or output; None is a free dimension."""
    kind = message.message(2)
    tensor = None if kind is None else kind.message(1)
    if tensor is None:
        return 0, []
    shape = tensor.message(2)
    sizes: list[int | None] = []
    for dimension in [] if shape is None else shape.messages(1):
        value = dimension.integer(1) if not dimension.texts(2) else 0
        sizes.append(value if value > 0 else None)
    return tensor.integer(1), sizes
