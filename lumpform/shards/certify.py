"""Proves that colours are a lumping: the exact class sums of every row are those of the first member of its class.

Sums are integers over the common denominator of the weights, compared modulo pairwise coprime moduli whose product
exceeds twice the largest possible sum (`lumpform.numbers.residues`), so agreement is a proof. Classes are numbered by
first members, so the first members that lie in a shard have consecutive numbers: their sums are recorded shard by
shard, one behind the other, in memory or in a mapped file; a second pass compares all rows with them.

Nothing is taken over from the refinement but the colours: that the classes refine what is respected is checked as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.lumping.numbering import number_canonically
from lumpform.lumping.threads import on_threads
from lumpform.numbers.residues import WORD
from lumpform.shards.kernels import first_difference, record_sums
from lumpform.shards.layout import Rows
from lumpform.shards.memory import Store
from lumpform.shards.read import Shards, enough_moduli
from lumpform.shards.work import colour_type
from lumpform.shards.write import Progress


@dataclass(frozen=True, eq=False)
class Classes:
    """Holds classes numbered by their first members, and these.

    Attributes
    ----------
    class_of : (states,) array of integers
    first : (classes,) array
        The first member of every class, increasing.
    """

    class_of: NDArray[Any]
    first: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Return the number of classes."""
        return len(self.first)

    def members_first(self, low: int, high: int) -> tuple[int, int]:
        """Return which classes have their first member among the states from `low` to `high`: a range of numbers."""
        begin, end = np.searchsorted(self.first, [low, high])
        return int(begin), int(end)


def canonical_classes(shards: Shards, colours: NDArray[Any], count: int) -> Classes:
    """Renumber colours by first members, in place; O(states)."""
    new = np.full(count, -1, dtype=np.int64)
    first = np.empty(count, dtype=np.int64)
    fresh = 0
    for low, high in zip(shards.firsts, shards.firsts[1:], strict=False):
        fresh = number_canonically(colours[low:high], low, new, fresh, first)
    return Classes(colours, first[:fresh])


@dataclass
class Proof:
    """Compares the rows of shards with those of the first members of their classes.

    Attributes
    ----------
    shards : Shards
    classes : Classes
    others_only : bool
        Whether sums into the own class do not count: the generator of a CTMC.
    store : Store
    progress : callable
    """

    shards: Shards
    classes: Classes
    others_only: bool
    store: Store
    progress: Progress

    def refines(self, columns: list[tuple[Callable[[Rows], Any], int]]) -> bool:
        """Tell whether the members of a class have equal codes in all columns. O(states) for each."""
        for codes, _ in columns:
            known = self.store.empty(self.classes.count, np.int64)
            for index in range(self.shards.number):
                rows = self.shards.rows(index)
                found = codes(rows)
                begin, end = self.classes.members_first(rows.first, rows.first + rows.rows)
                known[begin:end] = found[self.classes.first[begin:end] - rows.first]
                if not np.array_equal(known[self.classes.class_of[rows.first : rows.first + rows.rows]], found):
                    return False
        return True

    def moduli(self) -> int | None:
        """Return the number of moduli that prove the sums equal; None if some differ. O(edges log degree)."""
        if self.classes.count == self.shards.header.states:
            return 0
        lengths = on_threads(self._lengths, range(self.shards.number))
        longest = max((longest for longest, _ in lengths), default=0)
        needed = enough_moduli(2 * self.shards.weights.bound * max(longest, 1))
        for k, modulus in enumerate(needed):
            if not self._equal(modulus, [entries for _, entries in lengths], (k, len(needed))):
                return None
        return len(needed)

    def _lengths(self, index: int) -> tuple[int, int]:
        """Return the length of the longest row of a shard, and how many entries first members have together."""
        rows = self.shards.rows(index)
        begin, end = self.classes.members_first(rows.first, rows.first + rows.rows)
        members = self.classes.first[begin:end] - rows.first
        return rows.longest, int((rows.offsets[members + 1] - rows.offsets[members]).sum())

    def _equal(self, modulus: int, entries: list[int], turn: tuple[int, int]) -> bool:
        """Record the sums of the first members modulo a modulus, and compare all rows with them."""
        _, table = self.shards.weights.residues(modulus)
        short = np.uint64(0 if modulus == WORD else modulus)
        places = np.concatenate(([0], np.cumsum(entries, dtype=np.int64)))
        starts = np.zeros(self.classes.count, dtype=np.int64)
        ends = np.zeros(self.classes.count, dtype=np.int64)
        kept_c = self.store.empty(int(places[-1]), colour_type(self.classes.count))
        kept_s = self.store.empty(int(places[-1]), np.uint64)

        def matrix(rows: Rows) -> tuple[Any, ...]:
            arrays = rows.offsets, rows.columns, rows.codes, table, short, self.classes.class_of
            return *arrays, rows.first, self.others_only

        def buffers(rows: Rows) -> tuple[Any, Any]:
            return np.empty(rows.longest, dtype=np.int64), np.empty(rows.longest, dtype=np.uint64)

        def record(index: int) -> None:
            rows = self.shards.rows(index)
            begin, end = self.classes.members_first(rows.first, rows.first + rows.rows)
            members, (low, high) = self.classes.first[begin:end] - rows.first, places[index : index + 2]
            room = ends[begin:end], kept_c[low:high], kept_s[low:high]
            record_sums(*matrix(rows), members, *buffers(rows), *room)
            starts[begin:end] = low + np.concatenate(([0], ends[begin:end]))[: end - begin]
            ends[begin:end] += low

        def compare(index: int) -> bool:
            rows = self.shards.rows(index)
            return first_difference(*matrix(rows), starts, ends, kept_c, kept_s, *buffers(rows)) < 0

        (k, all_turns), number = turn, self.shards.number
        on_threads(record, range(number))
        tell = lambda done: self.progress("certify", k * number + done, all_turns * number)  # noqa: E731
        return all(on_threads(compare, range(number), tell))
