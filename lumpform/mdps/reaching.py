"""Finds what the graph of a decision process decides: who can reach a set, who must, under some or all schedulers.

Algorithms: Baier, Katoen, *Principles of model checking* (2008), section 10.6. Sets grow backwards, nearest states
first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lumpform.mdps.data import MDPData
from lumpform.numbers.kernel import kernel

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
    """

    states: int
    choices: int
    state_of: Index
    targets: NDArray[np.int32]
    sources: NDArray[np.int32]
    pointers: Index
    into: NDArray[np.int32]

    @classmethod
    def of(cls, mdp: MDPData) -> Reaching:
        """Return the graph of a process. O(m)."""
        weights = mdp.transitions
        sources, targets = weights.row_of_entries(), weights.indices
        order = np.argsort(targets, kind="stable")
        pointers = np.concatenate(([0], np.cumsum(np.bincount(targets, minlength=mdp.states)))).astype(np.int64)
        return cls(mdp.states, mdp.choices, mdp.state_of, targets, sources, pointers, sources[order])

    def touching(self, states: Mask) -> Mask:
        """Return the choices with a transition into the set. O(m)."""
        result = np.zeros(self.choices, dtype=bool)
        result[self.sources[states[self.targets]]] = True
        return result

    def layers(self, goal: Mask, usable: Mask | None = None) -> NDArray[np.int32]:
        """Return for every state the least number of usable choices on a path into the set; -1 without one. O(m)."""
        every = np.ones(self.choices, dtype=bool) if usable is None else usable
        return grown(self.pointers, self.into, self.state_of, np.ones(self.states, dtype=np.int64), every, goal)

    def possible(self, goal: Mask, usable: Mask | None = None) -> Mask:
        """Return the states from which some scheduler reaches the set with positive probability. O(m)."""
        return self.layers(goal, usable) >= 0

    def unavoidable(self, goal: Mask, never: Mask | None = None) -> Mask:
        """Return the states from which every scheduler reaches the set with positive probability. O(m).

        States of `never` count as such that can stay where they are.
        """
        needed = np.bincount(self.state_of, minlength=self.states)
        if never is not None:
            needed[never] = 0
        every = np.ones(self.choices, dtype=bool)
        return grown(self.pointers, self.into, self.state_of, needed, every, goal) >= 0

    def surely(self, goal: Mask) -> Mask:
        """Return the states from which every scheduler reaches the set with probability one. O(m)."""
        avoiding = ~self.unavoidable(goal)
        return ~self.possible(avoiding, ~goal[self.state_of])

    def possibly_surely(self, goal: Mask) -> Mask:
        """Return the states from which some scheduler reaches the set with probability one. O(n m) at worst."""
        inside = np.ones(self.states, dtype=bool)
        while True:
            outside = self.unavoidable(~inside, goal)  # who cannot stay inside is lost at once, not one step a round
            smaller = self.possible(goal, ~self.touching(outside))
            if np.array_equal(smaller, inside):
                return inside
            inside = smaller


@kernel
def grown(
    pointers: Index, into: NDArray[np.int32], state_of: Index, needed: Index, usable: Mask, goal: Mask
) -> NDArray[np.int32]:
    """Return when each state joins a set that grows backwards; 0 for those of `goal`, -1 for those that never do. O(m).

    A state joins one step after `needed` many of its usable choices lead into the set, each counted once.
    """
    left = needed.copy()
    distance = np.full(len(goal), -1, dtype=np.int32)
    seen = ~usable
    queue = np.empty(len(goal), dtype=np.int64)
    end = 0
    for state in range(len(goal)):
        if goal[state]:
            distance[state], queue[end] = 0, state
            end += 1
    place = 0
    while place < end:
        state = queue[place]
        place += 1
        for k in range(pointers[state], pointers[state + 1]):
            choice = into[k]
            if seen[choice]:
                continue
            seen[choice] = True
            before = state_of[choice]
            left[before] -= 1
            if left[before] == 0 and distance[before] < 0:
                distance[before], queue[end] = distance[state] + 1, before
                end += 1
    return distance
