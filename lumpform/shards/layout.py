"""Says where the arrays of a shard stand in its file, maps them, and checks what they hold.

A shard is a file of arrays of little-endian integers, one behind the other, each padded with zeros to a multiple of
eight bytes. Their types follow from the header, so that nothing in the file can contradict it:

=============  =============  ========================================================================================
array          length         type
=============  =============  ========================================================================================
offsets        rows + 1       uint32, or int64 from 2^32 edges in the shard on; the first is 0
columns        edges          uint32, or uint64 for more than 2^32 states; increasing strictly inside a row
codes          edges          places in the table of weights: uint8, uint16 or uint32, as the table needs
each label     rows / 8       a bit for each row, the lowest bit first, rounded up
each reward    rows           places in its table, as codes are
initial        rows           places in its table, as codes are; left out if there is none
=============  =============  ========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import FormatError
from lumpform.files.atomic import check_readable, os_error
from lumpform.numbers.kernel import kernel
from lumpform.shards.header import Header

NARROW = 1 << 32
"""Up to so many states, columns take four bytes; below so many edges in a shard, offsets do."""

PAD = 8


@dataclass(frozen=True, eq=False)
class Rows:
    """Holds the mapped arrays of one shard; its first row is state `first`."""

    first: int
    offsets: NDArray[np.int64]
    columns: NDArray[Any]
    codes: NDArray[Any]
    labels: Mapping[str, NDArray[np.uint8]]
    rewards: Mapping[str, NDArray[Any]]
    initial: NDArray[Any] | None

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.offsets) - 1

    @property
    def longest(self) -> int:
        """Return the number of entries of the longest row."""
        return int(np.diff(self.offsets).max(initial=0))

    def label(self, name: str) -> NDArray[np.bool_]:
        """Return which rows carry a label."""
        return np.unpackbits(self.labels[name], count=self.rows, bitorder="little").view(np.bool_)


def code_type(count: int) -> Any:
    """Return the type of places in a table with so many entries."""
    return np.dtype("u1" if count <= 1 << 8 else "<u2" if count <= 1 << 16 else "<u4")


Section = tuple[str, np.dtype[Any], int]
"""An array: its name, type and length."""


def sections(header: Header, rows: int, edges: int) -> list[Section]:
    """Return the arrays of a shard with so many rows and edges, in order."""
    narrow = np.dtype("<u4")
    result: list[Section] = [
        ("offsets", narrow if edges < NARROW else np.dtype("<i8"), rows + 1),
        ("columns", narrow if header.states <= NARROW else np.dtype("<u8"), edges),
        ("codes", code_type(len(header.weights)), edges),
    ]
    result += [(f"label {name}", np.dtype("u1"), (rows + 7) // 8) for name in header.labels]
    result += [(f"reward {name}", code_type(len(values)), rows) for name, values in header.rewards.items()]
    return result + ([] if header.initial is None else [("initial", code_type(len(header.initial)), rows)])


def padded(section: Section) -> int:
    """Return how many bytes an array takes in the file."""
    _, dtype, length = section
    return -(-length * dtype.itemsize // PAD) * PAD


def shard_path(folder: Path, index: int) -> Path:
    """Return the file of a shard."""
    return folder / f"{index:05d}.shard"


def map_shard(folder: Path, header: Header, index: int, first: int) -> Rows:
    """Map the arrays of a shard, whose file must be as long as the header says; nothing is read yet.

    Raises
    ------
    FormatError
        If the file is missing, no file, or of another length.
    """
    shard, path = header.shards[index], shard_path(folder, index)
    content = mapped(path, sum(map(padded, sections(header, shard.rows, shard.edges))))
    arrays, at = {}, 0
    for section in sections(header, shard.rows, shard.edges):
        name, dtype, length = section
        arrays[name] = content[at : at + length * dtype.itemsize].view(dtype)
        at += padded(section)
    return Rows(
        first,
        arrays["offsets"].astype(np.int64),
        arrays["columns"],
        arrays["codes"],
        {name: arrays[f"label {name}"] for name in header.labels},
        {name: arrays[f"reward {name}"] for name in header.rewards},
        arrays.get("initial"),
    )


def mapped(path: Path, size: int) -> NDArray[np.uint8]:
    """Map the bytes of a file, read only, if there are exactly so many.

    Raises
    ------
    FormatError
        If they are fewer or more, or the file cannot be read.
    """
    check_readable(path)
    try:
        found = path.stat().st_size
        if found != size:
            raise FormatError(path, "", f"{found} bytes", f"{size}, as the header says")
        return np.array([], dtype=np.uint8) if not size else np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))
    except OSError as error:
        raise os_error(path, error, "a readable shard") from None


@kernel
def first_bad_row(offsets, columns, codes, states, table):
    """Return the first row whose offsets, columns or codes are not what they must be, or -1. O(edges)."""
    edges = len(columns)
    for r in range(len(offsets) - 1):
        begin, end = offsets[r], offsets[r + 1]
        if begin > end or end > edges or begin < 0 or (r == 0 and begin != 0):
            return r
        for e in range(begin, end):
            if np.uint64(columns[e]) >= np.uint64(states) or (e > begin and columns[e] <= columns[e - 1]):
                return r
            if np.uint64(codes[e]) >= np.uint64(table):
                return r
    return -1 if offsets[-1] == edges else len(offsets) - 2


@kernel
def first_wrong_sum(offsets, codes, table, modulus, total):
    """Return the first row whose weights do not sum to `total` modulo `modulus` (0 for 2^64), or -1. O(edges)."""
    for r in range(len(offsets) - 1):
        found = np.uint64(0)
        for e in range(offsets[r], offsets[r + 1]):
            found += table[codes[e]]
            if modulus != 0 and found >= modulus:
                found -= modulus
        if found != total:
            return r
    return -1
