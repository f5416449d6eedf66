"""Say in fewer operations what only moves numbers: several moves in turn become those that they come to."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np

from lumpform.networks.onnx.moved_from import Codes, Moves, array_in
from lumpform.networks.onnx.moves import WORTH, Held, moved
from lumpform.networks.onnx.tape import Tape


def written(found: Moves, codes: Codes, batched: bool, tape: Tape) -> str | None:
    """Append operations that make a tensor; returns its name, or None if sources have other samples."""
    names, places = found.sources(codes)
    if not names or not codes.ndim or any((n in found.batched) != batched or not found.shapes[n] for n in names):
        return None
    if batched and codes.ndim < 2:
        return None
    held = [Held(n, found.shapes[n][batched:]) for n in names]
    tried: list[tuple[int, str, Tape]] = []
    for worth in (WORTH, 0):
        own = Tape(tape.dtype, tape.names)
        result = moved(own, held, places[0] if batched else places, worth)
        parts = _without_samples(own, result, tape.names) if not batched else (own, result)
        if parts is not None:
            size = found.size([*parts[0].nodes, *parts[0].initialisers])
            tried.append((size, parts[1], parts[0]))
    if not tried:
        return None
    _, result, own = min(tried, key=lambda t: t[0])
    return _appended(tape, own, result)


def _without_samples(inner: Tape, result: str, names: set[str]) -> tuple[Tape, str] | None:
    """Return the moves that were written for tensors with samples in front for such without; None if there are none."""
    tape = Tape(inner.dtype, names)
    held = {t.name: array_in(t) for t in inner.initialisers}
    called: dict[str, str] = {}
    for node in inner.nodes:
        how = {a.name: [i - 1 for i in a.ints[1:]] if a.name == "perm" else a.i - 1 for a in node.attribute}
        operands = renamed([n for n in node.input if n not in held], called)
        constants = [held[n] for n in node.input if n in held]
        kind = node.op_type
        if kind == "Flatten":
            kind, constants = "Reshape", [np.array([-1], dtype=np.int64)]
        elif kind in ("Reshape", "Expand"):
            constants = [constants[0][1:]]
        elif kind == "Slice":
            constants[2] = constants[2] - 1
        elif kind == "Pad":
            half = len(constants[0]) // 2
            constants = [np.concatenate([constants[0][1:half], constants[0][half + 1 :]])]
        elif kind not in ("Concat", "Gather", "Transpose"):
            return None
        called[node.output[0]] = tape.add(kind, [*operands, *map(tape.initialiser, constants)], **how)
    return tape, renamed([result], called)[0]


def _appended(tape: Tape, part: Tape, result: str) -> str:
    """Append the operations of another tape; returns what the result is called now."""
    held = {t.name: array_in(t) for t in part.initialisers}
    called = {name: tape.initialiser(array) for name, array in held.items()}
    for node in part.nodes:
        node.input[:] = renamed(node.input, called)
        called[node.output[0]] = tape.fresh(node.output[0])
        node.output[0] = called[node.output[0]]
        tape.nodes.append(node)
    return renamed([result], called)[0]


def short_moves(model: Any) -> None:
    """Write every tensor that is moved, and read by other operations, by as few moves as there are. O(numbers)."""
    found = Moves(model)
    graph, outputs = model.graph, [value.name for value in model.graph.output]
    read = {n for node in graph.node if not found.is_moved(node.output[0]) for n in node.input}
    taken = {n for node in graph.node for n in (*node.input, *node.output)} | set(found.constants)
    tape, made = Tape("float32", taken), dict[str, list[Any]]()
    same, called = dict[str, str](), dict[str, str]()
    for name in [n for n in found.known if found.is_moved(n) and (n in read or n in outputs)]:
        before = len(tape.nodes)
        source = written(found, found.codes(name), name in found.batched, tape)
        added = tape.nodes[before:]
        if source is None or found.size([*added, *_constants(added, tape)]) > found.size(found.cone(name)):
            del tape.nodes[before:]
        elif added:
            added[-1].output[0] = name
            made[name] = added
        elif name not in outputs:
            same[name] = source
        elif source in found.maker and source not in outputs and source not in called:
            called[source], made[name] = name, []  # what makes the source makes the output
    nodes = []
    for node in graph.node:
        name = node.output[0]
        nodes += made.get(name, []) if name in made or name in same else [node]
    for node in nodes:
        node.input[:] = renamed(renamed(node.input, same), called)
        node.output[:] = renamed(node.output, called)
    replace_nodes(graph, nodes, tape.initialisers)


def renamed(names: Iterable[str], table: dict[str, str]) -> list[str]:
    """Return names, those in a table by what it calls them."""
    return [table.get(name, name) for name in names]


def _constants(nodes: list[Any], tape: Tape) -> list[Any]:
    """Return the constants of a tape that some operations read."""
    read = {n for node in nodes for n in node.input}
    return [t for t in tape.initialisers if t.name in read]


def replace_nodes(graph: Any, nodes: list[Any], constants: list[Any]) -> None:
    """Put other nodes and more constants into a graph, and leave out what nothing needs."""
    needed, kept = {value.name for value in graph.output}, []
    for node in reversed(nodes):
        if any(n in needed for n in node.output):
            needed.update(node.input)
            kept.append(node)
    tensors = [t for t in (*graph.initializer, *constants) if t.name in needed]
    copies = [_copy(part) for part in (*reversed(kept), *tensors)]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(copies[: len(kept)])
    graph.initializer.extend(copies[len(kept) :])
    _renumber(graph)


def _renumber(graph: Any) -> None:
    """Call what is neither an input nor an output by the shortest names that are free."""
    fixed = {value.name for value in (*graph.input, *graph.output)}
    free = (name for name in (np.base_repr(n, 36).lower() for n in count()) if name not in fixed)
    names = {"": ""} | {name: name for name in fixed}
    for tensor in graph.initializer:
        tensor.name = names.setdefault(tensor.name, next(free))
    for node in graph.node:
        node.input[:] = [names[n] for n in node.input]
        for n in node.output:
            if n not in names:
                names[n] = next(free)
        node.output[:] = [names[n] for n in node.output]


def short_names(model: Any) -> None:
    """Call everything by short names, but inputs and outputs."""
    _renumber(model.graph)


def _copy(part: Any) -> Any:
    result = type(part)()
    result.CopyFrom(part)
    return result
