"""Make groups and arrows while a network is read, operation by operation: docs/certificate-networks.md, section 6.

A weight is an entry of an arrow from the call of `Builder.arrow` on; operations hand on tensors of entries, never
weights. `Builder.network` ends in the read form, in which `lumpform.networks.canonical` has folded what is superfluous.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from lumpform.errors import ModelError
from lumpform.files.limits import MAX_IMPLIED, MAX_MOVED
from lumpform.graph.graph import IDENTITY, Arrow, Group, NodeFunction, WeightedGraph
from lumpform.graph.weights import DenseWeights, SparseWeights, Weights
from lumpform.lumping.unit import ZERO_AT_ZERO
from lumpform.networks.canonical import read_form
from lumpform.networks.network import ONE, Network
from lumpform.networks.operators import Operator, map_shape, pixel, place_of
from lumpform.networks.port import Port
from lumpform.networks.tensor import NOTHING, Index, Part, Tensor
from lumpform.numbers.make import exact_values

PIXEL = 64
"""What an arrow of its own counts."""

APOSTROPHES = 3
"""So many of them a name may have; further groups of an operation have a number."""

KEEP_PADDING = {"identity", "relu", "leaky_relu", "tanh", "gelu", "quantize", *ZERO_AT_ZERO}
"""Node functions that leave padding as it is."""


@dataclass
class Made:
    """Hold a group that is made: where its entries begin, and from which ones its own come one by one, if they do.

    `step` says how, where that is the same for all: ("function", function), ("constants", factor, summand), ("sum",
    sign of the second).
    """

    group: Group
    base: int
    origins: list[Index] = field(default_factory=list)
    undecided: bool = False
    step: tuple[Any, ...] | None = None


class Builder:
    """Collect groups and arrows while a file is read.

    Parameters
    ----------
    arrangements : dict
        For inputs that are to be read as maps: which number of the tensor is at which node and position, and the sides
        of the maps (`Wanted`).
    most_arrows : int, optional
        More are an error.
    """

    def __init__(self, arrangements: dict[str, Wanted] | None = None, most_arrows: int | None = None) -> None:
        self.arrangements = arrangements or {}
        self.budget, self.moves = MAX_IMPLIED, MAX_MOVED
        self.most_arrows = most_arrows
        self.made: list[Made] = [Made(Group(ONE, 1, pinned=True), 0)]
        self.bases = np.zeros(1, dtype=np.int64)
        self.total = 1
        self.arrows: list[Arrow] = []
        self.soft: set[str] = set()
        self.names: set[str] = {ONE}
        self.times: dict[str, int] = {}
        self.inputs: list[Port] = []
        self.rounded_factors = 0
        self.casts: set[str] = set()
        self.lengths: dict[str, int | None] = {}

    # --- groups and arrows ---------------------------------------------------------------------------------------

    def claim(self, count: int) -> None:
        """Take weights from the budget before memory is taken for them; `ModelError` if they are too many."""
        self.budget -= count
        if self.budget < 0:
            raise ModelError("more weights than a model may imply")

    def move(self, count: int) -> None:
        """Take entries from the budget before memory is taken for them; `ModelError` if they are too many."""
        self.moves -= count
        if self.moves < 0:
            raise ModelError("more numbers in tensors than a model may have")

    def group(
        self, name: str, size: int, sides: tuple[int, ...] = (), function: NodeFunction = IDENTITY, pinned: bool = False
    ) -> int:
        """Make a group; returns its number."""
        group = Group(self._fresh(name or "tensor"), size, function, pinned=pinned, shape=map_shape(sides))
        self.made.append(Made(group, self.total))
        self.total += size * prod(group.shape)
        return len(self.made) - 1

    def _fresh(self, name: str) -> str:
        """Return a name that no group has: with apostrophes, or, after some of these, with a number."""
        wanted = name
        while wanted in self.names:
            self.times[name] = times = self.times.get(name, 0) + 1
            wanted = name + "'" * times if times <= APOSTROPHES else f"{name} #{times}"
        self.names.add(wanted)
        return wanted

    def arrow(
        self, source: int, target: int, weights: Weights, operator: Operator = None, *, solid: bool = False
    ) -> None:
        """Make an arrow between groups with these numbers; a solid one is a layer of the file, not to be folded."""
        a, b = self.made[source].group.name, self.made[target].group.name
        if self.most_arrows is not None and len(self.arrows) >= self.most_arrows:
            raise ModelError(f"more than {self.most_arrows} arrows (positions of kernels, parts of sums)")
        name = f"{b} <- {a} #{len(self.arrows)}"
        self.arrows.append(Arrow(name, a, b, weights, operator))
        if not solid:
            self.soft.add(name)

    def all_of(self, number: int, sides: tuple[int, ...] | None = None) -> Index:
        """Return the entries of a group, node by node, as an array of shape (nodes, *sides)."""
        made = self.made[number]
        shape = made.group.shape if sides is None else sides
        return made.base + np.arange(made.group.size * prod(made.group.shape)).reshape(made.group.size, *shape)

    def group_of(self, entries: Index) -> Index:
        """Return the number of the group of every entry; -1 for nothing."""
        known = len(self.bases)
        if known < len(self.made):
            self.bases = np.append(self.bases, [made.base for made in self.made[known:]])
        found = np.searchsorted(self.bases, entries, side="right") - 1
        return np.where(entries == NOTHING, -1, found)

    def parts(self, entries: Index) -> Iterator[Part]:
        """Return the groups that occur among some entries, in order; nothing is no group."""
        flat = entries.reshape(-1)
        groups = self.group_of(flat)
        for number in np.unique(groups).tolist():
            if number >= 0:
                made = self.made[number]
                mask = slice(None) if (groups == number).all() else groups == number
                yield Part(number, mask, flat[mask] - made.base, made.group.size, prod(made.group.shape))

    # --- inputs and outputs --------------------------------------------------------------------------------------

    def sequence(self, name: str, shape: tuple[int | None, ...], dtype: str, layout: str) -> Tensor:
        """Make an input group of numbers that are given at every step; `layout` as a `Port` has it."""
        for letter, length in zip(layout, shape, strict=True):
            if letter != ".":
                before = self.lengths.setdefault(letter, length)
                if None not in (before, length) and before != length:
                    raise ModelError(f"inputs of {before} and {length} {'steps' if letter == 't' else 'samples'}")
                self.lengths[letter] = before if length is None else length
        full = [1 if letter != "." else d or 1 for letter, d in zip(layout, shape, strict=True)]
        number = self.group(name, prod(full), pinned=True)
        self.inputs.append(Port(self.made[number].group.name, name, tuple(shape), dtype, None, layout))
        return Tensor(self.all_of(number).reshape(full), False, layout)

    def input(self, name: str, shape: tuple[int | None, ...], dtype: str = "float32") -> Tensor:
        """Make an input group: numbers, or the maps that an operation was found to want."""
        batch = bool(shape) and shape[0] is None
        full = tuple(1 if d is None else d for d in shape)
        self.move(prod(full))
        wanted = self.arrangements.get(name)
        order = None
        if wanted is None:
            number = self.group(name, prod(full), pinned=True)
            entries = self.all_of(number).reshape(full)
        else:
            number = self.group(name, len(wanted.numbers), wanted.sides, pinned=True)
            place = np.empty(prod(full), dtype=np.int64)
            place[wanted.numbers.reshape(-1)] = np.arange(prod(full))
            entries = (self.made[number].base + place).reshape(full)
            order = None if (np.diff(place) == 1).all() else tuple(place.tolist())
        self.made[number].undecided = wanted is None
        self.inputs.append(Port(self.made[number].group.name, name, tuple(shape), dtype, order))
        return Tensor(entries, batch)

    def output(self, tensor: Tensor, name: str, shape: tuple[int | None, ...] | None, dtype: str) -> Port:
        """Make the pinned group of an output and its port."""
        flat = tensor.entries.reshape(-1)
        full, layout = self.declared(tensor)
        order = None
        number = int(self.group_of(flat[:1])[0]) if len(flat) else -1
        made = self.made[number]
        local = flat - made.base
        if number > 0 and np.array_equal(np.sort(local), np.arange(made.group.size * prod(made.group.shape))):
            target = self.group(name, made.group.size, made.group.shape, pinned=True)
            self.copy(number, target)
            order = None if (np.diff(local) == 1).all() else tuple(local.tolist())
        else:
            target = self.group(name, len(flat), pinned=True)
            self.gather(flat, target)
        return Port(self.made[target].group.name, name, full if shape is None else shape, dtype, order, layout)

    def declared(self, tensor: Tensor) -> tuple[tuple[int | None, ...], str]:
        """Return the full shape of a tensor, None for a batch or what else has no number, and its layout as a port."""
        layout = tensor.layout
        if self.lengths and tensor.batch:
            layout = "n" + "." * (len(tensor.shape) - 1)
        if layout:
            return tuple(self.lengths.get(c, d) for c, d in zip(layout, tensor.shape, strict=True)), layout
        return (None, *tensor.shape[1:]) if tensor.batch else tensor.shape, ""

    def network(self, outputs: list[Port], metadata: dict[str, Any] | None = None, *, folded: bool = True) -> Network:
        """Return the network that was read, in its read form, or not folded at all."""
        graph = WeightedGraph(tuple(m.group for m in self.made), tuple(self.arrows))
        metadata = dict(metadata or {})
        if self.rounded_factors:
            metadata["rounded factors"] = self.rounded_factors
        if self.casts:
            metadata["casts"] = tuple(sorted(self.casts))
        network = Network(graph, tuple(self.inputs), tuple(outputs), metadata)
        return read_form(network, self.soft) if folded else network

    # --- arrows that copy ----------------------------------------------------------------------------------------

    def copy(self, source: int, target: int, nodes: Index | None = None, factors: Any = None) -> None:
        """Make an arrow from nodes of a group (all by default) to those of another, in order, times exact factors."""
        size, count = self.made[source].group.size, self.made[target].group.size
        chosen = np.arange(size) if nodes is None else nodes
        self.claim(len(chosen))
        weights = SparseWeights.selection(chosen, np.arange(count), (size, count))
        self.arrow(source, target, weights.scaled_by(columns=factors))

    def ends(self, entries: Index, operator: Operator, name: str) -> Index:
        """Make a group of numbers from entries at the last or the first step; returns its entries in this shape."""
        number = self.group(name, entries.size)
        for part in self.parts(entries):
            where = np.arange(entries.size)[part.mask]
            self.claim(len(where))
            size = self.made[part.group].group.size
            weights = SparseWeights.selection(part.local, where, (size, entries.size))
            self.arrow(part.group, number, weights, operator)
        return self.all_of(number).reshape(entries.shape)

    def gather(self, entries: Index, target: int, factors: Any = None) -> None:
        """Make arrows from entries, one to every node of a group of numbers, in order, times exact factors."""
        count = self.made[target].group.size
        for part in self.parts(entries):
            made = self.made[part.group]
            where = np.arange(len(entries))[part.mask]
            self.claim(len(where))
            source, position = part.local // part.positions, part.local % part.positions
            for p in np.unique(position).tolist():
                self.claim(PIXEL)
                at = position == p
                operator = pixel(made.group.shape, place_of(p, made.group.shape))
                weights = SparseWeights.selection(source[at], where[at], (made.group.size, count))
                self.arrow(part.group, target, weights.scaled_by(columns=factors), operator)

    def bias(self, target: int, numbers: Any, operator: Operator = None) -> None:
        """Make the arrow from the unit node with one exact number for every node of a group."""
        self.arrow(0, target, DenseWeights((1, len(numbers)), exact_values(numbers)), operator)

    # --- entry by entry ------------------------------------------------------------------------------------------

    def function(self, tensor: Tensor, function: NodeFunction, name: str) -> Tensor:
        """Apply a node function to every number (section 6.3)."""
        if function.name not in KEEP_PADDING and (tensor.entries == NOTHING).any():
            raise ModelError(f"padding before {function.name}, which is not 0 at 0")
        out = np.full(tensor.entries.size, NOTHING, dtype=np.int64)
        for part in self.parts(tensor.entries):
            out[part.mask] = self.same(part, function, name)
        return Tensor(out.reshape(tensor.shape), tensor.batch)

    def same(self, part: Part, function: NodeFunction, name: str) -> Index:
        """Make a group that takes the nodes of a part as they are; returns its entries for those of the part."""
        made = self.made[part.group]
        if part.whole:
            number = self.group(name, len(part.nodes), made.group.shape, function)
            self.copy(part.group, number, part.nodes)
            node = np.searchsorted(part.nodes, part.local // part.positions)
            local = node * part.positions + part.local % part.positions
        else:
            number = self.group(name, len(part.distinct), (), function)
            self.gather(made.base + part.distinct, number)
            local = np.searchsorted(part.distinct, part.local)
        self.made[number].origins = [made.base + part.distinct]
        self.made[number].step = ("function", function)
        return self.made[number].base + local


@dataclass(frozen=True, eq=False)
class Wanted:
    """Say how an input is to be read: `numbers[i, p]` is the number of its tensor at node i and position p."""

    numbers: Index
    sides: tuple[int, ...]
