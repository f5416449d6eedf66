"""Bisimulation by the definition: refine states by the set of what their choices do, until nothing changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lumpform.graph.partition import Partition
from lumpform.mdps.mdp import MDP


def coarsest(mdp: MDP, respect: Iterable[str]) -> Partition:
    """The coarsest bisimulation of states and choices, as a partition of both."""
    n, begin = mdp.states, mdp.start("ordinary", "generator", respect).class_of.tolist()
    rows = [mdp.transitions.row(c) for c in range(mdp.choices)]
    state = Partition(begin[:n])
    while True:
        choice: list[Any] = []
        for c, row in enumerate(rows):
            sums: dict[int, Any] = {}
            for t, w in row:
                sums[state.class_at(t)] = sums.get(state.class_at(t), 0) + w
            choice.append((begin[n + c], frozenset(sums.items())))
        seen: dict[Any, int] = {}
        keys = [(state.class_at(s), frozenset(choice[c] for c in mdp.choices_of(s))) for s in range(n)]
        finer = Partition([seen.setdefault(key, len(seen)) for key in keys])
        if finer == state:
            codes: dict[Any, int] = {}
            numbers = [n + codes.setdefault(c, len(codes)) for c in choice]
            return Partition([*state.class_of.tolist(), *numbers])
        state = finer
