"""Refines on a device by rounds: fingerprints of all rows, then new colours, until their number no longer grows.

The same theory as `lumpform.lumping.rounds`: the fingerprint of a node is a random linear functional of its class sums,
that of a set the sum of random numbers that stand for its distinct rows. A round never splits wrongly; what it fails to
split is found by the certificate. Each round has fresh randomness of the system's.

A node's new colour is the number of the pair (old colour, fingerprint), numbered by first members, so colours are a
partition in canonical form after every round. The numbers come from an open-addressing table on the device in which
both parts of a pair are compared; which thread comes first has no influence on them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from lumpform.lumping.gpu.device import Array, Device, too_large

FEW = 1 << 12
"""Slots of the first table; a power of two."""

MOST = 1 << 31
"""Slots that an int can number."""


@dataclass(frozen=True)
class Rows:
    """Holds a matrix in compressed rows on a device.

    Attributes
    ----------
    indptr : (rows + 1,) int64 array
    indices : (entries,) int32 array
    data : array or None
        Codes of 1, 2 or 4 bytes with a table; uint64 residues without; None where every entry is 1.
    table : uint64 array or None
    """

    indptr: Array
    indices: Array
    data: Array | None
    table: Array | None = None

    def __len__(self) -> int:
        return len(self.indptr) - 1

    @property
    def arguments(self) -> tuple[Any, ...]:
        """Return what kernels take of it."""
        return self.indptr, self.indices, *self.weights

    @property
    def weights(self) -> tuple[Any, ...]:
        """Return what kernels take of its weights."""
        width = 0 if self.data is None else self.data.itemsize
        if self.data is not None and (width == 8) != (self.table is None):
            raise TypeError("codes have up to 4 bytes and a table, residues 8 bytes and none")
        return self.data, width, self.table


@dataclass(frozen=True)
class Sets:
    """Says which rows are those of a node that is seen by the set of them.

    Attributes
    ----------
    first_row : (nodes + 1,) int64 array
    tags, owner : (rows,) int32 arrays
        What a row is told apart by besides its value; whose it is.
    """

    first_row: Array
    tags: Array
    owner: Array


class Numbering:
    """Numbers pairs; remembers how many slots the last table needed."""

    def __init__(self, device: Device) -> None:
        self.device, self.capacity = device, FEW

    def places(self, group: Array, prints: Array) -> tuple[Array, Array]:
        """Return the slots, each with the least index of its pair or -1, and the slot of every index. O(n) expected.

        Raises
        ------
        ModelError
            If there are more than 2^30 pairs.
        """
        xp, n = self.device.xp, len(group)
        while True:
            slots, used = xp.full(self.capacity, -1, dtype=xp.int32), xp.zeros(1, dtype=xp.int32)
            place = xp.empty(n, dtype=xp.int32)
            what = n, group, prints, slots, self.capacity - 1, used, place
            self.device.run("number_pairs", self.device.threads(n), *what)
            if int(used[0]) <= (self.capacity - 1) // 2:
                return slots, place
            if self.capacity == MOST:
                raise too_large(self.device, "tables for more than 2^30 classes")
            self.capacity = min(8 * self.capacity, 1 << (2 * n + 2).bit_length(), MOST)

    def colours(self, group: Array, prints: Array) -> tuple[Array, int]:
        """Return the number of every index's pair, in the order of least indices, and how many there are."""
        xp = self.device.xp
        slots, place = self.places(group, prints)
        taken = xp.flatnonzero(slots >= 0)
        number = xp.empty(len(slots), dtype=xp.int32)
        number[taken[xp.argsort(slots[taken])]] = xp.arange(len(taken), dtype=xp.int32)
        return number[place], len(taken)


class Refinement:
    """Does the rounds of one refinement.

    Parameters
    ----------
    device : Device
    rows : Rows
        Of residues modulo 2^61 - 1.
    sets : Sets, optional
        Where nodes have several rows; otherwise row s is that of node s.
    """

    def __init__(self, device: Device, rows: Rows, sets: Sets | None = None) -> None:
        self.device, self.rows, self.sets = device, rows, sets
        self._nodes, self._members = Numbering(device), Numbering(device)
        self.rounds = 0

    def coarsest(self, colour: Array, count: int) -> tuple[Array, int]:
        """Return the coarsest stable refinement of `count` colours, up to collisions. At most n rounds of O(m)."""
        while count < len(colour):
            self.rounds += 1
            finer, parts = self._nodes.colours(colour, self._prints(colour))
            if parts <= count:  # fewer there are never, unless a kernel is broken
                break
            colour, count = finer, parts
        return colour, count

    def row_prints(self, colour: Array) -> Array:
        """Return the fingerprints of all rows, where nodes have these colours."""
        prints = self.device.xp.empty(len(self.rows), dtype=self.device.xp.uint64)
        what = len(self.rows), *self.rows.arguments, colour, secrets.randbits(64), prints
        self.device.run("print_rows", self.device.threads(len(self.rows)), *what)
        return prints

    def _prints(self, colour: Array) -> Array:
        prints = self.row_prints(colour)
        if self.sets is None:
            return prints
        number, nodes = len(prints), len(colour)
        self.device.run("print_tags", self.device.threads(number), number, self.sets.tags, secrets.randbits(64), prints)
        slots, place = self._members.places(self.sets.owner, prints)
        result = self.device.xp.empty(nodes, dtype=self.device.xp.uint64)
        what = nodes, self.sets.first_row, prints, slots, place, result
        self.device.run("print_sets", self.device.threads(nodes), *what)
        return result
