"""Holds the bytes of an ONNX file by tensor: what makes it, and what that reads."""

from __future__ import annotations

from collections.abc import Iterable

from ...failure import fail
from ..onnx.outside import Outside
from ..onnx.wire import Message

STANDARD = ("", "ai.onnx")
WIDTHS = {1: 4, 2: 1, 3: 1, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 16: 2}
"""Bytes of a number, by element type."""


class Graph:
    """Knows the nodes, initialisers and inputs of a file, as bytes and by the tensors that they make."""

    def __init__(self, path: str, content: memoryview, most: int) -> None:
        self.path = path
        model = Message(content)
        graph = model.message(7)
        if graph is None or model.has(20) or graph.has(15):
            fail(path, "", "no graph, sparse initializers or training", "an ONNX model with a graph alone")
        if any(function.text(10) in STANDARD for function in model.messages(25)):
            fail(path, "", "a function in the standard's own domain", "functions in domains of their own")
        self.version = model.integer(1)
        self.frame = [bytes(v) for n in (8, 25) for v in model.views(n)]
        self.opsets = model.views(8)
        self.nodes, self.tensors, self.inputs = graph.views(1), graph.views(5), graph.views(11)
        self.outputs = graph.views(12)
        self.parsed = [Message(view) for view in self.nodes]
        self.made: dict[str, int] = {}
        self.constant: dict[str, int] = {}
        self.given: dict[str, int] = {}
        for number, node in enumerate(self.parsed):
            for name in node.texts(2):
                if name:
                    self._once(name, self.made, number)
        for number, view in enumerate(self.tensors):
            self._once(Message(view).text(8), self.constant, number)
        for number, view in enumerate(self.inputs):
            name = Message(view).text(1)
            if name in self.given or name in self.made:
                fail(path, f"tensor {name!r}", "the name twice", "a name for each")
            self.given[name] = number
        self.outside = Outside(path, most)
        self.ends = [Message(view).text(1) for view in self.outputs]

    def _once(self, name: str, where: dict[str, int], number: int) -> None:
        if name in self.made or name in self.constant:
            fail(self.path, f"tensor {name!r}", "the name twice", "a name for each")
        where[name] = number

    def reads(self, number: int) -> list[str]:
        """Return the tensors that a node reads, and all names that its bodies read."""
        return list(dict.fromkeys(name for name in reads(self.parsed[number]) if name))

    def content(self, number: int) -> object:
        """Return what an initialiser holds: sizes, type and bytes, also where these lie in a file beside this one."""
        message = Message(self.tensors[number])
        if message.integer(14) != 1:
            raw = message.views(9)
            if not raw:
                return bytes(self.tensors[number])
            return list(message.integers(1)), message.integer(2), bytes(raw[-1])
        size = WIDTHS.get(message.integer(2), 0)
        for side in message.integers(1):
            size *= side
        data = self.outside.part(message.text(8), message.messages(13), size)
        return list(message.integers(1)), message.integer(2), data

    def between(self, inputs: Iterable[str], outputs: Iterable[str]) -> list[int]:
        """Return the nodes found going back from `outputs` as far as `inputs`, in the order of the file."""
        ends, found, waiting = set(inputs), set[int](), list(outputs)
        while waiting:
            name = waiting.pop()
            number = self.made.get(name)
            if name not in ends and number is not None and number not in found:
                found.add(number)
                waiting += self.reads(number)
        return sorted(found)


def reads(node: Message) -> list[str]:
    """Return the names that a node and the bodies among its attributes read."""
    names = node.texts(1)
    for attribute in node.messages(5):
        for body in (*attribute.messages(6), *attribute.messages(11)):
            names += [value.text(1) for value in body.messages(12)]
            for inner in body.messages(1):
                names += reads(inner)
    return names
