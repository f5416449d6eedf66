"""The fast path: kernels on residues, then an exact proof that the result is a lumping."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import LumpFormError
from lumpform.exact import PRIME
from lumpform.lumping.encode import combined
from lumpform.partition import Partition
from lumpform.weights import SparseWeights

PRICE = 4.0
"""Edges read in a round for the price of one edge of the work list (measured: benchmarks/chains.py)."""

ATTEMPTS = 4

Grouped = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]


class CertificationError(LumpFormError):
    """The kernels and the exact certification disagree again and again: a bug of ours, please report it."""

    exit_code = 3


def refine_residues(weights: SparseWeights, initial: Partition, seed: int) -> tuple[Partition, Grouped | None]:
    """The coarsest stable refinement up to collisions of residues (which could only make it too coarse).

    Parameters
    ----------
    weights : SparseWeights, n x n
    initial : Partition of n nodes
    seed : int
        Of the random residues; the result does not depend on it unless there is a collision.

    Returns
    -------
    (partition, grouped)
        `grouped` is (elems, first, size), members sorted by class, if the work list made it. O(m log n) expected.
    """
    from lumpform.lumping.rounds import refine_by_rounds, transposed
    from lumpform.lumping.worklist import refine_from

    n = len(initial)
    data, table = weights.values.scaled(PRIME)
    class_of = initial.class_of.copy()
    residues, prints, deltas = (np.empty(n, dtype=np.uint64) for _ in range(3))
    queue = np.empty(n, dtype=np.int32)
    rows = (weights.indptr, weights.indices, data)
    count, queued, _ = refine_by_rounds(
        *rows, table, class_of, initial.count, residues, prints, queue, deltas, np.uint64(seed), PRICE
    )
    if queued:
        starts, sources, moved = transposed(*rows, n)
        count, _, elems, first, size = refine_from(
            starts, sources, moved, table, class_of, count, prints, residues, queue, deltas, queued, np.uint64(seed + 1)
        )
    return Partition(class_of), None


def coarsest(matrices: Sequence[SparseWeights], initial: Partition, seconds: dict[str, float]) -> tuple[Partition, int]:
    """The coarsest partition finer than `initial` that is stable for all matrices, certified exactly.

    Returns
    -------
    (partition, moduli)
        With the number of moduli that the proof needed (0 for the discrete partition). Phases are timed in `seconds`.

    Raises
    ------
    CertificationError
        If four independent random seeds all lead to a partition that fails: not bad luck, a bug.
    """
    n = len(initial)
    weights, start = combined(matrices, initial)
    for attempt in range(ATTEMPTS):
        began = time.perf_counter()
        refined, _ = refine_residues(weights, start, 0x5EED if attempt == 0 else secrets.randbits(62))
        partition = refined if len(refined) == n else Partition(refined.class_of[:n])
        seconds["refine"] = seconds.get("refine", 0.0) + time.perf_counter() - began
        began = time.perf_counter()
        proofs = [prove(w, partition) for w in matrices]
        seconds["certify"] = seconds.get("certify", 0.0) + time.perf_counter() - began
        if all(isinstance(p, int) for p in proofs):
            return partition, max((p for p in proofs if isinstance(p, int)), default=0)
    raise CertificationError(f"no certified lumping after {ATTEMPTS} attempts: {proofs[0]}")


def prove(weights: SparseWeights, partition: Partition) -> Any:
    """The number of moduli of a proof by residues; sums too large for them are compared as rationals (also 1)."""
    from lumpform.lumping.certify import Difference, certify
    from lumpform.lumping.refine import disagreement

    try:
        return certify(weights, partition)
    except OverflowError:
        found = disagreement(weights, partition)
        return 1 if found is None else Difference(*found)
