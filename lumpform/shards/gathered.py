"""Gives tasks on a cluster the colours that their columns touch: a process reads each file of colours once a round.

Every worker process remembers the latest folder of shards and the latest colours, nothing of which a result depends on:
a process that starts anew reads them again. Files are written beside their place and renamed, under names that differ
between writers, so a task that runs twice, or late, changes nothing.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import uuid
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.files.atomic import os_error
from lumpform.numbers.kernel import kernel
from lumpform.shards.layout import Rows
from lumpform.shards.memory import new_mapped
from lumpform.shards.read import Shards, open_shards
from lumpform.shards.work import colour_type

CHECKS = "checks"
"""The file with the checksums of a folder of colours."""

GRANULES = 1 << 16
"""Ranges of states of which is noted whether columns touch them."""


@dataclass(frozen=True)
class Plan:
    """Says what all tasks of a step have in common; small, since it goes to every worker.

    Attributes
    ----------
    shards, fingerprint : str
        The folder of shards, and the digest of its header.
    part : str
        The folder in which the step works; a fresh name every time.
    colours : str
        The folder with the colours of all shards, or nothing if all are 0.
    count : int
        Of these colours.
    memory : int
        Bytes that a worker process may use, about.
    others_only : bool
        Whether edges within the own colour do not count: the generator of a CTMC.
    respect : tuple of str
        What is respected.
    pack : int
        Which part of that is coloured by; -1 in a round of fingerprints.
    seed, prime : int
        Of the fingerprints.
    bits, groups : int
        How many bits tell buckets of pairs apart, and groups of buckets.
    fresh : int
        How many new colours there are.
    modulus, turn : int
        Modulo what class sums are compared, and which time this is.
    """

    shards: str
    fingerprint: str
    part: str
    memory: int
    others_only: bool
    respect: tuple[str, ...] = ()
    colours: str = ""
    count: int = 1
    pack: int = -1
    seed: int = 0
    prime: int = 0
    bits: int = 0
    groups: int = 0
    fresh: int = 0
    modulus: int = 0
    turn: int = 0

    def file(self, name: str) -> Path:
        """Return a file of the step."""
        return Path(self.part) / name

    def open(self) -> Shards:
        """Return the shards; `FormatError` if this machine sees others than the one that asked."""
        return remembered("shards", (self.shards, self.fingerprint), self._open)

    def _open(self) -> Shards:
        shards = open_shards(self.shards)
        if shards.fingerprint != self.fingerprint:
            raise FormatError(self.shards, "", "another header on a worker", "one file system that all workers share")
        return shards


_latest: dict[str, tuple[Any, Any]] = {}
_lock = threading.RLock()


def remembered(name: str, key: Any, make: Callable[[], Any]) -> Any:
    """Return what was made last under a name if its key is the same; otherwise that is forgotten and made anew."""
    with _lock:
        if name not in _latest or _latest[name][0] != key:
            _latest.pop(name, None)
            _latest[name] = key, make()
        return _latest[name][1]


@kernel
def mark_granules(columns, shift, marks):
    """Mark the granules, ranges of 2^shift states, in which columns lie. O(edges)."""
    for e in range(len(columns)):
        marks[np.int64(columns[e]) >> shift] = True


def gathered(plan: Plan) -> Gathered:
    """Return the colours of a plan, as far as this process has them."""
    return remembered("colours", (plan.part, plan.colours), lambda: Gathered(plan))


class Gathered:
    """Holds the colours of all states, of which only those are read that tasks of this process asked for."""

    def __init__(self, plan: Plan) -> None:
        self.shards, self.folder, self.count = plan.open(), Path(plan.colours), plan.count
        self.checks = read_numbers(plan.file(CHECKS), np.uint32)
        self.array = roomy(self.shards.header.states, colour_type(plan.count), plan.memory // 4)
        self.known = np.zeros(self.shards.number, dtype=np.bool_)
        self._lock = threading.Lock()

    def of(self, rows: Rows) -> NDArray[Any]:
        """Return an array with the colours of the rows of a shard, and of all columns in it, in their places."""
        with self._lock:
            if not self.known.all():
                for index in np.flatnonzero(self._touched(rows) & ~self.known).tolist():
                    low, high = self.shards.firsts[index : index + 2]
                    self.array[low:high] = self._read(index, high - low)
                    self.known[index] = True
        return self.array

    def _touched(self, rows: Rows) -> NDArray[np.bool_]:
        """Return in which shards rows and their columns lie, or may lie."""
        states, firsts = self.shards.header.states, np.array(self.shards.firsts)
        shift = max(states.bit_length() - GRANULES.bit_length() + 1, 0)
        marks = np.zeros((states >> shift) + 1, dtype=np.bool_)
        mark_granules(rows.columns, shift, marks)
        marks[rows.first >> shift : (rows.first + rows.rows - 1 >> shift) + 1] = True
        low = np.flatnonzero(marks) << shift
        change = np.zeros(len(firsts), dtype=np.int64)
        np.add.at(change, np.searchsorted(firsts, low, side="right") - 1, 1)
        last = np.minimum(low + (1 << shift), states) - 1
        np.add.at(change, np.searchsorted(firsts, last, side="right"), -1)
        return np.cumsum(change)[:-1] > 0

    def _read(self, index: int, rows: int) -> NDArray[Any]:
        return read_colours(self.folder, index, rows, self.count, int(self.checks[index]))


def read_colours(folder: Path, index: int, rows: int, count: int, check: int) -> NDArray[Any]:
    """Return the colours of a shard.

    Raises
    ------
    FormatError
        If the file is not as it was written.
    """
    path, dtype = colours_name(folder, index), colour_type(count)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise os_error(path, error, "the colours of a shard") from None
    if len(data) != rows * dtype.itemsize or zlib.crc32(data) != check:
        raise FormatError(path, "", f"{len(data)} bytes, damaged", "colours as they were written")
    return np.frombuffer(data, dtype=dtype)


def colours_name(folder: Path, index: int) -> Path:
    """Return the file with the colours of a shard in a folder of them."""
    return folder / f"{index:05d}.colours"


def roomy(length: int, dtype: Any, room: int) -> NDArray[Any]:
    """Return an array, in memory if it takes at most `room` bytes or a quarter of the worker's, else in a file."""
    folder, limit = _worker()
    if length * np.dtype(dtype).itemsize <= min(room, limit // 4 if limit else room):
        return np.empty(length, dtype=dtype)
    path = Path(folder) / f"lumpform-{uuid.uuid4().hex}"
    array = new_mapped(path, length, dtype)
    with contextlib.suppress(OSError):
        path.unlink()  # what is mapped stays until it is let go
    return array


def _worker() -> tuple[str, int]:
    """Return the scratch folder and the memory limit of the worker in which this runs; 0 is none."""
    try:
        from distributed import get_worker

        worker = get_worker()
        return worker.local_directory, int(worker.memory_manager.memory_limit or 0)
    except (ImportError, ValueError):
        return tempfile.gettempdir(), 0


def read_numbers(path: Path, dtype: Any) -> NDArray[Any]:
    """Return an array that is all of a file; it is mapped."""
    try:
        return np.asarray(np.memmap(path, dtype=dtype, mode="r")) if path.stat().st_size else np.zeros(0, dtype=dtype)
    except (OSError, ValueError) as error:
        failure = error if isinstance(error, OSError) else OSError(0, str(error))
        raise os_error(path, failure, "a file that another task wrote") from None


def write_whole(path: Path, arrays: Iterable[NDArray[Any]]) -> None:
    """Write arrays one behind the other, beside the place, and rename.

    Raises
    ------
    FormatError
        If that cannot be done; so it ends for tasks of a step that is over, whose folder is gone.
    """
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        with open(beside, "wb") as file:
            for array in arrays:
                if array.size:
                    file.write(np.ascontiguousarray(array).data.cast("B"))
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise os_error(path, error, "a file that can be written") from None
