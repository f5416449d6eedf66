"""Certifies a partition on a device: exact class sums of every row against those of the first member of its class.

The same theory as `lumpform.lumping.certify`: sums are integers over a common denominator, compared modulo coprime
moduli beyond twice their bound, 2^64 first. Nothing is taken over from the refinement but the classes.

The sums of the first members of classes with more than one are the *records*: their edges, sorted by class, are added
up by a kernel for each modulus. A second kernel adds up every row beside the record of its class, and compares.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from lumpform.graph.partition import Partition
from lumpform.lumping.certify import compare_exactly
from lumpform.lumping.flat import Seen
from lumpform.lumping.gpu.device import Array, Device, Uploaded, require_memory
from lumpform.lumping.gpu.refine import Rows
from lumpform.numbers.residues import WORD, moduli_beyond

SCRATCH = 1 << 25
"""About so many sums are kept at the same time by all threads together, unless rows are longer."""

TRUTH = 1
"""Stands for the modulus where sums are truth values."""


class Proof:
    """Holds a partition on a device while it is proved.

    Parameters
    ----------
    device : Device
    class_of : (nodes,) int32 array of the device
    count : int
        The number of classes that is claimed.
    """

    def __init__(self, device: Device, class_of: Array, count: int) -> None:
        self.device, self.class_of, self.count = device, class_of, count
        xp, self.nodes = device.xp, len(class_of)
        self.first = xp.full(count, 2**31 - 1, dtype=xp.int32)
        self.many = xp.zeros(count, dtype=xp.uint8)

    def refines(self, start: Array) -> bool:
        """Check that classes are numbered by first members, are as many as claimed, and refine `start`. O(n).

        To be called before anything else: it finds the first members.
        """
        xp, n, wrong = self.device.xp, self.nodes, self.device.xp.zeros(1, dtype=self.device.xp.int32)
        threads = self.device.threads(n)
        self.device.run("find_first", threads, n, self.count, self.class_of, self.first, wrong)
        increasing = self.count == 0 or (int(self.first[-1]) < n and bool((self.first[1:] > self.first[:-1]).all()))
        if int(wrong[0]) or not increasing or (self.count == 0) != (n == 0):
            return False
        self.device.run("check_start", threads, n, self.class_of, self.first, start, self.many, wrong)
        return not int(xp.max(wrong))

    def arrow(self, arrow: Seen, upload: Uploaded) -> int | None:
        """Prove that nodes inside a class have equal sums (or sets) in an arrow; return the number of moduli, or None.

        Where sums are larger than the known moduli can tell apart, they are compared as they are, on the CPU.
        """
        weights = arrow.weights
        rows = Rows(upload(weights.indptr), upload(weights.indices), None)
        records = Records(self, rows, arrow.near, arrow.far)
        if arrow.boolean:
            return 1 if records.agree(rows, TRUTH) else None
        needed = 0
        for values in weights.values.coefficients():
            try:
                moduli = moduli_beyond(2 * values.bound * max(weights.max_row_length, 1))
            except OverflowError:
                partition = Partition.trusted(self.device.download(self.class_of), self.count)
                return 1 if compare_exactly(arrow, partition) is None else None
            needed = max(needed, len(moduli))
            for modulus in moduli:
                if not records.agree(replace(rows, **self._weights(upload, *values.residues(modulus))), modulus):
                    return None
        return needed

    def _weights(self, upload: Uploaded, data: Any, table: Any) -> dict[str, Array]:
        """Return the weights of rows on the device: codes, which are the same for all moduli, stay there."""
        if table is None:
            return {"data": self.device.upload(data)}
        return {"data": upload(data), "table": self.device.upload(table)}


class Records:
    """Holds which edges of first members go into which class.

    Parameters
    ----------
    proof : Proof
    rows : Rows
        Row s is that of the node ``near + s``, column t the node ``far + t``; weights are not looked at.
    near, far : int
    """

    def __init__(self, proof: Proof, rows: Rows, near: int, far: int) -> None:
        self.proof, self.rows, self.near = proof, rows, near
        self.device = proof.device
        self.row_class, self.column_class = proof.class_of[near : near + len(rows)], proof.class_of[far:]

    def agree(self, rows: Rows, modulus: int) -> bool:
        """Compare the sums of all rows with the records, modulo `modulus`. O(m log of what a record holds).

        Classes into which a row has edges and the record has none cost the square of the row.
        """
        xp, records = self.device.xp, len(self.classes)
        if modulus not in (TRUTH, WORD) and not 2 < modulus < 1 << 61:
            raise ValueError(f"the modulus is {modulus}, expected 2^64 or a prime below 2^61")
        short = 0 if modulus == WORD else modulus
        sums, wrong = xp.empty(records, dtype=xp.uint64), xp.zeros(1, dtype=xp.int32)
        what = records, self.bounds, self.entries, *rows.weights, short, sums
        self.device.run("add_records", self.device.threads(records), *what)
        threads = min(self.device.threads(len(rows)), self.device.threads(SCRATCH // self.longest))
        require_memory(self.device, 8 * self.longest * threads)
        scratch = xp.empty(self.longest * threads, dtype=xp.uint64)
        of_rows = len(rows), *rows.arguments, short, self.row_class, self.column_class, self.proof.many
        self.device.run("compare_rows", threads, *of_rows, self.of, self.classes, sums, scratch, wrong)
        return not int(wrong[0])

    @cached_property
    def _sorted(self) -> tuple[Array, Array]:
        """Return the edges of first members of classes with several, and their keys (class, class of the other end)."""
        xp, first, indptr = self.device.xp, self.proof.first, self.rows.indptr
        here = (self.proof.many == 1) & (first >= self.near) & (first < self.near + len(self.rows))
        classes = xp.flatnonzero(here)
        row = first[classes].astype(xp.int64) - self.near
        lengths = indptr[row + 1] - indptr[row]
        total = int(lengths.sum())
        require_memory(self.device, 64 * total)
        ends = xp.cumsum(lengths)
        if total == 0:
            return xp.zeros(0, dtype=xp.int64), xp.zeros(0, dtype=xp.int64)
        place = xp.arange(total, dtype=xp.int64)
        owner = xp.searchsorted(ends, place, side="right")
        entries = place + (indptr[row] - (ends - lengths))[owner]
        key = (classes[owner].astype(xp.int64) << 32) | self.column_class[self.rows.indices[entries]]
        order = xp.argsort(key)
        return entries[order], key[order]

    @cached_property
    def _ends(self) -> tuple[Array, Array]:
        """Return where the edges of every record begin, with the end of all, and the keys of the records."""
        xp, (entries, key) = self.device.xp, self._sorted
        fresh = xp.ones(len(key), dtype=bool)
        fresh[1:] = key[1:] != key[:-1]
        begin = xp.flatnonzero(fresh)
        bounds = xp.full(len(begin) + 1, len(entries), dtype=xp.int64)
        bounds[:-1] = begin
        return bounds, key[begin]

    @property
    def entries(self) -> Array:
        """Return the edges of first members, sorted by record."""
        return self._sorted[0]

    @property
    def bounds(self) -> Array:
        """Return where the edges of record j begin; (records + 1,) int64."""
        return self._ends[0]

    @cached_property
    def classes(self) -> Array:
        """Return into which class the edges of every record go; (records,) int32, increasing for each class."""
        return (self._ends[1] & 0xFFFFFFFF).astype(self.device.xp.int32)

    @cached_property
    def of(self) -> Array:
        """Return where the records of every class begin; (classes + 1,) int64."""
        xp, count = self.device.xp, self.proof.count
        if not len(self._ends[1]):
            return xp.zeros(count + 1, dtype=xp.int64)
        return xp.searchsorted(self._ends[1] >> 32, xp.arange(count + 1, dtype=xp.int64)).astype(xp.int64)

    @cached_property
    def longest(self) -> int:
        """Return the largest number of records of a class, at least 1."""
        return max(1, int((self.of[1:] - self.of[:-1]).max())) if self.proof.count else 1
