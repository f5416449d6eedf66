"""Takes the fast path: kernels on residues, then an exact proof that the result is a lumping."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from lumpform.display.watched import part, tell
from lumpform.errors import LumpFormError
from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.certify import CERTIFYING, certify, refines_start
from lumpform.lumping.flat import Flat, Seen, flat, seen_arrows
from lumpform.lumping.refine import coarsest as by_reference
from lumpform.lumping.refinement import WORK_LIST, Refinement, WorkListLimits, refine_residues
from lumpform.numbers.clock import clock
from lumpform.numbers.residues import PRIME

ATTEMPTS = 2
"""Refinements with fresh randomness before the reference takes over."""


SAID = {"prepare": "preparing", "refine": "refining", "certify": CERTIFYING}
"""What is said while a phase is under way."""


class CertificationError(LumpFormError):
    """Says that the certification rejects what even the plain reference found: a bug of ours, please report it."""

    exit_code = 3


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
    return after_kernels(graph, partition & start, view, arrows, start, seconds)


def after_kernels(
    graph: WeightedGraph,
    found: Partition,
    view: View,
    arrows: Sequence[Seen],
    start: Partition,
    seconds: dict[str, float],
) -> tuple[Partition, int]:
    """Return what `coarsest` does where what kernels found is no lumping.

    Weights that differ by a multiple of the prime look alike in the field, whatever the seed. What the kernels found
    is then too coarse but coarser than the answer, so the reference has only a few rounds left to do from there.
    """
    with timed(seconds, "refine"):
        partition, _ = by_reference(graph, found, view)
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
    """Add the wall time of a block to a phase, and tell who watches that it begins."""
    began = clock()
    tell(SAID[phase])
    yield
    seconds[phase] = seconds.get(phase, 0.0) + clock() - began


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
        proofs, done, edges = [], 0, [a.weights.nnz for a in arrows]
        for arrow, size in zip(arrows, edges, strict=True):
            with part(done, size, sum(edges)):
                proofs.append(certify(arrow, partition))
            done += size
    moduli = [p for p in proofs if isinstance(p, int)]
    return max(moduli, default=0) if len(moduli) == len(proofs) else None
