"""Refines the states of shards by rounds whose tasks a cluster does; checkpoints are those of one machine.

A round is three steps: every shard writes its distinct pairs, every group of buckets is numbered, every shard writes
its colours. Only the summaries come back here. A run can begin on a cluster and go on without one, or the reverse.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError
from lumpform.shards.cluster import over_cluster, plan_for
from lumpform.shards.gathered import CHECKS, Plan, read_colours, write_whole
from lumpform.shards.memory import clean_folder
from lumpform.shards.numbering import bits_for
from lumpform.shards.rounds import MOST_COLOURS, Rounds
from lumpform.shards.tasks import COUNTS, number_group, packs, print_shard, recolour_shard
from lumpform.shards.work import Progressed

GROUP = 1 << 22
"""Pairs that one task numbers, about."""


@dataclass
class ClusterRounds(Rounds):
    """Refines as `Rounds` does, on a cluster; `colours` are only there before and after all rounds."""

    client: Any = None
    _folder: Path | None = field(default=None)

    def resume(self) -> bool:
        """Take over what an earlier run left, here or on a cluster; tell whether it was sound."""
        found = super().resume()
        if found:
            self._folder = self.work.colours_path(self.state.round, 0).parent
        return found

    def start(self, columns: list[Any]) -> None:
        """Colour the states by what is respected; the columns are known to the tasks by name."""
        self.work.forget()
        self.state, self._folder = Progressed(0, min(self.shards.header.states, 1), False, 0), None
        self.colours = np.zeros(0, dtype=np.uint8)
        respect = self.work.task.respect
        number = len(packs(self.shards, respect))
        for pack in range(number):
            plan = replace(self._plan(), respect=respect, pack=pack)
            self._divide("start", plan, checkpoint=pack == number - 1)

    def refine(self) -> None:
        """Do rounds until no colour splits, and gather the colours."""
        super().refine()
        if len(self.colours) != self.shards.header.states:
            self.colours = self._gathered_colours()

    def round(self) -> None:
        """Split colours by fresh fingerprints, once."""
        began = time.perf_counter()
        self.colours = np.zeros(0, dtype=np.uint8)  # they change now, and are needed only at the end
        plan = replace(self._plan(), seed=secrets.randbits(62), prime=self.state.prime)
        before = self.state
        self.state = replace(before, round=before.round + 1)
        if not self._divide(f"round {self.state.round}", plan, before.count):
            self.state = replace(before, stable=True)
            self.work.write_state(self.state, self._checks)
        self.seconds.append(time.perf_counter() - began)

    def _plan(self) -> Plan:
        """Return the plan of a step, and make the folder in which it works."""
        part = clean_folder(self.work.spill.absolute() / f"part-{secrets.token_hex(8)}")
        write_whole(part / CHECKS, (np.array(self._checks, dtype=np.uint32),))
        return replace(
            plan_for(self.shards, str(part), self.memory, self.others_only),
            colours="" if self._folder is None else str(self._folder.absolute()),
            count=max(self.state.count, 1),
            bits=bits_for(self.shards.header.states),
        )

    def _divide(self, phase: str, plan: Plan, before: int | None = None, checkpoint: bool = True) -> bool:
        """Number the pairs (colour, key) and make these numbers the colours; tell whether any colour was split."""
        number, finished = self.shards.number, 0

        def tell() -> None:
            nonlocal finished
            finished += 1
            self.progress(phase, finished, 2 * number)

        pairs = sum(over_cluster(self.client, print_shard, plan, number, tell))
        plan = replace(plan, groups=min((pairs // GROUP).bit_length(), plan.bits))
        found = over_cluster(self.client, number_group, plan, 1 << plan.groups)
        counts = np.concatenate(([0], np.cumsum([c for group in found for c in group], dtype=np.int64)))
        plan = replace(plan, fresh=int(counts[-1]))
        if plan.fresh > MOST_COLOURS:
            raise ModelError(f"{plan.fresh} classes so far, expected at most {MOST_COLOURS}")
        split = plan.fresh != before  # colours only ever split
        if split:
            self._recolour(plan, counts, tell, checkpoint)
        else:
            shutil.rmtree(plan.part, ignore_errors=True)
        self.progress(phase, 2 * number, 2 * number)
        return split

    def _recolour(self, plan: Plan, counts: NDArray[np.int64], tell: Callable[[], None], checkpoint: bool) -> None:
        """Let the new colours be written, and put them in place."""
        write_whole(plan.file(COUNTS), (counts,))
        folder = Path(plan.part)
        self._checks = over_cluster(self.client, recolour_shard, plan, self.shards.number, tell)
        for name in ("*.run*", "*.numbers*", f"{COUNTS}*", f"{CHECKS}*", "*.colours.*"):
            for path in folder.glob(name):
                path.unlink(missing_ok=True)
        self.state = replace(self.state, count=plan.fresh, stable=plan.fresh == self.shards.header.states)
        self._folder = folder
        if checkpoint:
            self.work.end_round(folder, self.state, self._checks)
            self._folder = self.work.colours_path(self.state.round, 0).parent

    def _gathered_colours(self) -> NDArray[Any]:
        """Return the colours of all states, in memory or mapped."""
        colours, folder = self._empty(self.state.count), self._folder or self.work.folder
        for i, check in enumerate(self._checks):
            low, high = self.shards.firsts[i : i + 2]
            colours[low:high] = read_colours(folder, i, high - low, self.state.count, check)
        return colours
