"""Say in fewer operations what is the same for several tensors, or what moves stand around.

Each function changes a model and leaves moves behind that cancel: `lumpform.networks.onnx.short_moves` puts them
together. Whether a model became shorter, and is the same network, is asked afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.activations import ACTIVATIONS
from lumpform.networks.onnx.moved_from import Moves
from lumpform.networks.onnx.short_constants import once_along_axes
from lumpform.networks.onnx.short_moves import replace_nodes, written
from lumpform.networks.onnx.tape import PLAIN, Tape

FUNCTIONS = {*PLAIN.values(), "LeakyRelu", *(known.operator for known in ACTIVATIONS.values())}
"""Operators that work number by number."""

WINDOWS = {"AveragePool", "Conv", "ConvTranspose", "GlobalAveragePool", "GlobalMaxPool", "MaxPool"}
"""Operators that work sample by sample."""

ENTRYWISE = {"Add", "Mul"}


class Rewrite:
    """Hold a model whose nodes are replaced, with its moves and a tape for what is new."""

    def __init__(self, model: Any) -> None:
        self.found = Moves(model)
        self.graph = model.graph
        taken = {n for node in model.graph.node for n in (*node.input, *node.output)} | set(self.found.constants)
        self.tape = Tape("float32", taken)

    def done(self, nodes: list[Any]) -> None:
        """Put the new nodes into the model."""
        replace_nodes(self.graph, nodes, self.tape.initialisers)

    def data(self, node: Any) -> list[str]:
        """Return the operands of a node that are no constants."""
        return [n for n in node.input if n and n not in self.found.constants]

    def since(self, before: int, last: str) -> list[Any]:
        """Return the nodes that were added, and give the last one's result a name."""
        added = self.tape.nodes[before:]
        added[-1].output[0] = last
        return added


def siblings_together(model: Any) -> None:
    """Make one operation of several that do the same to different tensors: to their samples, or rows, in one tensor."""
    r = Rewrite(model)
    depth: dict[str, int] = {}
    layers: dict[int, list[Any]] = {}
    alike: dict[Any, list[Any]] = {}
    for node in model.graph.node:
        d = 1 + max((depth.get(n, 0) for n in node.input), default=0)
        depth.update(dict.fromkeys(node.output, d))
        layers.setdefault(d, []).append(node)
        data = r.data(node)
        if _can_join(r, node, data):
            how = b"".join(sorted(a.SerializeToString() for a in node.attribute))
            constants = tuple("" if n in data else n for n in node.input)
            shapes = tuple(r.found.shapes[n] for n in data)
            alike.setdefault((d, node.op_type, how, constants, shapes, data[0] in r.found.batched), []).append(node)
    joined = {node.output[0]: several for several in alike.values() if len(several) > 1 for node in several}
    nodes: list[Any] = []
    for d in sorted(layers):
        for node in layers[d]:
            several = joined.get(node.output[0])
            if several is None:
                nodes.append(node)
            elif several[0] is node:
                nodes += _together(r, several)
    r.done(nodes)


def _can_join(r: Rewrite, node: Any, data: list[str]) -> bool:
    """Tell whether an operation does the same to every sample, or row, of a tensor."""
    found, kind = r.found, node.op_type
    if not data or any(n not in found.shapes or len(found.shapes[n]) < 2 for n in (*data, node.output[0])):
        return False
    batched = data[0] in found.batched
    if kind == "Softmax":
        axis = next((a.i for a in node.attribute if a.name == "axis"), -1)
        return len(found.shapes[data[0]]) == 2 and axis in (1, -1)
    if kind in WINDOWS:
        return not batched
    if kind in FUNCTIONS:
        return len(data) == len(node.input) == 1
    # A constant that is the same for all samples.
    rank = len(found.shapes[data[0]])
    flat = all(len(s := found.constants[n].shape) < rank or s[0] == 1 for n in node.input if n in found.constants)
    return kind in ENTRYWISE and flat and not batched and len({found.shapes[n] for n in data}) == 1


