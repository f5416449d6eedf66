"""Proves that colours are a lumping, as `lumpform.shards.certify` does, with a cluster that compares the rows."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lumpform.shards.certify import Proof
from lumpform.shards.cluster import over_cluster, plan_for
from lumpform.shards.gathered import CHECKS, Plan, colours_name, write_whole
from lumpform.shards.memory import clean_folder
from lumpform.shards.proof_tasks import FIRST, compare_shard, measure_shard, record_shard
from lumpform.shards.read import enough_moduli
from lumpform.shards.work import colour_type

MEMORY = 1 << 32
"""Bytes that a worker may use at most, about, for classes and their sums."""


@dataclass
class ClusterProof(Proof):
    """Compares the rows of shards with those of the first members of their classes, on a cluster."""

    client: Any = None

    def moduli(self) -> int | None:
        """Return the number of moduli that prove the sums equal; None if some differ. O(edges log degree)."""
        number = self.shards.number
        if self.classes.count == self.shards.header.states:
            return 0
        plan = self._plan()
        longest = max(over_cluster(self.client, measure_shard, plan, number), default=0)
        needed = enough_moduli(2 * self.shards.weights.bound * max(longest, 1))
        for turn, modulus in enumerate(needed):
            step, done = replace(plan, modulus=modulus, turn=turn), self._telling(turn, len(needed))
            over_cluster(self.client, record_shard, step, number)
            if not all(over_cluster(self.client, compare_shard, step, number, done)):
                return None
        return len(needed)

    def _telling(self, turn: int, turns: int) -> Callable[[], None]:
        done, number = turn * self.shards.number, self.shards.number

        def tell() -> None:
            nonlocal done
            done += 1
            self.progress("certify", done, turns * number)

        return tell

    def _plan(self) -> Plan:
        """Write down the classes, shard by shard, and their first members, for all workers."""
        part = clean_folder(self.store.folder.absolute() / f"part-{secrets.token_hex(8)}")
        dtype, checks = colour_type(self.classes.count), []
        for index in range(self.shards.number):
            low, high = self.shards.firsts[index : index + 2]
            classes = np.ascontiguousarray(self.classes.class_of[low:high], dtype=dtype)
            write_whole(colours_name(part, index), (classes,))
            checks.append(zlib.crc32(classes.data))
        write_whole(part / FIRST, (self.classes.first.astype("<i8"),))
        write_whole(part / CHECKS, (np.array(checks, dtype=np.uint32),))
        plan = plan_for(self.shards, str(part), MEMORY, self.others_only)
        return replace(plan, colours=str(part), count=self.classes.count)
