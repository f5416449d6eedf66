"""Refines the states of shards by rounds of fingerprints, each of them a checkpoint, until no colour splits."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.lumping.threads import on_threads
from lumpform.numbers.residues import PRIMES
from lumpform.shards.kernels import draw_residues, print_rows, print_rows_modulo
from lumpform.shards.layout import Rows
from lumpform.shards.memory import Store, new_mapped
from lumpform.shards.numbering import bits_for, colours_of_rows, number_runs, run_of
from lumpform.shards.read import Shards
from lumpform.shards.work import Progressed, Work, colour_type
from lumpform.shards.write import Progress

FEW = 1 << 14
"""Up to so many colours their residues are looked up; a table of more misses the cache, and computing is faster."""

MOST_COLOURS = 1 << 32
"""The tables of pairs keep colours in 32 bits."""

Keys = Callable[[Rows, NDArray[Any]], NDArray[np.uint64]]
"""What tells the rows of a shard apart, given the colours of all states."""


@dataclass
class Rounds:
    """Holds the colours of all states, and refines them round by round.

    Attributes
    ----------
    shards : Shards
    work : Work
        Where checkpoints are kept.
    memory : int
        Bytes that may be used, about.
    others_only : bool
        Whether edges within the own colour do not count: the generator of a CTMC.
    progress : callable
    state : Progressed
    colours : (states,) array
        In memory if there is room, else mapped.
    seconds : list of float
        Wall time of every round.
    spilled : int
        Bytes that did not fit into memory, over all rounds.
    """

    shards: Shards
    work: Work
    memory: int
    others_only: bool
    progress: Progress
    state: Progressed = field(default_factory=lambda: Progressed(0, 0, False, 0))
    colours: NDArray[Any] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    seconds: list[float] = field(default_factory=list)
    spilled: int = 0
    _checks: list[int] = field(default_factory=list)
    _gathered: int = 0
    _saved: int = 0

    def resume(self) -> bool:
        """Take over what an earlier run left, if all of it is sound; tell whether it was."""
        found = self.work.state()
        if found is None or len(found[1]) != self.shards.number or found[0].prime >= len(PRIMES):
            return False
        state, checks = found
        if state.count > max(self.shards.header.states, 1):
            return False
        colours = self._empty(state.count)
        for i, check in enumerate(checks):
            low, high = self.shards.firsts[i : i + 2]
            part = self.work.read_colours(state, i, high - low, check)
            if part is None:
                return False
            colours[low:high] = part
            self.progress("resume", i + 1, self.shards.number)
        self.state, self.colours, self._checks, self._saved = state, colours, checks, state.round
        return True

    def start(self, columns: list[tuple[Callable[[Rows], Any], int]]) -> None:
        """Colour the states by what is respected: columns of codes, each below a bound. Exact; a pass for each 2^62."""
        self.colours = self._empty(1)
        self.colours[:] = 0
        self.work.forget()
        self.state = Progressed(0, min(self.shards.header.states, 1), False, 0)
        while True:
            packed, size = [], 1
            while columns and size * columns[0][1] < 1 << 62:
                size *= columns[0][1]
                packed.append(columns.pop(0))

            def keys(rows: Rows, colours: NDArray[Any], packed: Any = packed) -> NDArray[np.uint64]:
                total = np.zeros(rows.rows, dtype=np.uint64)
                for codes, bound in packed:
                    total = total * np.uint64(bound) + codes(rows).astype(np.uint64)
                return total

            self._split("start", keys, checkpoint=not columns)
            if not columns:
                return

    def refine(self) -> None:
        """Do rounds until no colour splits, or every state has its own."""
        while not self.state.stable:
            self.round()

    def round(self) -> None:
        """Split colours by fresh fingerprints, once."""
        began = time.perf_counter()
        seed, prime = np.uint64(secrets.randbits(62)), PRIMES[self.state.prime]
        _, table = self.shards.weights.residues(prime)
        others, residues = self.others_only, None
        if self.state.count <= FEW:
            residues = np.empty(self.state.count, dtype=np.uint64)
            draw_residues(seed, residues)

        def keys(rows: Rows, colours: NDArray[Any]) -> NDArray[np.uint64]:
            prints = np.empty(rows.rows, dtype=np.uint64)
            matrix = rows.offsets, rows.columns, rows.codes, table, colours, rows.first, others, seed
            if self.state.prime == 0:
                print_rows(*matrix, residues, prints)
            else:
                print_rows_modulo(*matrix, prints, np.uint64((1 << 61) - prime))
            return prints

        before = self.state.count
        self.state = replace(self.state, round=self.state.round + 1)
        self._split(f"round {self.state.round}", keys, before)
        self.seconds.append(time.perf_counter() - began)

    def doubt(self) -> bool:
        """Go on modulo the next prime, as colours are too coarse; tell whether there is one."""
        if self.state.prime + 1 >= len(PRIMES):
            return False
        self.state = replace(self.state, stable=False, prime=self.state.prime + 1)
        return True

    def room(self) -> int:
        """Return how many bytes are left for what is kept in memory besides the colours."""
        small = self.colours.nbytes if self._fits(self.colours.nbytes) else 0
        return max(self.memory // 2 - 2 * small, 0)

    def _split(self, phase: str, keys: Keys, before: int | None = None, checkpoint: bool = True) -> None:
        """Number the pairs (colour, key) and make these numbers the colours; nothing changes if none splits."""
        shards, store, bits = self.shards, Store(self.work.spill, self.room()), bits_for(self.shards.header.states)

        def print_shard(index: int) -> Any:
            rows = shards.rows(index)
            return run_of(keys(rows, self.colours), self.colours[rows.first : rows.first + rows.rows], bits, store)

        total = 2 * shards.number
        runs = on_threads(print_shard, range(shards.number), lambda done: self.progress(phase, done, total))
        counts = number_runs(runs, bits)
        count = int(counts[-1])
        if count > MOST_COLOURS:
            raise ModelError(f"{count} classes so far, expected at most {MOST_COLOURS}")
        if count == before:  # colours only ever split
            self.state = replace(self.state, stable=True)
            self.work.write_state(replace(self.state, round=self._saved), self._checks)
        else:
            self._recolour(phase, runs, counts, checkpoint)
        self.progress(phase, total, total)
        self.spilled += store.spilled
        store.clear()

    def _recolour(self, phase: str, runs: list[Any], counts: NDArray[np.int64], checkpoint: bool) -> None:
        """Write the new colours of all shards, as files and gathered."""
        shards, count = self.shards, int(counts[-1])
        dtype, folder, colours = colour_type(count), self.work.begin_round(), self._empty(count)

        def write(index: int) -> int:
            part = colours_of_rows(runs[index], counts, dtype)
            low = shards.firsts[index]
            colours[low : low + len(part)] = part
            return self.work.write_colours(folder, index, part)

        number = shards.number
        tell = lambda done: self.progress(phase, number + done, 2 * number)  # noqa: E731
        self._checks = on_threads(write, range(number), tell)
        self.colours = colours
        self.state = replace(self.state, count=count, stable=count == shards.header.states)
        if checkpoint:
            self.work.end_round(folder, self.state, self._checks)
            self._saved = self.state.round

    def _fits(self, size: int) -> bool:
        return size <= self.memory // 4

    def _empty(self, count: int) -> NDArray[Any]:
        """Return room for the colours of all states, in memory if they take at most a quarter of it."""
        states, dtype = self.shards.header.states, colour_type(count)
        if self._fits(states * dtype.itemsize):
            return np.empty(states, dtype=dtype)
        self._gathered = 1 - self._gathered  # the one before is still in use
        path = self.work.spill / f"{self._gathered}.gathered"
        path.unlink(missing_ok=True)
        return new_mapped(path, states, dtype)
