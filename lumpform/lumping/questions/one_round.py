"""Does one round of refinement exactly: splits all classes at the same time by the sums over the classes there are.

What `lump` finds is the end of all rounds; here a single one counts, since it says how many steps it takes to tell two
nodes apart. Rows get fingerprints as in `rounds`, and what was not split is proved to be equal by `certify`; where that
fails, since fingerprints collided, exact sums are compared.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.partition import Partition
from lumpform.lumping.certify import certify
from lumpform.lumping.flat import Flat, Seen
from lumpform.lumping.sums import sums_over
from lumpform.lumping.threads import over_ranges
from lumpform.numbers.modular import P61
from lumpform.numbers.residues import PRIME


def split(arrows: Sequence[Seen], partition: Partition) -> Partition:
    """Return the partition in which two nodes are together if they were, and have equal sums over its classes.

    Parameters
    ----------
    arrows : sequence of Seen
        Nodes that see none of them are not split.
    partition : Partition of all nodes

    Returns
    -------
    Partition
        One round finer, proved. O(edges + n log n) expected.
    """
    if not arrows or partition.count == len(partition):
        return partition
    codes = np.unique(fingerprints(arrows, partition), return_inverse=True)[1].reshape(-1)
    finer = Partition(partition.class_of.astype(np.int64) * len(partition) + codes)
    if all(isinstance(certify(a, finer, partition), int) for a in arrows):
        return finer
    return split_by_definition(arrows, partition)


def fingerprints(arrows: Sequence[Seen], partition: Partition) -> NDArray[np.uint64]:
    """Return for every node a random linear functional of its sums over classes, modulo 2^61 - 1. O(edges)."""
    from lumpform.lumping.rounds import NODE, print_rows

    total = np.zeros(len(partition), dtype=np.uint64)
    for arrow in arrows:
        weights, rows = arrow.weights, arrow.weights.shape[0]
        data, table = weights.values.residues(PRIME)
        random = np.frombuffer(secrets.token_bytes(8 * partition.count), dtype=np.uint64) % P61
        cells = np.zeros(rows, dtype=NODE)
        seen, sets = Flat(weights.indptr, weights.indices, data, table, partition), None
        if arrow.boolean:  # a row for each edge, and sets of their values
            seen = replace(seen, indptr=np.arange(weights.nnz + 1), first_row=weights.indptr)
            sets = weights.indptr, seen.records(), np.uint64(secrets.randbits(62)), seen.longest
        matrix = seen.indptr, seen.indices, data, table, sets
        everything = np.zeros(0, dtype=np.int32), True
        far = np.ascontiguousarray(partition.class_of[arrow.far : arrow.far + weights.shape[1]])
        over_ranges(print_rows, rows, weights.nnz, *matrix, *everything, random, far, cells)
        here = slice(arrow.near, arrow.near + rows)
        total[here] = (total[here] + cells["value"]) % P61
    return total


def split_by_definition(arrows: Sequence[Seen], partition: Partition) -> Partition:
    """Do as `split` with a dictionary of exact sums for each node. O(edges) exact operations."""
    class_of = partition.class_of.tolist()
    seen: list[list[Any]] = [[c] for c in class_of]
    for arrow in arrows:
        for node in range(arrow.near, arrow.near + arrow.weights.shape[0]):
            seen[node].append(frozenset(sums_over(arrow, node, class_of).items()))
    names: dict[Any, int] = {}
    return Partition([names.setdefault(tuple(key), len(names)) for key in seen])