def _together(r: Rewrite, several: list[Any]) -> list[Any]:
    """Return one operation in the place of several, between a Concat and slices."""
    from onnx import helper

    tape, before, first = r.tape, len(r.tape.nodes), several[0]
    batched = r.data(first)[0] in r.found.batched
    axis, rows = int(batched), batched and first.op_type == "Softmax"
    operands = []
    for k, name in enumerate(first.input):
        if not name or name in r.found.constants:
            operands.append(name)
            continue
        parts = [node.input[k] for node in several]
        if rows:
            parts = [tape.reshape(n, [0, 1, r.found.shapes[n][1]]) for n in parts]
        operands.append(tape.add("Concat", parts, axis=axis))
    how = {a.name: helper.get_attribute_value(a) for a in first.attribute}
    result = tape.add(first.op_type, operands, **(how | {"axis": 2} if rows else how))
    shape = r.found.shapes[first.output[0]]
    width = 1 if rows else shape[axis]
    for k, node in enumerate(several):
        ends = [np.array([v], dtype=np.int64) for v in (k * width, (k + 1) * width, axis)]
        part = tape.add("Slice", [result, *map(tape.initialiser, ends)])
        if rows:
            part = tape.reshape(part, [0, shape[1]])
        tape.nodes[-1].output[0] = node.output[0]
    return tape.nodes[before:]


def moves_last(model: Any) -> None:
    """Carry out what works number by number before its operands are moved: then moves meet, and may cancel."""
    one_by_one(model, before_moves)


def one_by_one(model: Any, change: Callable[[Rewrite, Any], list[Any] | None]) -> None:
    """Replace the first node of a model for which there is something else, until there is none."""
    r = Rewrite(model)
    while True:
        nodes: list[Any] = []
        changed = False
        for node in r.graph.node:
            new = None if changed else change(r, node)
            changed = changed or new is not None
            nodes += [node] if new is None else new
        if not changed:
            return
        r.done(nodes)
        r = Rewrite(model)


def before_moves(r: Rewrite, node: Any) -> list[Any] | None:
    """Return an operation on what its operands were moved from, and the move behind it; None if they have others."""
    from onnx import helper

    data, found = r.data(node), r.found
    if node.op_type not in FUNCTIONS | ENTRYWISE | {"Softmax"} or not data or not all(map(found.is_moved, data)):
        return None
    batched, shape = data[0] in found.batched, found.shapes.get(node.output[0])
    pivot = next((n for n in data if found.codes(n).shape == shape and _is_bijective(found, n)), None)
    if pivot is None or any((n in found.batched) != batched for n in data):
        return None
    (source,), places = found.sources(found.codes(pivot))
    before = found.shapes[source]
    if (source in found.batched) != batched:
        return None
    tape, start = r.tape, len(r.tape.nodes)
    operands: list[str] = []
    for name in node.input:
        constant = found.constants.get(name)
        small = _moved_back(found.codes(name) if constant is None else constant, places, before, batched)
        made = written(found, small, batched, tape) if constant is None else tape.initialiser(_plain(small))
        if made is None:
            return None
        operands.append(made)
    how = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if node.op_type == "Softmax":
        axis = _axis_before(places, how.get("axis", -1), before)
        if axis is None or (batched and not axis):
            return None
        how["axis"] = axis
    result = tape.add(node.op_type, operands, **how)
    moves = len(tape.nodes)
    end = written(found, found.codes(pivot), batched, tape)
    if end is None or len(tape.nodes) == moves:
        return None
    for move in tape.nodes[moves:]:
        move.input[:] = [result if n == source else n for n in move.input]
    return r.since(start, node.output[0])


def _axis_before(places: NDArray[np.int64], axis: int, before: tuple[int, ...]) -> int | None:
    """Return along which axis of what was moved the numbers lie that lie along one axis now; None if along none."""
    rows = np.moveaxis(places, axis, 0).reshape(places.shape[axis], -1)
    where = np.unravel_index(rows, before)
    for a, along in enumerate(where):
        others = [w for b, w in enumerate(where) if b != a]
        if before[a] == len(rows) and (along == np.arange(len(rows))[:, None]).all():
            return a if all((w == w[:1]).all() for w in others) else None
    return None


def _is_bijective(found: Moves, name: str) -> bool:
    """Tell whether a tensor holds every number of one other, each once."""
    names, places = found.sources(found.codes(name))
    return len(names) == 1 and np.array_equal(np.sort(places.reshape(-1)), np.arange(prod(found.shapes[names[0]])))


def _moved_back(
    array: NDArray[Any], places: NDArray[np.int64], before: tuple[int, ...], batched: bool = False
) -> NDArray[Any]:
    """Return an operand for tensors of another shape, of one place along axes where it is the same everywhere."""
    table = np.empty(prod(before), dtype=array.dtype)
    table[places.reshape(-1)] = np.broadcast_to(array, places.shape).reshape(-1)
    return once_along_axes(table.reshape(before), int(batched))


def _plain(small: NDArray[Any]) -> NDArray[Any]:
    """Leave out sides of 1 in front."""
    while small.ndim > 1 and small.shape[0] == 1:
        small = small[0]
    return small
