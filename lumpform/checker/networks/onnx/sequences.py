"""Reads operations on sequences: what each may do to steps and samples. docs/certificate-networks.md, section 6.5.

A tensor with a layout counts steps and samples as 1 in its shape, so the operation for other tensors does the work, and
what is decided here is whether steps and samples stay what they are, and where they are in the result.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from ..arrows import FIRST, LAST
from .constants import Constant
from .node import Node, Operation
from .operations import OPERATIONS
from .recurrent import ends_of
from .shapes import axes_of, axis_of
from .tensor import Tensor, Value

MARKS = "tn"


def along_time(node: Node) -> Operation:
    """Return what an operator of a recurrent network does: something else if an operand is a sequence.

    Raises `ValueError` if it does nothing that is known to sequences.
    """
    found = [node.values.get(name) for name in node.operands]
    sequences = any(isinstance(value, Tensor) and value.layout for value in found)
    turned = node.kind == "Transpose" and isinstance(found[0], Tensor)
    if node.kind == "RNN" or not (sequences or turned):
        return OPERATIONS[node.kind]
    if node.kind not in SEQUENCES:
        raise ValueError(f"a sequence as operand, expected one for RNN, {', '.join(SEQUENCES)}")
    return SEQUENCES[node.kind]


def layout_of(value: Tensor) -> str:
    """Return the layout of a tensor; that of one with a batch is samples and numbers."""
    return value.layout or "n" + "." * (len(value.shape) - 1)


def laid_out(value: Value, layout: str) -> Tensor:
    """Return a tensor with a layout; one with samples in front and without steps has a batch."""
    if not isinstance(value, Tensor):
        raise ValueError("a constant instead of a sequence")
    if layout == "n" + "." * (len(layout) - 1):
        return Tensor(value.shape, value.entries, batch=True)
    return Tensor(value.shape, value.entries, layout=layout)


def done(node: Node) -> Value:
    """Return the result of the operation for tensors without layouts and batches."""
    values = {name: node.values[name] for name in node.operands if name}
    bare = {
        name: Tensor(value.shape, value.entries) if isinstance(value, Tensor) else value
        for name, value in values.items()
    }
    inner = Node(node.kind, node.version, node.operands, node.results, node.attributes, bare, node.building)
    return OPERATIONS[node.kind](inner)


def each(node: Node) -> Tensor:
    """Return an operation number by number, of sequences of one layout and constants that are the same at all steps."""
    values = [node.value(i) for i in range(len(node.operands)) if node.has(i)]
    layouts = {layout_of(value) for value in values if isinstance(value, Tensor)}
    if len(layouts) != 1:
        raise ValueError(f"sequences of the layouts {', '.join(sorted(layouts))}, expected one")
    (layout,) = layouts
    for value in values:
        if isinstance(value, Constant):
            ends = list(zip(reversed(value.shape), reversed(layout), strict=False))
            if len(value.shape) > len(layout) or any(d != 1 and letter in MARKS for d, letter in ends):
                raise ValueError(f"a constant of the shape {list(value.shape)}, not the same for all steps and samples")
    return laid_out(done(node), layout)


def matmul(node: Node) -> Tensor:
    """Return a sequence times a matrix along its features."""
    layout, matrix = layout_of(node.tensor()), node.constant(1)
    if len(matrix.shape) != 2 or layout[-1] in MARKS:
        raise ValueError(f"a constant of the shape {list(matrix.shape)}, expected a matrix along the features")
    return laid_out(done(node), layout)


def transpose(node: Node) -> Tensor:
    """Return a sequence with its dimensions in another order."""
    layout, made = layout_of(node.tensor()), done(node)
    order = node.attributes.integers("perm")
    return laid_out(made, layout[::-1] if order is None else "".join(layout[a] for a in order))


def squeeze(node: Node) -> Tensor:
    """Return a sequence without some dimensions of one, which must be named."""
    layout = layout_of(node.tensor())
    gone = axes_of(node.listed("axes", 1, 13) or [], len(layout), negative=node.version >= 11)
    if not gone or any(layout[axis] in MARKS for axis in gone):
        raise ValueError(f"the axes {gone[:10]} of a sequence, expected some that are neither steps nor samples")
    return laid_out(done(node), "".join(letter for axis, letter in enumerate(layout) if axis not in gone))


def unsqueeze(node: Node) -> Tensor:
    """Return a sequence with more dimensions of one."""
    layout, made = layout_of(node.tensor()), done(node)
    rank = len(made.shape)
    new = axes_of(node.listed("axes", 1, 13) or [], rank, negative=node.version >= 11)
    rest = iter(layout)
    return laid_out(made, "".join("." if axis in new else next(rest) for axis in range(rank)))


def reshape(node: Node) -> Tensor:
    """Return a sequence in which what is behind steps and samples has another shape."""
    value, target = node.tensor(), node.integers(1)
    layout, lengths = layout_of(value), node.building.lengths
    zeros = node.attributes.flag("allowzero")
    behind = 1 + max(layout.rfind(letter) for letter in MARKS)
    front = zip(layout[:behind], target, value.shape, strict=False)
    same = [
        d == (lengths.get(letter) if letter in MARKS else size) or (d == 0 and not zeros) for letter, d, size in front
    ]
    rest = [value.shape[i] if d == 0 and not zeros and i < len(layout) else d for i, d in enumerate(target)][behind:]
    size, known = prod(value.shape[behind:]), prod(d for d in rest if d != -1)
    if rest.count(-1) == 1 and known > 0:
        rest[rest.index(-1)] = size // known
    if len(same) < behind or not all(same) or min(rest, default=1) < 1 or prod(rest) != size:
        raise ValueError(f"the shape {target[:10]} for the layout {layout!r}, expected steps and samples as they are")
    shape = (*value.shape[:behind], *rest)
    return laid_out(Tensor(shape, value.entries), layout[:behind] + "." * len(rest))


def concat(node: Node) -> Tensor:
    """Return sequences of one layout one after the other along an axis of numbers."""
    values = [node.value(i) for i in range(len(node.operands))]
    layouts = {layout_of(value) if isinstance(value, Tensor) else "" for value in values}
    layout, axis = max(layouts), node.attributes.integer("axis", 1)
    if len(layouts) > 1 or layout[axis_of(axis, len(layout))] in MARKS:
        raise ValueError(f"sequences that are joined along the axis {axis}, expected one layout and numbers there")
    return laid_out(done(node), layout)


def gather(node: Node) -> Tensor:
    """Return numbers that are chosen at every step, or all numbers at the first or the last step."""
    value, chosen = node.tensor(), node.constant(1)
    layout = layout_of(value)
    axis = axis_of(node.attributes.integer("axis", 0), len(layout))
    after = layout[:axis] + "." * len(chosen.shape) + layout[axis + 1 :]
    if layout[axis] == ".":
        return laid_out(done(node), after)
    steps, places = node.building.lengths.get("t"), chosen.integers()
    last = -1 if steps is None else steps - 1
    if layout[axis] == "n" or len(places) != 1 or places[0] not in (0, -1, last):
        raise ValueError(f"the places {places[:10]} of steps or samples, expected the first (0) or the last (-1) step")
    shape = (*value.shape[:axis], *chosen.shape, *value.shape[axis + 1 :])
    return laid_out(Tensor(shape, ends_of(node.building, value.entries, FIRST if places[0] == 0 else LAST)), after)


SEQUENCES: dict[str, Callable[[Node], Tensor]] = {
    **dict.fromkeys(
        ("Add", "Cast", "Div", "Dropout", "Gelu", "Identity", "LeakyRelu", "Mul", "Neg", "PRelu", "Relu"), each
    ),
    **dict.fromkeys(("Sigmoid", "Sub", "Sum", "Tanh"), each),
    "Concat": concat,
    "Gather": gather,
    "MatMul": matmul,
    "Reshape": reshape,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
"""Operations on sequences, by operator."""
