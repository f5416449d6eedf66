"""Does the steps of a round on a cluster: a task is one shard of one round, or one group of buckets.

`print_shard` writes the distinct pairs (colour, fingerprint) of a shard as a run (`lumpform.shards.numbering`),
`number_group` numbers the pairs of some buckets over the runs of all shards, `recolour_shard` writes the new colours.
They only read what earlier steps left and write files of their own, so they may run anywhere, twice, and again.

A run is a file of little-endian arrays: the number of pairs and where the buckets start (int64), keys (uint64), old
colours (`colour_type`), and the place of every row's pair (`colour_type` of the number of pairs).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.residues import PRIMES
from lumpform.shards.gathered import CHECKS, Plan, colours_name, gathered, read_colours, read_numbers, write_whole
from lumpform.shards.kernels import draw_residues, print_rows, print_rows_modulo
from lumpform.shards.layout import Rows
from lumpform.shards.numbering import Run, colours_of_rows, distinct, number_runs
from lumpform.shards.quotient import Column, respected_columns
from lumpform.shards.read import Shards
from lumpform.shards.rounds import FEW
from lumpform.shards.work import colour_type

COUNTS = "counts"


def check_shard(index: int, plan: Plan) -> list[int] | None:
    """Check a shard: `Shards.check`."""
    counts = plan.open().check(index)
    return None if counts is None else counts.tolist()


def print_shard(index: int, plan: Plan) -> int:
    """Write the run of a shard; return how many distinct pairs it has. O(edges)."""
    shards = plan.open()
    rows = shards.rows(index)
    keys, olds = _codes(shards, rows, index, plan) if plan.pack >= 0 else _prints(shards, rows, plan)
    found = distinct(keys, olds, plan.bits)
    pairs = len(found.first)
    head = np.concatenate(([pairs], found.starts)).astype("<i8")
    local = found.local.astype(colour_type(pairs))
    write_whole(_run_path(plan, index), (head, keys[found.first], olds[found.first], local))
    return pairs


def number_group(group: int, plan: Plan) -> list[int]:
    """Number the pairs of a group of buckets; return how many distinct ones each bucket has. O(pairs) expected."""
    runs, places = [], [0]
    for index in range(plan.open().number):
        file = _File.open(plan, index)
        begin, end = group << plan.bits - plan.groups, group + 1 << plan.bits - plan.groups
        starts = file.starts[begin : end + 1]
        low, high = int(starts[0]), int(starts[-1])
        numbers, nothing = np.empty(high - low, dtype=np.uint32), np.zeros(0, dtype=np.uint32)
        runs.append(Run(file.keys[low:high], file.olds[low:high], starts - low, nothing, numbers))
        places.append(places[-1] + high - low)
    counts = number_runs(runs, plan.bits - plan.groups)
    head = np.array(places, dtype="<i8")
    write_whole(_numbers_path(plan, group), (head, *(run.numbers for run in runs)))
    return np.diff(counts).tolist()


def recolour_shard(index: int, plan: Plan) -> int:
    """Write the new colours of a shard; return their checksum. O(rows)."""
    shards, counts = plan.open(), read_numbers(plan.file(COUNTS), np.int64)
    numbers = np.concatenate(list(_numbers(plan, index, shards.number)))
    file = _File.open(plan, index)
    run = Run(file.keys, file.olds, file.starts, file.local(shards.header.shards[index].rows), numbers)
    colours = colours_of_rows(run, counts, colour_type(plan.fresh))
    write_whole(colours_name(Path(plan.part), index), (colours,))
    return zlib.crc32(colours.data)


def packs(shards: Shards, respect: tuple[str, ...]) -> list[list[tuple[Column, int]]]:
    """Return the columns that are respected in parts, each of them with fewer than 2^62 combinations; at least one."""
    result: list[list[tuple[Column, int]]] = [[]]
    size = 1
    for column, bound in respected_columns(shards, respect):
        if size * bound >= 1 << 62:
            result.append([])
            size = 1
        result[-1].append((column, bound))
        size *= bound
    return result


def _codes(shards: Shards, rows: Rows, index: int, plan: Plan) -> tuple[NDArray[np.uint64], NDArray[Any]]:
    """Return what is respected as a number for every row, and the colours before."""
    total = np.zeros(rows.rows, dtype=np.uint64)
    for codes, bound in packs(shards, plan.respect)[plan.pack]:
        total = total * np.uint64(bound) + codes(rows).astype(np.uint64)
    if not plan.colours:
        return total, np.zeros(rows.rows, dtype=np.uint8)
    check = int(read_numbers(plan.file(CHECKS), np.uint32)[index])
    return total, read_colours(Path(plan.colours), index, rows.rows, plan.count, check)


def _prints(shards: Shards, rows: Rows, plan: Plan) -> tuple[NDArray[np.uint64], NDArray[Any]]:
    """Return the fingerprints of all rows, and their colours."""
    colours, prime, seed = gathered(plan).of(rows), PRIMES[plan.prime], np.uint64(plan.seed)
    _, table = shards.weights.residues(prime)
    prints = np.empty(rows.rows, dtype=np.uint64)
    matrix = rows.offsets, rows.columns, rows.codes, table, colours, rows.first, plan.others_only, seed
    if plan.prime:
        print_rows_modulo(*matrix, prints, np.uint64((1 << 61) - prime))
    else:
        residues = None
        if plan.count <= FEW:
            residues = np.empty(plan.count, dtype=np.uint64)
            draw_residues(seed, residues)
        print_rows(*matrix, residues, prints)
    return prints, colours[rows.first : rows.first + rows.rows]


def _run_path(plan: Plan, index: int) -> Path:
    return plan.file(f"{index:05d}.run")


def _numbers_path(plan: Plan, group: int) -> Path:
    return plan.file(f"{group:05d}.numbers")


def _numbers(plan: Plan, index: int, shards: int) -> Iterator[NDArray[np.uint32]]:
    """Yield the numbers of the pairs of a shard, group by group."""
    for group in range(1 << plan.groups):
        data = read_numbers(_numbers_path(plan, group), np.uint32)
        low, high = (int(v) for v in data[2 * index : 2 * index + 4].view("<i8"))
        first = 2 * (shards + 1)
        yield data[first + low : first + high]


@dataclass(frozen=True, eq=False)
class _File:
    """Shows the arrays in the file of a run."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    olds: NDArray[Any]

    @classmethod
    def open(cls, plan: Plan, index: int) -> _File:
        """Map the run of a shard."""
        data = read_numbers(_run_path(plan, index), np.uint8)
        pairs, at = int(data[:8].view("<i8")[0]), 8 * ((1 << plan.bits) + 2)
        starts, keys = data[8:at].view("<i8"), data[at : at + 8 * pairs].view("<u8")
        at += 8 * pairs
        dtype = colour_type(plan.count)
        return cls(data, starts, keys, data[at : at + dtype.itemsize * pairs].view(dtype))

    def local(self, rows: int) -> NDArray[np.uint32]:
        """Return the place of every row's pair."""
        dtype = colour_type(len(self.keys))
        return np.frombuffer(self.data[len(self.data) - rows * dtype.itemsize :].tobytes(), dtype).astype(np.uint32)
