"""Opens folders of shards: what stands where in their files, once sizes and digests are those that the header says."""

from __future__ import annotations

import hashlib
import os
import stat
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ..arrays import CODE, OFFSET
from ..failure import fail
from ..limits import Limits
from ..models import Column, Model, check_distribution
from ..rational import Pair
from .blocks import Fault, first_fault, matrix_on_disk
from .header import NAME, Header, parse_header
from .jobs import Jobs
from .stored import BLOCK, Part, Stored, StoredSet, read_bytes, stored_column

SUFFIX = ".lfs"
NARROW = 1 << 32
"""Below so many transitions in a shard, offsets take four bytes."""

PAD = 8


@dataclass(frozen=True)
class Folder:
    """Holds an open folder: its header, and where every array stands, by its name and shard."""

    path: str
    header: Header
    parts: dict[str, list[Part]]

    def shard_of(self, row: int) -> str:
        """Return the file in which a row stands."""
        ends = accumulate(s.rows for s in self.header.shards)
        return shard_path(self.path, next(i for i, end in enumerate(ends) if row < end))

    def column(self, name: str, table: list[Pair]) -> Column:
        """Return a column of states, whose codes are checked; `Unreadable` about the first that is not in its table."""
        codes = Stored(self.parts.get(name, []), CODE)  # no shard, no part
        for low in range(0, len(codes), BLOCK):
            block = codes[low : low + BLOCK]
            if max(block) >= len(table):
                row = next(low + i for i, c in enumerate(block) if c >= len(table))
                found = f"{name}: an entry outside its table"
                fail(self.shard_of(row), f"state {row}", found, f"numbers below {len(table)}")
        return stored_column(codes, table)


def shard_path(path: str, index: int) -> str:
    """Return the file of a shard; its name follows from its number, so that a header cannot name another place."""
    return os.path.join(path, f"{index:05d}.shard")


def folder_size(path: str) -> int:
    """Return how many bytes the files of a folder have together; 0 if there is none."""
    try:
        with os.scandir(path) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    except (OSError, ValueError):
        return 0


@contextmanager
def unchanged(path: str) -> Iterator[None]:
    """Raise `Unreadable` at the end if the folder at a path, if it is one, has changed: it is read several times."""
    before = _state(path)
    yield
    if _state(path) != before:
        fail(path, "", "files that changed while they were read", "files that nobody writes")


def _state(path: str) -> list[tuple[object, ...]]:
    try:
        with os.scandir(path) as entries:
            status = sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)
    except (OSError, ValueError):
        return []
    return [(name, s.st_ino, s.st_size, s.st_mtime_ns) for name, s in status]


