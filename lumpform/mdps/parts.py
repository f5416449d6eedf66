"""Defines `Parts`, what a decision process is made of before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lumpform.errors import OptionError
from lumpform.graph.weights import SparseWeights

MDPKind = Literal["mdp", "lts", "ma"]
Rows = Literal["exact", "normalise"]
Deadlocks = Literal["error", "loop"]

LOOP_OPTION = "a choice (deadlocks='loop', or --deadlocks loop, adds one that stays)"
"""What messages about a state without choices expect."""


@dataclass(frozen=True)
class Parts:
    """Holds the parts of a decision process; choices stand in the order of their states.

    Attributes
    ----------
    transitions : SparseWeights, (choices, states)
    first_choice : (states + 1,) int64 array
        State s has the choices ``first_choice[s]:first_choice[s + 1]``.
    kind : {"mdp", "lts", "ma"}, optional
    actions : tuple of str
        Names of actions; the empty one stands for none.
    action_of : (choices,) int array, optional
        The place of the name of every choice among these; without it no choice has a name.
    markovian : (choices,) bool array, optional
        The choices of a Markov automaton whose weights are rates.
    dust : Fraction
        How far a sum may be off by rounding where weights were floats that count as the dyadic rationals that they are.
    labels, rewards, choice_rewards, initial, state_names, notes
        As for `MDP`.
    """

    transitions: SparseWeights
    first_choice: NDArray[np.int64]
    kind: MDPKind | None = None
    actions: tuple[str, ...] = ("",)
    action_of: NDArray[Any] | None = None
    markovian: NDArray[np.bool_] | None = None
    dust: Fraction = Fraction(0)
    labels: Mapping[str, Any] = field(default_factory=dict)
    rewards: Mapping[str, Any] = field(default_factory=dict)
    choice_rewards: Mapping[str, Any] = field(default_factory=dict)
    initial: Any = None
    state_names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def check_options(kind: str | None, rows: str, deadlocks: str) -> None:
    """Raise `OptionError` unless the options are among the known ones."""
    if kind not in (None, "mdp", "lts", "ma"):
        raise OptionError(f"kind is {kind!r}, expected 'mdp', 'lts', 'ma' or None")
    if rows not in ("exact", "normalise"):
        raise OptionError(f"rows is {rows!r}, expected 'exact' or 'normalise'")
    if deadlocks not in ("error", "loop"):
        raise OptionError(f"deadlocks is {deadlocks!r}, expected 'error' or 'loop'")
