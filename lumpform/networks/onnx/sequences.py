"""Read operations on sequences of an ONNX file: the ordinary ones, of which each says what it may do along time.

Steps and samples count as 1 in the shape of a sequence, so an operation for tensors without a batch does the work. What
is decided here is whether it leaves steps and samples alone, and where they are in the result.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from math import prod

import numpy as np

from lumpform.networks.onnx import arithmetic, cutting, extremes, matrices, node_functions, reshaping
from lumpform.networks.onnx.cast import cast
from lumpform.networks.onnx.node import Node, Value
from lumpform.networks.recurrent import FIRST, LAST
from lumpform.networks.tensor import Index, Tensor, axis_from_front

MARKS = "tn"
"""The letters of dimensions that an operation must leave alone."""


def is_sequence(value: Value) -> bool:
    """Tell whether a value has a layout of its own: steps, or samples that are not in front."""
    return isinstance(value, Tensor) and bool(value.layout)


def layout_of(node: Node, value: Value) -> str:
    """Return the layout of a tensor, also of one whose batch is in front."""
    if not isinstance(value, Tensor) or not (value.layout or value.batch):
        raise node.fail("a tensor without samples", "a sequence or its end")
    return value.layout or "n" + "." * (len(value.shape) - 1)


def laid_out(entries: Index, layout: str) -> Tensor:
    """Return entries as a tensor: with the samples in front and no steps it is an ordinary one."""
    return Tensor(entries, True) if layout == "n" + "." * (len(layout) - 1) else Tensor(entries, False, layout)


def without_layout(node: Node) -> Node:
    """Return the node with operands that have no layout, but dimensions of 1 instead."""
    inner = copy.copy(node)
    inner.values = {
        name: Tensor(value.entries, False) if isinstance(value, Tensor) else value
        for name, value in node.values.items()
        if name in node.inputs
    }
    return inner


def entry_by_entry(operation: Callable[[Node], Value]) -> Callable[[Node], Value]:
    """Return an operation that works number by number, for sequences of one layout and for constants."""

    def run(node: Node) -> Value:
        values = [node.value(i) for i in range(len(node.inputs)) if node.has(i)]
        layouts = {layout_of(node, v) for v in values if isinstance(v, Tensor)}
        if len(layouts) > 1:
            raise node.fail(f"tensors of the layouts {', '.join(sorted(layouts))}", "the same for all")
        (layout,) = layouts
        for shape in (v.shape for v in values if not isinstance(v, Tensor)):
            ends = zip(reversed(shape), reversed(layout), strict=False)
            if len(shape) > len(layout) or any(d != 1 for d, letter in ends if letter in MARKS):
                raise node.fail(f"a constant of shape {list(shape)}", "the same at all steps and for all samples")
        result = operation(without_layout(node))
        return laid_out(result.entries, layout) if isinstance(result, Tensor) else result

    return run


def matmul(node: Node) -> Value:
    sequence = node.tensor(0)
    layout = layout_of(node, sequence)
    matrix = node.weights(1)
    if matrix.ndim != 2 or layout[-1] in MARKS:
        raise node.fail(f"a constant of shape {list(matrix.shape)} for a sequence", "a matrix along its features")
    result = matrices.matmul(without_layout(node))
    return laid_out(result.entries, layout) if isinstance(result, Tensor) else result


def transpose(node: Node) -> Value:
    layout = layout_of(node, node.tensor())
    result = reshaping.transpose(without_layout(node))
    order = node.attributes.integers("perm", tuple(reversed(range(len(layout)))))
    return laid_out(result.entries, "".join(layout[i] for i in order))  # type: ignore[union-attr]


def squeeze(node: Node) -> Value:
    layout = layout_of(node, node.tensor())
    given = reshaping.axes_of(node)
    axes = {axis_from_front(a, len(layout)) for a in given or ()}
    if not given or any(layout[a] in MARKS for a in axes):
        raise node.fail(f"axes {given} of a sequence", "axes that are neither steps nor samples")
    result = reshaping.squeeze(without_layout(node))
    return laid_out(result.entries, "".join(c for i, c in enumerate(layout) if i not in axes))  # type: ignore[union-attr]


def unsqueeze(node: Node) -> Value:
    layout = layout_of(node, node.tensor())
    result = reshaping.unsqueeze(without_layout(node))
    rank = len(result.shape)
    axes = {axis_from_front(a, rank) for a in reshaping.axes_of(node) or ()}
    letters = iter(layout)
    return laid_out(result.entries, "".join("." if i in axes else next(letters) for i in range(rank)))  # type: ignore[union-attr]


def reshape(node: Node) -> Value:
    """Give the numbers behind steps and samples another shape."""
    sequence = node.tensor()
    layout, target = layout_of(node, sequence), node.integers(1)
    zero = node.attributes.integer("allowzero", 0) if node.version >= 14 else 0
    behind = max(layout.rfind(letter) for letter in MARKS) + 1
    kept = len(target) >= behind
    for letter, wanted, size in zip(layout[:behind], target, sequence.shape, strict=False):
        known = node.builder.lengths.get(letter) if letter in MARKS else size
        kept &= wanted == known or (wanted == 0 and not zero)
    numbers = prod(sequence.shape[behind:])
    rest = [sequence.shape[i] if not d and not zero and i < len(layout) else d for i, d in enumerate(target)][behind:]
    others = prod(d for d in rest if d != -1)
    if rest.count(-1) == 1 and others > 0 and numbers % others == 0:
        rest = [numbers // others if d == -1 else d for d in rest]
    if not kept or min(rest, default=1) < 1 or prod(rest) != numbers:
        raise node.fail(f"the shape {target} for a sequence", "steps and samples where they are (0, or their number)")
    shape = (*sequence.shape[:behind], *rest)
    return laid_out(sequence.entries.reshape(shape), layout[:behind] + "." * len(rest))


def concat(node: Node) -> Value:
    values = [node.value(i) for i in range(len(node.inputs))]
    layouts = {layout_of(node, v) for v in values}
    layout = layouts.pop()
    axis = axis_from_front(node.attributes.integer("axis", 1), len(layout))
    if layouts or layout[axis] in MARKS:
        raise node.fail(f"sequences that are joined along axis {axis}", "one layout, and an axis of features")
    result = cutting.concat(without_layout(node))
    return laid_out(result.entries, layout)  # type: ignore[union-attr]


def gather(node: Node) -> Value:
    """Choose numbers, or the last or first step."""
    sequence, indices = node.tensor(), node.constant(1)
    layout = layout_of(node, sequence)
    axis = axis_from_front(node.attributes.integer("axis", 0), len(layout))
    if layout[axis] == "n" or (layout[axis] == "t" and (indices.size != 1 or indices.dtype.kind not in "iu")):
        raise node.fail("several steps, or samples, that are chosen", "the last or the first step, or numbers")
    after = layout[:axis] + "." * indices.ndim + layout[axis + 1 :]
    if layout[axis] == ".":
        result = cutting.gather(without_layout(node))
        return laid_out(result.entries, after)  # type: ignore[union-attr]
    step, steps = int(indices.reshape(-1)[0]), node.builder.lengths.get("t")
    if step not in (0, -1) and step != (steps or 0) - 1:
        raise node.fail(f"the step {step}", "the last (-1) or the first (0)")
    shape = (*sequence.shape[:axis], *indices.shape, *sequence.shape[axis + 1 :])
    ends = node.builder.ends(sequence.entries.reshape(-1), FIRST if step == 0 else LAST, node.name)
    return laid_out(np.ascontiguousarray(ends).reshape(shape), after)


SEQUENCES: dict[str, Callable[[Node], Value]] = {
    "Add": entry_by_entry(arithmetic.add),
    "Cast": entry_by_entry(cast),
    "Concat": concat,
    "Div": entry_by_entry(arithmetic.divide),
    "Dropout": entry_by_entry(reshaping.dropout),
    "Gather": gather,
    "Gelu": entry_by_entry(node_functions.gelu),
    "Identity": entry_by_entry(reshaping.identity),
    "LeakyRelu": entry_by_entry(node_functions.leaky),
    "MatMul": matmul,
    "Mul": entry_by_entry(arithmetic.multiply),
    "Neg": entry_by_entry(arithmetic.negate),
    "PRelu": entry_by_entry(extremes.prelu),
    "Relu": entry_by_entry(node_functions.relu),
    "Reshape": reshape,
    "Sigmoid": entry_by_entry(node_functions.sigmoid),
    "Squeeze": squeeze,
    "Sub": entry_by_entry(arithmetic.subtract),
    "Sum": entry_by_entry(arithmetic.sum_of_all),
    "Tanh": entry_by_entry(node_functions.tanh),
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
"""Operations on sequences by the name of the operator."""
