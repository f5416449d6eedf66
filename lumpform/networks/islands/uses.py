"""Say which tensors the nodes of an ONNX graph read and make, those in the bodies of loops and branches included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def reads(node: Any) -> list[str]:
    """Return the tensors that a node reads, each once; a body may read any tensor of the graph around it."""
    return list(dict.fromkeys(name for name in _reads(node) if name))


def _reads(node: Any) -> Iterator[str]:
    yield from node.input
    for body in bodies(node):
        yield from (value.name for value in body.output)
        for inner in body.node:
            yield from _reads(inner)


def bodies(node: Any) -> list[Any]:
    """Return the graphs among the attributes of a node."""
    return [body for a in node.attribute for body in (*([a.g] if a.HasField("g") else []), *a.graphs)]


def names_in(graph: Any) -> Iterator[str]:
    """Yield the names of all tensors of a graph, and of the bodies in it."""
    yield from (value.name for value in (*graph.input, *graph.output, *graph.initializer))
    for node in graph.node:
        yield from node.input
        yield from node.output
        for body in bodies(node):
            yield from names_in(body)


class Uses:
    """Know of every node of a graph what it reads, and of every tensor which node makes it and which ones read it.

    Attributes
    ----------
    graph : onnx.GraphProto
    reads : list of list of str
        The tensors that a node reads.
    maker : dict
        The node that makes a tensor.
    readers : dict
        The nodes that read a tensor, in order.
    ends : set of str
        The outputs of the graph.
    constant : set of str
        Tensors that depend on no input.
    initialiser : dict
        The place of an initialiser among all of them, by name.
    """

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.reads = [reads(node) for node in graph.node]
        self.maker = {name: number for number, node in enumerate(graph.node) for name in node.output if name}
        self.readers: dict[str, list[int]] = {}
        for number, names in enumerate(self.reads):
            for name in names:
                self.readers.setdefault(name, []).append(number)
        self.ends = {value.name for value in graph.output}
        self.constant = constants(graph)
        self.initialiser = {tensor.name: place for place, tensor in enumerate(graph.initializer)}

    def between(self, inputs: Iterable[str], outputs: Iterable[str]) -> list[int]:
        """Return the nodes that make `outputs` of `inputs`, in the order of the file: those found going back.

        Constants that they use are among them. O(operands of these nodes).
        """
        ends, found, waiting = set(inputs), set[int](), list(outputs)
        while waiting:
            name = waiting.pop()
            number = self.maker.get(name)
            if name not in ends and number is not None and number not in found:
                found.add(number)
                waiting += self.reads[number]
        return sorted(found)


def constants(graph: Any) -> set[str]:
    """Return the tensors that depend on no input: initialisers, and what nodes make of constants alone."""
    known = {tensor.name for tensor in graph.initializer} | {t.values.name for t in graph.sparse_initializer}
    for node in graph.node:
        if not bodies(node) and all(name in known for name in node.input if name):
            known.update(name for name in node.output if name)
    return known
