"""Does the steps of the proof on a cluster: what `lumpform.shards.certify` does shard by shard, with files between.

The folder of the step holds the classes of all states as files of colours, the first members in ``first``, and the
exact class sums of the first members of every shard, once they are recorded. Every worker process reads these sums
whole: they are as large as the quotient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.numbers.residues import WORD
from lumpform.shards.certify import Classes
from lumpform.shards.gathered import Plan, gathered, read_numbers, remembered, roomy, write_whole
from lumpform.shards.kernels import first_difference, record_sums
from lumpform.shards.layout import Rows

FIRST = "first"


def measure_shard(index: int, plan: Plan) -> int:
    """Return the length of the longest row of a shard."""
    return plan.open().rows(index).longest


def record_shard(index: int, plan: Plan) -> tuple[int, int]:
    """Write the class sums of the first members in a shard; return how many members and sums there are."""
    rows = plan.open().rows(index)
    classes = _classes(plan, rows)
    begin, end = classes.members_first(rows.first, rows.first + rows.rows)
    members = classes.first[begin:end] - rows.first
    room = int((rows.offsets[members + 1] - rows.offsets[members]).sum())
    ends = np.empty(len(members), dtype=np.int64)
    kept_c, kept_s = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.uint64)
    at = int(record_sums(*_matrix(plan, rows, classes), members, *_buffers(rows), ends, kept_c, kept_s))
    write_whole(_sums_path(plan, index), (np.array([len(members), at]), ends, kept_c[:at], kept_s[:at]))
    return len(members), at


def compare_shard(index: int, plan: Plan) -> bool:
    """Tell whether all rows of a shard have the class sums of the first members of their classes."""
    rows = plan.open().rows(index)
    sums = remembered("sums", (plan.part, plan.turn), lambda: _gather(plan))
    matrix = _matrix(plan, rows, _classes(plan, rows))
    kept = sums.starts, sums.ends, sums.classes, sums.sums
    return bool(first_difference(*matrix, *kept, *_buffers(rows)) < 0)


@dataclass(frozen=True, eq=False)
class _Sums:
    """Holds the sums of all first members: class c has those from ``starts[c]`` to ``ends[c]``."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    classes: NDArray[np.int64]
    sums: NDArray[np.uint64]


def _gather(plan: Plan) -> _Sums:
    """Read the sums that all shards have recorded."""
    files = [read_numbers(_sums_path(plan, index), np.int64) for index in range(plan.open().number)]
    members, entries = sum(int(f[0]) for f in files), sum(int(f[1]) for f in files)
    ends = roomy(members, np.int64, plan.memory // 8)
    classes, sums = (roomy(entries, dtype, plan.memory // 8) for dtype in (np.int64, np.uint64))
    at = low = 0
    for file in files:
        m, n = int(file[0]), int(file[1])
        ends[at : at + m] = file[2 : 2 + m] + low
        classes[low : low + n] = file[2 + m : 2 + m + n]
        sums[low : low + n] = file[2 + m + n :].view(np.uint64)
        at, low = at + m, low + n
    return _Sums(np.concatenate(([0], ends[:-1])) if members else ends, ends, classes, sums)


def _classes(plan: Plan, rows: Rows) -> Classes:
    return Classes(gathered(plan).of(rows), read_numbers(plan.file(FIRST), np.int64))


def _matrix(plan: Plan, rows: Rows, classes: Classes) -> tuple[Any, ...]:
    """Return what the kernels want to know of a shard."""
    _, table = plan.open().weights.residues(plan.modulus)
    short = np.uint64(0 if plan.modulus == WORD else plan.modulus)
    arrays = rows.offsets, rows.columns, rows.codes, table, short, classes.class_of
    return *arrays, rows.first, plan.others_only


def _buffers(rows: Rows) -> tuple[Any, Any]:
    return np.empty(rows.longest, dtype=np.int64), np.empty(rows.longest, dtype=np.uint64)


def _sums_path(plan: Plan, index: int) -> Any:
    return plan.file(f"{index:05d}.sums-{plan.turn}")
