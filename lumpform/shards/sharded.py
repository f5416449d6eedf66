"""Lets a chain in shards be what certificates and reports ask of it: its sizes, and its canonical form, streamed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.certificates.digest import END, column_parts, encoded, header, little_endian, title
from lumpform.chains.kinds import ChainKind
from lumpform.numbers.column import CodedValues, ascending
from lumpform.shards.quotient import Column, codes_column, initial_column, label_column, reward_column
from lumpform.shards.read import Shards


@dataclass(frozen=True, eq=False)
class ShardedChain:
    """Holds a chain in shards as a model that is only looked at."""

    shards: Shards
    domain: ClassVar[Literal["chain"]] = "chain"

    @property
    def kind(self) -> ChainKind:
        """Return whether it is a DTMC or a CTMC."""
        return self.shards.header.kind

    @property
    def states(self) -> int:
        """Return the number of states."""
        return self.shards.header.states

    @property
    def transitions(self) -> int:
        """Return the number of transitions."""
        return self.shards.header.transitions

    def sizes(self) -> dict[str, int]:
        """Return how much there is of what a report counts."""
        h = self.shards.header
        return {"states": h.states, "transitions": h.transitions, "labels": len(h.labels), "rewards": len(h.rewards)}

    def canonical_parts(self) -> Iterator[Any]:
        """Yield the canonical byte form of the chain, which its digest hashes: docs/certificate.md, section 2. O(m).

        It is that of the chain in memory (`lumpform.chains.chain_digest`), whatever the shards.
        """
        h = self.shards.header
        yield header("chain") + f"kind {h.kind}\n".encode()
        yield title("arrow", "step")
        yield from self._matrix()
        yield title("group", "states") + f"size {h.states}\n".encode()
        if h.initial is not None and h.states:
            yield title("initial", "states")
            yield from self._column(initial_column, h.initial)
        for name in sorted(h.labels, key=encoded):
            yield from self._label(name)
        for name in sorted(h.rewards, key=encoded):
            yield title("reward", name)
            yield from self._column(reward_column(name), h.rewards[name])
        yield END

    def _matrix(self) -> Iterator[Any]:
        h, shards = self.shards.header, self.shards
        yield f"rows {h.states} columns {h.states} entries {h.transitions}\n".encode()
        yield bytes(8)  # the first of the row pointers
        before = 0
        for index in range(shards.number):
            offsets = shards.rows(index).offsets
            yield from little_endian(offsets[1:] + before, "<i8")
            before += int(offsets[-1])
        for index in range(shards.number):
            yield from little_endian(shards.rows(index).columns, "<i8")
        yield from self._column(codes_column, h.weights)

    def _column(self, column: Column, table: tuple[Fraction, ...]) -> Iterator[Any]:
        """Yield a column: the values that occur, ascending, and the places of entries among these."""
        used = np.zeros(max(len(table), 1), dtype=bool)
        for codes in self._parts(column):
            used[codes] = True
        occurring = ascending(table[i] for i in np.flatnonzero(used).tolist())
        place, position = np.zeros(len(used), dtype=np.int64), {v: i for i, v in enumerate(occurring)}
        for i in np.flatnonzero(used).tolist():
            place[i] = position[table[i]]
        yield from column_parts(CodedValues(np.arange(len(occurring)), tuple(occurring)), codes=False)
        for codes in self._parts(column):
            yield from little_endian(place[codes], "<u4")

    def _label(self, name: str) -> Iterator[Any]:
        column = label_column(name)
        count = sum(int(np.count_nonzero(mask)) for mask in self._parts(column))
        if not count:
            return  # as for a chain in memory
        yield title("label", name) + f"count {count}\n".encode()
        for first, mask in zip(self.shards.firsts, self._parts(column), strict=False):
            yield from little_endian(first + np.flatnonzero(mask), "<i8")

    def _parts(self, column: Column) -> Iterator[NDArray[Any]]:
        return (column(self.shards.rows(index)) for index in range(self.shards.number))
