"""Puts the transitions of large NumPy archives on disk, where they are judged block by block."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from typing import Any

from ..archive import FLOATING, TEXT, opened
from ..arrays import CODE, OFFSET
from ..chain_npz import Chain
from ..limits import Limits
from ..models import Model, check_distribution
from ..rational import Pair, from_float
from .blocks import first_fault, matrix_on_disk
from .spool import Scratch
from .stored import BLOCK, Stored, stored_column


class _Unusual(Exception):
    """Says that an archive is better read into memory, be it to bring it into canonical form or to refuse it."""


def read_spooled(path: str, limits: Limits, jobs: int, scratch: Scratch) -> Model | None:
    """Return the chain in an archive with its transitions on disk.

    None if they are few, or if rows are not in canonical form already: then the archive is read into memory.
    """
    try:
        with opened(path) as archive:
            return _Spooled(path, archive, limits).spooled(scratch, jobs)
    except _Unusual:
        return None


class _Spooled(Chain):
    def spooled(self, scratch: Scratch, jobs: int) -> Model:
        """Return the model, or raise `_Unusual`."""
        with self.content("indices") as (*_, count):
            if count < self.limits.spooled:
                raise _Unusual
        kind = self.kind()
        pointers = self.integers_on_disk("indptr", scratch)
        n = len(pointers) - 1
        self.check_columns(n)
        indices = self.integers_on_disk("indices", scratch)
        if not 0 < n <= self.limits.max_states or pointers[0] != 0 or pointers[n] != len(indices):
            raise _Unusual
        codes, table = self.codes_on_disk(scratch)
        if len(codes) != len(indices) or any(value[0] <= 0 for value in table):
            raise _Unusual
        matrix = matrix_on_disk(n, pointers, indices, codes)
        if first_fault(self.path, matrix, table, kind, self.limits, jobs) is not None:
            raise _Unusual
        matrix.weights = stored_column(matrix.weights.codes, table)  # type: ignore[arg-type]
        labels, rewards, initial = self.columns(n)
        if initial is not None:
            check_distribution(self.path, initial)
        kept = {name: array(OFFSET, states) for name, states in labels.items() if len(states)}
        return Model(self.path, kind, matrix, kept, rewards, initial)

    def integers_on_disk(self, name: str, scratch: Scratch) -> Stored:
        """Return an array of numbers from 0 on."""
        code, most = (OFFSET, 1 << 62) if name == "indptr" else (CODE, (1 << 32) - 1)
        with self.blocks(name) as (found, blocks):
            if found in (*FLOATING, TEXT):
                raise _Unusual

            def checked() -> Iterator[array[int]]:
                for block in blocks():
                    if len(block) and not 0 <= min(block) <= max(block) <= most:
                        raise _Unusual
                    yield array(code, block)

            return Stored([scratch.put(code, checked())], code)

    def codes_on_disk(self, scratch: Scratch) -> tuple[Stored, list[Pair]]:
        """Return the codes of weights and what they stand for."""
        if "val_index" in self.members:
            return self.integers_on_disk("val_index", scratch), self.fractions("val_num", "val_den")
        known: dict[float, int] = {}
        with self.blocks("data") as (found, blocks):
            if found not in ("f", "d"):
                raise _Unusual
            numbered = (array(CODE, [known.setdefault(v, len(known)) for v in block]) for block in blocks())
            codes = Stored([scratch.put(CODE, numbered)], CODE)
        if not all(map(isfinite, known)):
            raise _Unusual
        return codes, [from_float(v) for v in known]

    @contextmanager
    def blocks(self, name: str) -> Iterator[tuple[str, Callable[[], Iterator[Any]]]]:
        """Open an array of one dimension: its type code, and a function that gives it in blocks."""
        with self.content(name) as (stream, order, code, width, count):

            def given() -> Iterator[Any]:
                for low in range(0, count, BLOCK):
                    size = width * min(BLOCK, count - low)
                    block = stream.read(size)
                    if len(block) != size:
                        raise _Unusual
                    yield self.decode(name, block, order, code, width, size // width)

            yield code, given
