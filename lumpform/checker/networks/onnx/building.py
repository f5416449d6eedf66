"""Makes groups and arrows while a file is read, and knows what tensors hold of them.

docs/certificate-networks.md, section 6.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from ...words import counted
from ..arrows import Operator, Sides
from ..budget import ARROW, ENTRY, GROUP, ROW, Budget
from ..graph import IDENTITY, Function, Group, Matrix, Network, Port
from .shapes import Shape
from .tensor import NOTHING, Tensor, is_run

NUMBER: Sides = ()


@dataclass(frozen=True)
class Held:
    """Says what a tensor holds of a group: entries and nodes that occur, ascending, numbered inside the group.

    It is held `whole` if all positions occur of every node that does.
    """

    group: int
    entries: Sequence[int]
    nodes: Sequence[int]
    whole: bool


@dataclass(frozen=True)
class Maps:
    """Is an input read as `nodes` maps; number j of its tensor is entry ``order[j]``."""

    nodes: int
    sides: Sides
    order: array[int]


class ReadAgain(Exception):
    """Says that an operation wants maps of an input that was read as numbers."""

    def __init__(self, place: int, maps: Maps) -> None:
        super().__init__(place)
        self.place, self.maps = place, maps


@dataclass(frozen=True)
class Step:
    """Says what an operation made entry by entry: those from `start` on of `parents`, two of them for a sum.

    `how` says by what, if it was the same for all: ``("function", function)``, ``("constants", factor, shift)``,
    ``("sum", sign of the second)``.
    """

    start: int
    parents: tuple[Sequence[int], ...]
    how: tuple[Any, ...] | None = None

    def covers(self, entry: int) -> bool:
        """Tell whether an entry was made in this step."""
        return self.start <= entry < self.start + len(self.parents[0])


class Building:
    """Holds the network so far. `maps` says which inputs, by their place, are read as maps.

    `steps` are what operations made entry by entry, in order; `numbers` are the inputs that are read as numbers, the
    place of each by its group. `lengths` are the numbers of steps (t) and samples (n) of a recurrent network, None
    where the file has none.
    """

    def __init__(self, budget: Budget, maps: dict[int, Maps]) -> None:
        self.lengths: dict[str, int | None] = {}
        self.budget, self.limits, self.maps = budget, budget.limits, maps
        self.network = Network([Group(1, pinned=True)], {}, [], [])
        self.starts = [0, 1]
        self.steps: list[Step] = []
        self.numbers: dict[int, int] = {}

    def claim(self, entries: int) -> None:
        """Pay for entries of tensors before they are moved."""
        self.budget.claim(ENTRY * entries)

    def group(self, size: int, function: Function = IDENTITY, shape: Sides = NUMBER, *, pinned: bool = False) -> int:
        """Add a group; returns its number. Maps of one position are numbers."""
        group = Group(size, function, pinned, shape if prod(shape) > 1 else NUMBER)
        if group.entries >= self.limits.max_tensor:
            raise ValueError(f"a group of {counted(size, 'node')} with maps of the sides {list(shape)}")
        self.budget.claim(GROUP)
        self.network.groups.append(group)
        self.starts.append(self.starts[-1] + group.entries)
        return len(self.network.groups) - 1

    def arrow(
        self, source: int, operator: Operator, target: int, matrix: Matrix, implied: int = 0, *, solid: bool = False
    ) -> None:
        """Add an arrow, if it has entries; `implied` is how many of them no number of the file stands for.

        It is `solid` if a matrix or a convolution of the file makes it.
        """
        self.budget.claim(ARROW + ROW * implied)
        if matrix.rows:
            self.network.add((source, operator, target), matrix, solid=solid)

    def note(self, start: int, *parents: Sequence[int], how: tuple[Any, ...] | None = None) -> None:
        """Note of which entries those from `start` on were made, one by one, and how."""
        if parents[0]:
            self.steps.append(Step(start, parents, how))

    def select(self, source: int, nodes: Sequence[int], target: int, weight: int = 1) -> None:
        """Let node i of a group read the i-th of some nodes of another."""
        self.budget.claim(ROW * len(nodes))
        self.arrow(source, None, target, Matrix.selecting(nodes, weight))

    def select_entries(self, source: int, entries: Iterable[tuple[int, int]], target: int, weight: int = 1) -> None:
        """Let nodes of a group read entries of another, given as (entry inside its group, node)."""

        def sources() -> Iterator[tuple[int, Operator, int, int]]:
            for entry, i in entries:
                self.budget.claim(ROW)
                yield source, *self.at(source, entry), i

        self.read(sources(), target, weight)

    def read(self, sources: Iterable[tuple[int, Operator, int, int]], target: int, weight: int = 1) -> None:
        """Let nodes of a group read nodes of others, given as (group, operator on the way, node, node that reads).

        The rows of the matrices are for the caller to pay.
        """
        matrices: dict[tuple[int, Operator], Matrix] = {}
        for group, operator, u, i in sources:
            matrices.setdefault((group, operator), Matrix()).rows.setdefault(u, (1, {}))[1][i] = weight
        for (group, operator), matrix in matrices.items():
            self.arrow(group, operator, target, matrix)

    def at(self, group: int, entry: int) -> tuple[Operator, int]:
        """Return the operator that takes an entry of a group (none from numbers), and its node."""
        shape = self.network.groups[group].shape
        if not shape:
            return None, entry
        node, place = divmod(entry, self.network.groups[group].positions)
        return ("pixel", position(place, shape)), node

    def group_of(self, entry: int) -> int:
        """Return the group of an entry."""
        return bisect_right(self.starts, entry) - 1

    def whole(self, group: int) -> range:
        """Return all entries of a group."""
        return range(self.starts[group], self.starts[group + 1])

    def input(self, place: int, shape: Shape, batch: bool) -> Tensor:
        """Add the group of an input: of numbers, unless it is to be read as maps."""
        size = prod(shape)
        maps = self.maps.get(place)
        if maps is None:
            g = self.group(size, pinned=True)
            self.numbers[g] = place
        else:
            g = self.group(maps.nodes, shape=maps.sides, pinned=True)
        order = None if maps is None else maps.order
        self.network.inputs.append(Port(g, order))
        start = self.starts[g]
        if order is None:
            return Tensor(shape, range(start, start + size), batch)
        self.claim(size)
        return Tensor(shape, array("q", [start + entry for entry in order]), batch)

    def sequence(self, sides: Sequence[int | None], layout: str) -> Tensor:
        """Add the group of an input that is a sequence, of numbers; None in `sides` is no number."""
        for letter, side in zip(layout, sides, strict=True):
            if letter != ".":
                known = self.lengths.setdefault(letter, side)
                if None not in (known, side) and known != side:
                    raise ValueError(f"{side} {'steps' if letter == 't' else 'samples'}, another input has {known}")
                self.lengths[letter] = side if known is None else known
        shape = tuple(d or 1 if letter == "." else 1 for letter, d in zip(layout, sides, strict=True))
        g = self.group(prod(shape), pinned=True)
        self.network.inputs.append(Port(g, None, layout))
        return Tensor(shape, self.whole(g), layout=layout)

    def declared(self, tensor: Tensor) -> tuple[list[int | None], str]:
        """Return the full shape of an output, None where it has no number, and its layout as a port has it."""
        layout = tensor.layout
        if self.lengths and not layout:
            layout = "n" + "." * (len(tensor.shape) - 1)
        if not layout:
            return list(tensor.shape), ""
        return [self.lengths.get(letter, d) for letter, d in zip(layout, tensor.shape, strict=True)], layout

    def output(self, tensor: Tensor) -> None:
        """Add the pinned group of an output: a copy of one whole group, or a number for every number."""
        held, size, layout = self.held(tensor.entries), tensor.size, self.declared(tensor)[1]
        h = held[0] if len(held) == 1 else None
        source = None if h is None else self.network.groups[h.group]
        if h is not None and source is not None and source.entries == size == len(h.entries):
            g = self.group(source.size, shape=source.shape, pinned=True)
            self.select(h.group, range(source.size), g)
            order = None
            if not is_run(tensor.entries):
                self.claim(size)
                order = array("q", [entry - self.starts[h.group] for entry in tensor.entries])
            self.network.outputs.append(Port(g, order, layout))
            return
        g = self.group(size, pinned=True)
        self.read_entries(tensor.entries, g)
        self.network.outputs.append(Port(g, None, layout))

    def read_entries(self, entries: Sequence[int], target: int) -> None:
        """Let node i of a group of numbers read the i-th of these entries."""
        self.claim(len(entries))
        by_group: dict[int, list[tuple[int, int]]] = {}
        for i, entry in enumerate(entries):
            if entry != NOTHING:
                g = self.group_of(entry)
                by_group.setdefault(g, []).append((entry - self.starts[g], i))
        for g in sorted(by_group):
            self.select_entries(g, by_group[g], target)

    def held(self, entries: Sequence[int]) -> list[Held]:
        """Return what occurs of every group, in the order of groups."""
        if is_run(entries):
            ascending: Sequence[int] = entries
        else:
            self.claim(2 * len(entries))
            ascending = array("q", sorted(set(entries) - {NOTHING}))
        result, place = [], 0
        while place < len(ascending):
            g = self.group_of(ascending[place])
            end = bisect_right(ascending, self.starts[g + 1] - 1, place)
            result.append(self._held(g, ascending[place:end]))
            place = end
        return result

    def _held(self, g: int, entries: Sequence[int]) -> Held:
        start, q = self.starts[g], self.network.groups[g].positions
        first, last = entries[0] - start, entries[-1] - start
        if last - first + 1 == len(entries):  # one after the other
            nodes = range(first // q, last // q + 1)
            return Held(g, range(first, last + 1), nodes, len(entries) == len(nodes) * q)
        inside = array("q", [entry - start for entry in entries])
        if q == 1:
            return Held(g, inside, inside, True)
        nodes = array("q", sorted({entry // q for entry in inside}))
        return Held(g, inside, nodes, len(inside) == len(nodes) * q)


def position(place: int, sides: Sides) -> tuple[int, ...]:
    """Return the coordinates of a position that is given by its number in row-major order."""
    result: list[int] = []
    for side in reversed(sides):
        place, coordinate = divmod(place, side)
        result.append(coordinate)
    return tuple(reversed(result))
