"""Writes chains as folders of shards: from any chain in memory, or block by block from what is larger.

The folder appears complete or not at all: it is made beside its place and renamed at the end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.chains.blocks import ROWS, BlockedChain, RowBlock, blocked
from lumpform.chains.chain import MarkovChain
from lumpform.errors import FormatError, ModelError
from lumpform.files.atomic import Replacement, replacement
from lumpform.files.limits import MAX_NAMES, MAX_SHARD_STATES
from lumpform.numbers.naming import check_names
from lumpform.shards.header import HEADER, Header, Shard, read_header
from lumpform.shards.layout import PAD, Section, first_bad_row, padded, sections, shard_path

Progress = Callable[[str, int, int], None]
"""What is told how far a phase is: its name, how much is done, and of how much."""


def silent(phase: str, done: int, total: int) -> None:
    """Say nothing."""


def write_shards(
    chain: BlockedChain | MarkovChain, path: str | Path, *, rows: int = ROWS, progress: Progress = silent
) -> None:
    """Write a chain as a folder of shards, one block at a time. O(m).

    Parameters
    ----------
    chain : BlockedChain or MarkovChain
        The blocks of the former become shards as they come.
    path : str or Path
        A name at which nothing is.
    rows : int
        Rows of a shard.
    progress : callable
        Is told how many states are written.

    Raises
    ------
    FormatError
        If the folder cannot be written; nothing is left then.
    ModelError
        If a block contradicts what the chain says of itself.
    """
    with replacement(path) as files:
        _write(chain if isinstance(chain, BlockedChain) else blocked(chain), Path(path), files, rows, progress)


def write_lfs(chain: MarkovChain, path: Path, files: Replacement) -> None:
    """Write a chain in memory as a folder of shards, as a part of a replacement. O(m).

    Raises
    ------
    ModelError
        If it has parameters, or names that cannot be printed.
    """
    _write(blocked(chain), path, files, ROWS, silent)


def _write(chain: BlockedChain, path: Path, files: Replacement, rows: int, progress: Progress) -> None:
    if chain.states > MAX_SHARD_STATES or len(chain.labels) + len(chain.rewards) > MAX_NAMES:
        raise ModelError(f"shards hold at most {MAX_SHARD_STATES} states and {MAX_NAMES} labels and rewards")
    check_names(chain.labels, chain.rewards, "a folder of shards", lambda name: True)
    with files.folder(path) as folder:
        writing = _Writing(chain, folder)
        for block in chain.blocks(rows):
            writing.add(block)
            progress("write", writing.states, chain.states)
        header = writing.header()
        (folder / HEADER).write_bytes(header.encode())
        try:
            read_header(folder)
        except FormatError as error:
            raise ModelError(f"the chain: {error.place}: found {error.found}, expected {error.expected}") from None


@dataclass
class _Writing:
    """Writes one shard after the other."""

    chain: BlockedChain
    folder: Path
    shards: list[Shard] = field(default_factory=list)
    states: int = 0

    def header(self) -> Header:
        """Return the header of the shards so far."""
        chain, shards = self.chain, tuple(self.shards)
        edges = sum(s.edges for s in shards)
        rewards = dict(chain.rewards)
        return Header(chain.kind, chain.states, edges, chain.table, chain.labels, rewards, chain.initial, shards)

    def add(self, block: RowBlock) -> None:
        """Write a block as the next shard, once it is checked."""
        self.check(block)
        digest = hashlib.sha256()
        with open(shard_path(self.folder, len(self.shards)), "wb") as file:
            wanted = sections(self.header(), block.rows, len(block.columns))
            for section, array in zip(wanted, self.arrays(block), strict=True):
                for part in _bytes_of(section, array):
                    digest.update(part)
                    file.write(part)
        self.shards.append(Shard(block.rows, len(block.columns), digest.hexdigest()))
        self.states += block.rows

    def arrays(self, block: RowBlock) -> Iterator[NDArray[Any]]:
        """Yield the arrays of a shard, in the order of the layout."""
        yield from (block.offsets, block.columns, block.codes)
        yield from (np.packbits(block.labels[name], bitorder="little") for name in self.chain.labels)
        yield from (block.rewards[name] for name in self.chain.rewards)
        if block.initial is not None:
            yield block.initial

    def check(self, block: RowBlock) -> None:
        """Raise `ModelError` unless a block is what it must be."""
        chain, rows = self.chain, block.rows
        parts: list[tuple[str, Any, int]] = [
            (f"reward {n!r}", block.rewards.get(n), len(v)) for n, v in chain.rewards.items()
        ]
        parts += [(f"label {name!r}", block.labels.get(name), 2) for name in chain.labels]
        if (block.initial is None) != (chain.initial is None):
            raise ModelError("a block with an initial distribution, or without one, that the chain contradicts")
        parts += [] if chain.initial is None else [("the initial distribution", block.initial, len(chain.initial))]
        for name, codes, size in parts:
            if codes is None or len(codes) != rows or (rows and not 0 <= int(np.max(codes)) < size):
                raise ModelError(
                    f"{name} of the block from state {self.states} on, expected {rows} entries of the table"
                )
        if rows < 1 or self.states + rows > chain.states or len(block.codes) != len(block.columns):
            raise ModelError(f"a block of {rows} rows at state {self.states} of {chain.states}, expected rows that fit")
        offsets, columns, codes = (np.ascontiguousarray(a) for a in (block.offsets, block.columns, block.codes))
        bad = first_bad_row(offsets.astype(np.int64), columns, codes, chain.states, len(chain.table))
        if bad >= 0:
            raise ModelError(f"the row of state {self.states + bad}, expected columns that increase and known weights")


def _bytes_of(section: Section, array: NDArray[Any]) -> Iterator[bytes | memoryview]:
    """Yield the bytes of an array as it stands in a file, with what pads it."""
    _, dtype, length = section
    if length:
        yield np.ascontiguousarray(array, dtype=dtype).data.cast("B")
    yield bytes(padded(section) - length * dtype.itemsize) if length * dtype.itemsize % PAD else b""