def open_folder(path: str, limits: Limits) -> Folder:
    """Return the folder at a path: its header is read, and its shards are as long as that says."""
    try:
        directory = stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        fail(path, "", "no such folder", "a folder of shards")
    if not directory:
        fail(path, "", "no folder", "a folder of shards")
    name = os.path.join(path, NAME)
    size = _regular(name)
    header = parse_header(name, read_bytes(name, 0, min(size, limits.max_header_bytes + 1)), limits)
    arrays = 4 + len(header.labels) + len(header.rewards)
    if arrays * len(header.shards) > limits.max_header_items:
        found = f"{arrays} arrays in each of {len(header.shards)} shards"
        fail(name, "", found, f"at most {limits.max_header_items} together")
    parts: dict[str, list[Part]] = {}
    before = 0
    for index, shard in enumerate(header.shards):
        place, at = shard_path(path, index), 0
        for section, code, length in _sections(header, shard.rows, shard.edges):
            parts.setdefault(section, []).append(Part(place, at, code, length))
            at += -(-length * array(code).itemsize // PAD) * PAD
        found = _regular(place)
        if found != at:
            fail(place, "", f"{found} bytes", f"{at}, as {NAME} says")
        base = Part(place, 0, parts["offsets"][-1].code, shard.rows + (index == len(header.shards) - 1), before)
        parts.setdefault("pointers", []).append(base)
        before += shard.edges
    return Folder(path, header, parts)


def _regular(path: str) -> int:
    """Return the size of a file; `Unreadable` unless it is one and no symbolic link."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        fail(path, "", "no such file", "a file of a folder of shards")
    if not stat.S_ISREG(status.st_mode):
        fail(path, "", "a symbolic link" if stat.S_ISLNK(status.st_mode) else "no regular file", "a regular file")
    return status.st_size


def _sections(header: Header, rows: int, edges: int) -> Iterator[tuple[str, str, int]]:
    """Yield name, type and length of the arrays of a shard, in their order."""
    yield "offsets", "I" if edges < NARROW else "q", rows + 1
    yield "columns", "I", edges
    yield "codes", _code_type(header.weights), edges
    for name in header.labels:
        yield f"label {name}", "B", (rows + 7) // 8
    for name, table in header.rewards.items():
        yield f"reward {name}", _code_type(table), rows
    if header.initial is not None:
        yield "initial", _code_type(header.initial), rows


def _code_type(table: list[Pair]) -> str:
    return "B" if len(table) <= 1 << 8 else "H" if len(table) <= 1 << 16 else "I"


def digest_of_file(path: str) -> str:
    """Return the SHA-256 digest of a file in hexadecimal, read in blocks."""
    found, size = hashlib.sha256(), os.lstat(path).st_size
    for low in range(0, size, 1 << 20):
        found.update(read_bytes(path, low, min(1 << 20, size - low)))
    return found.hexdigest()


def _wrong_digest(folder: Folder, index: int) -> str | None:
    """Return the digest of a shard if it is not what the header says."""
    found = digest_of_file(shard_path(folder.path, index))
    return None if found == folder.header.shards[index].sha256 else found


def read_folder(path: str, limits: Limits, jobs: int = 1) -> Model:
    """Return the chain in a folder of shards, all of it checked; what there is of states and transitions stays there.

    Raises
    ------
    Unreadable
        If a file is missing, another than the header says, or holds something else than the rows of a chain.
    """
    folder = open_folder(path, limits)
    header, parts = folder.header, folder.parts
    with Jobs(path, folder, jobs, limits) as pool:
        for index, wrong in enumerate(
            pool.over(_wrong_digest, range(len(header.shards)), "comparing digests of shards")
        ):
            if wrong is not None:
                found, wanted = f"the SHA-256 digest {wrong[:16]}...", header.shards[index].sha256[:16]
                fail(shard_path(path, index), "", found, f"{wanted}..., as {NAME} says")
    _check_offsets(folder)
    raw = matrix_on_disk(
        header.states, _pointers(folder), Stored(parts.get("columns", []), "I"), Stored(parts.get("codes", []), CODE)
    )
    fault = first_fault(path, raw, header.weights, header.kind, limits, jobs)
    if fault is not None:
        fail(folder.shard_of(fault.row), f"state {fault.row}", *_words(fault))
    raw.weights = stored_column(raw.weights.codes, header.weights)  # type: ignore[arg-type]
    labels = {name: StoredSet(_bits(folder, name)) for name in header.labels}
    rewards = {name: folder.column(f"reward {name}", table) for name, table in header.rewards.items()}
    initial = None if header.initial is None else folder.column("initial", header.initial)
    if initial is not None and header.states:
        check_distribution(path, initial)
    kept: Any = {name: states for name, states in labels.items() if len(states)}
    return Model(path, header.kind, raw, kept, rewards, initial if header.states else None)


def _words(fault: Fault) -> tuple[str, str]:
    return fault.found, fault.expected


def _bits(folder: Folder, name: str) -> list[tuple[Part, int]]:
    rows = (shard.rows for shard in folder.header.shards)
    return list(zip(folder.parts[f"label {name}"], rows, strict=True))


def _pointers(folder: Folder) -> Any:
    return Stored(folder.parts["pointers"], OFFSET) if folder.header.shards else array(OFFSET, [0])


def _check_offsets(folder: Folder) -> None:
    """Check that the offsets of every shard begin with 0 and end with its transitions."""
    for index, shard in enumerate(folder.header.shards):
        part = folder.parts["offsets"][index]
        ends = part.read(0, 1)[0], part.read(shard.rows, shard.rows + 1)[0]
        if ends != (0, shard.edges):
            fail(part.path, "", f"offsets from {ends[0]} to {ends[1]}", f"from 0 to {shard.edges}")
