"""Computes over the nodes at every position: a matrix along one axis, and softmax.

docs/certificate-networks.md, section 6.4. A *column* is what remains of a tensor when the axis is fixed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from ...rational import Pair
from ..arrows import Operator, Sides
from ..budget import ROW
from ..dense import full_row
from ..graph import Function, Matrix
from .building import NUMBER, Building
from .maps import Entries, made, node_of, read_again
from .shapes import Shape, strided
from .tensor import NOTHING, Tensor, is_run

WEIGHT = 2
"""Units for a weight of a constant, each time that it is used."""

Source = tuple[int, Operator, int] | None
"""A group, what happens on the way, and a node; None for nothing."""


@dataclass
class Columns:
    """Says where each column of a tensor is read, and the sides of their maps; () if all are numbers everywhere."""

    sources: list[Source]
    sides: Sides


def columns_of(entries: Entries, outer: int, count: int, inner: int) -> list[Entries]:
    """Return the columns of a tensor of the shape (outer, count, inner) along its middle axis, in row-major order."""
    if outer == 1:
        return [entries[k * inner : (k + 1) * inner] for k in range(count)]
    return [strided(entries, k * inner, (outer, inner), (count * inner, 1)) for k in range(count)]


def read_columns(building: Building, columns: list[Entries]) -> Columns | None:
    """Return where columns are read; None if they are not all numbers everywhere or maps of one shape."""
    sources: list[Source] = []
    shapes: set[Sides] = set()
    for column in columns:
        first = column[0]
        if len(column) == 1 or (not is_run(column) and all(entry == first for entry in column)):
            sources.append(_number(building, first))
            continue
        node = node_of(building, column)
        if node is None:
            return None
        sources.append((node[0], None, node[1]))
        shapes.add(building.network.groups[node[0]].shape)
    if len(shapes) > 1:
        return None
    return Columns(sources, shapes.pop() if shapes else NUMBER)


def _number(building: Building, entry: int) -> Source:
    """Return where one number is read."""
    if entry == NOTHING:
        return None
    g = building.group_of(entry)
    operator, node = building.at(g, entry - building.starts[g])
    return g, operator, node


def wanted_columns(building: Building, columns: list[Entries], sides: Sides) -> Columns:
    """Return where columns are read, from maps with these sides that are made if they are not there."""
    found = read_columns(building, columns)
    if found is not None:
        return found
    read_again(building, columns, sides)
    return Columns([(g, None, node) for g, node, _ in made(building, columns, sides)], sides)


def times_matrix(
    building: Building, tensor: Tensor, axis: int, values: Sequence[Sequence[Pair]], shape: Shape
) -> Tensor:
    """Return a tensor times a matrix along an axis.

    Row k of `values` has the weights of column k; `shape` is that of the result.
    """
    if tensor.batch and axis == 0:
        raise ValueError("a sum along the batch")
    outer, count, inner = split_at(tensor.shape, axis)
    width = len(values[0])
    building.claim(WEIGHT * width * count + (count if outer == 1 and is_run(tensor.entries) else 2 * tensor.size))
    sides = tuple(d for a, d in enumerate(tensor.shape) if a != axis and (a or not tensor.batch))
    columns = wanted_columns(building, columns_of(tensor.entries, outer, count, inner), sides)
    start = building.starts[-1]
    g = building.group(width, shape=columns.sides)
    matrices: dict[tuple[int, Operator], Matrix] = {}
    for source, weights in zip(columns.sources, values, strict=True):
        if source is not None:
            group, operator, node = source
            matrices.setdefault((group, operator), Matrix()).add_row(node, full_row(weights))
    for (group, operator), matrix in matrices.items():
        matrix.rows = {u: row for u, row in matrix.rows.items() if row[1]}
        building.arrow(group, operator, g, matrix, solid=True)
    return Tensor(shape, _placed(building, start, (outer, width, inner), columns.sides), tensor.batch)


def _placed(building: Building, start: int, split: tuple[int, int, int], sides: Sides) -> Entries:
    """Return the entries of a group of maps, or of numbers that are repeated, in the order of (outer, node, inner)."""
    outer, width, inner = split
    if outer * inner == 1 or (sides and (outer == 1 or width == 1)):
        return range(start, start + outer * width * inner)
    building.claim(outer * width * inner)
    q = prod(sides)
    steps = (inner, q, 1) if sides else (0, 1, 0)
    return strided(range(start, start + width * q), 0, split, steps)


def softmax(building: Building, tensor: Tensor, split: tuple[int, int, int]) -> Tensor:
    """Return the softmax of a tensor, seen in the shape `split`, along its middle axis."""
    outer, count, inner = split
    function: Function = ("softmax",)
    building.claim(2 * tensor.size)
    columns = columns_of(tensor.entries, outer, count, inner)
    found = read_columns(building, columns)
    start = building.starts[-1]
    if found is not None:
        g = building.group(count, function, found.sides)
        _read(building, found.sources, g)
        return Tensor(tensor.shape, _placed(building, start, split, found.sides), tensor.batch)
    for place in range(outer * inner):
        g = building.group(count, function)
        _read(building, [_number(building, column[place]) for column in columns], g)
    return Tensor(
        tensor.shape,
        strided(range(start, start + tensor.size), 0, split, (inner * count, 1, count)),
        tensor.batch,
    )


def _read(building: Building, sources: Iterable[Source], g: int) -> None:
    """Let node i of a group read the i-th source."""
    read = [(*source, i) for i, source in enumerate(sources) if source is not None]
    building.budget.claim(ROW * len(read))
    building.read(read, g)


def split_at(shape: Shape, axis: int) -> tuple[int, int, int]:
    """Return a shape as what is before, along and behind an axis."""
    return prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
