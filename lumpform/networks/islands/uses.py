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


def makers(graph: Any) -> dict[str, int]:
    """Return the number of the node that makes a tensor."""
    return {name: number for number, node in enumerate(graph.node) for name in node.output if name}


def between(graph: Any, inputs: Iterable[str], outputs: Iterable[str]) -> list[int]:
    """Return the nodes that make `outputs` of `inputs`, in the order of the file: those found going back from them.

    Constants that they use are among them. O(nodes and their operands).
    """
    made, ends, found = makers(graph), set(inputs), set[int]()
    open_ = list(outputs)
    while open_:
        name = open_.pop()
        number = made.get(name)
        if name in ends or number is None or number in found:
            continue
        found.add(number)
        open_ += reads(graph.node[number])
    return sorted(found)


def constants(graph: Any) -> set[str]:
    """Return the tensors that depend on no input: initialisers, and what nodes make of constants alone."""
    known = {tensor.name for tensor in graph.initializer} | {t.values.name for t in graph.sparse_initializer}
    for node in graph.node:
        if not bodies(node) and all(name in known for name in node.input if name):
            known.update(name for name in node.output if name)
    return known
