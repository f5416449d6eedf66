"""Makes groups entry by entry: node functions, and sums and products with constants.

docs/certificate-networks.md, section 6.3.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import prod

from ...rational import ONE, ZERO, Pair
from ..activations import NOT_ZERO
from ..arrows import Operator, Sides
from ..budget import ROW
from ..graph import Function, Matrix
from .building import Building, Held, position
from .shapes import Shape, spread
from .tensor import NOTHING, Tensor, is_run

Affine = tuple[Pair, Pair]
"""A factor and what is added to the product."""

SEVERAL = -1
"""Stands for more than one constant."""


def with_function(building: Building, tensor: Tensor, function: Function) -> Tensor:
    """Return the function of every number."""
    if function[0] in ("sigmoid", *NOT_ZERO) and not is_run(tensor.entries) and NOTHING in tensor.entries:
        raise ValueError(f"the function {function[0]} of padding, where it is not 0")
    start = building.starts[-1]
    for h in building.held(tensor.entries):
        source = building.network.groups[h.group]
        if h.whole:
            g = building.group(len(h.nodes), function, source.shape)
            building.select(h.group, h.nodes, g)
        else:
            g = building.group(len(h.entries), function)
            building.select_entries(h.group, zip(h.entries, range(len(h.entries)), strict=True), g)
    if is_run(tensor.entries):
        building.note(start, tensor.entries, how=("function", function))
        return tensor.like(tensor.shape, range(start, start + tensor.size))
    ascending = array("q", sorted(set(tensor.entries) - {NOTHING}))
    building.note(start, ascending, how=("function", function))
    place = {entry: start + i for i, entry in enumerate(ascending)}
    place[NOTHING] = NOTHING
    return tensor.like(tensor.shape, array("q", map(place.__getitem__, tensor.entries)))


class WithConstants:
    """Makes a tensor times factors plus shifts, both constants that are broadcast.

    `shape` is that of the constants, `result` that of the result and whether it has a batch. In a `product` padding
    stays nothing; in a sum it becomes the constant.
    """

    def __init__(
        self,
        building: Building,
        tensor: Tensor,
        shape: Shape,
        values: Sequence[Affine],
        result: tuple[Shape, bool],
        *,
        product: bool = False,
    ) -> None:
        self.building, self.tensor, self.shape, self.result, self.product = building, tensor, shape, result, product
        self.table = list(dict.fromkeys(values))
        code = {value: i for i, value in enumerate(self.table)}
        self.codes: Sequence[int] = array("q", map(code.__getitem__, values))
        self.parents = array("q")
        self.how = ("constants", *self.table[0]) if len(self.table) == 1 else None
        self.sum = all(factor == ONE for factor, _ in self.table) and not product

    def made(self) -> Tensor:
        """Return the result."""
        by_node = self.by_node()
        if by_node is not None:
            (h,) = self.building.held(self.tensor.entries)
            start = self.building.starts[-1]
            self.group_like(h, [self.table[c] for c in by_node])
            self.building.note(start, self.tensor.entries, how=self.how)
            return Tensor(self.result[0], range(start, start + self.tensor.size), self.result[1])
        return self.by_pairs()

    def by_node(self) -> Sequence[int] | None:
        """Return the constant that every node meets, if that is plain: the tensor is one group in natural order."""
        entries, shape = self.tensor.entries, self.tensor.shape
        if self.result[0] != shape or not is_run(entries):
            return None
        g = self.building.group_of(entries[0])
        group = self.building.network.groups[g]
        q, first = group.positions, entries[0] - self.building.starts[g]
        if first % q or entries[-1] >= self.building.starts[g + 1] or len(entries) % q:
            return None
        own = (1,) * (len(shape) - len(self.shape)) + self.shape
        for axis in range(len(shape), -1, -1):
            inner = prod(shape[axis:])
            if inner == q:
                self.building.claim(len(entries) // q)
                return spread(self.codes, own[:axis], shape[:axis])
            if inner > q or own[axis - 1] != 1:
                return None
        return None

    def by_pairs(self) -> Tensor:
        """Return the result from the pairs of an entry and a constant that occur."""
        shape, batch = self.result
        start = self.building.starts[-1]
        self.building.claim(8 * prod(shape))
        entries = spread(self.tensor.entries, self.tensor.shape, shape)
        codes = spread(self.codes, self.shape, shape)
        pairs = dict.fromkeys(zip(entries, codes, strict=True))  # in the order of first occurrence
        places: dict[tuple[int, int], int] = {}
        of_group: dict[int, list[tuple[int, int]]] = {}
        only: dict[int, int] = {}
        for entry, code in pairs:
            if entry != NOTHING:
                of_group.setdefault(self.building.group_of(entry), []).append((entry, code))
                only[entry] = code if only.setdefault(entry, code) == code else SEVERAL
        without = [pair for pair in pairs if pair[0] == NOTHING]
        if self.product:
            places = dict.fromkeys(without, NOTHING)
        elif without:
            self.numbers(None, without, places)
        for h in self.building.held(entries):
            self.one_group(h, of_group[h.group], only, places)
        self.building.note(start, self.parents, how=self.how)
        return Tensor(shape, array("q", [places[pair] for pair in zip(entries, codes, strict=True)]), batch)

    def one_group(
        self, h: Held, pairs: list[tuple[int, int]], only: dict[int, int], places: dict[tuple[int, int], int]
    ) -> None:
        """Make the group for what occurs of another, and note where every pair is."""
        start, q = self.building.starts[h.group], self.building.network.groups[h.group].positions
        single = [only[start + entry] for entry in h.entries]
        if not h.whole or SEVERAL in single:
            self.numbers(h.group, pairs, places)
            return
        new = self.building.starts[-1]
        by_node = [single[i : i + q] for i in range(0, len(single), q)]
        if all(codes.count(codes[0]) == q for codes in by_node):
            self.group_like(h, [self.table[codes[0]] for codes in by_node])
        elif self.sum:
            g = self.group_like(h, [(ONE, ZERO)] * len(h.nodes))
            self.put(g, by_node, self.building.network.groups[g].shape)
        else:
            self.numbers(h.group, pairs, places)
            return
        self.parents.extend(start + entry for entry in h.entries)
        places.update({(start + entry, only[start + entry]): new + i for i, entry in enumerate(h.entries)})

    def group_like(self, h: Held, values: list[Affine]) -> int:
        """Make a group for the nodes that are held, each with its factor and shift; returns its number."""
        building = self.building
        g = building.group(len(values), shape=building.network.groups[h.group].shape)
        rows = {u: (f[1], {i: f[0]}) for i, (u, (f, _)) in enumerate(zip(h.nodes, values, strict=True)) if f[0]}
        building.arrow(h.group, None, g, Matrix(rows), len(values))
        building.arrow(0, None, g, Matrix.of((0, i, shift) for i, (_, shift) in enumerate(values) if shift[0]))
        return g

    def put(self, g: int, by_node: list[list[int]], sides: Sides) -> None:
        """Add the shifts of every position of a group of maps."""
        for place in range(prod(sides)):
            shifts = [self.table[codes[place]][1] for codes in by_node]
            matrix = Matrix.of((0, i, shift) for i, shift in enumerate(shifts) if shift[0])
            self.building.arrow(0, ("put", position(place, sides), sides), g, matrix)

    def numbers(self, source: int | None, pairs: list[tuple[int, int]], places: dict[tuple[int, int], int]) -> None:
        """Make one number for every pair of an entry of a group (or nothing) and a constant."""
        building = self.building
        g = building.group(len(pairs))
        building.budget.claim(ROW * len(pairs))
        self.parents.extend(entry for entry, _ in pairs)
        by_operator: dict[Operator, list[tuple[int, int, Pair]]] = {}
        shifts: list[tuple[int, int, Pair]] = []
        for i, (entry, code) in enumerate(pairs):
            factor, shift = self.table[code]
            if source is not None and factor[0]:
                operator, u = building.at(source, entry - building.starts[source])
                by_operator.setdefault(operator, []).append((u, i, factor))
            if shift[0]:
                shifts.append((0, i, shift))
            places[entry, code] = building.starts[g] + i
        for operator, entries in by_operator.items():
            building.arrow(source or 0, operator, g, Matrix.of(entries))
        building.arrow(0, None, g, Matrix.of(shifts))
