"""Multiply tensors by constants and add others while a network is read: docs/certificate-networks.md, section 6.3."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.networks.builder import Builder
from lumpform.networks.operators import place_of, put
from lumpform.networks.tensor import NOTHING, Index, Misfit, Part, Tensor, same_batch
from lumpform.numbers.column import Values
from lumpform.numbers.make import recoded
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
        one = len(self.factors) == len(self.summands) == 1
        self.step = ("constants", self.factors[0], self.summands[0]) if one else None

    def result(self) -> Index:
        """Return the entries of the result, flat."""
        out = np.full(len(self.entries), NOTHING, dtype=np.int64)
        empty = self.entries == NOTHING
        if empty.any() and self.adds:
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
        number = self.new_maps(part, self.factors_of(by_node))
        if self.adds:
            self.builder.bias(number, self.summands_of(by_node))
        return self.builder.made[number].base + node * part.positions + part.local % part.positions

    def as_maps_with_places(self, part: Part, node: Index, by_entry: Index) -> Index:
        """Do the same with summands that differ from position to position."""
        number = self.new_maps(part, None)
        made = self.builder.made[number]
        table = by_entry.reshape(len(part.nodes), part.positions)
        self.builder.claim(table.size)
        for p in range(part.positions):
            numbers = self.summands_of(table[:, p])
            if numbers.nonzero().any():
                self.builder.bias(number, numbers, put(place_of(p, made.group.shape), made.group.shape))
        return made.base + node * part.positions + part.local % part.positions

    def new_maps(self, part: Part, factors: Values | None) -> int:
        made = self.builder.made[part.group]
        number = self.builder.group(self.name, len(part.nodes), made.group.shape)
        self.builder.copy(part.group, number, part.nodes, factors)
        self.builder.made[number].origins = [made.base + part.distinct]
        self.builder.made[number].step = self.step
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
        self.builder.gather(sources, number, self.factors_of(pairs % kinds))
        if self.adds:
            self.builder.bias(number, self.summands_of(pairs % kinds))
        self.builder.made[number].origins = [sources]
        self.builder.made[number].step = self.step
        return self.builder.made[number].base + rank[inverse.reshape(-1)]

    def factors_of(self, codes: Index) -> Values:
        """Return the factor of every code, as a column: each number is looked at once, however long the column is."""
        return _column(codes // len(self.summands), self.factors)

    def summands_of(self, codes: Index) -> Values:
        """Return the summand of every code."""
        return _column(codes % len(self.summands), self.summands)


def _column(places: Index, table: list[Fraction]) -> Values:
    distinct, codes = np.unique(places, return_inverse=True)
    return recoded(codes, [table[place] for place in distinct.tolist()])


def _one_code(code: Index, where: Index, count: int) -> Index | None:
    """Return the code at every place, if all that stand at one place are equal; else None."""
    result = np.zeros(count, dtype=np.int64)
    result[where] = code
    return result if np.array_equal(result[where], code) else None
