"""Opens folders of shards, checks them, and reads them whole where they fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import numpy as np

from lumpform.chains.assemble import assemble
from lumpform.chains.blocks import BlockedChain, RowBlock
from lumpform.chains.chain import MarkovChain
from lumpform.chains.kinds import ChainKind, agreed_kind
from lumpform.errors import FormatError
from lumpform.files.atomic import as_path, check_folder
from lumpform.files.limits import MAX_STATES
from lumpform.numbers.column import CodedValues
from lumpform.numbers.numerals import show
from lumpform.numbers.residues import WORD, moduli_beyond, primes_beyond
from lumpform.shards.header import HEADER, Header, read_header
from lumpform.shards.layout import Rows, first_bad_row, first_wrong_sum, map_shard, mapped, shard_path


@dataclass(frozen=True, eq=False)
class Shards:
    """Holds an open folder of shards: its header, and where every shard begins. Made by `open_shards`.

    Attributes
    ----------
    folder : Path
    header : Header
    fingerprint : str
        The SHA-256 digest of the header, which holds those of all shards.
    """

    lumped_by: ClassVar[str] = "lumpform.shards.lump:lump_open"

    folder: Path
    header: Header
    fingerprint: str

    @cached_property
    def firsts(self) -> list[int]:
        """Return the first state of every shard, and the number of states at the end."""
        return np.concatenate(([0], np.cumsum([s.rows for s in self.header.shards], dtype=np.int64))).tolist()

    @property
    def number(self) -> int:
        """Return the number of shards."""
        return len(self.header.shards)

    def rows(self, index: int) -> Rows:
        """Map a shard; `FormatError` if its file is not as long as the header says."""
        return map_shard(self.folder, self.header, index, self.firsts[index])

    @cached_property
    def weights(self) -> CodedValues:
        """Return the table of weights as a column: entry i is weight number i."""
        return table_of(self.header.weights)

    def check(self, index: int) -> np.ndarray[Any, Any] | None:
        """Check all that a shard holds: its digest, its arrays, and that probabilities sum to one. O(edges).

        Returns
        -------
        array or None
            How often every initial probability occurs in it.

        Raises
        ------
        FormatError
            With the shard, and the state where that is known.
        """
        header, path, rows = self.header, shard_path(self.folder, index), self.rows(index)
        shard = header.shards[index]
        found = hashlib.sha256(mapped(path, path.stat().st_size).data).hexdigest()
        if found != shard.sha256:
            raise FormatError(
                path, "", f"the SHA-256 digest {found[:16]}...", f"{shard.sha256[:16]}..., as {HEADER} says"
            )
        bad = first_bad_row(rows.offsets, rows.columns, rows.codes, header.states, len(header.weights))
        if bad >= 0:
            self._fail(index, bad, "a row out of order, or with an unknown state or weight", "columns that increase")
        if header.kind == "dtmc":
            self._check_sums(index, rows)
        columns = [(f"reward {name}", rows.rewards[name], len(table)) for name, table in header.rewards.items()]
        columns += [] if header.initial is None else [("the initial distribution", rows.initial, len(header.initial))]
        for name, codes, size in columns:
            wrong = np.flatnonzero(np.asarray(codes) >= size)
            if len(wrong):
                self._fail(index, int(wrong[0]), f"{name}: an entry outside its table", f"numbers below {size}")
        return None if header.initial is None else np.bincount(np.asarray(rows.initial), minlength=len(header.initial))

    def check_initial(self, counts: list[Any]) -> None:
        """Check that initial probabilities, which occur so often in the shards, sum to one."""
        if self.header.initial is not None and self.header.states:
            often = sum(counts, np.zeros(len(self.header.initial), dtype=np.int64)).tolist()
            total = sum((v * c for v, c in zip(self.header.initial, often, strict=True)), Fraction(0))
            if total != 1:
                raise FormatError(self.folder, "", f"initial probabilities that sum to {show(total)}", "exactly 1")

    def _check_sums(self, index: int, rows: Rows) -> None:
        values = self.weights
        for modulus in enough_moduli(2 * (values.bound * max(rows.longest, 1) + values.denominator)):
            _, table = values.residues(modulus)
            total, short = np.uint64(values.denominator % modulus), np.uint64(0 if modulus == WORD else modulus)
            bad = first_wrong_sum(rows.offsets, rows.codes, table, short, total)
            if bad >= 0:
                codes = rows.codes[rows.offsets[bad] : rows.offsets[bad + 1]].tolist()
                found = sum((self.header.weights[c] for c in codes), Fraction(0))
                self._fail(index, bad, f"a row that sums to {show(found)}", "exactly 1")

    def _fail(self, index: int, row: int, found: str, expected: str) -> NoReturn:
        raise FormatError(shard_path(self.folder, index), f"state {self.firsts[index] + row}", found, expected)

    def blocked(self) -> BlockedChain:
        """Return the chain as one that is given block by block, a shard being a block."""
        header = self.header
        return BlockedChain(
            header.kind,
            header.states,
            header.weights,
            lambda rows: self._blocks(),
            header.labels,
            header.rewards,
            header.initial,
        )

    def _blocks(self) -> Iterator[RowBlock]:
        for index in range(self.number):
            rows = self.rows(index)
            labels = {name: rows.label(name) for name in self.header.labels}
            yield RowBlock(rows.offsets, rows.columns, rows.codes, labels, rows.rewards, rows.initial)


def table_of(table: tuple[Fraction, ...]) -> CodedValues:
    """Return a table of numbers as a column."""
    return CodedValues(np.arange(len(table), dtype=np.int64), table)


def enough_moduli(bound: int) -> tuple[int, ...]:
    """Return pairwise coprime moduli whose product exceeds `bound`, however large it is."""
    try:
        return moduli_beyond(bound)
    except OverflowError:
        return tuple(primes_beyond(bound))


def open_shards(path: str | Path) -> Shards:
    """Open a folder of shards; only its header is read and checked.

    Raises
    ------
    FormatError
        If there is no such folder, or its header is not what it must be.
    """
    folder = as_path(path)
    check_folder(folder)
    header, data = read_header(folder)
    return Shards(folder, header, hashlib.sha256(data).hexdigest())


def read_lfs(path: str | Path, *, kind: ChainKind | None = None) -> MarkovChain:
    """Read the chain in a folder of shards into memory, its digests checked. O(m).

    Raises
    ------
    FormatError
        If something in the folder is not what the header says, or the chain is too large for memory.
    """
    shards = open_shards(path)
    agreed_kind(shards.folder / HEADER, "kind", shards.header.kind, kind)
    if shards.header.states > MAX_STATES:
        raise FormatError(path, "", f"{shards.header.states} states", f"at most {MAX_STATES} in memory")
    shards.check_initial([shards.check(i) for i in range(shards.number)])
    return assemble(path, shards.blocked().source())
