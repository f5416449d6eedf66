"""Defines `Objective`: what is optimised in a decision process, with what the graph decides about it beforehand.

Reaching is about the probability of reaching a label; earning about the expected reward until a label is reached, which
is infinite where that may not happen: for the maximum where some scheduler misses the label with positive probability,
for the minimum where every one does. The sets are those of the usual preprocessing (Baier, Katoen 2008, section 10.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import inf
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import ModelError, OptionError
from lumpform.graph.entries import taken_or_zero
from lumpform.graph.weights import SparseWeights
from lumpform.mdps.data import MDPData
from lumpform.mdps.reaching import Reaching
from lumpform.numbers.field import require_numbers

Optimise = Literal["max", "min"]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Objective:
    """Holds an objective on a process.

    Attributes
    ----------
    mdp : MDP
    goal : (states,) bool array
    reward : str or None
        The name of the reward that is earned; None for reaching.
    maximise : bool
    """

    mdp: MDPData
    goal: Mask
    reward: str | None
    maximise: bool

    @cached_property
    def probabilities(self) -> SparseWeights:
        """Return the matrix of choices by states, with the rates of Markovian choices divided by their sum."""
        return self.mdp.probabilities()

    @cached_property
    def paid(self) -> list[Any]:
        """Return what every choice earns: its own reward and that of its state, a Markovian one for the mean time."""
        mdp, name = self.mdp, self.reward
        if name is None:
            return [Fraction(0)] * mdp.choices
        own = mdp.choice_rewards[name].fractions() if name in mdp.choice_rewards else [Fraction(0)] * mdp.choices
        if name not in mdp.state_rewards:
            return own
        of_state = taken_or_zero(mdp.state_rewards[name], mdp.state_of).fractions()
        if mdp.kind != "ma":
            return [a + b for a, b in zip(own, of_state, strict=True)]
        exits = mdp.exit_rates().fractions()
        stays = mdp.markovian.tolist()
        return [a + (b / e if m else 0) for a, b, e, m in zip(own, of_state, exits, stays, strict=True)]

    @cached_property
    def reaching(self) -> Reaching:
        """Return the graph of the process, for what it decides."""
        return Reaching.of(self.mdp)

    @cached_property
    def known(self) -> tuple[Mask, list[Any]]:
        """Return the states whose values the graph decides, and a list with these values (None elsewhere)."""
        graph, goal = self.reaching, self.goal
        values: list[Any] = [None] * self.mdp.states
        if self.reward is not None:
            finite = graph.surely(goal) if self.maximise else graph.possibly_surely(goal)
            parts = [(~finite, inf), (goal, Fraction(0))]
        elif self.maximise:
            parts = [(~graph.possible(goal), Fraction(0)), (graph.possibly_surely(goal), Fraction(1))]
        else:
            parts = [(~graph.unavoidable(goal), Fraction(0)), (graph.surely(goal), Fraction(1))]
        decided = np.zeros(self.mdp.states, dtype=bool)
        for mask, value in parts:
            decided |= mask
            for state in np.flatnonzero(mask).tolist():
                values[state] = value
        return decided, values

    @cached_property
    def usable(self) -> Mask:
        """Return the choices that lead only to states with finite values."""
        infinite = np.array([v == inf for v in self.known[1]], dtype=bool)
        return ~self.reaching.touching(infinite)


def objective_of(
    mdp: MDPData,
    reach: str | None = None,
    reward: str | None = None,
    until: str | None = None,
    optimise: Optimise = "max",
) -> Objective:
    """Return the objective that the options name: reaching `reach`, or earning `reward` until `until`.

    Raises
    ------
    OptionError
        If the options name neither or both, or what the process has not.
    ModelError
        For parameters, and for a negative reward.
    """
    if optimise not in ("max", "min"):
        raise OptionError(f"optimise is {optimise!r}, expected 'max' or 'min'")
    if (reach is None) == (reward is None) or (reward is None) != (until is None):
        raise OptionError("expected reach=LABEL, or reward=NAME with until=LABEL")
    label = reach if until is None else until
    if label not in mdp.labels:
        raise OptionError(f"there is no label {label!r}, expected one of {', '.join(mdp.labels) or 'none'}")
    rewards = {**mdp.state_rewards, **mdp.choice_rewards}
    if reward is not None and reward not in rewards:
        raise OptionError(f"there is no reward {reward!r}, expected one of {', '.join(rewards) or 'none'}")
    require_numbers("optimal values", mdp.field)
    for columns in (mdp.state_rewards, mdp.choice_rewards):
        if reward in columns and any(v < 0 for v in columns[reward].coded().table):
            raise ModelError(f"the reward {reward!r} is negative somewhere, expected none below 0")
    return Objective(mdp, mdp.labels[label], reward, optimise == "max")
