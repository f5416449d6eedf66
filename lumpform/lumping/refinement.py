"""Refines residues: rounds on all threads, then the work list on one, whichever promises to be cheaper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lumpform.display.watched import tell
from lumpform.display.words import counted
from lumpform.graph.partition import Partition
from lumpform.lumping.flat import Flat
from lumpform.lumping.threads import WORTH_IT, background, collect, on_threads, over_ranges, ranges, threads

PRICE = 2.0
"""Edges read in a round for the price of one edge of the work list (measured: benchmarks/chains.py)."""

FEW_EDGES = 6
"""Up to so many edges per node, rounds look residues up by class; otherwise they keep one per node."""

MANY = 8
"""Ranges number their parts by themselves where there are so many nodes for every class."""


@dataclass(frozen=True)
class WorkListLimits:
    """Says how large a matrix the work list can number; beyond, rounds do all the work.

    Attributes
    ----------
    nodes : int
        It numbers the places in its pool, at most 4 n + 2 of them, as int32.
    edges : int
        It numbers the entries of the transposed matrix as uint32.
    """

    nodes: int = (1 << 29) - 1
    edges: int = (1 << 32) - 1


WORK_LIST = WorkListLimits()


def refine_residues(rows: Flat, seed: int, limits: WorkListLimits = WORK_LIST) -> Partition:
    """Return the coarsest stable refinement up to collisions of residues, which can only make it too coarse.

    Rounds over all rows first (rounds.py), then, when they promise little, the work list (worklist.py).

    Parameters
    ----------
    rows : Flat
        What every node sees.
    seed : int
        Of the random residues; the result does not depend on it unless there is a collision.

    Returns
    -------
    Partition
        Of the nodes. O(m log n) expected, where nodes have few rows.
    """
    from lumpform.lumping.numbering import number_canonically
    from lumpform.lumping.worklist import refine_from

    work = Refinement(rows, seed, limits)
    ahead = threads() > 1 and WORTH_IT < work.m < FEW_EDGES * work.n and not work.patient
    transposed = background(work.transpose) if ahead else None
    work.rounds()
    if work.queued:
        starts, packed, shift = work.transpose() if transposed is None else collect(transposed, work.transpose)
        told = np.array([work.count])
        tell(lambda: f"work list, {counted(int(told[0]), 'class')}")
        work.count = refine_from(
            starts,
            packed,
            shift,
            rows.data if rows.table is None else rows.table,
            work.sets,
            work.cells,
            work.class_of,
            work.count,
            work.residues,
            work.queue,
            work.deltas,
            work.queued,
            np.uint64(seed + 1),
            told,
        )
    elif transposed is not None:
        transposed.cancel()
    new, first = np.full(work.count, -1, dtype=np.int64), np.empty(work.count, dtype=np.int64)
    return Partition.trusted(work.class_of, number_canonically(work.class_of, 0, new, 0, first))


class Piece(NamedTuple):
    """Holds the parts of a range of live nodes, and under which numbers all ranges know them together."""

    low: int
    high: int
    count: int
    parent: NDArray[np.int32]
    values: NDArray[np.uint64]
    sizes: NDArray[np.int32]
    place: NDArray[Any]


class Parts(NamedTuple):
    """Holds the parts of all live nodes: of which class each is, and how many nodes it has."""

    count: int
    parent: NDArray[np.int32]
    sizes: NDArray[np.int32]
    pieces: list[Piece]


class Refinement:
    """Holds the arrays of one refinement, and does its rounds."""

    def __init__(self, rows: Flat, seed: int, limits: WorkListLimits = WORK_LIST) -> None:
        from lumpform.lumping.rounds import NODE

        self.n, self.m, self.seed = len(rows.start), len(rows.indices), np.uint64(seed)
        self.data, self.table = rows.data, rows.table
        self.rows = (rows.indptr, rows.indices)
        self.sets: Any = None
        if rows.first_row is not None:
            self.sets = rows.first_row, rows.records(), self.seed, rows.longest
        self.class_of, self.count = rows.start.class_of.copy(), rows.start.count
        self.cells = np.empty(self.n, dtype=NODE)
        self.residues, self.deltas = np.empty(self.n, dtype=np.uint64), np.empty(self.n, dtype=np.uint64)
        self.queue = np.empty(self.n, dtype=np.int32)
        self.queued = 0
        self.patient = self.patient or self.n > limits.nodes or max(self.m, self.n + len(rows.indptr)) > limits.edges

    def transpose(self) -> tuple[NDArray[Any], NDArray[Any], np.uint64]:
        """Return the predecessors of every node with the codes of their weights."""
        from lumpform.lumping.worklist import predecessors

        codes = (self.m if self.table is None else len(self.table)).bit_length()
        many = (self.n + len(self.rows[0]) - 1 if self.sets else self.n).bit_length()
        packed = np.empty(self.m, dtype=np.uint32 if many + codes <= 32 else np.uint64)
        shift = np.uint64(32 if packed.itemsize == 8 else codes)
        starts = np.empty(self.n + 2, dtype=np.uint32)
        records = None if self.sets is None else self.sets[1]
        predecessors(*self.rows, None if self.table is None else self.data, records, starts, packed, shift)
        return starts, packed, shift

    def rounds(self) -> None:
        """Refine by rounds until stable (then nothing is queued) or until the work list promises to be cheaper."""
        from lumpform.lumping.numbering import name_parts, start_residues

        dense = self.m > FEW_EDGES * self.n
        node_residue = np.empty(self.n if dense else 0, dtype=np.uint64)
        start_residues(self.class_of, self.count, self.seed, self.residues, node_residue)
        heir, live = np.empty(self.n, dtype=np.int32), np.empty(self.n, dtype=np.int32)
        lives, edges, everything, spent, number = self.n, self.m, True, 0.0, 0
        while lives > 0:
            number += 1
            tell(f"round {number}, {counted(self.count, 'class')}")
            residue_of = (node_residue, None) if dense else (self.residues, self.class_of)
            self.fingerprint(live, lives, edges, everything, residue_of)
            found = self.parts(live, lives, edges, everything)
            name = np.empty(found.count, dtype=np.int32)
            self.count, self.queued, moved = name_parts(
                *found[:3], heir, self.residues, self.count, self.seed, name, self.queue, self.deltas
            )
            if self.queued == 0:
                return
            # What the next round costs beyond the work list; when that adds up to a transposition, change over.
            costs = (edges + 4.0 * lives) / (threads() if edges >= WORTH_IT else 1)
            lives, edges = self._settle(live, everything, found, name, node_residue)
            spent += max(0.0, costs - moved * (PRICE * self.m / self.n + 5.0))
            if spent > self.m + 0.9 * self.n and not self.patient:
                return
            everything = False
        self.queued = 0

    def parts(self, live: NDArray[Any], lives: int, edges: int, everything: bool) -> Parts:
        """Number the pairs (class, fingerprint) of the live nodes, into the cells."""
        several = edges >= WORTH_IT and threads() > 1 and self.count * MANY < lives
        bounds = ranges(lives) if several else [(0, lives)]
        pieces = on_threads(lambda b: self._piece(b[0], b[1], live, everything), bounds)
        self.capacity = max(len(p.parent) * 2 for p in pieces)
        if len(pieces) == 1:
            (only,) = pieces
            return Parts(only.count, only.parent, only.sizes, [only._replace(place=np.arange(only.count))])
        return self._merged(pieces)

    def _piece(self, low: int, high: int, live: NDArray[Any], everything: bool) -> Piece:
        from lumpform.lumping.numbering import number_pairs

        capacity = self.capacity
        while True:
            keys, slots = np.empty(capacity, dtype=np.uint64), np.empty(capacity, dtype=np.int32)
            half = capacity // 2
            parent, values = np.empty(half, dtype=np.int32), np.empty(half, dtype=np.uint64)
            sizes = np.empty(half, dtype=np.int32)
            count = number_pairs(
                low,
                high,
                live,
                everything,
                self.class_of,
                self.residues,
                self.cells,
                keys,
                slots,
                parent,
                values,
                sizes,
            )
            if count >= 0:
                return Piece(low, high, count, parent, values, sizes, parent)
            capacity *= 8

    def _merged(self, pieces: Sequence[Piece]) -> Parts:
        from lumpform.lumping.numbering import merge_parts

        room = sum(p.count for p in pieces)
        capacity = 1 << (2 * room).bit_length()
        keys, slots = np.empty(capacity, dtype=np.uint64), np.full(capacity, -1, dtype=np.int32)
        parent, values = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.uint64)
        sizes = np.empty(room, dtype=np.int32)
        total, placed = 0, []
        for p in pieces:
            place = np.empty(p.count, dtype=np.int64)
            total = merge_parts(
                p.count, p.parent, p.values, p.sizes, total, self.residues, keys, slots, parent, values, sizes, place
            )
            placed.append(p._replace(place=place))
        return Parts(total, parent, sizes, placed)

    def _settle(
        self, live: NDArray[Any], everything: bool, found: Parts, name: NDArray[np.int32], node_residue: NDArray[Any]
    ) -> tuple[int, int]:
        """Write the new classes, and move who can still split to the front of `live`; return their number and edges."""
        from lumpform.lumping.numbering import settle

        written = self.rows[0], self.class_of, self.residues, node_residue, self.cells

        def one(p: Piece) -> tuple[int, int]:
            return settle(p.low, p.high, live, everything, p.place, name, found.sizes, *written)

        number = edges = 0
        for piece, (kept, seen) in zip(found.pieces, on_threads(one, found.pieces), strict=True):
            live[number : number + kept] = live[piece.low : piece.low + kept]
            number, edges = number + kept, edges + seen
        return number, edges

    def parts_of_all(self, residue_of: tuple[Any, Any]) -> int:
        """Number the pairs (class, fingerprint) of all nodes, into the cells; return how many there are.

        One range: several would leave their own numbers in the cells.
        """
        self.residues[:] = 0
        nobody = np.empty(0, dtype=np.int32)
        self.fingerprint(nobody, self.n, self.m, True, residue_of)
        return self._piece(0, self.n, nobody, True).count

    def fingerprint(
        self, live: NDArray[Any], lives: int, edges: int, everything: bool, residue_of: tuple[Any, Any]
    ) -> None:
        """Write the fingerprints of the live nodes into the cells."""
        from lumpform.lumping.rounds import print_rows

        matrix = *self.rows, self.data, self.table
        over_ranges(print_rows, lives, edges, *matrix, self.sets, live, everything, *residue_of, self.cells)

    capacity = 512
    patient = False
    """Whether rounds go on until nothing is left, where no work list can take over."""
