"""Defines chains that are given block by block: what is larger than memory is never whole.

A `BlockedChain` says what a chain is (kind, states, tables of the exact numbers that occur) and yields its rows in
blocks, each a handful of arrays. Families of huge chains are made so, and any chain in memory can be cut into blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import ChainKind
from lumpform.chains.sources import Source
from lumpform.graph.weights import SparseWeights
from lumpform.numbers.column import CodedValues
from lumpform.numbers.field import require_numbers
from lumpform.numbers.make import recoded

ROWS = 1 << 20
"""Rows of a block, if nobody says how many."""


@dataclass(frozen=True, eq=False)
class RowBlock:
    """Holds rows of a chain that follow each other.

    Attributes
    ----------
    offsets : (rows + 1,) array of integers
        Row r of the block has the entries ``offsets[r]:offsets[r + 1]``.
    columns : (edges,) array of integers
        The target of every entry; they increase strictly inside a row.
    codes : (edges,) array of integers
        The weight of every entry, as its place in the chain's table.
    labels : mapping from name to (rows,) boolean array
    rewards : mapping from name to (rows,) array of integers
        Places in the table of that reward.
    initial : (rows,) array of integers, optional
        Places in the table of initial probabilities.
    """

    offsets: NDArray[Any]
    columns: NDArray[Any]
    codes: NDArray[Any]
    labels: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    rewards: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    initial: NDArray[Any] | None = None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.offsets) - 1


@dataclass(frozen=True, eq=False)
class BlockedChain:
    """Says what a chain is, and yields its rows block by block.

    Attributes
    ----------
    kind : {"dtmc", "ctmc"}
        A CTMC is given by its rates.
    states : int
    table : tuple of Fraction
        The distinct weights, all positive.
    blocks : callable
        From the number of rows of a block to an iterator of blocks, which together have all rows in order.
    labels : tuple of str
    rewards : mapping from name to a tuple of Fraction
        The values that occur.
    initial : tuple of Fraction, optional
        The initial probabilities that occur; None leaves the initial distribution open.
    """

    kind: ChainKind
    states: int
    table: tuple[Fraction, ...]
    blocks: Callable[[int], Iterator[RowBlock]]
    labels: tuple[str, ...] = ()
    rewards: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    initial: tuple[Fraction, ...] | None = None

    def whole(self, rows: int = ROWS) -> MarkovChain:
        """Return the chain in memory. O(m)."""
        return MarkovChain(self.source(rows))

    def source(self, rows: int = ROWS) -> Source:
        """Return the parts of the chain in memory, not yet checked. O(m)."""
        blocks = list(self.blocks(rows))
        counts = np.concatenate([np.zeros(1, dtype=np.int64), *(np.diff(b.offsets).astype(np.int64) for b in blocks)])
        codes = _joined([b.codes for b in blocks])
        columns = _joined([b.columns for b in blocks])
        weights = SparseWeights(
            (self.states, self.states), np.cumsum(counts), columns.astype(np.int32), recoded(codes, self.table)
        )
        rewards = {
            name: CodedValues(_joined([b.rewards[name] for b in blocks]), values)
            for name, values in self.rewards.items()
        }
        labels = {name: _joined([b.labels[name] for b in blocks]).astype(bool) for name in self.labels}
        initial = None
        if self.initial is not None:
            parts = [b.initial for b in blocks if b.initial is not None]
            initial = CodedValues(_joined(parts), self.initial)
        return Source(weights, kind=self.kind, labels=labels, rewards=rewards, initial=initial)


def _joined(parts: list[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)


def blocked(chain: MarkovChain) -> BlockedChain:
    """Return a chain in memory as one that is given block by block.

    Raises
    ------
    ModelError
        If it has parameters.
    """
    require_numbers("a chain in blocks", chain.field)
    weights, values = chain.weights, chain.weights.values.coded()
    rewards = {name: column.coded() for name, column in chain.rewards.items()}
    initial = None if chain.initial is None else chain.initial.coded()

    def blocks(rows: int) -> Iterator[RowBlock]:
        for low in range(0, chain.states, rows):
            high = min(low + rows, chain.states)
            begin, end = int(weights.indptr[low]), int(weights.indptr[high])
            yield RowBlock(
                weights.indptr[low : high + 1] - begin,
                weights.indices[begin:end],
                values.codes[begin:end],
                {name: mask[low:high] for name, mask in chain.labels.items()},
                {name: column.codes[low:high] for name, column in rewards.items()},
                None if initial is None else initial.codes[low:high],
            )

    return BlockedChain(
        chain.kind,
        chain.states,
        values.table,
        blocks,
        tuple(chain.labels),
        {name: column.table for name, column in rewards.items()},
        None if initial is None else initial.table,
    )
