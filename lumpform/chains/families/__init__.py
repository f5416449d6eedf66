"""Makes standard models: families of chains of any size, for tests, examples and growth measurements.

Every generator is vectorised (ten million transitions take seconds), gives exact weights, labels, an initial state and,
where there is a natural one, a reward; its docstring says how many states and transitions there are and what merges.
The definitions are ours, after the sources named there. `FAMILIES` lists them by name with one size parameter each;
`sized` picks the parameter for a wished number of transitions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log

from lumpform.chains.chain import MarkovChain
from lumpform.chains.families.edges import MAX_TRANSITIONS
from lumpform.chains.families.examples import proportional_example
from lumpform.chains.families.protocols import brp, brp_transitions, herman, herman_transitions
from lumpform.chains.families.queues import (
    birth_death,
    birth_death_transitions,
    polling,
    polling_transitions,
    tandem,
    tandem_transitions,
    workstation_cluster,
    workstation_cluster_transitions,
)
from lumpform.chains.families.symmetric import (
    complete,
    complete_transitions,
    gambler,
    gambler_transitions,
    grid_walk,
    grid_walk_transitions,
    random_lumpable,
    random_lumpable_transitions,
    symmetric_processes,
    symmetric_processes_transitions,
)
from lumpform.errors import OptionError


@dataclass(frozen=True)
class Family:
    """Holds a generator with one size parameter (others at their defaults).

    Parameters
    ----------
    build : callable
        From the parameter to a `MarkovChain`.
    transitions : callable
        From the parameter to the exact number of transitions; increasing.
    smallest, step : int
        The parameter is ``smallest + k * step`` for some k >= 0.
    about : str
        What is typical of it, in a few words.
    """

    build: Callable[[int], MarkovChain]
    transitions: Callable[[int], int]
    smallest: int
    step: int
    about: str

    def nearest(self, transitions: int) -> int:
        """Return the parameter whose number of transitions is nearest to the wished one, by ratio. O(log parameter)."""
        low, high = 0, 1
        while self.transitions(self.smallest + high * self.step) < transitions:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            if self.transitions(self.smallest + middle * self.step) < transitions:
                low = middle
            else:
                high = middle
        found = (self.smallest + k * self.step for k in (low, high))
        return min(found, key=lambda p: abs(log(self.transitions(p) / transitions)))


FAMILIES: dict[str, Family] = {
    "tandem": Family(tandem, tandem_transitions, 1, 1, "sparse CTMC, nothing merges"),
    "birth_death": Family(birth_death, birth_death_transitions, 2, 1, "a line, nothing merges"),
    "polling": Family(polling, polling_transitions, 2, 1, "CTMC, few rates, hardly anything merges"),
    "workstation_cluster": Family(
        workstation_cluster, workstation_cluster_transitions, 1, 1, "CTMC, many rates, half of it merges"
    ),
    "herman": Family(herman, herman_transitions, 3, 2, "dense for its states, merges heavily"),
    "brp": Family(brp, brp_transitions, 1, 1, "long and thin, a third merges"),
    "gambler": Family(gambler, gambler_transitions, 2, 1, "a line that folds in the middle"),
    "grid_walk": Family(grid_walk, grid_walk_transitions, 3, 1, "torus with eight symmetries"),
    "complete": Family(complete, complete_transitions, 2, 1, "full matrix, two classes"),
    "symmetric_processes": Family(
        symmetric_processes, symmetric_processes_transitions, 1, 1, "components on a cycle, merges to multisets"
    ),
    "random_lumpable": Family(random_lumpable, random_lumpable_transitions, 4, 1, "random, eight states a class"),
}
"""All families by name."""

GROWTH = ("tandem", "symmetric_processes", "brp", "herman")
"""Four families that behave differently: nothing merges, nearly all merges, long and thin, dense."""


def family(name: str) -> Family:
    """Return the family called `name`.

    Raises
    ------
    OptionError
        If there is none; the message lists those that exist.
    """
    if name not in FAMILIES:
        raise OptionError(f"no family {name!r}, expected one of {', '.join(FAMILIES)}")
    return FAMILIES[name]


def sized(name: str, transitions: int) -> MarkovChain:
    """Return the member of a family whose number of transitions is nearest to the wished one, by ratio.

    Parameters
    ----------
    name : str
        A key of `FAMILIES`.
    transitions : int
        Wished number of transitions, at least 1. Families that double or more at every step come within a factor of
        three at worst (herman), the others close.

    Raises
    ------
    OptionError
        If there is no such family or the number is out of range.
    """
    chosen = family(name)
    if not 1 <= transitions <= MAX_TRANSITIONS:
        raise OptionError(f"transitions is {transitions}, expected 1 to {MAX_TRANSITIONS}")
    return chosen.build(chosen.nearest(int(transitions)))


__all__ = [
    "FAMILIES",
    "GROWTH",
    "Family",
    "birth_death",
    "brp",
    "complete",
    "family",
    "gambler",
    "grid_walk",
    "herman",
    "polling",
    "proportional_example",
    "random_lumpable",
    "sized",
    "symmetric_processes",
    "tandem",
    "workstation_cluster",
]
