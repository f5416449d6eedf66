"""Finds what the graph of a decision process decides: who can reach a set, who must, under some or all schedulers.

Algorithms: Baier, Katoen, *Principles of model checking* (2008), section 10.6. Sets grow backwards, all states of one
distance at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.graph.entries import entries_of_rows
from lumpform.mdps.data import MDPData

Mask = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reaching:
    """Holds the edges of a process by target: which choices lead into a state.

    Attributes
    ----------
    states, choices : int
    state_of : (choices,) int64 array
    targets, sources : (m,) arrays
        State and choice of every transition.
    pointers, into : arrays
        The choices that lead into state t are ``into[pointers[t]:pointers[t + 1]]``.
    has_choices : (states,) bool array
    """

    states: int
    choices: int
    state_of: Index
    targets: NDArray[np.int32]
    sources: NDArray[np.int32]
    pointers: Index
    into: NDArray[np.int32]
    has_choices: Mask

    @classmethod
    def of(cls, mdp: MDPData) -> Reaching:
        """Return the graph of a process. O(m)."""
        weights = mdp.transitions
        sources, targets = weights.row_of_entries(), weights.indices
        order = np.argsort(targets, kind="stable")
        pointers = np.concatenate(([0], np.cumsum(np.bincount(targets, minlength=mdp.states)))).astype(np.int64)
        has = np.diff(mdp.first_choice) > 0
        return cls(mdp.states, mdp.choices, mdp.state_of, targets, sources, pointers, sources[order], has)

    def touching(self, states: Mask) -> Mask:
        """Return the choices with a transition into the set. O(m)."""
        result = np.zeros(self.choices, dtype=bool)
        result[self.sources[states[self.targets]]] = True
        return result

    def layers(self, goal: Mask, usable: Mask | None = None) -> NDArray[np.int32]:
        """Return for every state the least number of usable choices on a path into the set; -1 without one. O(m)."""
        distance = np.where(goal, 0, -1).astype(np.int32)
        frontier, step = np.flatnonzero(goal), 0
        while frontier.size:
            step += 1
            before = self._choices_into(frontier)
            if usable is not None:
                before = before[usable[before]]
            states = self.state_of[before]
            frontier = np.unique(states[distance[states] < 0])
            distance[frontier] = step
        return distance

    def possible(self, goal: Mask, usable: Mask | None = None) -> Mask:
        """Return the states from which some scheduler reaches the set with positive probability. O(m)."""
        return self.layers(goal, usable) >= 0

    def unavoidable(self, goal: Mask) -> Mask:
        """Return the states from which every scheduler reaches the set with positive probability. O(m)."""
        found = goal.copy()
        left = np.bincount(self.state_of, minlength=self.states)
        hit = np.zeros(self.choices, dtype=bool)
        frontier = np.flatnonzero(goal)
        while frontier.size:
            before = np.unique(self._choices_into(frontier))
            before = before[~hit[before]]
            hit[before] = True
            states, counts = np.unique(self.state_of[before], return_counts=True)
            left[states] -= counts
            frontier = states[(left[states] == 0) & ~found[states]]
            found[frontier] = True
        return found

    def surely(self, goal: Mask) -> Mask:
        """Return the states from which every scheduler reaches the set with probability one. O(m)."""
        avoiding = ~self.unavoidable(goal)
        return ~self.possible(avoiding, ~goal[self.state_of])

    def possibly_surely(self, goal: Mask) -> Mask:
        """Return the states from which some scheduler reaches the set with probability one. O(n m) at worst."""
        inside = np.ones(self.states, dtype=bool)
        while True:
            smaller = self.possible(goal, ~self.touching(~inside))
            if np.array_equal(smaller, inside):
                return inside
            inside = smaller

    def _choices_into(self, states: Index) -> NDArray[np.int32]:
        return self.into[entries_of_rows(self.pointers, states)[0]]
