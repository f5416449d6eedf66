"""Add and multiply number by number while a network is read: docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.networks.builder import Builder
from lumpform.networks.operators import place_of, put
from lumpform.networks.tensor import NOTHING, Index, Misfit, Part, Tensor
from lumpform.numbers.rational import as_rational


def with_constants(
    builder: Builder, tensor: Tensor, name: str, *, times: NDArray[Any] | None = None, plus: NDArray[Any] | None = None
) -> Tensor:
    """Multiply a tensor by constants and add others, both broadcast: one group for each one that occurs.

    Parameters
    ----------
    times, plus : arrays of floats (dyadic), integers or `Fraction`
        Given both, every number becomes ``number * times + plus``.
    """
    factors, summands = _coded(times, 1), _coded(plus, 0)
    batch = same_batch(tensor, *(c for c in (times, plus) if c is not None))
    entries, f, s = np.broadcast_arrays(tensor.entries, factors[0], summands[0])
    work = _Constants(builder, name, entries.reshape(-1), (f.reshape(-1), factors[1]), (s.reshape(-1), summands[1]))
    work.adds = plus is not None
    return Tensor(work.result().reshape(entries.shape), batch)


def with_bias(builder: Builder, tensor: Tensor, bias: NDArray[Any] | None, axis: int, name: str) -> Tensor:
    """Add one number for every place of an axis, if there are some.

    Raises
    ------
    Misfit
        If they are not one for every place.
    """
    if bias is None:
        return tensor
    count = tensor.shape[axis]
    if bias.shape != (count,):
        found = f"{len(bias)} biases" if bias.ndim == 1 else f"biases of shape {list(bias.shape)}"
        raise Misfit(found, f"{count}")
    shape = [1] * len(tensor.shape)
    shape[axis] = count
    return with_constants(builder, tensor, name, plus=bias.reshape(shape))


Coded = tuple[NDArray[np.int64], list[Fraction]]
"""Codes, and the exact number of every code."""


def _coded(constant: NDArray[Any] | None, default: int) -> Coded:
    if constant is None:
        return np.zeros((), dtype=np.int64), [Fraction(default)]
    if constant.dtype == object:
        known: dict[Fraction, int] = {}
        codes = [known.setdefault(as_rational(v), len(known)) for v in constant.reshape(-1).tolist()]
        return np.array(codes, dtype=np.int64).reshape(constant.shape), list(known)
    distinct, codes = np.unique(constant, return_inverse=True)
    return codes.reshape(constant.shape).astype(np.int64), [as_rational(v) for v in distinct.tolist()]


class _Constants:
    """Carry out one operation with constants: flat entries, and a factor and a summand for each."""

    adds = True

    def __init__(self, builder: Builder, name: str, entries: Index, factors: Coded, summands: Coded) -> None:
        self.builder, self.name, self.entries = builder, name, entries
        self.factor, self.factors = factors
        self.summand, self.summands = summands
        self.code = self.factor * len(self.summands) + self.summand

    def result(self) -> Index:
        """Return the entries of the result, flat."""
        out = np.full(len(self.entries), NOTHING, dtype=np.int64)
        empty = self.entries == NOTHING
        if empty.any() and any(self.summands):
            out[empty] = self.constants(self.summand[empty])
        for part in self.builder.parts(self.entries):
            out[part.mask] = self.part(part)
        return out

    def constants(self, codes: Index) -> Index:
        """Make numbers that are constants: what is added to padding."""
        distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        number = self.builder.group(self.name, len(distinct))
        self.builder.bias(number, [self.summands[c] for c in distinct[np.argsort(first)].tolist()])
        return self.builder.made[number].base + rank[inverse.reshape(-1)]

    def part(self, part: Part) -> Index:
        """Return the entries of the result for one group: as maps where that is possible, otherwise as numbers."""
        code = self.code[part.mask]
        if part.whole:
            node = np.searchsorted(part.nodes, part.local // part.positions)
            by_node = _one_code(code, node, len(part.nodes))
            if by_node is not None:
                return self.as_maps(part, node, by_node)
            entry = np.searchsorted(part.distinct, part.local)
            by_entry = _one_code(code, entry, len(part.distinct))
            if by_entry is not None and all(f == 1 for f in self.factors):
                return self.as_maps_with_places(part, node, by_entry)
        return self.as_numbers(part, code)

    def as_maps(self, part: Part, node: Index, by_node: Index) -> Index:
        """Make a group of the nodes that occur, each with its own factor and summand."""
        number = self.new_maps(part, [self.factor_of(c) for c in by_node.tolist()])
        if self.adds:
            self.builder.bias(number, [self.summand_of(c) for c in by_node.tolist()])
        return self.builder.made[number].base + node * part.positions + part.local % part.positions

    def as_maps_with_places(self, part: Part, node: Index, by_entry: Index) -> Index:
        """Do the same with summands that differ from position to position."""
        number = self.new_maps(part, None)
        made = self.builder.made[number]
        table = by_entry.reshape(len(part.nodes), part.positions)
        self.builder.claim(table.size)
        for p in range(part.positions):
            numbers = [self.summand_of(c) for c in table[:, p].tolist()]
            if any(numbers):
                self.builder.bias(number, numbers, put(place_of(p, made.group.shape), made.group.shape))
        return made.base + node * part.positions + part.local % part.positions

    def new_maps(self, part: Part, factors: list[Fraction] | None) -> int:
        made = self.builder.made[part.group]
        number = self.builder.group(self.name, len(part.nodes), made.group.shape)
        self.builder.copy(part.group, number, part.nodes, factors)
        self.builder.made[number].origins = [made.base + part.distinct]
        return number

    def as_numbers(self, part: Part, code: Index) -> Index:
        """Make a number for every pair of an entry and a constant, in the order in which they occur first."""
        kinds = len(self.factors) * len(self.summands)
        distinct, first, inverse = np.unique(part.local * kinds + code, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.argsort(order)
        pairs = distinct[order]
        number = self.builder.group(self.name, len(pairs))
        sources = self.builder.made[part.group].base + pairs // kinds
        codes = (pairs % kinds).tolist()
        self.builder.gather(sources, number, [self.factor_of(c) for c in codes])
        if self.adds:
            self.builder.bias(number, [self.summand_of(c) for c in codes])
        self.builder.made[number].origins = [sources]
        return self.builder.made[number].base + rank[inverse.reshape(-1)]

    def factor_of(self, code: int) -> Fraction:
        return self.factors[code // len(self.summands)]

    def summand_of(self, code: int) -> Fraction:
        return self.summands[code % len(self.summands)]


def _one_code(code: Index, where: Index, count: int) -> Index | None:
    """Return the code at every place, if all that stand at one place are equal; else None."""
    result = np.zeros(count, dtype=np.int64)
    result[where] = code
    return result if np.array_equal(result[where], code) else None


def same_batch(*operands: Any) -> bool:
    """Say whether what these are broadcast to has a batch, which must stay the first dimension and free.

    Raises
    ------
    ModelError
        If something would be put along the batch, or the batch would become another dimension.
    """
    rank = max(len(o.shape) for o in operands)
    batched = [isinstance(o, Tensor) and o.batch for o in operands]
    if not any(batched):
        return False
    for operand, batch in zip(operands, batched, strict=True):
        if batch and len(operand.shape) < rank:
            raise ModelError("a batch that broadcasting makes another dimension than the first")
        if not batch and len(operand.shape) == rank and operand.shape[0] != 1:
            raise ModelError(f"{operand.shape[0]} values along the batch")
    return True


def added(builder: Builder, first: Tensor, second: Tensor, name: str, *, minus: bool = False) -> Tensor:
    """Add two tensors, broadcast; with `minus`, subtract the second. Padding adds nothing."""
    batch = same_batch(first, second)
    a, b = np.broadcast_arrays(first.entries, second.entries)
    shape, a, b = a.shape, a.reshape(-1), b.reshape(-1)
    groups = builder.group_of(a), builder.group_of(b)
    out = np.where(b == NOTHING, a, NOTHING)
    alone = (a == NOTHING) & (b != NOTHING)
    if minus and alone.any():
        out[alone] = with_constants(builder, Tensor(b[alone], False), name, times=np.array(-1)).entries
    else:
        out[alone] = b[alone]
    kinds = len(builder.made)
    pair = np.where((groups[0] < 0) | (groups[1] < 0), -1, groups[0] * kinds + groups[1])
    for key in np.unique(pair[pair >= 0]).tolist():
        mask, (left, right) = pair == key, divmod(key, kinds)
        out[mask] = _PairOfGroups(builder, left, right, a[mask], b[mask], -1 if minus else 1).sum(name)
    return Tensor(out.reshape(shape), batch)


class _PairOfGroups:
    """Make sums of entries of one group and entries of another (or the same)."""

    def __init__(self, builder: Builder, left: int, right: int, a: Index, b: Index, sign: int) -> None:
        self.builder, self.numbers, self.sign = builder, (left, right), sign
        self.left, self.right = builder.made[left], builder.made[right]
        self.a, self.b = a - self.left.base, b - self.right.base
        self.q = prod(self.left.group.shape), prod(self.right.group.shape)

    def sum(self, name: str) -> Index:
        """Make a group of them; returns the entries of the sums."""
        nodes = self.a // self.q[0] * self.right.group.size + self.b // self.q[1]
        places = self.a % self.q[0], self.b % self.q[1]
        q = max(self.q)
        position = places[0] if self.q[0] == q else places[1]
        shapes = self.left.group.shape, self.right.group.shape
        alike = shapes[0] == shapes[1] and np.array_equal(*places)
        distinct = np.unique(nodes)
        if (alike or () in shapes) and len(np.unique(nodes * q + position)) == len(distinct) * q:
            return self.as_maps(name, nodes, distinct, position)
        return self.as_numbers(name)

    def as_maps(self, name: str, nodes: Index, distinct: Index, position: Index) -> Index:
        """Make one node for every pair of nodes, with the shape of the larger of the two."""
        shape = self.left.group.shape or self.right.group.shape
        q, builder = max(self.q), self.builder
        number = builder.group(name, len(distinct), shape)
        made = builder.made[number]
        for group, q_own, of, sign in (
            (0, self.q[0], distinct // self.right.group.size, 1),
            (1, self.q[1], distinct % self.right.group.size, self.sign),
        ):
            builder.copy(self.numbers[group], number, of, None if sign == 1 else [sign] * len(of))
            places = np.arange(q) if q_own == q else np.zeros(q, dtype=np.int64)
            base = (self.left, self.right)[group].base
            made.origins.append((base + of[:, None] * q_own + places[None, :]).reshape(-1))
        return made.base + np.searchsorted(distinct, nodes) * q + position

    def as_numbers(self, name: str) -> Index:
        """Make one number for every pair of entries."""
        width = self.right.group.size * self.q[1]
        distinct, inverse = np.unique(self.a * width + self.b, return_inverse=True)
        number = self.builder.group(name, len(distinct))
        made = self.builder.made[number]
        made.origins = [self.left.base + distinct // width, self.right.base + distinct % width]
        self.builder.gather(made.origins[0], number)
        self.builder.gather(made.origins[1], number, None if self.sign == 1 else [self.sign] * len(distinct))
        return made.base + inverse.reshape(-1)
