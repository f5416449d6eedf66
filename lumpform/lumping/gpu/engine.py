"""Takes the path over a device: rounds and certificate there, as `lumpform.lumping.engine` does on the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lumpform.graph.graph import WeightedGraph
from lumpform.graph.partition import Partition
from lumpform.graph.views import View
from lumpform.lumping.engine import ATTEMPTS, after_kernels, timed
from lumpform.lumping.flat import Flat, Seen, flat, seen_arrows
from lumpform.lumping.gpu.device import (
    Array,
    Device,
    Uploaded,
    host_bytes,
    require_memory,
    too_large,
)
from lumpform.lumping.gpu.find import find_device
from lumpform.lumping.gpu.proof import Proof
from lumpform.lumping.gpu.refine import Numbering, Refinement, Rows, Sets

BYTES_OF_A_NODE = 72
"""Colours, fingerprint, places, and tables if every node gets a class of its own."""

BYTES_OF_A_ROW = 40
"""The same for a row of a set."""


def coarsest(
    graph: WeightedGraph, start: Partition, view: View, seconds: dict[str, float], device: Device | None = None
) -> tuple[Partition, int]:
    """Return the coarsest partition finer than `start` that is stable under a view of equal sums, certified exactly.

    Does and returns what `lumpform.lumping.engine.coarsest` does. If what two refinements found is no lumping, the
    plain reference goes on from there, and the certificate is that of the CPU.

    Raises
    ------
    MissingExtra, OptionError
        If there is no device.
    ModelError
        If the model does not fit into its memory.
    """
    used = find_device() if device is None else device
    with timed(seconds, "prepare"):
        arrows = seen_arrows(graph, view)
    try:
        partition = start
        for _ in range(ATTEMPTS):
            partition, moduli = _attempt(used, arrows, start, seconds)
            if moduli is not None:
                return partition, moduli
    except used.full as error:
        raise too_large(used, "more memory than is free") from error
    return after_kernels(graph, partition & start, view, arrows, start, seconds)


def _attempt(
    device: Device, arrows: Sequence[Seen], start: Partition, seconds: dict[str, float]
) -> tuple[Partition, int | None]:
    """Refine once; return the partition, and how many moduli proved it, None if it is not proved."""
    upload = Uploaded(device)
    with timed(seconds, "refine"):
        rows = flat(arrows, start)
        require_memory(device, _needed(rows, arrows))
        class_of, count = refined(device, rows, upload)
    with timed(seconds, "certify"):
        moduli = proved(device, arrows, class_of, count, start, upload)
        found = device.download(class_of)
    return Partition(found) if moduli is None else Partition.trusted(found, count), moduli


def refined(device: Device, rows: Flat, upload: Uploaded) -> tuple[Array, int]:
    """Return the class of every node on the device, and their number, up to collisions."""
    xp = device.xp
    matrix = Rows(*(None if a is None else upload(a) for a in (rows.indptr, rows.indices, rows.data, rows.table)))
    if rows.first_row is None:
        return Refinement(device, matrix).coarsest(upload(rows.start.class_of), rows.start.count)
    owner = np.repeat(np.arange(len(rows.start), dtype=np.int32), np.diff(rows.first_row))
    tags = np.zeros(len(owner), dtype=np.int32) if rows.tags is None else rows.tags.view(np.int32)
    refinement = Refinement(device, matrix, Sets(upload(rows.first_row), upload(tags), upload(owner)))
    class_of, count = refinement.coarsest(upload(rows.start.class_of), rows.start.count)
    if rows.hidden is None:
        return class_of, count
    prints = refinement.row_prints(class_of)
    choices, parts = Numbering(device).colours(upload(rows.hidden.class_of), prints)
    return xp.concatenate((class_of, choices + xp.int32(count))), count + parts


def proved(
    device: Device, arrows: Sequence[Seen], class_of: Array, count: int, start: Partition, upload: Uploaded
) -> int | None:
    """Return how many moduli prove that classes are a lumping that refines `start`, or None if they are none."""
    proof = Proof(device, class_of, count)
    if not proof.refines(upload(start.class_of)):
        return None
    if count == len(start):
        return 0
    needed = 0
    for arrow in arrows:
        moduli = proof.arrow(arrow, upload)
        if moduli is None:
            return None
        needed = max(needed, moduli)
    return needed


def _needed(rows: Flat, arrows: Sequence[Seen]) -> int:
    """Return about how many bytes the device must have: all arrays, and what rounds work with."""
    arrays = [rows.indptr, rows.indices, rows.data, rows.first_row, rows.tags, rows.start.class_of]
    more = BYTES_OF_A_NODE * len(rows.start)
    if rows.first_row is not None:
        more += BYTES_OF_A_ROW * (len(rows.indptr) - 1)
    for arrow in arrows:
        codes = getattr(arrow.weights.values, "codes", None)
        arrays += [arrow.weights.indptr, arrow.weights.indices, None if arrow.boolean else codes]
        more += 8 * arrow.weights.nnz if codes is None else 0
    return host_bytes(arrays) + more
