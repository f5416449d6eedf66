"""Numbers the distinct pairs (colour, key) of all states, however many there are.

Every shard finds its own distinct pairs and puts them into buckets by mixed bits: a run, sorted by buckets. Then every
bucket is numbered by itself, over the runs of all shards; it is small, so its table stays in the cache, and buckets are
independent, so that any number of threads can work. The number of a pair is its number in the bucket plus how many the
buckets before have. Runs are in memory while there is room and in files beyond (`lumpform.shards.memory`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.lumping.threads import on_threads
from lumpform.shards.kernels import SLOT, distinct_pairs, order_by_bucket, recolour
from lumpform.shards.memory import Store

BUCKET = 1 << 17
"""Pairs of a bucket, about, if all states are different."""

MOST_BITS = 16


@dataclass(frozen=True, eq=False)
class Run:
    """Holds the distinct pairs of a shard in the order of buckets, and which of them each row has.

    Attributes
    ----------
    keys, olds : (pairs,) arrays
    starts : (buckets + 1,) array
        Where the buckets begin.
    local : (rows,) array
        The place of every row's pair.
    numbers : (pairs,) array
        To be filled: the number of every pair in its bucket.
    """

    keys: NDArray[np.uint64]
    olds: NDArray[Any]
    starts: NDArray[np.int64]
    local: NDArray[np.uint32]
    numbers: NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Distinct:
    """Holds where the distinct pairs stand first, in the order of buckets; where these start; and each row's number."""

    first: NDArray[np.uint32]
    starts: NDArray[np.int64]
    local: NDArray[np.uint32]


def bits_for(states: int) -> int:
    """Return how many bits tell the buckets apart."""
    return min((states // BUCKET).bit_length(), MOST_BITS)


def distinct(keys: NDArray[np.uint64], olds: NDArray[Any], bits: int = 0) -> Distinct:
    """Return the distinct pairs, bucket by bucket. O(rows) expected."""
    rows = len(keys)
    begins, starts = np.empty((1 << bits) + 1, dtype=np.int64), np.empty((1 << bits) + 1, dtype=np.int64)
    order, first = np.empty(rows, dtype=np.uint32), np.empty(rows, dtype=np.uint32)
    order_by_bucket(keys, olds, bits, begins, order)
    most = int(np.diff(begins).max())
    size = 16
    while size < 2 * most:  # as the kernel lets its table grow
        size *= 4
    slots = np.empty(size, dtype=SLOT)
    local = np.empty(rows, dtype=np.uint32)
    parts = distinct_pairs(keys, olds, begins, order, slots, starts, first, local)
    return Distinct(first[:parts], starts, local)


def run_of(keys: NDArray[np.uint64], olds: NDArray[Any], bits: int, store: Store) -> Run:
    """Return the run of a shard, whose rows have these pairs. O(rows) expected."""
    found = distinct(keys, olds, bits)
    return Run(
        store.keep(keys[found.first]),
        store.keep(olds[found.first]),
        found.starts,
        store.keep(found.local),
        store.empty(len(found.first), np.uint32),
    )


def number_runs(runs: list[Run], bits: int) -> NDArray[np.int64]:
    """Number the pairs of every bucket; return how many there are before each bucket, and in all at the end."""
    starts = np.array([run.starts for run in runs]).reshape(len(runs), (1 << bits) + 1)

    def number(bucket: int) -> int:
        low, high = starts[:, bucket], starts[:, bucket + 1]
        some = np.flatnonzero(high > low).tolist()
        if not some:
            return 0
        keys = np.concatenate([runs[i].keys[low[i] : high[i]] for i in some])
        olds = np.concatenate([runs[i].olds[low[i] : high[i]] for i in some])
        found = distinct(keys, olds)
        at = 0
        for i in some:
            size = int(high[i] - low[i])
            runs[i].numbers[low[i] : high[i]] = found.local[at : at + size]
            at += size
        return len(found.first)

    counts = on_threads(number, range(1 << bits))
    return np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))


def colours_of_rows(run: Run, before: NDArray[np.int64], dtype: Any) -> NDArray[Any]:
    """Return the new colour of every row: the number of its pair."""
    out = np.empty(len(run.local), dtype=dtype)
    recolour(run.local, run.numbers, run.starts, before, np.empty(len(run.keys), dtype=dtype), out)
    return out
