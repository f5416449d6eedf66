"""Takes the fast path: kernels on residues, then an exact proof that the result is a lumping."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import LumpFormError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.certify import certify, refines_start
from lumpform.lumping.flat import Flat, Seen, flat, seen_arrows
from lumpform.lumping.refine import coarsest as by_reference
from lumpform.lumping.threads import WORTH_IT, background, collect, over_ranges, threads
from lumpform.numbers.residues import PRIME

PRICE = 6.0
"""Edges read in a round for the price of one edge of the work list (measured: benchmarks/chains.py)."""

FEW_EDGES = 6
"""Up to so many edges per node, rounds look residues up by class; otherwise they keep one per node."""

ATTEMPTS = 2
"""Refinements with fresh randomness before the reference takes over."""


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


class CertificationError(LumpFormError):
    """Says that the certification rejects what even the plain reference found: a bug of ours, please report it."""

    exit_code = 3


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
    from lumpform.lumping.rounds import number_canonically
    from lumpform.lumping.worklist import refine_from

    work = Refinement(rows, seed, limits)
    ahead = threads() > 1 and WORTH_IT < work.m < FEW_EDGES * work.n and not work.patient
    transposed = background(work.transpose) if ahead else None
    work.rounds()
    if work.queued:
        starts, packed, shift = work.transpose() if transposed is None else collect(transposed, work.transpose)
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
        )
    elif transposed is not None:
        transposed.cancel()
    return Partition.trusted(work.class_of, number_canonically(work.class_of, work.count))


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
        from lumpform.lumping.rounds import apply_parts, keep_live, name_parts, start_residues

        dense = self.m > FEW_EDGES * self.n
        node_residue = np.empty(self.n if dense else 0, dtype=np.uint64)
        start_residues(self.class_of, self.count, self.seed, self.residues, node_residue)
        heir, live = np.empty(self.n, dtype=np.int32), np.empty(self.n, dtype=np.int32)
        lives, edges, everything, spent = self.n, self.m, True, 0.0
        while lives > 0:
            residue_of = (node_residue, None) if dense else (self.residues, self.class_of)
            parts, parent, sizes = self._number(live, lives, edges, everything, residue_of)
            name = np.empty(parts, dtype=np.int32)
            self.count, self.queued, moved = name_parts(
                parts, parent, sizes, heir, self.residues, self.count, self.seed, name, self.queue, self.deltas
            )
            if self.queued == 0:
                return
            apply_parts(live, lives, everything, name, self.class_of, self.residues, node_residue, self.cells)
            # What the next round costs beyond the work list; when that adds up to a transposition, change over.
            spent += max(0.0, edges + 4.0 * lives - moved * (PRICE * self.m / self.n + 5.0))
            if spent > self.m + 0.9 * self.n and not self.patient:
                return
            lives, edges = keep_live(live, lives, everything, self.rows[0], sizes, self.cells)
            everything = False
        self.queued = 0

    def _number(
        self, live: NDArray[Any], lives: int, edges: int, everything: bool, residue_of: tuple[Any, Any]
    ) -> tuple[int, NDArray[Any], NDArray[Any]]:
        """Fingerprint the live nodes and number the pairs (class, fingerprint): (parts, their parents, their sizes)."""
        from lumpform.lumping.rounds import number_pairs

        self.fingerprint(live, lives, edges, everything, residue_of)
        while True:
            capacity = self.capacity
            keys, slots = np.empty(capacity, dtype=np.uint64), np.empty(capacity, dtype=np.int32)
            parent, sizes = np.empty(capacity // 2, dtype=np.int32), np.empty(capacity // 2, dtype=np.int32)
            parts = number_pairs(
                live, lives, everything, self.class_of, self.residues, self.cells, keys, slots, parent, sizes
            )
            if parts >= 0:
                return parts, parent, sizes
            self.capacity *= 8

    def parts_of_all(self, residue_of: tuple[Any, Any]) -> int:
        """Number the pairs (class, fingerprint) of all nodes, into the cells; return how many there are."""
        self.residues[:] = 0
        return self._number(np.empty(0, dtype=np.int32), self.n, self.m, True, residue_of)[0]

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


def coarsest(
    graph: WeightedGraph, start: Partition, view: View, seconds: dict[str, float], limits: WorkListLimits = WORK_LIST
) -> tuple[Partition, int]:
    """Return the coarsest partition finer than `start` that is stable under a view of equal sums, certified exactly.

    Returns
    -------
    (partition, moduli)
        With the number of moduli that the proof needed (0 for the discrete partition). Phases are timed in `seconds`.

    Raises
    ------
    CertificationError
        If even the reference's result fails the certification: a bug.

    Notes
    -----
    Seeds come from the system's randomness, so nobody can choose weights whose fingerprints collide. The result does
    not depend on them: it is proved, or the reference computes it.
    """
    with timed(seconds, "prepare"):
        arrows = seen_arrows(graph, view)
    partition = start
    for _ in range(ATTEMPTS):
        with timed(seconds, "refine"):
            rows = flat(arrows, start)
            partition = refine_residues(rows, secrets.randbits(62), limits)
            if rows.hidden is not None:
                partition = with_hidden(rows, rows.hidden, partition)
        moduli = prove_all(arrows, partition, start, seconds)
        if moduli is not None:
            return partition, moduli
    # Weights that differ by a multiple of the prime look alike in the field, whatever the seed. What the kernels found
    # is then too coarse but coarser than the answer, so the reference has only a few rounds left to do from there.
    with timed(seconds, "refine"):
        partition, _ = by_reference(graph, partition & start, view)
    moduli = prove_all(arrows, partition, start, seconds)
    if moduli is None:
        raise CertificationError("the reference and the certification disagree")
    return partition, moduli


def with_hidden(rows: Flat, hidden: Partition, partition: Partition) -> Partition:
    """Return the partition of states and choices, given that of the states: choices are told apart by their rows."""
    choices = Refinement(Flat(rows.indptr, rows.indices, rows.data, rows.table, hidden), secrets.randbits(62))
    states = partition.count
    choices.capacity = 1 << max(9, (4 * states).bit_length())  # there are about as many classes of choices
    residues = np.random.default_rng(secrets.randbits(128)).integers(0, PRIME, states, dtype=np.uint64)
    parts = choices.parts_of_all((residues, partition.class_of))
    class_of = np.concatenate((partition.class_of, choices.cells["group"] + np.int32(states)))
    return Partition.trusted(class_of, states + parts)


@contextmanager
def timed(seconds: dict[str, float], phase: str) -> Iterator[None]:
    """Add the wall time of a block to a phase."""
    began = time.perf_counter()
    yield
    seconds[phase] = seconds.get(phase, 0.0) + time.perf_counter() - began


def prove_all(arrows: Sequence[Seen], partition: Partition, start: Partition, seconds: dict[str, float]) -> int | None:
    """Prove that a partition is a lumping that respects `start`: everything that is claimed of it.

    In this order: the classes are numbered by their first members and all of them have some, so their number is true;
    members of a class are together in `start`; and only then, their sums agree.

    Returns
    -------
    int or None
        The number of moduli that proved all arrows, or None if something does not hold.
    """
    with timed(seconds, "certify"):
        if not refines_start(partition, start):
            return None
        proofs = [certify(a, partition) for a in arrows]
    moduli = [p for p in proofs if isinstance(p, int)]
    return max(moduli, default=0) if len(moduli) == len(proofs) else None
