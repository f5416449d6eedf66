"""Takes an island out of a file, as the bytes of a file of its own that the reader of networks reads."""

from __future__ import annotations

from ...failure import fail
from ..activations import ACTIVATIONS
from ..onnx.wire import Message
from .certificate import Claim, Sides
from .file import STANDARD, Graph

SINGLE = ("Relu", "LeakyRelu", "Sigmoid", "Tanh", "Gelu", "Identity", "Neg", "Abs", *ACTIVATIONS)
PAIRS = ("Add", "Sub", "Mul", "Div", "Pow")

FLOAT = 1


def extract(graph: Graph, claim: Claim) -> bytes:
    """Return the bytes of a file with the nodes of an island, its initialisers, and its borders as inputs and outputs.

    Raises
    ------
    Unreadable
        If there are no such tensors, or the island is read by rows and a node of it does not work row by row.
    """
    names = [name for name, _ in claim.inputs]
    for name in (*names, *claim.outputs):
        if name not in graph.made and (name in claim.outputs or name not in graph.given or name in graph.constant):
            fail(graph.path, f"tensor {name!r}", "no such tensor", "the tensors at the borders of the islands")
    nodes = graph.between(names, claim.outputs)
    used = {name for number in nodes for name in graph.reads(number)}.difference(names)
    if claim.rows:
        _check_rows(graph, nodes, set(names), used)
    parts = [_field(1, bytes(graph.nodes[number])) for number in nodes]
    tensors = sorted(graph.constant[name] for name in used if name in graph.constant)
    parts += [_field(5, bytes(graph.tensors[n])) for n in tensors]
    parts += [_field(11, _value(name, _shape(sides, claim.rows))) for name, sides in claim.inputs]
    parts += [_field(12, _value(name, None)) for name in claim.outputs]
    frame = [_number(1, graph.version), *(_field(8, bytes(view)) for view in graph.opsets)]
    return b"".join([*frame, _field(7, b"".join(parts))])


def _shape(sides: Sides, rows: bool) -> Sides:
    return ("rows", sides[-1]) if rows else sides


def _check_rows(graph: Graph, nodes: list[int], inputs: set[str], used: set[str]) -> None:
    """Refuse nodes that do not do the same to every row of tensors with at least three dimensions."""
    moving, constants = set(inputs), graph.constant
    known = {name: list(Message(graph.tensors[constants[name]]).integers(1)) for name in used if name in constants}
    for number in nodes:
        node = graph.parsed[number]
        operands, kind = node.texts(1), node.text(4)
        fits = node.text(7) in STANDARD and not node.text(8) and len(node.texts(2)) == 1
        if kind == "Transpose" and fits and len(operands) == 1 and operands[0] in known:
            known[node.texts(2)[0]] = _turned(node, known[operands[0]])
            continue
        if kind in SINGLE:
            fits = fits and len(operands) == 1 and operands[0] in moving
        elif kind == "MatMul":
            fits = fits and len(operands) == 2 and operands[0] in moving and len(known.get(operands[1], ())) == 2
        elif kind in PAIRS:
            fits = fits and len(operands) == 2 and moving.intersection(operands) != set()
            fits = fits and all(name in moving or _one_row(known.get(name)) for name in operands)
        else:
            fits = False
        if not fits:
            fail(graph.path, f"node {number} ({kind} {node.text(3)!r})", "no work row by row", "an island of rows")
        moving.update(node.texts(2))


def _turned(node: Message, sides: list[int]) -> list[int]:
    """Return the shape of a constant that is turned; a single wrong side if its order is none."""
    found = [list(a.integers(8)) for a in node.messages(5) if a.text(1) == "perm"]
    order = found[0] if found else [*reversed(range(len(sides)))]
    return [sides[k] for k in order] if sorted(order) == [*range(len(sides))] else [0] * 9


def _one_row(sides: list[int] | None) -> bool:
    return sides is not None and (len(sides) < 2 or (len(sides) == 2 and sides[0] == 1))


def _value(name: str, sides: Sides | None) -> bytes:
    """Return a named tensor of floats, with a shape if there is one, as a file has it."""
    kind = b"" if sides is None else _number(1, FLOAT)
    if sides is not None:
        dims = [_number(1, side) if isinstance(side, int) else _field(2, side.encode()) for side in sides]
        kind += _field(2, b"".join(_field(1, each) for each in dims))
    return _field(1, name.encode()) + (b"" if sides is None else _field(2, _field(1, kind)))


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)
