"""Find the maps that an operation reads, and make its arrows: docs/certificate-networks.md, section 6.4.

A matrix along one axis, convolutions, pooling and softmax want maps: arrays of entries in which a row is the map of one
node. Where they are not there, `lumpform.networks.made_maps` makes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.graph import IDENTITY, NodeFunction
from lumpform.graph.weights import DenseWeights, SparseWeights
from lumpform.networks.builder import PIXEL, Builder
from lumpform.networks.made_maps import made_maps
from lumpform.networks.operators import Operator, Sides, map_shape, pixel, place_of
from lumpform.networks.tensor import NOTHING, Index, Tensor
from lumpform.numbers.make import exact_values


@dataclass(frozen=True, eq=False)
class Column:
    """Say where a row of entries is read: all positions of a node in order, or, by an operator, one entry everywhere.

    `offset` says by how much a window is moved against the node's map.
    """

    group: int
    node: int
    operator: Operator = None
    offset: Sides = ()


def columns_of(builder: Builder, rows: Index) -> tuple[list[Column | None], Sides] | None:
    """Return where each row of entries, (columns, positions), is read, and the shape of the maps; None for nothing.

    The shape is () if all are one entry everywhere. None instead of all if some row is neither that nor a map, or if
    maps have different shapes.
    """
    columns: list[Column | None] = []
    shapes = set()
    groups = builder.group_of(rows)
    for row, of_row in zip(rows, groups, strict=True):
        if (row == row[0]).all():
            columns.append(one_entry(builder, int(row[0])))
            continue
        made = builder.made[int(of_row[0])]
        q = prod(made.group.shape)
        local = row - made.base
        if (of_row != of_row[0]).any() or of_row[0] < 0 or q != len(row) or local[0] % q or (np.diff(local) != 1).any():
            return None
        shapes.add(made.group.shape)
        columns.append(Column(int(of_row[0]), int(local[0]) // q))
    return None if len(shapes) > 1 else (columns, shapes.pop() if shapes else ())


def one_entry(builder: Builder, entry: int) -> Column | None:
    """Return where a single entry is read; None for nothing."""
    if entry == NOTHING:
        return None
    group = int(builder.group_of(np.array([entry]))[0])
    made = builder.made[group]
    node, position = divmod(entry - made.base, prod(made.group.shape))
    return Column(group, node, pixel(made.group.shape, place_of(position, made.group.shape)))


def contract(builder: Builder, tensor: Tensor, axis: int, matrix: NDArray[Any], name: str) -> Tensor:
    """Multiply along one axis: ``sum over k of x[.., k, ..] * matrix[k, n]`` at place n of the same axis."""
    moved = np.moveaxis(tensor.entries, axis, 0)
    rows = moved.reshape(moved.shape[0], prod(moved.shape[1:]))
    found = columns_of(builder, rows)
    if found is None:
        sides = moved.shape[2:] if tensor.batch else moved.shape[1:]
        found = columns_of(builder, made_maps(builder, rows, sides, f"{name} maps"))
    if found is None:
        raise ValueError("maps that are none")
    columns, shape = found
    builder.move(matrix.shape[1] * rows.shape[1])
    number = builder.group(name, matrix.shape[1], shape)
    for (group, operator), places in by_source(columns).items():
        builder.claim(PIXEL)
        nodes = np.array([columns[k].node for k in places])  # type: ignore[union-attr]
        arrows_of(builder, group, number, nodes, matrix[places], operator)
    entries = builder.all_of(number)  # of one place, which stands for all of them, or of as many as there are
    entries = entries.reshape(matrix.shape[1], prod(entries.shape[1:]))
    entries = np.broadcast_to(entries, (matrix.shape[1], rows.shape[1]))
    return Tensor(np.moveaxis(entries.reshape(matrix.shape[1], *moved.shape[1:]), 0, axis), tensor.batch)


def by_source(columns: list[Column | None]) -> dict[tuple[int, Operator], list[int]]:
    """Return which columns are read from a group through an operator; nothing is read from none."""
    result: dict[tuple[int, Operator], list[int]] = {}
    for k, column in enumerate(columns):
        if column is not None:
            result.setdefault((column.group, column.operator), []).append(k)
    return result


def arrows_of(
    builder: Builder, source: int, target: int, nodes: Index, matrix: NDArray[Any], operator: Operator
) -> None:
    """Make arrows from some nodes of a group, with the rows of a matrix; for a node that occurs twice, two."""
    size = builder.made[source].group.size
    while len(nodes):
        _, first = np.unique(nodes, return_index=True)
        first = np.sort(first)
        chosen, rows = nodes[first], matrix[first]
        if len(chosen) < size or (np.diff(chosen) != 1).any():
            builder.claim((size - len(chosen)) * matrix.shape[1])
            whole = np.zeros((size, matrix.shape[1]), dtype=matrix.dtype)  # of objects: the integer 0
            whole[chosen] = rows
            rows = whole
        weights = DenseWeights((size, matrix.shape[1]), exact_values(np.ascontiguousarray(rows).reshape(-1)))
        builder.arrow(source, target, weights, operator, solid=True)
        rest = np.ones(len(nodes), dtype=bool)
        rest[first] = False
        nodes, matrix = nodes[rest], matrix[rest]


def window_of(builder: Builder, row: Index, sides: Sides) -> Column | None:
    """Return the node and offset of a channel that is a window of its map, with nothing outside; None if it is none.

    A number is a map whose sides are 1.
    """
    filled = np.flatnonzero(row != NOTHING)
    if not len(filled):
        return None
    groups = builder.group_of(row[filled])
    made = builder.made[int(groups[0])]
    shape = made.group.shape or (1,) * len(sides)
    q = prod(shape)
    local = row[filled] - made.base
    if (groups != groups[0]).any() or len(shape) != len(sides) or (local // q != local[0] // q).any():
        return None
    there = np.array(np.unravel_index(local % q, shape))
    here = np.array(np.unravel_index(filled, sides))
    offset = there[:, :1] - here[:, :1]
    if (there - here != offset).any():
        return None
    everywhere = np.array(np.unravel_index(np.arange(prod(sides)), sides)) + offset
    inside = ((everywhere >= 0) & (everywhere < np.array(shape)[:, None])).all(axis=0)
    if not np.array_equal(np.flatnonzero(inside), filled):
        return None
    return Column(int(groups[0]), int(local[0]) // q, None, tuple(int(d) for d in offset[:, 0]))


def channel_windows(builder: Builder, channels: Index, sides: Sides, pads: Sides, name: str) -> list[Column | None]:
    """Return channels, (channels, positions), as windows of maps (None: nothing at all), made if they are none.

    `pads` are the zeros before every side, then those after: what a channel was cut from must have nothing there.
    """
    found = [window_of(builder, row, sides) for row in channels]
    if any(
        (row != NOTHING).any() if w is None else not _nothing_around(builder, w, sides, pads)
        for w, row in zip(found, channels, strict=True)
    ):
        channels = made_maps(builder, channels, sides, f"{name} maps")
        found = [window_of(builder, row, sides) for row in channels]
    return found


def _nothing_around(builder: Builder, window: Column, sides: Sides, pads: Sides) -> bool:
    """Tell whether the map of a window has no positions where the window is padded."""
    k = len(sides)
    shape = builder.made[window.group].group.shape or (1,) * k
    each = zip(pads[:k], pads[k:], window.offset, sides, shape, strict=True)
    return all((not b or o <= 0) and (not e or n + o >= length) for b, e, o, n, length in each)


def whole_channels(builder: Builder, channels: Index, sides: Sides, name: str) -> list[Column]:
    """Return channels as whole maps with these sides, made if they are none."""
    found = [window_of(builder, row, sides) for row in channels]
    if not all(w is not None and _covers(builder, w, sides) for w in found) or (channels == NOTHING).any():
        channels = made_maps(builder, channels, sides, f"{name} maps")
        found = [window_of(builder, row, sides) for row in channels]
    return [w for w in found if w is not None]


def _covers(builder: Builder, window: Column, sides: Sides) -> bool:
    return not any(window.offset) and builder.made[window.group].group.shape == map_shape(sides)


def reading_group(
    builder: Builder,
    columns: list[Column | None],
    sides: Sides,
    name: str,
    operator: Operator = None,
    function: NodeFunction = IDENTITY,
) -> int:
    """Make a group with one node for every column, through an operator; returns its number."""
    number = builder.group(name, len(columns), sides, function)
    for (group, own), places in by_source(columns).items():
        builder.claim(len(places) + PIXEL)
        nodes = [columns[k].node for k in places]  # type: ignore[union-attr]
        weights = SparseWeights.selection(nodes, places, (builder.made[group].group.size, len(columns)))
        builder.arrow(group, number, weights, own if operator is None else operator)
    return number
