"""Checks R9 and R11 in blocks of rows: the sums of every state are those of its class in the reduced model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from ..limits import Limits
from ..models import Matrix, Model
from ..rational import reduced, scaled
from ..sides import Side, preferred
from ..sums import Coefficients, Monomials, Sums, row_denominator, shared_denominator, unlike
from ..verdict import Violation
from .blocks import Block, blocks_of, rows_of
from .classes import MappedClasses
from .jobs import Jobs
from .spool import SharedMap

FEW = 1 << 16
"""Of so many classes the sums are kept from block to block."""

Wrong = tuple[bytes, int, bool]
"""Of members of a class with other sums than the reduced model says: a digest of the sums of the first, how many such
members there are, and whether all of them have the same sums."""


class BlockSums:
    """Adds up the rows of a block; other rows are read one by one."""

    exits: tuple[()] = ()

    def __init__(self, matrix: Matrix, class_of: Sequence[int], monomials: Monomials, *, own: bool) -> None:
        self.matrix, self.class_of, self.monomials, self.own = matrix, class_of, monomials, own
        self.table: Any = matrix.weights.table
        self.scaled: list[int] | None = None
        self.sums: Any = None
        self.shared: SharedMap | None = None
        self._block = Block(0, 0, 0, 0)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"class_of": self.shared or self.class_of, "sums": None, "_block": Block(0, 0, 0, 0)}

    def prepare(self, common: int | None) -> None:
        """Bring all weights to one denominator once."""
        self.scaled = None if common is None else scaled(self.table, common)

    def load(self, block: Block) -> None:
        """Take the rows of a block into memory, in place of those before."""
        rows = rows_of(self.matrix, block)
        self.sums = Sums(rows, self.class_of, self.monomials, own=self.own, first=block.low)
        if self.scaled is not None:
            self.sums.numbers = list(map(self.scaled.__getitem__, rows.weights.codes))
        self._block = block

    def _place(self, row: int) -> int:
        if not self._block.low <= row < self._block.high:
            self.load(Block(row, row + 1, *self.matrix.indptr[row : row + 2]))
        return row - self._block.low

    def of(self, row: int, denominator: int) -> Coefficients:
        """Return the sums of a row over all classes, as numerators over a denominator."""
        place = self._place(row)
        return self.sums.of(place, denominator)

    def denominators(self, row: int) -> set[int]:
        """Return the denominators of the weights in a row."""
        place = self._place(row)
        return self.sums.denominators(place)

    def rows(self) -> Iterator[tuple[int, Coefficients]]:
        """Yield the class of every row of the block, and its sums over the common denominator."""
        sums, start = self.sums, 0
        keys, numbers, low = sums.keys.tolist(), sums.numbers, self._block.low
        classes = self.class_of[low : self._block.high]
        for c, end in zip(classes, islice(sums.pointers, 1, None), strict=True):
            row = dict(zip(keys[start:end], numbers[start:end], strict=True))
            if len(row) < end - start:  # several targets in one class
                row = {}
                for key, number in zip(keys[start:end], numbers[start:end], strict=True):
                    row[key] = row.get(key, 0) + number
            if not self.own:
                row.pop(c, None)
            start = end
            yield c, row


class BlockSide(Side):
    """Checks R9 and R11 of an ordinary lumping whose original has its transitions on disk, without parameters."""

    original: Any

    def __init__(self, original: Model, smaller: Model, classes: MappedClasses, *, generator: bool) -> None:
        self.classes, self.incoming = classes, False
        self.monomials = Monomials([])
        self.original = BlockSums(original.matrix, classes.class_of, self.monomials, own=not generator)
        self.smaller = Sums(smaller.matrix, range(classes.count), self.monomials, own=not generator)
        self.common = shared_denominator(self.original, self.smaller)
        self.known: dict[int, Any] = {}

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"classes": None, "known": {}}

    def check_blocks(self, path: str, limits: Limits, jobs: int, shared: SharedMap | None) -> Violation | None:
        """Do what `check` does, in blocks; processes get the map of states to classes as `shared`."""
        self.original.shared, blocks = shared, blocks_of(self.original.matrix, limits)
        wrong: dict[int, Wrong] = {}
        with Jobs(path, self, jobs, limits) as pool:
            for found in pool.over(_wrong_classes, blocks, "comparing the sums out of states"):
                for c, new in found.items():
                    wrong[c] = _both(wrong[c], new) if c in wrong else new
            apart = [c for c, (_, count, same) in wrong.items() if not same or count < self.classes.size(c)]
            if apart:
                self._raise_unlike(min(apart), pool, blocks)
        violation = None
        for c in sorted(wrong):
            violation = preferred(violation, self.wrong_weight(c, self.classes.first[c]))
            if violation.witness["source"] != violation.witness["target"]:
                break
        return violation

    def _raise_unlike(self, c: int, pool: Jobs, blocks: list[Block]) -> None:
        """Raise the violation of R9 by the first member of class c whose sums are not those of its first member."""
        first = self.classes.first[c]
        looked_for = self.fingerprint(first)
        for s in pool.over(_first_unlike, [(block, c, looked_for) for block in blocks], "looking for a state"):
            if s is not None:
                found = unlike(self.original, [first, s], self.common)
                if found is not None:
                    raise self.unlike(*found)

    def fingerprint(self, row: int) -> bytes:
        """Return a digest of the sums of a row."""
        denominator = row_denominator(self.common, (self.original, row))
        return _fingerprint(self.original.of(row, denominator), denominator)

    def differing(self, block: Block) -> Iterator[tuple[int, bytes]]:
        """Yield the classes of those rows of a block whose sums are not what the reduced model says, with a digest."""
        self.original.load(block)
        if self.common is None:
            yield from self._differing_row_by_row(block)
            return
        known, common = self.known, self.common
        if len(known) > FEW:
            known.clear()
        for c, sums in self.original.rows():
            wanted = known.get(c)
            if wanted is None:
                wanted = known[c] = self.smaller.of(c, common)
            if sums != wanted:
                yield c, _fingerprint(sums, common)

    def _differing_row_by_row(self, block: Block) -> Iterator[tuple[int, bytes]]:
        """Do the same where there is no common denominator."""
        for row, c in enumerate(self.original.class_of[block.low : block.high], block.low):
            denominator = row_denominator(None, (self.original, row), (self.smaller, c))
            sums = self.original.of(row, denominator)
            if sums != self.smaller.of(c, denominator):
                yield c, _fingerprint(sums, denominator)


def _fingerprint(sums: Coefficients, denominator: int) -> bytes:
    """Return a digest of sums, the same whatever the denominator: it only tells which rule is violated."""
    parts = ((key, *reduced(number, denominator)) for key, number in sorted(sums.items()))
    return hashlib.sha256(" ".join(f"{key}:{n:x}/{d:x}" for key, n, d in parts).encode()).digest()


def _both(one: Wrong, other: Wrong) -> Wrong:
    return one[0], one[1] + other[1], one[2] and other[2] and one[0] == other[0]


def _wrong_classes(side: BlockSide, block: Block) -> dict[int, Wrong]:
    """Return the classes of members of a block whose sums are not what the reduced model says."""
    result: dict[int, Wrong] = {}
    for c, found in side.differing(block):
        new = found, 1, True
        result[c] = _both(result[c], new) if c in result else new
    return result


def _first_unlike(side: BlockSide, item: tuple[Block, int, bytes]) -> int | None:
    """Return the first member of a class in a block whose sums have another digest than is looked for."""
    block, c, looked_for = item
    for row, other in enumerate(side.original.class_of[block.low : block.high], block.low):
        if other == c and side.fingerprint(row) != looked_for:
            return row
    return None
