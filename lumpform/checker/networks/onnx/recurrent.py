"""Reads the operator RNN: a group for every direction, which reads itself at the step before, or after.

docs/certificate-networks.md, section 6.5.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...rational import Pair
from ..arrows import FIRST, FORWARD, LAST, REVERSE, START, Operator
from ..budget import ROW
from ..dense import full_row
from ..graph import Matrix
from .along_axis import WEIGHT
from .arithmetic import add_pairs, combined
from .building import Building
from .constants import Constant
from .node import Node
from .tensor import NOTHING, Tensor

LAYOUTS = ("tn.", "nt.")
"""How inputs of a recurrent network may be laid out: steps first, or samples first; the first that fits is taken."""

DIRECTIONS = {"forward": (FORWARD,), "reverse": (REVERSE,), "bidirectional": (FORWARD, REVERSE)}
FUNCTIONS = ("relu", "tanh", "sigmoid")


class OtherLayout(Exception):
    """Says that the samples come before the steps: reading starts again with inputs in another layout."""


def rnn(node: Node) -> list[Tensor]:
    """Return the states at all steps, and those that are computed last."""
    directions, function = _of_attributes(node)
    sequence, building = node.tensor(), node.building
    if sequence.layout == LAYOUTS[1]:
        raise OtherLayout
    if sequence.layout != LAYOUTS[0]:
        raise ValueError(f"a tensor of the layout {sequence.layout or 'n, and numbers'!r} instead of {LAYOUTS[0]!r}")
    if node.has(4):
        raise ValueError(f"sequence_lens, {node.operands[4]!r}: sequences of different lengths")
    count, features, states = len(directions), sequence.size, node.constant(2)
    size = states.shape[-1] if states.shape else 0
    wanted = [(count, size, features), (count, size, size)]
    shapes = [node.constant(1).shape, states.shape]
    if not size or shapes != wanted or node.attributes.integer("hidden_size", size) != size:
        raise ValueError(f"weights of the shapes {list(map(list, shapes))} for {count} directions, {features} features")
    biases, starts = _biases(node, count, size), _starts(node, count, size)
    read, loops = node.constant(1).pairs(), states.pairs()
    groups = []
    for i, delay in enumerate(directions):
        building.claim(WEIGHT * size * (features + size))
        building.budget.claim(ROW * (features + size))
        g = building.group(size, (function,))
        groups.append(g)
        _read(building, sequence.entries, read[i * size * features : (i + 1) * size * features], g)
        own = loops[i * size * size : (i + 1) * size * size]
        building.arrow(g, delay, g, _turned(own, size, range(size)), solid=True)
        for operator, rows in ((None, biases), (START, starts)):
            if rows is not None:
                numbers = Matrix.of((0, v, value) for v, value in enumerate(rows[i]))
                building.arrow(0, operator, g, numbers, 1)
    ends = []
    for g, delay in zip(groups, directions, strict=True) if any(node.results[1:2]) else ():
        ends += ends_of(building, building.whole(g), LAST if delay == FORWARD else FIRST)
    entries = [entry for g in groups for entry in building.whole(g)]
    results = [Tensor((1, count, 1, size), entries, layout="t.n.")]
    return [*results, Tensor((count, 1, size), ends, layout=".n.")] if ends else results


def _of_attributes(node: Node) -> tuple[tuple[Operator, ...], str]:
    """Return the delays of the directions, and the function."""
    a = node.attributes
    name = a.text("direction", "forward")
    if name not in DIRECTIONS:
        raise ValueError(f"the attribute direction = {name!r}")
    directions = DIRECTIONS[name]
    for other in ("clip", "activation_alpha", "activation_beta"):
        if other in a:
            raise ValueError(f"the attribute {other}")
    if a.integer("layout", 0):
        raise ValueError(f"the attribute layout = {a.integer('layout', 0)}")
    given = a.texts("activations") or ["Tanh"] * len(directions)
    functions = {text.lower() for text in given}
    if len(given) != len(directions) or len(functions) > 1 or not functions <= set(FUNCTIONS):
        raise ValueError(
            f"the activations {', '.join(given[:5])}, expected one of Relu, Tanh, Sigmoid for all directions"
        )
    return directions, functions.pop()


def _biases(node: Node, count: int, size: int) -> list[list[Pair]] | None:
    """Return the sums of both biases for every direction."""
    if not node.has(3):
        return None
    constant = node.constant(3)
    if constant.shape != (count, 2 * size):
        raise ValueError(f"biases of the shape {list(constant.shape)} for {count} directions of {size} neurons")
    values, result = constant.pairs(), []
    for start in range(0, len(values), 2 * size):
        first, second = (Constant((size,), values[at : at + size]) for at in (start, start + size))
        result.append(list(combined(node.building, first, second, add_pairs).data))
    return result


def _starts(node: Node, count: int, size: int) -> list[list[Pair]] | None:
    """Return the first states for every direction, which are the same for all samples; None if they are zero."""
    if not node.has(5):
        return None
    constant, samples = node.constant(5), node.building.lengths.get("n")
    shape = constant.shape
    if len(shape) != 3 or shape[::2] != (count, size) or not shape[1]:
        raise ValueError(f"initial_h of the shape {list(shape)} for {count} directions of {size} neurons")
    values = constant.pairs()
    if not any(n for n, _ in values):
        return None
    if samples is None or shape[1] != samples:
        raise ValueError(
            f"initial_h for {shape[1]} samples, which is not zero, where inputs have {samples or 'any number'}"
        )
    rows = [values[at : at + size] for at in range(0, len(values), size)]
    if any(row != rows[i // samples * samples] for i, row in enumerate(rows)):
        raise ValueError("initial_h that is not the same for all samples")
    return rows[::samples]


def _read(building: Building, entries: Sequence[int], values: list[Pair], g: int) -> None:
    """Let a group read entries, entry k with the weights in column k."""
    by_source: dict[tuple[int, Operator], list[tuple[int, int]]] = {}
    for k, entry in enumerate(entries):
        if entry != NOTHING:
            source = building.group_of(entry)
            operator, node = building.at(source, entry - building.starts[source])
            by_source.setdefault((source, operator), []).append((node, k))
    for (source, operator), places in by_source.items():
        matrix = Matrix()
        for node, k in places:
            matrix.add_row(node, full_row(values[k :: len(entries)]))
        matrix.rows = {u: row for u, row in matrix.rows.items() if row[1]}
        building.arrow(source, operator, g, matrix, solid=True)


def _turned(values: list[Pair], count: int, nodes: range) -> Matrix:
    """Return the matrix from nodes, in which node k has the weights in column k."""
    matrix = Matrix()
    for k in nodes:
        matrix.put(k, *full_row(values[k::count]))
    return matrix


def ends_of(building: Building, entries: Sequence[int], operator: Operator) -> range:
    """Make a group of numbers of entries at the first or the last step; returns its entries."""
    building.budget.claim(ROW * len(entries))
    g = building.group(len(entries))
    by_source: dict[int, list[tuple[int, int]]] = {}
    for i, entry in enumerate(entries):
        if entry != NOTHING:
            source = building.group_of(entry)
            by_source.setdefault(source, []).append((entry - building.starts[source], i))
    for source in sorted(by_source):
        building.read(((source, operator, node, i) for node, i in by_source[source]), g)
    return building.whole(g)
